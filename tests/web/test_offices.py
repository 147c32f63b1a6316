"""A role of weight from the page: one proposes, another approves, and it ends at once."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from notary import cms, credentials, identity
from notary.identity import Line, Role
from notary.invitations import GOOD_FOR
from sql.database import Database
from tests.people import der, newcomer
from tests.web.served import PASSWORD, Served, served

PAGE = "/administration"
ZHAO = {
    "org": "AUDIT",
    "org_name": "Audit Office",
    "line": "supervision",
    "branch": "",
    "person": "zhao-lei",
    "person_name": "Zhao Lei",
    "role_supervisor": "yes",
    "role_trustee": "yes",
}


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        await made.take_in_with_password(newcomer("li-na"))
        office = {"org": "OFFICE", "line": Line.DECISION, "roles": (Role.OFFICER,)}
        await made.take_in_with_password(newcomer("zhou", **office))
        await made.log_in("li-na")
        yield made


async def page(house: Served) -> str:
    async with house.browser.get(f"{PAGE}?lang=en") as shown:
        assert shown.status == 200
        return await shown.text()


async def press(house: Served, action: str, **fields: str) -> tuple[int, str]:
    """Send a form with the key of the page; return status and page that come."""
    key = re.search(r'name="key" value="([0-9a-f]{32}-[a-z0-9]+)"', await page(house))
    assert key is not None
    async with house.browser.post(f"{PAGE}{action}", data={"key": key[1], **fields}) as answer:
        return answer.status, await answer.text()


async def proposed(house: Served, **fields: str) -> str:
    """Propose somebody; return the action of the button that approves it."""
    status, html = await press(house, "/proposals", **fields)
    assert status == 200
    [proposal] = re.findall(r'<li id="([0-9a-f]{32})">', html)
    return f"/proposals/{proposal}/approval"


async def roles_of(house: Served, person: str) -> frozenset[Role]:
    async with house.database.transaction() as tx:
        return await identity.roles_of(tx, person, house.clock.now)


async def test_nobody_approves_a_role_of_his_own(house: Served) -> None:
    own = {"org": "OFFICE", "org_name": "OFFICE", "line": "decision", "branch": ""}
    approval = await proposed(house, **own, person="zhou", person_name="zhou", role_trustee="yes")
    await house.log_in("zhou")
    status, html = await press(house, approval)
    assert (status, "Who proposed, or is proposed, may not approve." in html) == (403, True)
    assert await roles_of(house, "zhou") == {Role.OFFICER}


async def test_one_proposes_and_only_another_approves(house: Served) -> None:
    certificate = house.pair("AUDIT").certificate
    pem = certificate.public_bytes(Encoding.PEM).decode()
    approval = await proposed(house, **ZHAO, certificate=pem)
    html = await page(house)
    assert "You proposed it; another person approves." in html
    assert f'action="{PAGE}{approval}"' not in html
    status, html = await press(house, approval)
    assert (status, "Who proposed, or is proposed, may not approve." in html) == (403, True)
    assert await roles_of(house, "zhao-lei") == frozenset()

    await house.log_in("zhou")
    async with house.browser.get("/desk?lang=en") as desk:
        assert f'href="{PAGE}#{approval.split("/")[2]}"' in await desk.text()
    assert f'action="{PAGE}{approval}"' in await page(house)
    status, html = await press(house, approval)

    assert (status, "Nobody is proposed." in html) == (200, True)
    assert await roles_of(house, "zhao-lei") == {Role.SUPERVISOR, Role.TRUSTEE}
    assert await house.count("notary.certificate") == 1
    assert (await press(house, approval))[0] == 404


async def test_a_proposal_is_withdrawn_and_leaves_every_desk(house: Served) -> None:
    withdrawal = (await proposed(house, **ZHAO)).replace("approval", "withdrawal")
    on_desk = f'href="{PAGE}#{withdrawal.split("/")[2]}"'
    await house.log_in("zhou")
    assert f'action="{PAGE}{withdrawal}"' not in await page(house)
    assert (await press(house, withdrawal))[0] == 403
    async with house.browser.get("/desk?lang=en") as desk:
        assert on_desk in await desk.text()
    house.clock.move_to(house.clock.now + timedelta(minutes=1))
    await house.log_in("li-na")
    assert f'action="{PAGE}{withdrawal}"' in await page(house)

    status, html = await press(house, withdrawal)

    assert (status, "Nobody is proposed." in html) == (200, True)
    assert (await press(house, withdrawal))[0] == 404
    house.clock.move_to(house.clock.now + timedelta(minutes=1))
    await house.log_in("zhou")
    assert (await press(house, withdrawal.replace("withdrawal", "approval")))[0] == 404
    async with house.browser.get("/desk?lang=en") as desk:
        assert on_desk not in await desk.text()
    assert await roles_of(house, "zhao-lei") == frozenset()


async def shown_links(house: Served) -> list[str]:
    """Return the actions of the buttons that show a link on the page."""
    return re.findall(rf'action="{PAGE}(/links/[0-9a-f]{{32}}/showing)"', await page(house))


async def test_who_comes_without_a_certificate_gets_a_link_that_is_shown_and_used_once(
    house: Served,
) -> None:
    approval = await proposed(house, **ZHAO)
    await house.log_in("zhou")
    assert (await press(house, approval))[0] == 200
    [showing] = await shown_links(house)
    before = await page(house)
    assert "/welcome/" not in before
    house.clock.move_to(house.clock.now + timedelta(minutes=1))
    await house.log_in("li-na")
    assert await shown_links(house) == []
    assert (await press(house, showing))[0] == 404
    await house.log_in("zhou")
    status, html = await press(house, showing)
    [link] = re.findall(r"https?://[^<]*(/welcome/[0-9a-f]{32}/[0-9a-f]{32})", html)
    assert (status, await shown_links(house)) == (200, [])
    assert (await press(house, showing))[0] == 409

    async with house.browser.get(f"{link}?lang=en") as welcome:
        form = await welcome.text()
    [factor] = re.findall(r'name="factor" value="([0-9a-f]+)"', form)
    [key] = re.findall(r'name="key" value="([0-9a-f]+)"', form)
    [secret] = re.findall(r'<p class="hash">([A-Z2-7]+)</p>', form)
    code, _ = credentials.current_code(base64.b32decode(secret), house.clock.now)
    given = {"password": PASSWORD, "code": code, "factor": factor, "key": key, "name": ""}
    async with house.browser.post(link, data=given, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/desk")

    async with house.browser.get(f"{link}?lang=en") as again:
        assert (again.status, "it was used" in await again.text()) == (404, True)
    async with house.browser.get("/api/v1/me") as who:
        assert (await who.json())["person"] == "zhao-lei"
    assert await roles_of(house, "zhao-lei") == {Role.SUPERVISOR, Role.TRUSTEE}


async def test_a_lost_link_dies_when_two_persons_make_a_new_one_or_with_its_time(
    house: Served,
) -> None:
    approval = await proposed(house, **ZHAO)
    await house.log_in("zhou")
    await press(house, approval)
    [lost] = await shown_links(house)
    house.clock.move_to(house.clock.now + timedelta(minutes=1))
    await house.log_in("li-na")
    await press(house, "/people/zhao-lei/roles/supervisor/end")
    again = await proposed(house, **(ZHAO | {"role_trustee": ""}))
    await house.log_in("zhou")
    await press(house, again)

    [newer] = await shown_links(house)

    assert newer != lost
    assert (await press(house, lost))[0] == 404
    house.clock.move_to(house.clock.now + GOOD_FOR - timedelta(microseconds=1))
    await house.log_in("zhou")
    assert await shown_links(house) == [newer]
    house.clock.move_to(house.clock.now + timedelta(microseconds=1))
    assert await shown_links(house) == []
    assert (await press(house, newer))[0] == 404


async def test_a_link_whole_is_in_the_first_answer_of_the_api_alone(house: Served) -> None:
    pair = house.pair("CENTRE")
    await house.take_in(newcomer("sun", certificate=der(pair)))
    approval = await proposed(house, **ZHAO)
    async with house.client(pair) as sender:
        approved = await sender.send("POST", approval)
        assert isinstance(approved, dict)
        showing = f"/links/{approved['invitation']}/showing"
        first = await sender.send("POST", showing, key="k" * 16)
        again = await sender.send("POST", showing, key="k" * 16)

    assert isinstance(first, dict)
    assert str(first["link"]).startswith(f"{house.origin}/welcome/{approved['invitation']}/")
    assert again == {"invitation": approved["invitation"]}


async def test_a_role_ends_at_once_and_is_given_again_by_two(house: Served) -> None:
    end = "/people/zhou/roles/officer/end"
    status, html = await press(house, end)
    assert (status, f'action="{PAGE}{end}"' in html) == (200, False)
    assert await roles_of(house, "zhou") == frozenset()
    assert (await house.kinds())[-1] == "role-ended"
    assert (await press(house, end))[0] == 403

    office = {"org": "OFFICE", "org_name": "Anshan Trading Centre", "line": "decision"}
    again = {"person": "zhou", "person_name": "Li Na", "role_officer": "yes", **office}
    approval = await proposed(house, **again)
    await house.take_in_with_password(newcomer("qian-yi"))
    await house.log_in("qian-yi")
    status, _ = await press(house, approval)

    assert status == 200
    assert await roles_of(house, "zhou") == {Role.OFFICER}


@pytest.mark.parametrize("changed", [{"person_name": "Wang Wu"}, {"line": "none"}])
async def test_who_is_here_gets_no_role_under_another_name_or_line(
    house: Served, changed: dict[str, str]
) -> None:
    office = {"org": "OFFICE", "org_name": "Anshan Trading Centre", "line": "decision"}
    again = {"person": "zhou", "person_name": "Li Na", "role_trustee": "yes", **office}
    approval = await proposed(house, **(again | changed))
    await house.take_in_with_password(newcomer("qian-yi"))
    await house.log_in("qian-yi")

    status, _ = await press(house, approval)

    assert status == 409
    assert await roles_of(house, "zhou") == {Role.OFFICER}


async def test_what_the_api_would_not_take_the_form_does_not(house: Served) -> None:
    for wrong in ({"person": "zhao lei"}, {"line": "any"}, {"certificate": "=="}):
        status, _ = await press(house, "/proposals", **(ZHAO | wrong))
        assert status == 422, wrong
    boxes = {"role_supervisor": "", "role_trustee": ""}
    assert (await press(house, "/proposals", **(ZHAO | boxes)))[0] == 422

    assert await house.count("notary.proposal") == 0


async def test_an_officer_ends_no_role(house: Served) -> None:
    await house.log_in("zhou")
    assert "/end" not in await page(house)

    status, _ = await press(house, "/people/li-na/roles/administrator/end")

    assert status == 403
    assert await roles_of(house, "li-na") == {Role.ADMINISTRATOR}


async def test_an_administrator_revokes_a_certificate_of_any_body_with_a_reason(
    house: Served,
) -> None:
    pair = await house.enrol("FIRM-1")
    sha256 = cms.cert_sha256(pair.certificate)
    revocation = f"/certificates/{sha256}/revocation"
    of = {"of": "FIRM-1"}
    async with house.browser.get(f"{PAGE}?of=FIRM-1") as shown:
        assert f'action="{PAGE}{revocation}"' in await shown.text()
    async with house.browser.get(f"{PAGE}?of=p-{sha256[:16]}") as shown:
        assert f'action="{PAGE}{revocation}"' in await shown.text()
    assert (await press(house, revocation, **of, reason="whim"))[0] == 422
    assert (await house.kinds())[-1] != "certificate-revoked"

    status, html = await press(house, revocation, **of, reason="compromised")

    assert (status, revocation in html) == (200, False)
    assert (await house.kinds())[-1] == "certificate-revoked"
    assert (await press(house, revocation, **of, reason="lost"))[0] == 403
    await house.log_in("zhou")
    assert "/certificates/" not in await page(house)
    assert (await press(house, revocation, **of, reason="lost"))[0] == 403
