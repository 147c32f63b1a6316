"""Bids that nobody else can open: offered in the editor, due on a desk, explained in the room."""

from pathlib import Path

from bidding import standing
from notary.identity import Actor
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.acts import box_facts, show_secret
from tests.bidding.test_bidder_mode import LAW, OWN, a_small_hall, three_bids
from tests.bidding.town import TENDER, Town, a_draft, once
from tests.web.served import serving
from tests.web.visitors import visitor
from trading import service as trading
from web import desk_stays
from web.desk_stays import Stays
from web.views_house import DeskRow, Matter


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
