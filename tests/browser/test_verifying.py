"""The verify page judges what is chosen, in the browser, and answers in one sentence."""

import base64
import io
import tarfile

import pytest
from playwright.async_api import FilePayload, Page

from bidding import receipts
from tests.browser.conftest import Reading
from tests.browser.reader import EN, ZH, Window
from tests.browser.shown import AWARDED, Shown

pytestmark = pytest.mark.asyncio(loop_scope="session")


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


async def judged(page: Page, *files: FilePayload) -> str:
    """Choose files and return the sentence that the page answers."""
    answer = page.locator("[data-part=answer]")
    await answer.evaluate("one => { one.hidden = true; }")  # the one before must not pass for it
    await page.locator("#check-files").set_input_files(files)
    await answer.wait_for(timeout=20_000)
    assert await answer.evaluate("one => one === document.activeElement")
    return await page.locator("[data-part=sentence]").inner_text()


async def taken(hall: Shown, path: str) -> bytes:
    async with hall.server.get(path) as answer:
        assert answer.status == 200, path
        return await answer.read()


def tampered(tar: bytes, ending: str) -> bytes:
    """Flip a bit in the middle of the file of a tar whose name ends so."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        member = next(one for one in archive if one.name.endswith(ending))
    at = member.offset_data + member.size // 2
    return tar[:at] + bytes([tar[at] ^ 1]) + tar[at + 1 :]


@pytest.mark.parametrize("lang", [ZH, pytest.param(EN, marks=pytest.mark.nightly)])
async def test_a_record_a_paper_and_a_proof_are_judged_where_they_are(
    season: Shown, read: Reading, lang: str
) -> None:
    reader = await read(season, Window(lang=lang))
    page = await reader.go("/verify")
    words = {
        ZH: ("核对无误", "没有通过", "签名是真的", "回执是真的"),
        EN: ("Checked", "Not verified", "A true signature", "A true receipt"),
    }
    good, bad, true, receipt = words[lang]
    tar = await taken(season, f"/tenders/{AWARDED}/record.tar")
    paper = await taken(season, f"/tenders/{AWARDED}/result.pdf")
    log = season.town.hall.origin.rpartition("/")[2]
    proof = await taken(season, f"/log/{log}/proof/0")

    assert (await judged(page, payload("record.tar", tar))).startswith(good)
    assert await reader.violations() == []
    for ending in ("/checkpoint", "/log.vkey", "/SHA256SUMS.p7s", ".tlog-proof", "/award.json"):
        false = payload("record.tar", tampered(tar, ending))
        assert (await judged(page, false)).startswith(bad), ending
    assert (await judged(page, payload("result.pdf", paper))).startswith(true)
    assert AWARDED in await page.locator("[data-part=sentence]").inner_text()
    assert (await judged(page, payload("0.tlog-proof", proof))).startswith(good)
    [sent] = await receipts.of_bidder(season.town.database, season.town.hall, "FIRM-1", AWARDED)
    given = payload("receipt.json", str(sent.receipt["receipt"]).encode())
    p7s = payload("receipt.p7s", base64.b64decode(str(sent.receipt["receipt_p7s"])))
    assert (await judged(page, given, p7s)).startswith(receipt)
    assert (await judged(page, p7s, payload("receipt.json", paper))).startswith(bad)
    damaged = bytes([*proof[:-20], proof[-20] ^ 1, *proof[-19:]])
    assert (await judged(page, payload("0.tlog-proof", damaged))).startswith(bad)
