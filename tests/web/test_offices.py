"""A role of weight from the page: one proposes, another approves, and it ends at once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from notary import cms
from notary.identity import Line, Role
from notary.ways_in import Revocation
from sql.database import Database
from tests.people import newcomer
from tests.web.offices import PAGE, ZHAO, a_house_of_two, page, press, proposed, roles_of
from tests.web.served import Served
from web import schema
from web.names import NAMES


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with a_house_of_two(database) as made:
        yield made


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
    status, html = await press(house, withdrawal)
    assert (status, "Whoever proposed it withdraws it, or an administrator" in html) == (403, True)
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


async def test_a_body_that_is_here_may_have_an_id_that_looks_like_a_code(house: Served) -> None:
    old = {"org": "ANSHAN2026HOUSING1", "org_name": "Housing Office"}
    await house.take_in(newcomer("wu", **old, line=Line.EXECUTION, roles=(Role.PURCHASER,)))
    further = {"line": "execution", "branch": "", "person": "he", "person_name": "He Jun"}
    given = old | further | {"role_agency": "yes"}

    assert (await press(house, "/proposals", **given))[0] == 200
    assert (await press(house, "/proposals", **(given | {"org": "ANSHAN2026HOUSING2"})))[0] == 422
    assert await house.count("notary.proposal") == 1


async def test_a_code_is_taken_however_it_was_typed(house: Served) -> None:
    typed = ZHAO | {"org": " 9144 0300 7152 6726 \uff58g "}

    _, html = await press(house, "/proposals", **typed)

    assert '<span class="mono small">9144030071526726XG</span>' in html


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


def test_both_doors_and_the_page_know_the_same_reasons_of_a_revocation() -> None:
    with pytest.raises(schema.BadBody):
        schema.require("revocation", {"reason": "whim"})
    for reason in Revocation:
        schema.require("revocation", {"reason": reason})

    assert list(NAMES["revocation"]) == list(Revocation)
