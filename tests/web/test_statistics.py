"""Counts and sums that everybody sees: nothing of a bid before its opening is over."""

from pathlib import Path

import pytest

from bidding import standing
from notary.vault import DirectoryVault
from sql.database import Database
from tests.bidding.town import Town, a_town, announce, award_lot, bid
from tests.web.served import serving
from trading import service as trading

PRICES = (1_076_700_000, 1_088_000_001, 1_200_000_000)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    made = await a_town(database, tmp_path, firms=3)
    await announce(made)
    for n, price in enumerate(PRICES, start=1):
        await bid(made, f"firm-{n}", price)
    return made


async def test_bids_count_once_their_opening_is_over_and_prices_once_awarded(town: Town) -> None:
    async def counted() -> tuple[int, int, int]:
        async with town.database.transaction() as tx:
            opened, bought = await standing.totals(tx)
        bids = sum(one.bids for one in opened)
        return len(opened), bids, sum(one.prices_fen for one in bought)

    assert await counted() == (0, 0, 0)
    await town.open_box()
    assert await counted() == (1, 3, 0)
    await award_lot(town)
    assert await counted() == (1, 3, PRICES[0])


async def test_notices_count_by_kind_and_month(town: Town, tmp_path: Path) -> None:
    async with town.database.transaction() as tx:
        (kind,), (month,) = await trading.totals(tx, town.clock.now, 12)

    assert (kind.tenders, kind.taking, kind.awarded) == (1, 1, 0)
    assert kind.ceilings_fen == 1_512_500_000
    assert (month.month.isoformat(), month.tenders) == ("2026-11-01", 1)
    async with serving(town.database, town.hall, DirectoryVault(tmp_path)) as (_, browser):
        for path in ("/statistics", "/help", "/help/citizen", "/accessibility"):
            async with browser.get(path) as answer:
                assert answer.status == 200, path
        async with browser.get("/statistics?lang=en") as answer:
            assert "CNY 15,125,000.00" in await answer.text()
