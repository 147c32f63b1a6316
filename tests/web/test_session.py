from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from notary import enrolment, identity, sessions
from notary.identity import Role
from sql.database import Database
from tests.people import a_once, newcomer
from tests.web.served import PASSWORD, Served, served

TICK = timedelta(microseconds=1)


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        await made.take_in_with_password(newcomer())
        await made.log_in("li-na")
        yield made


async def status(house: Served) -> int:
    async with house.browser.get("/api/v1/me") as answer:
        return answer.status


async def test_session_ends_after_half_an_hour_without_a_request(house: Served) -> None:
    began = house.clock.now

    house.clock.move_to(began + sessions.IDLE - TICK)
    assert await status(house) == 200
    house.clock.move_to(began + 2 * sessions.IDLE - 2 * TICK)
    assert await status(house) == 200
    house.clock.move_to(began + 3 * sessions.IDLE - 2 * TICK)
    assert await status(house) == 401


async def test_a_page_that_renews_itself_keeps_nobody_logged_in(house: Served) -> None:
    began = house.clock.now

    async def renewed() -> int:
        async with house.browser.get("/supervision?renews=1") as answer:
            return answer.status

    for minutes in (14, 28):
        house.clock.move_to(began + timedelta(minutes=minutes))
        assert await renewed() == 403  # known by name, and no supervisor
    house.clock.move_to(began + sessions.IDLE)
    assert await renewed() == 401
    assert await status(house) == 401


async def test_session_ends_after_twelve_hours_in_any_case(house: Served) -> None:
    began = house.clock.now
    for quarter in range(1, 48):
        house.clock.move_to(began + quarter * timedelta(minutes=15))
        assert await status(house) == 200

    house.clock.move_to(began + sessions.LONGEST - TICK)
    assert await status(house) == 200
    house.clock.move_to(began + sessions.LONGEST)
    assert await status(house) == 401


async def test_table_holds_no_token(house: Served) -> None:
    (token,) = (cookie.value for cookie in house.browser.session.cookie_jar)

    async with house.database.transaction() as tx:
        rows = await tx.fetch("SELECT token_sha256 FROM web.session")

    assert len(token) == 64
    assert [row for row in rows if token.encode() in row[0] or bytes.fromhex(token) in row[0]] == []


async def test_session_ends_with_the_role(house: Served) -> None:
    async with house.database.transaction() as tx:
        li = await identity.actor_of(tx, "li-na", house.clock.now)
    assert li is not None

    await enrolment.end_role(house.database, house.hall, li, a_once(), "li-na", Role.ADMINISTRATOR)

    assert await status(house) == 401


async def test_made_up_and_altered_tokens_are_nobody(house: Served) -> None:
    (token,) = (cookie.value for cookie in house.browser.session.cookie_jar)
    house.browser.session.cookie_jar.clear()

    for made_up in ("", "x", 64 * "0", token[:-1] + ("0" if token[-1] != "0" else "1")):
        async with house.browser.get("/api/v1/me", cookies={"hall": made_up}) as answer:
            assert answer.status == 401


async def test_under_tls_the_cookie_has_its_prefix_and_the_hall_says_so(database: Database) -> None:
    async with served(database, HALL_ORIGIN="https://hall.example") as house:
        await house.take_in_with_password(newcomer())
        async with house.browser.post(
            "/login", data={"name": "li-na", "password": PASSWORD}
        ) as answer:
            cookie = answer.cookies["__Host-hall"]

    assert cookie["secure"] is True
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_sweeping_keeps_what_still_counts(house: Served) -> None:
    async with house.database.transaction() as tx:
        await sessions.sweep(tx, house.clock.now)
    assert await status(house) == 200

    async with house.database.transaction() as tx:
        await sessions.sweep(tx, house.clock.now + sessions.LONGEST)
    assert await house.count("web.session") == 0
