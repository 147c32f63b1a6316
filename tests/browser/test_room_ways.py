"""Other ways to look at an opening: on a wall, once more from its record, with very many bids."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from notary import rooms
from notary.canonical import Json
from tests.bidding.town import announce
from tests.browser.conftest import Reading
from tests.browser.reader import EN, ZH, Window
from tests.browser.shown import AWARDED, OPENING, Shown, a_box

pytestmark = pytest.mark.asyncio(loop_scope="session")

WALL = (1920, 1080)
MOST_ON_A_WALL = 7
READ_FROM_TEN_METRES = 100  # pixels of a price on a screen of 1080 lines

BIDS = 300
TOLD = 20  # of them, one after the other, each taken as long as it takes
MOST_MS = 50  # of the main thread for one event, on a processor at a quarter of its speed
SLOWER = 4
BUSY = """() => {
  window.busy = [];
  const json = JSON.parse;
  JSON.parse = (...given) => {
    const found = json(...given);
    if (found && found.seq && found.html) window.began = performance.now();
    return found;
  };
  new MutationObserver(() => {
    if (window.began === undefined) return;
    document.body.getBoundingClientRect();
    const began = window.began;
    window.began = undefined;
    window.busy.push(performance.now() - began);
  }).observe(document.getElementById('room-log'), {childList: true});
}"""


async def test_a_wall_shows_an_opening_and_nothing_scrolls(season: Shown, read: Reading) -> None:
    reader = await read(season, Window(size=WALL))
    page = await reader.go(f"{season.room(a_box(OPENING))}?screen=1")
    await expect(page.locator("#line .ok:not(.is-wait)")).to_be_visible()

    size = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    price = await page.locator(".told-price").evaluate(
        "one => parseFloat(getComputedStyle(one).fontSize)"
    )

    assert size == list(WALL)
    assert price >= READ_FROM_TEN_METRES
    assert await reader.violations() == []


@pytest.mark.parametrize("lang", [ZH, pytest.param(EN, marks=pytest.mark.nightly)])
async def test_a_closed_opening_is_seen_again_event_by_event(
    season: Shown, read: Reading, lang: str
) -> None:
    room = season.room(a_box(AWARDED))
    reader = await read(season, Window(lang=lang))
    page = await reader.go(f"{room}/replay?at=0")
    for seq in (1, 2, 3):
        await page.locator("#replay-on").click()
        await expect(page).to_have_url(re.compile(rf"at={seq}$"))
    stepped = await page.locator("main .cols").inner_text()
    checked = page.locator("#replay-check")
    await checked.click()
    await expect(page.locator("#replay-said")).to_have_text(re.compile(r"\d+ (个事件中|of) \d+"))
    said = re.findall(r"\d+", await page.locator("#replay-said").inner_text())
    assert await reader.violations() == []
    again = await reader.go(f"{room}/replay?at=3")

    assert said[0] == said[1] != "0"
    assert await again.locator("main .cols").inner_text() == stepped


async def test_without_scripts_every_step_is_a_link(season: Shown, read: Reading) -> None:
    reader = await read(season, Window(scripts=False))
    page = await reader.go(f"{season.room(a_box(AWARDED))}/replay?at=4")
    await page.locator("#replay-on").click()
    await page.locator("#replay-back").click()

    assert page.url.endswith("at=4")


async def tell(hall: Shown, kind: str, data: dict[str, Json]) -> None:
    """Tell the room an event."""
    async with hall.town.database.transaction() as tx:
        await rooms.tell(
            tx,
            hall.room().rpartition("/")[2],
            at=hall.town.clock.now,
            kind=f"bidding.{kind}.v1",
            data=data,
        )


def opened(n: int) -> dict[str, Json]:
    """Return what is told of the bid `n`."""
    price = str(1_000_000_000 + n * 1_234_500)
    return {
        "envelope": f"{n:064x}",
        "verdict": "opened",
        "code": None,
        "fault": None,
        "checked": True,
        "price_fen": price,
        "form": {"price_fen": price},
    }


@pytest.mark.nightly
async def test_a_wall_of_many_bids_shows_them_by_screens_and_the_one_just_told(
    hall: Shown, read: Reading
) -> None:
    await announce(hall.town)
    listed: list[Json] = [
        {"envelope": f"{n:064x}", "bidder": f"投标人第 {n} 号有限公司"} for n in range(1, 24)
    ]
    await tell(hall, "deadline-passed", {})
    await tell(hall, "shares-asked", {"list": listed})
    for n in range(1, 22):
        await tell(hall, "bid-opened", opened(n))
    page = await (await read(hall, Window(size=WALL))).go(f"{hall.room()}?screen=1")
    shown = page.locator("#room-bids tbody tr:visible")
    await expect(shown).to_have_count(21)
    lowest = await shown.nth(6).evaluate("one => one.getBoundingClientRect().bottom")

    await tell(hall, "bid-opened", opened(22))
    hall.ring()
    await expect(shown).to_have_count(2)
    assert lowest <= WALL[1]
    assert "投标人第 22 号有限公司" in await shown.first.inner_text()


@pytest.mark.nightly
@pytest.mark.alone
async def test_an_event_in_a_room_of_300_bids_takes_at_most_50_ms(
    hall: Shown, read: Reading
) -> None:
    await announce(hall.town)
    listed: list[Json] = [
        {"envelope": f"{n:064x}", "bidder": f"投标人第 {n} 号有限公司"} for n in range(1, BIDS + 1)
    ]
    await tell(hall, "deadline-passed", {})
    await tell(hall, "shares-asked", {"list": listed})
    for n in range(1, BIDS - TOLD + 1):
        await tell(hall, "bid-opened", opened(n))
    page = await (await read(hall)).go(hall.room())
    await expect(page.locator("#line .ok:not(.is-wait)")).to_be_visible()
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.evaluate(BUSY)
    for n in range(BIDS - TOLD + 1, BIDS + 1):
        await tell(hall, "bid-opened", opened(n))
        hall.ring()
        await expect(page.locator("#line")).to_have_attribute(
            "data-seq", str(n + 2), timeout=15_000
        )
    busy: list[Any] = sorted(await page.evaluate("window.busy"))

    assert len(busy) == TOLD
    # Another test on this machine is not the page's cost: the middle one counts.
    assert busy[TOLD // 2] <= MOST_MS, busy
