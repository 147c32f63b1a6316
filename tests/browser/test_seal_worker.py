"""The sealing worker in Chromium: golden bytes, bids that Python opens, speed and memory."""

import base64
import json
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from playwright.async_api import Browser, Page, expect

from bidding.clients import sealing
from bidding.sealed import seal
from bidding.sealed.index import PIECE_SIZE, open_index, open_piece
from notary import age, cms
from notary.canonical import sha256_hex
from tests import shared
from tests.bidding.golden import cases, certificate, golden, key, manifest, policy
from tests.bidding.test_browser_seal import offered
from tests.bidding.test_sealing import FORM, an_invitation
from tests.browser.conftest import Reading
from tests.browser.memory import HEAP, MEBIBYTE, growth_of
from tests.browser.reader import ZH
from tests.browser.shown import Shown
from tests.node import BROWSER, NODE
from web import assets

pytestmark = pytest.mark.asyncio(loop_scope="session")

STATIC = Path("web/static")
AXE = BROWSER / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Bundle what these tests run in a page; it becomes the global `sealing`."""
    target = tmp_path_factory.mktemp("sealing") / "chromium.js"
    esbuild = BROWSER / "node_modules" / ".bin" / "esbuild"
    source = BROWSER / "test" / "chromium.mjs"
    options = ["--bundle", "--format=iife", "--global-name=sealing", "--log-level=error"]
    command = [str(NODE), str(esbuild), str(source), *options, f"--outfile={target}"]
    subprocess.run(command, check=True, timeout=60)
    return target.read_text("utf-8") + "\nglobalThis.sealing = sealing;"


async def a_page(read: Reading, hall: Shown, script: str) -> Page:
    """Open a page of a hall, where only what is served may run as a worker."""
    page = await (await read(hall)).go("/status")
    await page.evaluate(script)
    return page


def read_build() -> assets.Assets:
    return assets.read(STATIC)


def worker() -> str:
    return read_build().address("seal-worker.js")


def vectors() -> dict[str, Any]:
    folder = shared.path("vectors")
    outcomes = json.loads((folder / "age/profile.json").read_bytes())
    return {
        "golden": golden(),
        "cases": cases(),
        "jcs": [
            {
                "input": path.read_text("utf-8"),
                "output": (folder / "jcs/output" / path.name).read_text("utf-8"),
            }
            for path in sorted((folder / "jcs/input").iterdir())
        ],
        "kit": [
            {"name": name, "outcome": outcome, **kit_file(folder / "age" / name)}
            for name, outcome in outcomes.items()
            if name != "stream_257_chunks_full"  # 16 MiB, judged in node
        ],
    }


def kit_file(path: Path) -> dict[str, str | None]:
    header, _, body = path.read_bytes().partition(b"\n\n")
    facts = dict(line.split(": ", 1) for line in header.decode().splitlines())
    if facts.get("compressed") == "zlib":
        body = zlib.decompress(body)
    return {"identity": facts.get("identity"), "file": base64.b64encode(body).decode()}


async def test_chromium_gives_the_golden_bytes(read: Reading, season: Shown, script: str) -> None:
    page = await a_page(read, season, script)

    told = await page.evaluate("text => sealing.judge(JSON.parse(text))", json.dumps(vectors()))

    assert told["failed"] == []
    assert told["ran"] > 140


async def test_what_chromium_sealed_opens_in_python(
    read: Reading, season: Shown, script: str, tmp_path: Path
) -> None:
    page, own = await a_page(read, season, script), bytes(range(32))
    bidder = manifest("second").core.bidder

    told = await page.evaluate(
        "given => sealing.sealBid(given)",
        {
            "worker": worker(),
            "offer": offered(),
            "bidder": {"id": bidder.id, "cert_sha256": bidder.cert_sha256},
            "form": FORM,
            "sizes": [1, PIECE_SIZE + 5],
            "recipient": age.recipient_of(own),
            "key": golden()["test_keys_pkcs8"]["bidder"],
            "certificate": golden()["certificates"]["bidder"],
        },
    )

    (tmp_path / "bid.seal").write_bytes(base64.b64decode(told["bid"]))
    bid = sealing.read_bid(tmp_path / "bid.seal")
    core, parts = bid.manifest.core, list(bid.parts())
    assert told["envelope"] == told["again"] == seal.envelope_id(bid.seal)
    assert told["seen"] == [part.size for part in core.parts]
    secret = age.secret_of(age.decrypt(base64.b64decode(told["receipt"]), own).decode().strip())
    assert bid.manifest.shares == seal.deal(core, policy(), secret)
    index = open_index(core, parts[0], secret, an_invitation().terms.form)
    assert index.form == FORM
    opened = [open_piece(index, n, parts[n]) for n in range(1, 4)]
    assert opened == [b"\1", b"\2" * PIECE_SIZE, b"\2" * 5]


async def test_what_is_cancelled_can_be_asked_again(
    read: Reading, season: Shown, script: str
) -> None:
    reader = await read(season)
    page = await reader.go("/status")
    await page.evaluate(script)
    reader.expected = 404  # a worker that is not there is asked twice, and answers twice

    told = await page.evaluate("worker => sealing.cancelAndResume(worker)", worker())

    assert told == {
        "ended": [True, True],
        "size": PIECE_SIZE,
        "refused": "E-FILE",
        "twice": ["E-FAULT", "E-FAULT"],
    }


@pytest.mark.parametrize("signed_by", ["the page", "another program"])
async def test_the_offline_page_is_saved_and_seals_without_a_single_request(
    chromium: Browser, season: Shown, tmp_path: Path, signed_by: str
) -> None:
    lay_out(tmp_path)
    saved = tmp_path / assets.OFFLINE
    saved.write_bytes(await fetched(season, f"/{assets.OFFLINE}"))
    assert sha256_hex(saved.read_bytes()) == read_build().sha256[assets.OFFLINE]
    asked: list[str] = []
    wrong: list[str] = []
    page = await chromium.new_page(locale=ZH, accept_downloads=True)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        await page.goto(saved.as_uri())
        await expect(page.locator("#program")).to_have_text(read_build().sha256[assets.WORKER])
        await fill(page, tmp_path)
        if signed_by == "the page":
            await page.set_input_files("#key", tmp_path / "key.pem")
        await page.click("#seal")
        if signed_by == "another program":
            sealed = await save(page, "#manifest", tmp_path / "seal.json")
            p7s = tmp_path / "seal.p7s"
            p7s.write_bytes(cms.sign(sealed + b" ", key("bidder"), certificate("bidder")))
            await page.set_input_files("#p7s", p7s)
            await expect(page.locator("#wrong")).to_be_visible()
            p7s.write_bytes(cms.sign(sealed, key("bidder"), certificate("bidder")))
            await page.set_input_files("#p7s", p7s)
        await save(page, "#bid", tmp_path / "bid.seal")
        await page.evaluate(AXE.read_text("utf-8"))
        violations = await page.evaluate("axe.run().then(({violations}) => violations)")
    finally:
        await page.close()

    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == [saved.as_uri()]
    assert wrong == []
    assert violations == []
    bid = sealing.read_bid(tmp_path / "bid.seal")
    assert bid.manifest.core.bidder == manifest("second").core.bidder
    assert [age.check_header(part, len(part)) for part in bid.parts()][1:] == [5, 6]
    assert cms.verify(bid.seal, bid.p7s) == certificate("bidder")


async def fill(page: Page, folder: Path) -> None:
    """Give the page all but a key."""
    await page.set_input_files("#offer", folder / "sealing.json")
    await expect(page.locator("#trustees li")).to_have_count(4)
    for name, answer in FORM.items():
        await page.fill(f"#a-{name}", "1.22" if name == "price_fen" else answer)
    await page.set_input_files("#files", [folder / "一.pdf", folder / "二.pdf"])
    await page.set_input_files("#certificate", folder / "certificate.pem")
    await page.fill("#body", manifest("second").core.bidder.id)


async def save(page: Page, link: str, target: Path) -> bytes:
    """Save what a link of the page offers."""
    async with page.expect_download() as saving:
        await page.click(link)
    await (await saving.value).save_as(target)
    return target.read_bytes()


async def fetched(hall: Shown, address: str) -> bytes:
    """Return what a browser would save instead of opening it."""
    async with ClientSession() as session, session.get(hall.origin + address) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        return await answer.read()


def lay_out(folder: Path) -> None:
    """Write what a bidder has on its machine before it seals."""
    (folder / "sealing.json").write_text(json.dumps(offered()))
    (folder / "certificate.pem").write_bytes(certificate("bidder").public_bytes(Encoding.PEM))
    own = key("bidder")
    pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    (folder / "一.pdf").write_bytes(b"12345")
    (folder / "二.pdf").write_bytes(b"123456")


@pytest.mark.nightly
@pytest.mark.alone
async def test_workers_beat_one_stream_twice_and_take_little_memory(
    read: Reading,
    season: Shown,
    script: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    page, large = await a_page(read, season, script), tmp_path / "large.bin"
    with large.open("wb") as file:
        for n in range(256):
            file.write(bytes([n]) * MEBIBYTE)
    await page.evaluate(
        "document.body.append(Object.assign(document.createElement('input'),"
        " {type: 'file', id: 'large'}))"
    )
    await page.set_input_files("#large", large)
    growth = await growth_of(page)

    told = await page.evaluate(
        "given => sealing.race(given)", {"worker": worker(), "input": "large"}
    )

    most = growth.most() / MEBIBYTE
    stream = await page.evaluate("given => sealing.stream(given)", {"input": "large"})
    record_property("seconds for 256 MiB", round(told["seconds"], 2))
    record_property("times as fast as one stream", round(stream / told["seconds"], 1))
    record_property("MiB more at most", round(most))
    assert stream / told["seconds"] >= 2, told
    assert told["seconds"] * 200e6 / told["size"] <= 8, told
    assert most <= HEAP, most
