"""A firm without a certificate comes in by two people; one with a certificate at once."""

import base64
import re
from collections.abc import AsyncIterator

import pytest

from notary import canonical, credentials
from notary.identity import Line, Role
from sql.database import Database
from tests.people import enrolment, newcomer, signed
from tests.web.served import Served, served
from web.client import Refused

ASKED = {
    "org": "91210300MA0TEXTX0A",
    "org_name": "Liao Works",
    "person_name": "Sun Yan",
    "contact": "0412-5550123",
}
KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        for person, org, line, role in (
            ("officer", "OFFICE", Line.DECISION, Role.OFFICER),
            ("second", "OFFICE", Line.DECISION, Role.OFFICER),
            ("operator", "CENTRE", Line.EXECUTION, Role.OPERATOR),
        ):
            await made.take_in_with_password(newcomer(person, org=org, line=line, roles=(role,)))
        yield made


async def page(house: Served, address: str) -> str:
    async with house.browser.get(address) as shown:
        assert shown.status == 200, address
        return await shown.text()


async def press(house: Served, shown: str, action: str, **fields: str) -> tuple[int, str, str]:
    """Press a button of a page that is shown; return status, address and page that come."""
    html = await page(house, shown)
    form = html[html.index(f'action="{action}"') :]
    found = KEY.search(form)
    assert found is not None
    async with house.browser.post(action, data={"key": found[1], **fields}) as answer:
        return answer.status, answer.url.path, await answer.text()


async def apply(house: Served) -> str:
    """Apply by the form; return the address of the application's page."""
    status, where, html = await press(house, "/enrol", "/enrol", **ASKED)
    assert (status, "Liao Works" in html) == (200, True)
    return where


async def come_in(house: Served, path: str) -> None:
    """Use a link, once."""
    welcome = await page(house, path)
    secret = re.search(r"secret=([A-Z2-7]+)", welcome)
    assert secret is not None
    given = dict(re.findall(r'name="(key|factor)" value="([0-9a-f]+)"', welcome))
    code, _ = credentials.current_code(base64.b32decode(secret[1]), house.clock.now)
    given |= {"name": "Sun Yan", "password": "a sentence to keep in mind", "code": code}
    async with house.browser.post(path, data=given, allow_redirects=False) as done:
        assert done.status == 303
    async with house.browser.get(path) as used:
        assert used.status == 404


async def test_two_people_let_a_firm_in_and_its_person_comes_in_by_the_link(house: Served) -> None:
    where = await apply(house)
    desk = f"/desk/applications/{where.split('/')[2]}"
    for person in ("officer", "operator"):
        assert "/welcome/" not in await page(house, where)
        await house.log_in(person)
        assert "asks to come in" in await page(house, "/desk?lang=en")
        status, _, _ = await press(house, desk, f"{desk}/approval")
        assert status == 200
        assert desk not in await page(house, "/desk")
        house.clock.move_to(house.clock.now.replace(minute=house.clock.now.minute + 1))

    link = re.search(rf"{house.origin}(/welcome/[0-9a-f/]+)", await page(house, where))
    assert link is not None
    kinds = (await house.kinds())[-3:]
    assert kinds == ["organisation-enrolled", "person-enrolled", "role-granted"]
    await come_in(house, link[1])
    async with house.database.transaction() as tx:
        rows = await tx.fetch("SELECT role FROM notary.role_grant WHERE org_id = $1", ASKED["org"])
        [entry] = await tx.fetch(
            "SELECT body FROM notary.ledger_body WHERE kind = 'notary.role-granted.v1'"
            " ORDER BY entry_id DESC LIMIT 1"
        )
    assert [row["role"] for row in rows] == ["bidder"]
    fields = canonical.loads(entry["body"])
    assert isinstance(fields, dict)
    assert (fields["actor"], fields["proposed_by"]) == ("operator", "officer")


async def test_two_of_one_office_are_not_two(house: Served) -> None:
    where = await apply(house)
    desk = f"/desk/applications/{where.split('/')[2]}"
    await house.log_in("officer")
    await press(house, desk, f"{desk}/approval")
    await house.log_in("second")
    html = await page(house, desk)

    assert f"{desk}/approval" not in html
    async with house.browser.post(f"{desk}/approval", data={"key": "0" * 32}) as again:
        assert again.status == 409
    assert await house.count("notary.organisation") == 2


async def test_a_refusal_says_why_on_the_firms_page_and_is_the_last_word(house: Served) -> None:
    where = await apply(house)
    desk = f"/desk/applications/{where.split('/')[2]}"
    await house.log_in("operator")
    await press(house, desk, f"{desk}/refusal", reason="The licence has expired")

    assert "The licence has expired" in await page(house, where)
    async with house.browser.post(f"{desk}/approval", data={"key": "0" * 32}) as late:
        assert late.status == 409
    assert await house.count("notary.organisation") == 2


async def test_the_page_of_an_application_opens_by_its_whole_address_alone(house: Served) -> None:
    where = await apply(house)
    other = where[:-1] + ("0" if where[-1] != "0" else "1")

    async with house.browser.get(other) as shown:
        assert shown.status == 404
        assert "Liao Works" not in await shown.text()


async def test_a_code_with_a_slip_is_refused_and_its_form_stays_as_it_was_sent(
    house: Served,
) -> None:
    slip = ASKED["org"].replace("MA0", "MA9")
    status, _, html = await press(house, "/enrol", "/enrol", **(ASKED | {"org": slip}))

    assert status == 422
    assert "照营业执照逐位核对" in html
    assert await house.count("notary.application") == 0
    spaced = " 91210300 ma0textx0ａ "
    status, _, html = await press(house, "/enrol", "/enrol", **(ASKED | {"org": spaced}))
    assert (status, ASKED["org"] in html) == (200, True)


async def test_a_firm_that_is_here_does_not_apply_again(house: Served) -> None:
    await house.enrol(ASKED["org"])

    async with house.client() as sender:
        with pytest.raises(Refused) as refused:
            await sender.send("POST", "/applications", dict(ASKED))
    assert (refused.value.status, refused.value.code) == (409, "application.firm_known")


async def test_a_signed_file_enrols_its_firm_at_once_on_the_page(house: Served) -> None:
    pair = house.pair(ASKED["org"])
    written = canonical.dumps(signed(enrolment(ASKED["org"], pair), pair)).decode()
    status, _, html = await press(house, "/enrol", "/enrol/signed", signed=written)

    assert (status, ASKED["org"] in html) == (200, True)
    assert await house.count("notary.organisation") == 3
    status, _, _ = await press(house, "/enrol", "/enrol/signed", signed=written)
    assert status == 409
    status, _, _ = await press(house, "/enrol", "/enrol/signed", signed="{}")
    assert status == 422
    status, _, _ = await press(house, "/enrol", "/enrol/signed", signed="not JSON")
    assert status == 422


async def test_a_certificate_gets_its_person_a_link_to_log_in(house: Served) -> None:
    pair, other = await house.enrol(ASKED["org"]), await house.enrol("91210300MA0TESTX02")
    async with house.client(pair) as sender:
        made = await sender.send("POST", "/links")
        assert isinstance(made, dict)
        given = await sender.send("GET", f"/links/{made['invitation']}")
    assert isinstance(given, dict)
    async with house.client(other) as stranger:
        with pytest.raises(Refused) as refused:
            await stranger.send("GET", f"/links/{made['invitation']}")
    assert refused.value.code == "invitation.over"

    path = str(given["link"]).removeprefix(house.origin)
    await come_in(house, path)
    async with house.database.transaction() as tx:
        [kept] = await tx.fetch(
            "SELECT person_id, org_id FROM notary.credential JOIN notary.person USING (person_id)"
            " WHERE org_id = $1",
            ASKED["org"],
        )
    assert kept["person_id"].startswith("p-")
    assert await house.count("notary.organisation") == 4


async def test_a_log_in_gets_no_link_to_another_one(house: Served) -> None:
    await house.log_in("officer")

    headers = {"Idempotency-Key": "0" * 32}
    async with house.browser.post("/api/v1/links", headers=headers) as answer:
        assert answer.status == 403
