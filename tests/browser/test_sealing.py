"""A bid made in a real browser: files first, price last, one confirmation; what it sealed opens."""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bidding.store import envelopes
from tests.bidding.town import BOX, TENDER, announce
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.web.served import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")

BID = f"/tenders/{TENDER}/bid"
RECEIPT = f"/tenders/{TENDER}/receipt"


async def invite(hall: Shown) -> None:
    """Publish a tender and let firm-1 log in."""
    await announce(hall.town)
    await hall.give_password("firm-1")


def a_file(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


class Actions:
    """What a person did on a page: each press, each choice of files, each field filled."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    async def press(self, selector: str) -> None:
        self.count += 1
        await self.page.locator(selector).click()

    async def choose(self, *files: dict[str, object]) -> None:
        self.count += 1
        await self.page.locator("#b0-files").set_input_files(files)  # type: ignore[arg-type]

    async def fill(self, selector: str, text: str) -> None:
        self.count += 1
        await self.page.locator(selector).fill(text)


async def arrived(page: Page, count: int) -> None:
    """Wait until all files have arrived."""
    await expect(page.locator("[data-cell=tick]:visible")).to_have_count(count, timeout=60_000)


async def test_a_bidder_seals_and_submits_and_what_was_sealed_opens(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await invite(hall)
    reader = await read(hall, Window(person="firm-1"))
    page = await reader.go(f"/tenders/{TENDER}")
    does = Actions(page)
    await does.press(".act-now .btn-wide")
    await expect(page).to_have_url(hall.origin + BID)
    await expect(page.locator("[data-proved]:visible")).to_have_count(3)
    await does.choose(a_file("投标函.pdf", b"%PDF-1.7 offer"), a_file("技术标.pdf", b"%PDF-1.7 how"))
    await arrived(page, 2)
    await does.fill("#b0-price_fen", "10,767,000")
    await expect(page.locator("[data-words-of=price_fen] b")).to_have_text("壹仟零柒拾陆万柒仟元整")
    await does.fill("#bid-code", PASSWORD)
    await does.press("[data-part=confirm] [data-part=press]")

    await expect(page).to_have_url(hall.origin + RECEIPT, timeout=30_000)
    assert does.count <= 9  # people.md 1
    await expect(page.locator(".receipt .tag.is-done")).to_be_visible()
