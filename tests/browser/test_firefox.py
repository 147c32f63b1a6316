"""The hall in a browser of another make: Firefox seals, and shows every page."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
import pytest_asyncio

from bidding.store import results
from tests.bidding.town import BOX, announce
from tests.browser.bidders import BID, RECEIPT, SEAL, own_bids
from tests.browser.firefox import Firefox, a_firefox
from tests.browser.places import PLACES
from tests.browser.reader import DESK, TELEPHONE
from tests.browser.shown import Shown
from tests.browser.test_sealing import open_all
from tests.web.served import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]

WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="session")
async def firefox(tmp_path: Path) -> AsyncIterator[Firefox]:
    async with a_firefox(tmp_path / "profile") as made:
        yield made


def shown(selector: str) -> str:
    return f"[...document.querySelectorAll('{selector}')].filter(one => one.checkVisibility())"


async def test_a_bid_sealed_in_firefox_opens_with_the_others(
    hall: Shown, firefox: Firefox, tmp_path: Path
) -> None:
    await announce(hall.town)
    await hall.give_password("firm-1")
    files = [tmp_path / name for name in ("投标函.pdf", "技术标.pdf")]
    for n, file in enumerate(files):
        file.write_bytes(b"%PDF-1.7 " + bytes([n]) * 9_000_000)
    await firefox.come_in(hall, "firm-1")
    assert await firefox.go(hall.origin + BID) == HTTPStatus.OK
    await firefox.until(f"{shown('[data-proved]')}.length === 3")
    assert await firefox.run("document.querySelector('[data-check=browser]').className") == ""
    await firefox.choose("#b0-files", files)
    await firefox.until(f"{shown('[data-cell=tick]')}.length === 2")
    await firefox.write("#b0-price_fen", "10,767,001.5")
    await firefox.write("#bid-code", PASSWORD)
    await firefox.press(SEAL)
    await firefox.until(f"location.pathname === '{RECEIPT}'")
    await firefox.until(f"{shown('.receipt .tag.is-done')}.length === 1")
    (sent,) = await own_bids(hall)
    await firefox.go("about:blank")

    await open_all(hall)
    async with hall.town.database.transaction() as tx:
        told = {one.envelope_id: one for one in await results.results_of(tx, BOX)}
    assert told[sent.envelope_id].verdict == "opened"
    assert told[sent.envelope_id].price_fen == 1_076_700_150


@pytest.mark.parametrize("size", [DESK, TELEPHONE])
async def test_every_page_is_quiet_and_no_wider_than_its_screen(
    season: Shown, firefox: Firefox, size: tuple[int, int]
) -> None:
    await firefox.look(*size)
    await firefox.run("console.error('heard')")
    assert firefox.wrong.pop() == "error: heard"
    wrong: dict[str, object] = {}
    for name, place in PLACES.items():
        await firefox.come_in(season, place.person)
        before = len(firefox.wrong)
        assert await firefox.go(season.origin + place.on(season)) == place.status, name
        wide = await firefox.run(WIDER)
        if wide or firefox.wrong[before:]:
            wrong[name] = (wide, firefox.wrong[before:])

    assert wrong == {}
