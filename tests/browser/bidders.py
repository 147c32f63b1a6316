"""A bidder at a browser: makes a whole bid on the workspace, and counts what it takes."""

from pathlib import Path
from typing import Any

from playwright.async_api import FilePayload, Page, expect

from bidding.facts import Envelope
from bidding.store import envelopes
from tests.bidding.town import TENDER, announce
from tests.browser.conftest import Reading
from tests.browser.reader import Reader, Window
from tests.browser.shown import Shown
from tests.web.served import PASSWORD

BID = f"/tenders/{TENDER}/bid"
RECEIPT = f"/tenders/{TENDER}/receipt"
SEAL = "[data-part=confirm] [data-part=press]"


class Actions:
    """What a person does on a page: each press, each choice of files, each field filled."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    async def press(self, selector: str) -> None:
        """Press a button."""
        self.count += 1
        await self.page.locator(selector).click()

    async def choose(self, *files: FilePayload | Path) -> None:
        """Choose files, all at once."""
        self.count += 1
        await self.page.locator("#b0-files").set_input_files(files)  # type: ignore[arg-type]

    async def fill(self, selector: str, text: str) -> None:
        """Fill a field."""
        self.count += 1
        await self.page.locator(selector).fill(text)


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


async def at_work(
    hall: Shown, read: Reading, window: Window | None = None, wish: dict[str, Any] | None = None
) -> Reader:
    """Publish a tender, and open the workspace of firm-1, whose keys are proved by then."""
    await announce(hall.town, wish)
    await hall.give_password("firm-1")
    reader = await read(hall, window or Window(person="firm-1"))
    await reader.go(BID)
    await ready(reader.page)
    return reader


async def ready(page: Page) -> None:
    """Wait until the browser has proved whose keys the bid is sealed to."""
    await expect(page.locator("[data-proved]:visible")).to_have_count(3, timeout=30_000)


async def arrived(page: Page, count: int, seconds: float = 60) -> None:
    """Wait until all files have arrived."""
    ticks = page.locator("[data-cell=tick]:visible")
    await expect(ticks).to_have_count(count, timeout=seconds * 1000)


async def receipted(hall: Shown, page: Page) -> None:
    """Wait for the receipt."""
    await expect(page).to_have_url(hall.origin + RECEIPT, timeout=30_000)


async def own_bids(hall: Shown) -> list[Envelope]:
    async with hall.town.database.transaction() as tx:
        return await envelopes.envelopes_of_bidder(tx, "FIRM-1")


async def submit_one(hall: Shown, page: Page, *files: FilePayload) -> None:
    """Make a whole bid."""
    does = Actions(page)
    if files:
        await does.choose(*files)
        await arrived(page, len(files))
    await does.fill("#b0-price_fen", "10,767,000")
    await does.fill("#bid-code", PASSWORD)
    await does.press(SEAL)
    await receipted(hall, page)
