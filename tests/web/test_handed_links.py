"""Whoever two persons let in without a certificate gets a link: shown once, used once, and lost."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from notary import (
    cms,
    colleagues,
    credentials,
    enrolment,
    identity,
    invitations,
    register,
    sessions,
    stand_ins,
)
from notary.credentials import LogInRefused
from notary.identity import Line, Role
from notary.invitations import GOOD_FOR, InvitationOver
from notary.stand_ins import StandInWish
from sql.database import Database
from tests.people import a_once, der, newcomer
from tests.web.offices import (
    PAGE,
    ZHAO,
    a_house_of_two,
    page,
    press,
    proposed,
    roles_of,
    shown_links,
)
from tests.web.served import FACTOR_KEY, PASSWORD, Served


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with a_house_of_two(database) as made:
        yield made


async def link_of(house: Served, showing: str) -> str:
    """Press the button that shows a link; return its path."""
    status, html = await press(house, showing)
    [link] = re.findall(r"https?://[^<]*(/welcome/[0-9a-f]{32}/[0-9a-f]{32})", html)
    assert status == 200
    return str(link)


async def use(house: Served, link: str) -> int:
    """Come in by a link, with PASSWORD and the factor that its page offers; return the status."""
    async with house.browser.get(f"{link}?lang=en") as welcome:
        if welcome.status != 200:
            return welcome.status
        form = await welcome.text()
    [factor] = re.findall(r'name="factor" value="([0-9a-f]+)"', form)
    [key] = re.findall(r'name="key" value="([0-9a-f]+)"', form)
    [secret] = re.findall(r'<p class="hash">([A-Z2-7]+)</p>', form)
    code, _ = credentials.current_code(base64.b32decode(secret), house.clock.now)
    given = {"password": PASSWORD, "code": code, "factor": factor, "key": key, "name": ""}
    async with house.browser.post(link, data=given, allow_redirects=False) as answer:
        return answer.status


async def log_in_later(house: Served, person: str) -> None:
    """Log in a minute on: a code is spent once."""
    house.clock.move_to(house.clock.now + timedelta(minutes=1))
    await house.log_in(person)


async def knows_password(house: Served, person: str) -> bool:
    """Tell whether PASSWORD is the person's."""
    try:
        await credentials.check_password(house.database, house.hall, FACTOR_KEY, person, PASSWORD)
    except LogInRefused:
        return False
    return True


async def test_who_comes_without_a_certificate_gets_a_link_that_is_shown_and_used_once(
    house: Served,
) -> None:
    approval = await proposed(house, **ZHAO)
    await house.log_in("zhou")
    assert (await press(house, approval))[0] == 200
    [showing] = await shown_links(house)
    before = await page(house)
    assert "/welcome/" not in before
    await log_in_later(house, "li-na")
    assert await shown_links(house) == []
    assert (await press(house, showing))[0] == 404
    await house.log_in("zhou")
    link = await link_of(house, showing)
    assert await shown_links(house) == []
    assert (await press(house, showing))[0] == 409

    assert await use(house, link) == 303

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
    await log_in_later(house, "li-na")
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


async def test_the_form_that_shows_a_link_shows_it_once_under_the_same_key_too(
    house: Served,
) -> None:
    approval = await proposed(house, **ZHAO)
    await house.log_in("zhou")
    await press(house, approval)
    [showing] = await shown_links(house)
    given = {"key": "k" * 32}
    async with house.browser.post(f"{PAGE}{showing}", data=given) as first:
        assert (first.status, "/welcome/" in await first.text()) == (200, True)

    async with house.browser.post(f"{PAGE}{showing}", data=given) as again:
        html = await again.text()

    assert (again.status, "/welcome/" in html) == (409, False)
    assert "it is shown once" in html


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


TRUSTEE = ZHAO | {"role_supervisor": ""}
END = "/people/zhao-lei/roles/trustee/end"


async def lost_link(house: Served) -> str:
    """Let zhao-lei in with one role by li-na and zhou, who sees the link; li-na is logged in."""
    approval = await proposed(house, **TRUSTEE)
    await house.log_in("zhou")
    assert (await press(house, approval))[0] == 200
    [showing] = await shown_links(house)
    lost = await link_of(house, showing)
    await log_in_later(house, "li-na")
    return lost


async def approve_again(house: Served) -> list[str]:
    """Let zhao-lei in anew by the same two; return the links that zhou may see."""
    approval = await proposed(house, **TRUSTEE)
    await log_in_later(house, "zhou")
    assert (await press(house, approval))[0] == 200
    return await shown_links(house)


async def test_a_lost_link_is_dead_as_soon_as_the_role_has_ended(house: Served) -> None:
    lost = await lost_link(house)
    assert (await press(house, END))[0] == 200

    assert await use(house, lost) == 404
    [newer] = await approve_again(house)
    assert await use(house, lost) == 404
    assert await use(house, await link_of(house, newer)) == 303


async def test_whoever_leaves_takes_the_links_along(house: Served) -> None:
    lost = await lost_link(house)
    async with house.database.transaction() as tx:
        li_na = await identity.actor_of(tx, "li-na", house.clock.now)
    assert li_na is not None
    await colleagues.let_go(house.database, house.hall, li_na, a_once("li-na"), "zhao-lei")

    assert await use(house, lost) == 404


async def begin_in_the_name_of(house: Served, person: str) -> str:
    """Let a colleague stand in, propose somebody and make a link; return the link's id."""
    office = {"org": "AUDIT", "org_name": "Audit Office", "line": Line.SUPERVISION}
    await house.take_in(newcomer("sun", roles=(Role.AUDITOR,), **office))
    at = house.clock.now
    wish = StandInWish(
        absent=person,
        person="sun",
        role=Role.TRUSTEE,
        from_=at,
        to=at + timedelta(days=9),
        reason="leave",
    )
    async with house.database.transaction() as tx:
        actor = await identity.actor_of(tx, person, at)
        assert actor is not None
        link = newcomer("qian", roles=(Role.AUDITOR,), **office)
        begun = await invitations.invite(tx, house.hall, link, prepares=False, by=person, at=at)
    await stand_ins.grant(house.database, house.hall, actor, a_once(person), wish)
    await enrolment.propose(house.database, house.hall, actor, a_once(person), newcomer("wu"))
    assert Role.TRUSTEE in await roles_of(house, "sun")
    return begun


async def test_what_a_finder_made_of_a_lost_link_is_gone_when_two_persons_approve_again(
    house: Served,
) -> None:
    lost = await lost_link(house)
    assert await use(house, lost) == 303
    assert await knows_password(house, "zhao-lei")
    device = house.pair("AUDIT")
    async with house.database.transaction() as tx:
        at = await house.hall.clock(tx)
        told = {"by": "zhao-lei", "at": at, "device": "the finder's"}
        who = (house.hall, "AUDIT", "zhao-lei", device.certificate)
        await register.add_certificate(tx, *who, **told)  # type: ignore[arg-type]
        finder = await sessions.begin(tx, house.hall, "zhao-lei")
    begun = await begin_in_the_name_of(house, "zhao-lei")
    await log_in_later(house, "li-na")
    assert (await press(house, END))[0] == 200

    [newer] = await approve_again(house)

    assert not await knows_password(house, "zhao-lei")
    async with house.database.transaction() as tx:
        assert await sessions.person_of(tx, house.hall, finder) is None
        kept = await identity.resolve_certificate(tx, cms.cert_sha256(device.certificate))
    assert kept is not None
    assert kept.revoked_at == house.clock.now
    assert (await house.kinds())[-3:] == [
        "role-granted",
        "stand-in-granted",
        "certificate-revoked",
    ]
    assert Role.TRUSTEE not in await roles_of(house, "sun")
    async with house.database.transaction() as tx:
        with pytest.raises(InvitationOver):
            await invitations.of_id(tx, begun, house.clock.now)
        assert await enrolment.waiting(tx) == []
    assert await use(house, await link_of(house, newer)) == 303


async def test_a_lost_link_is_dead_once_its_person_has_another_way_in(house: Served) -> None:
    lost = await lost_link(house)
    pair = house.pair("AUDIT")
    async with house.database.transaction() as tx:
        at = await house.hall.clock(tx)
        who = (house.hall, "AUDIT", "zhao-lei", pair.certificate)
        await register.add_certificate(tx, *who, by="zhao-lei", at=at)
    approval = await proposed(house, **(ZHAO | {"role_trustee": ""}))
    await log_in_later(house, "zhou")
    assert (await press(house, approval))[0] == 200

    assert await shown_links(house) == []
    assert await use(house, lost) == 404
