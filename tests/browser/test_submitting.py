"""A sealed file handed in from a strange computer: by a page with scripts, and by one without."""

from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from bidding.clients.sealing import write_bid
from notary.canonical import sha256_hex
from tests.bidding.acts import entries, files_of
from tests.bidding.town import announce, seal_as
from tests.browser.conftest import Reading
from tests.browser.reader import EN, TELEPHONE, Window
from tests.browser.shown import Shown

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def a_file(hall: Shown, folder: Path, name: str) -> Path:
    """Seal a bid with a file of two parts, none of which is with the hall."""
    town = hall.town
    files = files_of(folder / name, bytes(8_500_000))
    bid = await seal_as(town, name, 1_300_000_000, files=files)
    path = folder / f"{name}.seal"
    write_bid(path, bid, town.people[name].sign(bid.seal), files)
    async with town.database.transaction() as tx:
        await tx.execute("DELETE FROM bidding.part")
    for sha256 in (sha256_hex(bid.part_0), *(one.sha256 for one in files.parts)):
        await town.vault.delete(sha256)
    return path


async def test_a_file_is_handed_in_after_a_broken_line_and_its_receipts_are_kept(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await announce(hall.town)
    path = await a_file(hall, tmp_path, "firm-1")
    stranger = await read(hall, Window(size=TELEPHONE, lang=EN, breaks=True))
    page = await stranger.go("/submit")
    sent: list[str] = []

    async def broken(route: Route) -> None:
        sent.append(route.request.url)
        await (route.abort() if len(sent) == 2 else route.continue_())

    await page.route("**/api/v1/parts/*", broken)
    await page.locator("#bid").set_input_files(path)
    await page.locator("[data-part=press]").click()
    await expect(page.locator("[data-part=wrong]")).to_contain_text("Press again")
    await expect(page.locator("[data-part=status]")).to_contain_text("Parts still missing: 2")
    await expect(page.locator("[data-part=receipt]")).to_be_visible()  # it is in time already
    await expect(page.locator("[data-part=saved] a")).to_have_count(2)
    await page.locator("[data-part=press]").click()

    await expect(page.locator("[data-part=tender]")).to_contain_text("GC-2026-0918, lot 1, ")
    await expect(page.locator("[data-part=bidder]")).to_have_text("FIRM-1")
    await expect(page.locator("[data-part=saved] a")).to_have_count(4, timeout=30_000)
    assert sent.count(sent[0]) == 1  # what arrived was not sent again
    assert len(sent) == 4
    async with page.expect_download() as download:
        await page.locator("[data-part=saved] a").first.click()
    assert (await download.value).suggested_filename == "bid.receipt.json"
    [received], [completed] = (
        await entries(hall.town, "bid-received"),
        await entries(hall.town, "bid-completed"),
    )
    assert (received["complete"], completed["actor"]) == (False, "FIRM-1")
    assert await stranger.violations() == []
    assert await stranger.sideways() == []
    assert await stranger.naked_times() == []


@pytest.mark.nightly
async def test_without_scripts_the_form_brings_the_file_whole(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await announce(hall.town)
    path = await a_file(hall, tmp_path, "firm-2")
    stranger = await read(hall, Window(scripts=False))
    page = await stranger.go("/submit")

    await page.locator("#bid").set_input_files(path)
    await page.locator("[data-part=press]").click()

    await expect(page.locator("h1")).to_have_text("投标已收到")
    await expect(page.locator("a[download]")).to_have_count(4)
    assert len(await entries(hall.town, "bid-completed")) == 1
