"""Practice: a hall of its own, an opening at each full hour; and acting as a player of a demo."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bidding.facts import BoxKey
from bidding.store import boxes
from notary.home import WrongHome
from notary.identity import Role
from notary.vault import DirectoryVault
from sql.database import Database
from tests.bidding.town import TRUSTEES, Town, a_town, announce, bid, release_as
from tests.browser.shown import a_tender
from tests.people import a_house, newcomer
from tests.web.served import Browser, served, serving
from trading.types import Stage
from web import settings
from web.commands import serve
from web.demo import practice
from web.demo.cast import BIDDERS
from web.demo.play import FAST, HOURLY, LEAST_AHEAD, deadline_at
from web.demo.tender import read_tender
from web.house import open_house

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "deadline"),
    [
        (NINE - LEAST_AHEAD - TICK, NINE),
        (NINE - LEAST_AHEAD, NINE + timedelta(hours=1)),
        (NINE, NINE + timedelta(hours=1)),
    ],
)
def test_an_opening_is_at_the_next_full_hour_that_leaves_time_to_bid(
    now: datetime, deadline: datetime
) -> None:
    assert deadline_at(now, HOURLY) == deadline


async def is_finished(town: Town, key: BoxKey) -> bool:
    async with town.database.transaction() as tx:
        box = await boxes.box(tx, key)
    assert box is not None
    return box.finished_at is not None


@pytest.mark.nightly
async def test_each_full_hour_is_announced_opened_and_followed_by_the_next(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 3)
    hours: list[datetime] = []
    async with serving(database, town.hall, town.vault) as (_, browser):
        for number in ("PRACTICE-1", "PRACTICE-2"):
            deadline, key = deadline_at(town.clock.now, HOURLY), BoxKey(number, "1", Stage.SINGLE)
            await announce(town, a_tender(number, deadline))
            async with browser.get("/openings") as calendar:
                assert number in await calendar.text()
            for n in (1, 2, 3):
                await bid(town, f"firm-{n}", 1_000_000_000 + n, key)
            town.clock.move_to(deadline - TICK)
            assert await town.carry(key) == []

            town.clock.move_to(deadline)
            await town.carry(key)
            for trustee in TRUSTEES[:2]:
                await release_as(town, trustee, key)
            while not await is_finished(town, key):
                town.clock.move_to(town.clock.now + timedelta(seconds=20))
                await town.carry(key)
            hours.append(deadline)

    first, second = hours
    assert (first.minute, first.second) == (0, 0)
    assert second == first + timedelta(hours=1)


def test_a_play_that_is_fast_waits_for_no_hour() -> None:
    assert deadline_at(NINE + TICK, FAST) == NINE + timedelta(seconds=20)


def test_the_first_firms_are_left_to_people() -> None:
    bids = practice.tender_of_robots().bids

    assert len(bids) == len(read_tender().bids) - practice.FREE_FIRMS
    assert {one.bidder for one in bids}.isdisjoint(
        {one.name for one in BIDDERS[: practice.FREE_FIRMS]}
    )


def test_practice_has_a_home_of_its_own_for_ever(tmp_path: Path) -> None:
    practice.settle(tmp_path / "new")
    practice.settle(tmp_path / "new")

    assert practice.is_practice(tmp_path / "new")
    assert not practice.is_practice(tmp_path)


async def test_the_home_of_a_practice_hall_serves_no_other(tmp_path: Path) -> None:
    practice.settle(tmp_path)
    own = serve.practice_settings({"HALL_HOME": str(tmp_path), "HALL_LISTEN": "localhost:0"})

    with pytest.raises(WrongHome, match="start it with --practice"):
        await serve.serve(replace(own, practice=False), demo=True)


async def test_the_home_of_a_hall_is_not_taken_for_practice(
    tmp_path: Path, database_dsn: str
) -> None:
    environ = {"HALL_HOME": str(tmp_path), "HALL_DATABASE_URL": database_dsn}
    async with open_house(settings.load(environ, tmp_path), demo=True):
        pass

    with pytest.raises(WrongHome, match="a home of its own"):
        practice.settle(tmp_path)


def test_practice_shares_neither_home_nor_port_with_a_hall_unless_told() -> None:
    own = serve.practice_settings({})

    assert (own.home.name, own.port, own.practice) == (".hall-practice", 8090, True)


async def act_as(browser: Browser, person: str) -> tuple[int, str]:
    async with browser.post("/act-as", data={"person": person}) as answer:
        return answer.status, await answer.text()


async def test_a_reader_of_a_demonstration_acts_as_a_player(database: Database) -> None:
    async with served(database) as house:
        await house.take_in(newcomer("operator", roles=(Role.OPERATOR,)))
        async with house.browser.get("/") as home:
            assert 'action="/act-as"' in await home.text()

        status, desk = await act_as(house.browser, "operator")
        assert status == 200
        assert '<option value="operator" lang="zh-CN" selected>' in desk
        async with house.browser.get("/api/v1/me") as me:
            assert (await me.json())["person"] == "operator"
        for person in ("supervisor", "nobody"):  # a player who is not there, and no player
            assert (await act_as(house.browser, person))[0] == 403


async def test_no_other_hall_lets_anybody_act_as_somebody(
    database: Database, tmp_path: Path
) -> None:
    house = a_house(database)
    await house.take_in(newcomer("operator", roles=(Role.OPERATOR,)))
    hall = replace(house.hall, demo=False)
    async with serving(database, hall, DirectoryVault(tmp_path)) as (_, browser):
        async with browser.get("/") as home:
            assert "act-as" not in await home.text()

        status, html = await act_as(browser, "operator")

    assert status == 403
    assert "demo.only" in html
