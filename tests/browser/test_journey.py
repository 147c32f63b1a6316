"""A person's whole way in a real browser: from a firm nobody knows to a record that is checked."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bidding.facts import Envelope
from bidding.sealed.index import open_index, open_piece
from bidding.sealed.seal import read_manifest
from bidding.steps import Step
from bidding.store import envelopes
from notary import canonical
from sql.postgres import EmbeddedPostgres
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    a_draft,
    announce,
    award_lot,
    bid,
    release_as,
)
from tests.browser.bidders import RECEIPT, Actions, arrived, ready, receipted
from tests.browser.bridge import ORG, Bridge, a_token
from tests.browser.conftest import Reading
from tests.browser.opened import by_age, content, secrets_of
from tests.browser.reader import Reader, Window
from tests.browser.shown import Shown, keep_record, shown
from tests.browser.test_room import READ
from tests.browser.test_sealing import FIRST
from tests.browser.test_ways_in import authenticator, made
from trading import service as trading

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]

MEGABYTE = 1_000_000
SIZES = (66, 66, 68)
PRICE, SAID = "10,767,000", "10,767,000.00"
"""The lowest of three, as it is typed and as it is told."""


@pytest_asyncio.fixture(loop_scope="session")
async def hall(postgres: EmbeddedPostgres, tmp_path: Path, bridge: Bridge) -> AsyncIterator[Shown]:
    async with shown(postgres, tmp_path, bridge=bridge.origin) as made_:
        bridge.hall = made_.origin
        yield made_


async def come_in(reader: Reader, hall: Shown) -> None:
    """Bring the firm in by its token, make a passkey under the token, and leave."""
    page = reader.page
    await authenticator(page)
    await reader.go("/enrol")
    await page.locator("[data-way=enrol-token]").click()
    await expect(page).to_have_url(f"{hall.origin}/enrol?enrolled={ORG}")
    await page.locator(".done a").click()
    await page.locator("[data-way=log-in-token]").click()
    await expect(page).to_have_url(f"{hall.origin}/firm")
    await page.locator("#passkey-name").fill("办公室的电脑")
    await page.locator("[data-way=make-passkey-token]").click()
    await expect(made(page)).to_be_visible()
    await page.locator("form.leave button").click()
    await expect(page).to_have_url(f"{hall.origin}/")


async def send(reader: Reader, does: Actions, files: list[Path]) -> None:
    """Choose files and lose the line while they are under way."""
    page = reader.page
    await does.choose(*files)
    ticks = page.locator("[data-cell=tick]:visible")
    await expect(ticks).not_to_have_count(0, timeout=120_000)
    await reader.context.set_offline(offline=True)
    await page.wait_for_timeout(2_000)
    assert await ticks.count() < len(files)
    await reader.context.set_offline(offline=False)
    await arrived(page, len(files), 240)


async def watch(hall: Shown, page: Page) -> None:
    """Let the deadline pass and see one price after the other appear, without a press."""
    await page.evaluate("window.mark = 'never reloaded'")
    await expect(page.locator("#line .ok:not(.is-wait)")).to_be_visible()
    hall.town.clock.move_to(DEADLINE)
    while await hall.step():
        pass
    for name in TRUSTEES[:2]:
        await release_as(hall.town, name, BOX)
    shown_prices = 0
    while step := await hall.step():
        shown_prices += step is Step.ANNOUNCE
        await expect(page.locator(READ)).to_have_count(shown_prices, timeout=15_000)
    assert shown_prices == 3
    await expect(page.locator("#room-bids")).to_contain_text(SAID)
    assert await page.evaluate("window.mark") == "never reloaded"


async def opens_everywhere(hall: Shown, folder: Path, envelope: Envelope, sent: str) -> None:
    """Open what Chromium sealed in Python, and with Debian's age alone, to what was chosen."""
    secret = bytes.fromhex((await secrets_of(hall, BOX))[envelope.envelope_id])
    async with hall.town.database.transaction() as tx:
        parts = await envelopes.parts_of(tx, envelope.envelope_id)
        (published,) = await trading.revisions(tx, TENDER)
    core, terms = read_manifest(envelope.seal_json).core, published.notice.lots[0].boxes[0]
    index = open_index(core, await content(hall, parts[0].sha256), secret, terms.form)
    by_index = canonical.loads(await by_age(hall, folder, secret, parts[0].sha256))
    assert isinstance(by_index, dict)
    files_key = bytes.fromhex(str(by_index["files_key"]))
    in_python, with_age = hashlib.sha256(), hashlib.sha256()
    for n, part in enumerate(parts[1:], start=1):
        in_python.update(open_piece(index, n, await content(hall, part.sha256)))
        with_age.update(await by_age(hall, folder, files_key, part.sha256))
    assert in_python.hexdigest() == with_age.hexdigest() == sent


async def check_record(reader: Reader, folder: Path) -> str:
    """Download the record from the tender's page and drop it on the verify page: what it says."""
    page = reader.page
    await reader.go(f"/tenders/{TENDER}")
    async with page.expect_download(timeout=240_000) as coming:
        await page.locator("a[href$='/record.tar']").first.click()
    record = folder / "record.tar"
    await (await coming.value).save_as(record)
    await page.locator("header a[href='/verify']").click()
    await page.locator("#check-files").set_input_files(record)
    await expect(page.locator("[data-part=answer]")).to_be_focused(timeout=240_000)
    return await page.locator("[data-part=sentence]").inner_text()


async def test_a_firm_comes_in_bids_over_a_broken_line_watches_and_checks_the_record(
    hall: Shown, read: Reading, bridge: Bridge, tmp_path: Path
) -> None:
    wish = a_draft()
    wish["lots"][0]["boxes"][0]["max_bytes"] = 300 * MEGABYTE
    await announce(hall.town, wish)
    bridge.pair = a_token(tmp_path)
    sent, files = (
        hashlib.sha256(),
        [tmp_path / f"{name}.pdf" for name in ("商务标", "技术标", "附件")],
    )
    for n, (file, size) in enumerate(zip(files, SIZES, strict=True)):
        file.write_bytes(bytes([n]) * (size * MEGABYTE))
        sent.update(file.read_bytes())
    reader = await read(hall, Window(breaks=True))
    page = reader.page
    await come_in(reader, hall)

    await reader.go(f"/tenders/{TENDER}")
    does = Actions(page)
    await does.press(".act-now .btn-wide")
    await does.press("[data-way=log-in-passkey]")
    await ready(page)
    await send(reader, does, files)
    await does.fill("#b0-price_fen", PRICE)
    await does.press("[data-part=confirm] [data-part=passkey]")
    await receipted(hall, page)
    assert does.count <= FIRST
    await expect(page.locator(".receipt .tag.is-done")).to_be_visible()
    async with hall.town.database.transaction() as tx:
        (own,) = await envelopes.envelopes_of_bidder(tx, ORG)
    assert page.url == hall.origin + RECEIPT

    await bid(hall.town, "firm-2", 1_088_000_000)
    await bid(hall.town, "firm-3", 1_099_000_000)
    await hall.town.settle()
    await reader.go(hall.room())
    await watch(hall, page)
    await opens_everywhere(hall, tmp_path, own, sent.hexdigest())

    await award_lot(hall.town, TENDER)
    await hall.town.settle()
    await keep_record(hall, TENDER)
    assert (await check_record(reader, tmp_path)).startswith("核对无误")  # checked, in words
