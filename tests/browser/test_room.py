"""An opening in a real browser: bids appear by themselves, whatever the network does."""

import asyncio
import re

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from bidding.steps import Step
from notary import rooms
from tests.bidding.town import BOX, DEADLINE, TRUSTEES, announce, bid, release_as
from tests.browser.conftest import Reading
from tests.browser.reader import EN, ZH, Window
from tests.browser.shown import Shown

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRMS = 3
REGIONS = "#room-state, #room-stages, #room-board, #room-said, #room-bids, #room-locks, #room-log"

READ = "#room-bids tbody tr:not(.is-shut)"

# What only a browser writes: a countdown's figures, and what it notes about them.
SHAPE = """regions => [...document.querySelectorAll(regions)].map(region => {
  const copy = region.cloneNode(true);
  for (const place of copy.querySelectorAll('[data-until]')) {
    place.replaceChildren();
    place.removeAttribute('hidden');
    place.removeAttribute('data-written');
  }
  return copy.outerHTML.replace(/\\s+/g, '');
})"""


async def prepare(hall: Shown) -> None:
    """Publish a tender and seal the bids of FIRMS firms."""
    await announce(hall.town)
    for n in range(1, FIRMS + 1):
        await bid(hall.town, f"firm-{n}", 1_000_000_000 + n * 1_234_567)
    await hall.town.settle()


async def head(hall: Shown) -> int:
    """Return the number of the room's last event."""
    async with hall.town.database.transaction() as tx:
        return await rooms.head(tx, hall.room().rpartition("/")[2])


async def arrive(page: Page, number: int) -> None:
    """Wait until the page has heard of an event."""
    await expect(page.locator("#line")).to_have_attribute("data-seq", str(number), timeout=15_000)


@pytest.mark.parametrize("lang", [ZH, pytest.param(EN, marks=pytest.mark.nightly)])
async def test_what_frames_made_of_a_page_is_what_a_fresh_load_shows(
    hall: Shown, read: Reading, lang: str
) -> None:
    await prepare(hall)
    live = await (await read(hall, Window(lang=lang))).go(hall.room())
    fresh = await read(hall, Window(lang=lang))
    await live.evaluate("window.mark = 'never reloaded'")
    hall.town.clock.move_to(DEADLINE)
    counts = []
    steps = 0
    while True:
        step = await hall.step()
        if step is None and steps == 0:
            for name in TRUSTEES[:2]:
                await release_as(hall.town, name, BOX)
                hall.ring()
            steps = 1
        elif step is None:
            break
        await arrive(live, await head(hall))
        counts.append(await live.locator(READ).count())
        again = await fresh.go(hall.room())
        assert await live.evaluate(SHAPE, REGIONS) == await again.evaluate(SHAPE, REGIONS), step
        assert await live.title() == await again.title()

    assert sorted(set(counts)) == list(range(FIRMS + 1))
    assert await live.evaluate("window.mark") == "never reloaded"


async def test_a_broken_connection_leaves_no_gap(hall: Shown, read: Reading) -> None:
    await prepare(hall)
    page = await (await read(hall, Window(breaks=True))).go(hall.room())
    await expect(page.locator("#line .ok")).to_be_visible()
    await hall.close(BOX, DEADLINE)
    await arrive(page, await head(hall))
    for _ in range(FIRMS):
        hall.break_connections()
        while await hall.step() is not Step.ANNOUNCE:
            pass
        await arrive(page, await head(hall))

    while await hall.step():
        pass
    await arrive(page, await head(hall))
    numbers = await page.locator("#room-log > li > b").all_inner_texts()
    assert [int(number) for number in numbers] == list(range(await head(hall), 0, -1))
    await expect(page.locator("#line .ok:not(.is-wait)")).to_be_visible()


async def test_where_sockets_are_blocked_the_room_goes_on_by_long_poll(
    hall: Shown, read: Reading
) -> None:
    async def shut(socket: WebSocketRoute) -> None:
        await socket.close()

    await prepare(hall)
    reader = await read(hall, Window(breaks=True))
    await reader.page.route_web_socket(re.compile("/socket"), shut)
    async with reader.page.expect_request("**/events?after=*", timeout=20_000):
        page = await reader.go(hall.room())
    await expect(page.locator("#room-board .count-left")).to_be_visible()
    await hall.close(BOX, DEADLINE)
    while await hall.step():
        pass

    await arrive(page, await head(hall))
    await expect(page.locator(READ)).to_have_count(FIRMS)


async def test_a_countdown_needs_the_clock_of_the_hall(hall: Shown, read: Reading) -> None:
    await prepare(hall)
    reader = await read(hall)
    page = await reader.go(hall.room())
    counting = page.locator("#room-board .count-left")
    await expect(counting).to_be_visible()
    # The hall's clock stands at an hour in another year than this machine's: 30 minutes are left.
    await expect(counting).to_have_text(re.compile(r"^\s*(30 分|29 分)"))
    await expect(page.locator("#room-board time")).to_be_visible()


async def test_without_the_clock_of_the_hall_there_is_the_deadline_and_no_countdown(
    hall: Shown, read: Reading
) -> None:
    async def mute(socket: WebSocketRoute) -> None:
        """Take everything and say nothing."""

    await prepare(hall)
    reader = await read(hall)
    await reader.page.route_web_socket(re.compile("/socket"), mute)
    page = await reader.go(hall.room())

    await expect(page.locator("#room-board time")).to_be_visible()
    await asyncio.sleep(1.5)
    await expect(page.locator("#room-board .count-left")).to_be_hidden()
