"""The pages of the ledger show what is open, and of what is closed a number and a hash alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bidding.store import envelopes
from notary import ledger, proof
from sql.database import Database
from tests.bidding.town import BOX, TENDER, Town, a_town, announce, bid
from tests.web.served import Browser, serving
from web.routes.ledger_pages import ROWS

PRICES = {"firm-1": 1_310_000_000, "firm-2": 1_200_000_000, "firm-3": 1_250_000_000}


@pytest.fixture
async def opened(database: Database, tmp_path: Path) -> AsyncIterator[tuple[Town, Browser]]:
    town = await a_town(database, tmp_path, firms=3)
    await announce(town)
    for name, price in PRICES.items():
        await bid(town, name, price)
    await town.open_box()
    async with serving(database, town.hall, town.vault) as (_, browser):
        yield town, browser


async def text(browser: Browser, path: str, status: int = 200) -> str:
    async with browser.get(path) as answer:
        assert answer.status == status
        return await answer.text()


async def test_a_closed_entry_shows_its_hash_and_nothing_else(
    opened: tuple[Town, Browser],
) -> None:
    town, browser = opened
    async with town.database.transaction() as tx:
        sent = (await envelopes.envelopes_in(tx, BOX))[0]
        index = await ledger.index_of(tx, sent.entry_id)
        assert index is not None
        found = await ledger.entry_at(tx, index)
    assert found is not None

    page = (await text(browser, f"/ledger/{index}?lang=en")).partition("<main")[2]
    row = (await text(browser, f"/ledger?before={index + 1}&lang=en")).partition("<tbody")[2]
    row = row.partition("</tr>")[0]

    for shown in (page, row):
        assert "not public yet" in shown.lower()
        assert "bid-received" not in shown
        assert TENDER not in shown
        assert sent.envelope_id not in shown
        assert found.at.strftime("%H:%M:%S") not in shown
    assert found.leaf_hash.hex()[:8] in page
    assert f'/ledger/{index}"' not in await text(browser, f"/ledger?tender={TENDER}")
    await text(browser, f"/log/{town.hall.origin.rpartition('/')[2]}/proof/{index}", 404)


async def test_the_pages_of_the_ledger_lead_from_its_head_to_its_first_entry(
    opened: tuple[Town, Browser],
) -> None:
    town, browser = opened
    async with town.database.transaction() as tx:
        size = len(await ledger.entries(tx, limit=10_000))
    assert size > ROWS

    seen: list[int] = []
    before = size
    while before > 0:
        page = await text(browser, f"/ledger?before={before}")
        rows = [index for index in range(size) if f'href="/ledger/{index}"' in page]
        assert rows == list(range(max(0, before - ROWS), before))
        assert ('rel="next"' in page) == (rows[0] > 0)
        assert ('rel="prev"' in page) == (before < size)
        seen += rows
        before = rows[0]

    assert sorted(seen) == list(range(size))
    await text(browser, f"/ledger/{size}", 404)


async def test_an_open_entry_is_shown_as_its_proof_says(opened: tuple[Town, Browser]) -> None:
    town, browser = opened
    async with town.database.transaction() as tx:
        about = await ledger.entries_about(tx, TENDER)
    made = next(one for one in about if one.kind == "trading.published.v1")
    log = town.hall.origin.rpartition("/")[2]

    page = await text(browser, f"/ledger/{made.idx}")
    given = proof.parse((await text(browser, f"/log/{log}/proof/{made.idx}")).encode())

    assert given.index == made.idx
    for name, value in made.fields.items():
        assert name in page
        assert str(value) in page
    assert f"/ledger/{made.idx}" in await text(browser, f"/ledger?tender={TENDER}")
    assert f"/ledger/{made.idx}" in await text(browser, f"/tenders/{TENDER}")
