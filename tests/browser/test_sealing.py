"""A bid made in a real browser: files first, price last, one confirmation; what it sealed opens."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import monotonic
from zipfile import ZipFile, ZipInfo

import pytest
from playwright.async_api import expect

from bidding.clients import sealing
from bidding.sealed import seal
from bidding.store import envelopes, results
from notary import canonical
from tests.bidding.revising import a_change, amend
from tests.bidding.town import BOX, DEADLINE, TENDER, a_draft, announce, bid
from tests.browser.bidders import (
    BID,
    RECEIPT,
    SEAL,
    Actions,
    a_file,
    arrived,
    at_work,
    own_bids,
    ready,
    receipted,
    submit_one,
)
from tests.browser.conftest import Reading
from tests.browser.memory import HEAP, MEBIBYTE, growth_of
from tests.browser.opened import by_age, secrets_of
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.web.served import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER = "GC-2026-0919"
OFFER, METHOD = b"%PDF-1.7 offer", b"%PDF-1.7 " + b"how we build " * 1000

# Actions that a first bid, a later one and a new price may take (people.md 1).
FIRST, LATER, PRICE = 9, 5, 2

# A disk that takes no sealed part while `window.full`.
DISK = """() => {
  const { put } = IDBObjectStore.prototype;
  window.full = true;
  IDBObjectStore.prototype.put = function (value) {
    if (window.full && this.name === 'parts') throw new DOMException('full', 'QuotaExceededError');
    return put.call(this, value);
  };
}"""


async def open_all(hall: Shown) -> dict[str, str]:
    """Close the box among rivals, open it, and return S of every envelope."""
    await bid(hall.town, "firm-2", 1_088_000_000)
    await bid(hall.town, "firm-3", 1_099_000_000)
    await hall.close(BOX, DEADLINE)
    while await hall.step():
        pass
    return await secrets_of(hall, BOX)


async def test_a_bid_of_a_browser_opens_with_the_others_and_with_age_alone(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await announce(hall.town)
    await hall.give_password("firm-1")
    reader = await read(hall, Window(person="firm-1"))
    page = await reader.go(f"/tenders/{TENDER}")
    does = Actions(page)
    await does.press(".act-now .btn-wide")
    await ready(page)
    await does.choose(a_file("投标函.pdf", OFFER), a_file("技术标.pdf", METHOD))
    await does.fill("#b0-price_fen", "10,767,001.5")
    await expect(page.locator("[data-words-of=price_fen] b")).to_have_text(
        "壹仟零柒拾陆万柒仟零壹元伍角整"
    )
    await does.fill("#bid-code", PASSWORD)
    await arrived(page, 2)
    assert await reader.violations() == []
    await does.press(SEAL)
    await receipted(hall, page)
    assert does.count <= FIRST
    await expect(page.locator(".receipt .tag.is-done")).to_be_visible()
    assert await reader.violations() == []
    (first,) = await own_bids(hall)

    does = Actions(page)
    await reader.go(BID)
    await ready(page)
    await does.fill("#b0-price_fen", "10,700,000")
    await does.press(SEAL)
    await receipted(hall, page)
    assert does.count <= PRICE
    _, second = await own_bids(hall)
    assert second.supersedes == first.envelope_id
    # The opening is past the end of the session: let the page ask for nothing more.
    await page.wait_for_load_state("networkidle")
    await page.goto("about:blank")

    secret = bytes.fromhex((await open_all(hall))[second.envelope_id])
    async with hall.town.database.transaction() as tx:
        told = {one.envelope_id: one for one in await results.results_of(tx, BOX)}
        parts = await envelopes.parts_of(tx, second.envelope_id)
    assert told[second.envelope_id].verdict == "opened"
    assert told[second.envelope_id].price_fen == 1_070_000_000
    index = canonical.loads(await by_age(hall, tmp_path, secret, parts[0].sha256))
    assert isinstance(index, dict)
    files_key = bytes.fromhex(str(index["files_key"]))
    opened = [await by_age(hall, tmp_path, files_key, part.sha256) for part in parts[1:]]
    assert opened == [OFFER, METHOD]


@pytest.mark.nightly
async def test_a_later_bid_takes_less_than_the_first(hall: Shown, read: Reading) -> None:
    reader = await at_work(hall, read)
    await submit_one(hall, reader.page, a_file("投标函.pdf", OFFER))
    await announce(hall.town, a_draft(tender=OTHER))

    page = await reader.go(f"/tenders/{OTHER}")
    does = Actions(page)
    await does.press(".act-now .btn-wide")
    await ready(page)
    await does.choose(a_file("投标函.pdf", OFFER), a_file("技术标.pdf", METHOD))
    await does.fill("#b0-price_fen", "9,000,000")
    await arrived(page, 2)
    await does.press(SEAL)
    await expect(page).to_have_url(f"{hall.origin}/tenders/{OTHER}/receipt", timeout=30_000)

    assert does.count <= LATER
    assert {one.key.tender for one in await own_bids(hall)} == {TENDER, OTHER}


def a_locked_zip() -> bytes:
    """Make a ZIP whose one file says of itself that it is encrypted."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr(ZipInfo("a.txt"), b"text")
    raw = bytearray(made.getvalue())
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(magic) + flags] |= 1
    return bytes(raw)


@pytest.mark.nightly
async def test_what_nobody_could_read_or_send_is_refused_in_words(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read)
    page, does = reader.page, Actions(reader.page)
    refused = page.locator("[data-part=not-taken]")
    for name, file in (
        ("a.pdf", b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>"),
        ("b.zip", a_locked_zip()),
        ("c.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
        ("d.txt", b""),
    ):
        await does.choose(a_file(name, file))
        await expect(refused).to_contain_text(name)

    await does.press(SEAL)
    await expect(page.locator("[data-part=errors]")).to_be_focused()
    assert await reader.violations() == []
    assert await own_bids(hall) == []


@pytest.mark.nightly
async def test_a_broken_line_is_waited_for_and_a_closed_page_goes_on(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read, Window(person="firm-1", breaks=True))
    page = reader.page
    await reader.context.set_offline(offline=True)
    await Actions(page).choose(a_file("技术标.pdf", METHOD))
    await expect(page.locator("[data-part=busy]")).to_be_visible()
    await expect(page.locator("[data-cell=hash]")).not_to_be_empty()
    await reader.context.set_offline(offline=False)
    await arrived(page, 1)

    await reader.context.set_offline(offline=True)
    await Actions(page).choose(a_file("附件.pdf", OFFER))
    await expect(page.locator("[data-cell=hash]").nth(1)).not_to_be_empty()
    await page.close()
    await reader.context.set_offline(offline=False)
    reader.page = await reader.context.new_page()
    await reader.go("/desk")
    await expect(reader.page.locator(".desk li p.small").first).to_contain_text("2")  # a draft
    # A file of which half was sent would be left open by the server.
    await reader.page.wait_for_load_state("networkidle", timeout=20_000)
    await reader.go(BID)
    await arrived(reader.page, 2)
    await submit_one(hall, reader.page)


@pytest.mark.parametrize(("lang", "size"), [(ZH, TELEPHONE), (EN, DESK)])
@pytest.mark.nightly
async def test_the_workspace_reads_well(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    reader = await at_work(hall, read, Window(lang=lang, size=size, person="firm-1"))
    await Actions(reader.page).choose(a_file("技术标.pdf", METHOD))
    await arrived(reader.page, 1)

    assert await reader.violations() == []
    assert await reader.sideways() == []
    assert await reader.naked_times() == []
    await submit_one(hall, reader.page)
    assert await reader.violations() == []
    assert await reader.sideways() == []
    assert await reader.naked_times() == []


@pytest.mark.nightly
async def test_a_sealed_bid_without_an_answer_is_kept_as_a_file_and_sent_again(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read, Window(person="firm-1", breaks=True))
    page, does = reader.page, Actions(reader.page)
    await does.choose(a_file("一.pdf", OFFER))
    await arrived(page, 1)
    await does.fill("#b0-price_fen", "10,767,000")
    await does.fill("#bid-code", PASSWORD)
    await page.route("**/api/v1/envelopes", lambda asked: asked.abort())
    await does.press(SEAL)
    async with page.expect_download() as coming:
        await does.press("[data-part=bundle]")
    kept = sealing.read_bid(await (await coming.value).path())
    assert [part.n for part in kept.manifest.core.parts] == [0, 1]

    await page.unroute("**/api/v1/envelopes")
    await does.press(SEAL)
    await receipted(hall, page)
    (own,) = await own_bids(hall)
    assert own.envelope_id == seal.envelope_id(kept.seal)


@pytest.mark.nightly
async def test_after_an_amendment_the_draft_is_filled_in_and_only_the_new_notice_is_sealed_to(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read)
    page, does = reader.page, Actions(reader.page)
    await submit_one(hall, page, a_file("一.pdf", OFFER))
    await reader.go(BID)
    await ready(page)
    days = {"name": "days", "type": "int", "label": {"zh": "工期", "en": "Days"}}
    form = [*a_draft()["lots"][0]["boxes"][0]["form"], days]
    await amend(hall.town, a_change(form=form, reseal=True))
    await does.press(SEAL)  # on a page that has not heard of it
    await expect(page.locator("[data-part=confirm] [data-part=refusal]")).to_be_focused()
    assert len(await own_bids(hall)) == 1

    await reader.go("/desk")
    await page.locator(f".desk a[href='{BID}']").last.click()
    await ready(page)
    await expect(page.locator("main .note.is-bad").first).to_be_visible()
    await expect(page.locator("#b0-price_fen")).to_have_value("10,767,000")
    await arrived(page, 1)
    assert await reader.violations() == []
    await does.fill("#b0-days", "175")
    await does.press(SEAL)
    await receipted(hall, page)
    await expect(page.locator(".receipt .tag.is-done")).to_be_visible()
    assert len(await own_bids(hall)) == 2


@pytest.mark.nightly
async def test_two_lots_are_sealed_under_one_review_and_one_confirmation(
    hall: Shown, read: Reading
) -> None:
    wish = a_draft()
    wish["lots"].append({**wish["lots"][0], "lot": "2"})
    await announce(hall.town, wish)
    await hall.give_password("firm-1")
    reader = await read(hall, Window(person="firm-1"))
    page = await reader.go(BID)
    await ready(page)  # the same keys for both: shown once, proved twice
    await page.locator("#b0-files").set_input_files([a_file("一.pdf", OFFER)])
    await page.locator("#b1-files").set_input_files([a_file("二.pdf", METHOD)])
    await arrived(page, 2)
    await page.locator("#b0-price_fen").fill("10,767,000")
    await page.locator("#b1-price_fen").fill("9,000,000")
    await page.locator("#bid-code").fill(PASSWORD)
    assert await reader.violations() == []
    assert await reader.sideways() == []
    await page.locator(SEAL).click()
    await receipted(hall, page)

    await expect(page.locator(".receipt")).to_have_count(2)
    assert await reader.violations() == []
    assert {one.key.lot for one in await own_bids(hall)} == {"1", "2"}


LINE = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
"""1.6 Mbit/s and 150 ms (web.md 11)."""


@pytest.mark.nightly
@pytest.mark.alone
async def test_200_megabytes_on_a_line_that_breaks_and_then_a_new_price_in_three_seconds(
    hall: Shown,
    read: Reading,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    wish = a_draft()
    wish["lots"][0]["boxes"][0]["max_bytes"] = 300_000_000
    files = [tmp_path / f"{n}.bin" for n in range(3)]
    for n, file in enumerate(files):
        file.write_bytes(bytes([n]) * ((66, 66, 68)[n] * 1_000_000))
    reader = await at_work(hall, read, Window(person="firm-1", breaks=True), wish)
    page = reader.page
    line = await reader.context.new_cdp_session(page)
    await line.send("Network.enable")
    growth = await growth_of(page)
    began = monotonic()
    await Actions(page).choose(*files)
    await expect(page.locator("[data-cell=tick]:visible")).not_to_have_count(0, timeout=60_000)
    await reader.context.set_offline(offline=True)
    away = monotonic()
    await page.wait_for_timeout(2_000)
    assert await page.locator("[data-cell=tick]:visible").count() < 3
    await reader.context.set_offline(offline=False)
    back = monotonic()
    await arrived(page, 3, 120)
    took = monotonic() - began - (back - away)
    most = growth.most() / MEBIBYTE
    await submit_one(hall, page)
    (first,) = await own_bids(hall)
    assert first.completed_at is not None

    await reader.go(BID)
    await ready(page)
    await arrived(page, 3)
    await line.send("Network.emulateNetworkConditions", {"offline": False, **LINE})
    await Actions(page).fill("#b0-price_fen", "10,600,000")
    pressed = monotonic()
    await Actions(page).press(SEAL)
    await expect(page).to_have_url(hall.origin + RECEIPT, timeout=60_000)
    priced = monotonic() - pressed
    record_property("seconds for 200 MB sealed and sent", round(took, 1))
    record_property("MiB more at most", round(most))
    record_property("seconds for a new price", round(priced, 2))
    assert len(await own_bids(hall)) == 2
    assert priced <= 3
    assert most <= HEAP


@pytest.mark.nightly
async def test_a_sealing_that_fails_says_why_and_goes_on(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    reader = await at_work(hall, read, Window(lang=EN, size=TELEPHONE, person="firm-1"))
    page, does = reader.page, Actions(reader.page)
    await page.evaluate(DISK)
    path = tmp_path / "offer.pdf"
    path.write_bytes(OFFER)
    await does.choose(path)
    said, state = page.locator("[data-part=line-refusal]"), page.locator("[data-cell=state]")
    go_on = page.locator("[data-part=go-on]")
    await expect(said).to_have_text(re.compile("“offer.pdf” could not be kept"))
    await expect(state).to_have_text("not sealed yet")
    assert await reader.violations() == []
    assert await reader.sideways() == []
    path.write_bytes(METHOD)
    await page.evaluate("window.full = false")
    await go_on.click()
    await expect(said).to_have_text(re.compile("“offer.pdf” has changed or is gone"))
    await expect(state).to_have_text("choose it again to go on")

    await does.choose(path)
    await arrived(page, 1)
    await expect(said).to_be_hidden()
    await page.evaluate("window.full = true")
    await does.choose(a_file("more.pdf", METHOD))
    await expect(said).to_have_text(re.compile("“more.pdf” could not be kept"))
    await page.evaluate("window.full = false")
    await go_on.click()
    await arrived(page, 2)
