"""Where the hall does not answer, its second channel takes the bid, and the attempt is kept."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import unused_port
from playwright.async_api import Locator, Page, Route, expect

from bidding.sealed import seal
from notary import cms
from notary.canonical import sha256_hex
from sql.postgres import EmbeddedPostgres
from tests.bidding.town import announce
from tests.browser.bidders import SEAL, Actions, a_file, arrived, at_work, own_bids, receipted
from tests.browser.conftest import Reading
from tests.browser.lodge import AT, NAME, Channel, a_channel
from tests.browser.reader import EN, TELEPHONE, Reader, Window
from tests.browser.shown import Shown, shown
from tests.browser.test_submitting import a_file as sealed_file
from tests.web.served import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]

ENVELOPES = "**/api/v1/envelopes"
PARTS = "**/api/v1/parts/*"
WAYS = "**/api/v1/ways"


@pytest.fixture
def address() -> str:
    """Return the address at which a channel is yet to open."""
    return f"http://127.0.0.1:{unused_port()}"


@pytest_asyncio.fixture(loop_scope="session")
async def hall(postgres: EmbeddedPostgres, tmp_path: Path, address: str) -> AsyncIterator[Shown]:
    async with shown(postgres, tmp_path, lodge=address) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def lodge(hall: Shown, tmp_path: Path, address: str) -> AsyncIterator[Channel]:
    folder = tmp_path / "lodged"
    folder.mkdir()
    async with a_channel(folder, address, hall.origin) as made:
        yield made


async def test_a_bid_is_lodged_elsewhere_and_later_taken_by_the_hall(
    hall: Shown, read: Reading, lodge: Channel
) -> None:
    window = Window(lang=EN, size=TELEPHONE, person="firm-1", breaks=True)
    reader = await at_work(hall, read, window)
    page = reader.page
    await page.route(ENVELOPES, lambda asked: asked.abort())
    attempt = await pressed(page)

    [proof], [taken] = attempt, lodge.taken
    [lodged] = proof["lodged"]
    assert proof["seal"].encode() == taken
    assert [one["address"] for one in proof["tries"]] == 2 * [f"{hall.origin}/api/v1/envelopes"]
    assert lodged["address"] == f"{lodge.origin}/lodged"
    assert (lodged["name"], lodged["at"]) == (NAME, AT)
    assert json.loads(lodged["receipt"])["object_sha256"] == sha256_hex(taken)
    cms.verify(lodged["receipt"].encode(), base64.b64decode(lodged["receipt_p7s"]))
    await expect(page.locator("[data-part=lodged-with]")).to_contain_text(NAME)
    assert await reader.violations() == []
    assert await reader.sideways() == []
    assert await reader.naked_times() == []

    await page.unroute(ENVELOPES)
    await Actions(page).press(SEAL)
    await receipted(hall, page)
    (own,) = await own_bids(hall)
    assert own.envelope_id == seal.envelope_id(taken)


async def test_a_receipt_of_something_else_is_none(
    hall: Shown, read: Reading, lodge: Channel
) -> None:
    lodge.lies.set()
    reader = await at_work(hall, read, Window(person="firm-1", breaks=True))
    page = reader.page
    reader.expected = 503  # of a hall whose database is away: it has judged nothing
    await page.route(ENVELOPES, lambda asked: asked.fulfill(status=503, json={"detail": "away"}))
    [proof] = await pressed(page)

    assert [one["said"] for one in proof["tries"][:2]] == 2 * ["Error: away"]
    assert proof["lodged"] == []
    assert proof["tries"][-1]["address"] == f"{lodge.origin}/lodged"
    await expect(page.locator("[data-part=lodged-with]")).to_have_text("备用渠道也没有应答。")


async def test_a_bid_whose_index_does_not_arrive_is_in_time_and_lodged_nowhere(
    hall: Shown, read: Reading, lodge: Channel
) -> None:
    reader = await at_work(hall, read, Window(lang=EN, person="firm-1", breaks=True))
    page, does = reader.page, Actions(reader.page)
    await does.fill("#b0-price_fen", "10,767,000")
    await does.fill("#bid-code", PASSWORD)
    await page.route(PARTS, lambda asked: asked.abort())
    await does.press(SEAL)
    await expect(page.locator("#bid")).to_contain_text("Parts still missing: 1", timeout=30_000)
    assert lodge.taken == []

    await page.unroute(PARTS)
    await receipted(hall, page)
    (own,) = await own_bids(hall)
    assert own.completed_at is not None


async def in_time(hall: Shown, read: Reading) -> Reader:
    """Hand a bid in whose index does not arrive: the page goes on sending it."""
    reader = await at_work(hall, read, Window(lang=EN, person="firm-1", breaks=True))
    page, does = reader.page, Actions(reader.page)
    await does.fill("#b0-price_fen", "10,767,000")
    await does.fill("#bid-code", PASSWORD)
    await page.route(PARTS, lambda asked: asked.abort())
    await does.press(SEAL)
    await expect(status(page)).to_contain_text("Parts still missing: 1", timeout=30_000)
    await expect(status(page)).to_contain_text("This page goes on sending them.")
    return reader


def status(page: Page) -> Locator:
    return page.locator("[data-part=confirm] [data-part=status]")


async def test_a_part_goes_up_that_the_hall_had_once_and_lacks_when_the_bid_is_there(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read, Window(person="firm-1", breaks=True))
    page = reader.page

    async def here(asked: Route) -> None:
        wanted = json.loads(asked.request.post_data or "")["parts"]
        way: dict[str, object] = {
            "present": True,
            "url": None,
            "headers": {},
            "commit": None,
            "until": None,
        }
        await asked.fulfill(json={"parts": [{"sha256": one["sha256"], **way} for one in wanted]})

    await page.route(WAYS, here)
    does = Actions(page)
    await does.choose(a_file("一.pdf", b"%PDF-1.7 offer"))
    await arrived(page, 1)
    await page.unroute(WAYS)
    await does.fill("#b0-price_fen", "10,767,000")
    await does.fill("#bid-code", PASSWORD)
    await does.press(SEAL)

    await receipted(hall, page)
    (own,) = await own_bids(hall)
    assert own.completed_at is not None


async def test_a_hall_that_is_away_for_a_while_is_waited_for_and_the_bid_is_whole(
    hall: Shown, read: Reading
) -> None:
    reader = await in_time(hall, read)
    page, reader.expected = reader.page, 503
    await page.route(PARTS, lambda asked: asked.fulfill(status=503, json={"detail": "away"}))
    async with page.expect_response(lambda answer: answer.status == 503, timeout=30_000):
        pass
    await expect(page.locator("[data-part=phase]")).to_contain_text("No answer")
    await expect(page.locator("[data-part=refusal]").first).to_be_hidden()

    await page.unroute(PARTS)
    await receipted(hall, page)


async def test_what_the_hall_says_of_a_part_leaves_the_bid_in_time(
    hall: Shown, read: Reading
) -> None:
    reader = await in_time(hall, read)
    page, reader.expected = reader.page, 422
    refusal = {"type": "urn:hall:problem:E-PART-HASH", "detail": "Other bytes.", "next": "Again."}
    await page.route(PARTS, lambda asked: asked.fulfill(status=422, json=refusal))

    await expect(page.locator("[data-part=why]")).to_have_text("Other bytes.", timeout=30_000)
    await expect(status(page)).to_contain_text("Parts still missing: 1")
    await expect(status(page)).not_to_contain_text("goes on")


async def test_what_the_hall_says_of_the_bid_since_ends_the_wait(
    hall: Shown, read: Reading
) -> None:
    reader = await in_time(hall, read)
    page, reader.expected = reader.page, 409
    refusal = {"type": "urn:hall:problem:envelope.withdrawn", "detail": "You took it back."}
    await page.route(ENVELOPES, lambda asked: asked.fulfill(status=409, json=refusal))

    await expect(page.locator("[data-part=why]")).to_have_text("You took it back.", timeout=30_000)
    await expect(status(page)).to_have_text("")


async def test_a_sealed_file_is_lodged_from_any_computer(
    hall: Shown, read: Reading, lodge: Channel, tmp_path: Path
) -> None:
    await announce(hall.town)
    path = await sealed_file(hall, tmp_path, "firm-1")
    stranger = await read(hall, Window(size=TELEPHONE, lang=EN, breaks=True))
    page = await stranger.go("/submit")
    await page.route(ENVELOPES, lambda asked: asked.abort())
    await page.locator("#bid").set_input_files(path)
    await page.locator("[data-part=press]").click()

    await expect(page.locator("[data-part=attempt]")).to_be_visible(timeout=30_000)
    await expect(page.locator("[data-part=lodged-with]")).to_contain_text(NAME)
    assert len(lodge.taken) == 1
    assert await stranger.violations() == []
    assert await stranger.sideways() == []


async def pressed(page: Page) -> list[dict[str, Any]]:
    """Seal and submit while the hall does not answer; return the proof that is kept."""
    does = Actions(page)
    await does.choose(a_file("一.pdf", b"%PDF-1.7 offer"))
    await arrived(page, 1)
    await does.fill("#b0-price_fen", "10,767,000")
    await does.fill("#bid-code", PASSWORD)
    await does.press(SEAL)
    await expect(page.locator("[data-part=attempt]")).to_be_visible(timeout=30_000)
    async with page.expect_download() as coming:
        await page.locator("[data-part=attempt]").click()
    download = await coming.value
    assert download.suggested_filename == "bid.attempt.json"
    kept: list[dict[str, Any]] = json.loads((await download.path()).read_text())
    return kept
