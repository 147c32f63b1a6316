"""Bids that nobody else can open: offered in the editor, due on a desk, explained in the room."""

import asyncio
from pathlib import Path

import pytest

from bidding import standing
from bidding.clients.duty import Grounds
from bidding.store import results
from notary.identity import Actor
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.acts import box_facts, show_secret
from tests.bidding.test_bidder_mode import (
    CEILING,
    DEADLINE,
    LAW,
    OWN,
    a_small_hall,
    by_owner,
    three_bids,
)
from tests.bidding.town import BOX, TENDER, Town, a_draft, announce, once
from tests.trading.shelves import as_whole_set, put
from tests.web.served import serving
from tests.web.test_bidder import HERE, a_fair
from tests.web.visitors import visitor
from trading import service as trading
from web import bidder, desk_stays, key_folder
from web.desk_stays import Stays
from web.views.house import DeskRow, Matter


async def rows_of(town: Town, actor: Actor) -> list[DeskRow]:
    scenes, own = await standing.for_desk(town.database, town.hall, actor.org)
    stays = Stays(
        actor=actor,
        now=town.clock.now,
        scenes=scenes,
        own=own.live,
        shown=own.shown,
        halts={},
    )
    return list(desk_stays.rows(stays))


async def test_whose_bid_nobody_else_opens_finds_it_on_the_desk_until_it_has_shown_it(
    database: Database, tmp_path: Path
) -> None:
    town = await a_small_hall(database, tmp_path)
    bids = await three_bids(town)
    box, firm = await box_facts(town), town.people["firm-1"].actor

    [row] = await rows_of(town, firm)
    async with serving(database, town.hall, town.vault) as (_, browser):
        answer = await browser.get(f"/rooms/{box.room}?lang=en")
        room = await answer.text()
    await show_secret(town, bids[0])
    after = await rows_of(town, firm)

    assert (row.matter, row.due) == (Matter.OPEN_NOW, box.owner_by)
    assert str(row.command).startswith("hall release --key DIR --box")
    assert "Nobody else holds a key" in room
    assert "of 0 needed" not in room
    assert after == []
    assert await rows_of(town, town.people["firm-4"].actor) == []


async def test_the_editor_offers_bids_without_holders_where_the_set_allows_them(
    database: Database, tmp_path: Path
) -> None:
    town = await a_small_hall(database, tmp_path)
    drafter = town.people["drafter"].actor
    async with serving(database, town.hall, town.vault) as (origin, browser):
        agency = await visitor(
            Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy()), "drafter"
        )
        shown = []
        for rules in (OWN, LAW.name):
            wish = a_draft(rules=rules)
            await trading.draft(database, town.hall, drafter, once("drafter"), wish)
            shown.append(await agency.read(f"/desk/tenders/{TENDER}/holders"))

    assert ["each bidder its own" in page for page in shown] == [True, False]
    assert "15,125,000.01" in shown[0]


@pytest.mark.nightly
async def test_bidders_whose_bids_nobody_else_opens_need_press_nothing_either(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        town = fair.town
        put(tmp_path / "rules", OWN, as_whole_set(LAW, hall__sealing_mode_max_fen=CEILING + 1))
        await announce(town, by_owner())
        await town.settle()
        given = [await fair.bid(f"firm-{n}", 100 + n) for n in (1, 2, 3)]
        trusted = key_folder.read_authorities(fair.authorities)
        looking = asyncio.Event()

        async def pause() -> None:
            looking.set()
            await asyncio.sleep(0.05)

        async def client_of(name: str) -> list[str]:
            folder = fair.key_folder(name)
            grounds = Grounds(log=key_folder.read_log(folder), authorities=trusted, clock=fair.now)
            async with fair.client(folder) as hall:
                box = HERE.of(grounds.origin)
                return [*await bidder.release_when_asked(hall, folder, box, grounds, pause)]

        async with asyncio.timeout(60):
            clients = [asyncio.create_task(client_of(f"firm-{n}")) for n in (1, 2, 3)]
            await looking.wait()
            town.clock.move_to(DEADLINE)
            await town.carry()
            opened = await asyncio.gather(*clients)
        await town.carry()

        assert opened == [[one.envelope] for one in given]
        async with database.transaction() as tx:
            told = await results.results_of(tx, BOX)
        assert [one.price_fen for one in told] == [101, 102, 103]
