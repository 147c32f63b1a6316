"""A second channel and who turns to it, over a real socket: what it had, and when, can be shown."""

import asyncio
import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port
from aiohttp.web import Application, Request
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from bidding.clients import sealing
from bidding.clients.duty import enveloped
from bidding.clients.sealing import BidFile
from bidding.sealed.statements import LIST_LIMIT
from notary import authority, canonical, cms, durable
from notary.canonical import sha256_hex
from notary.channels import Channel
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.instant import parse_seconds
from tests.authorities import TestAuthority
from tests.bidding.golden import certificate, key, revisions
from tests.bidding.test_sealing import a_bid, some_files
from web import client, lodging, submitting
from web.cli import FAULT, main
from web.client import SigningPair
from web.commands import submit
from web.lodge import LIMIT, PATH, RESERVE, Lodge, build
from web.lodging import Try

HALL, NAME = "https://hall.example", "市公证处"
AT = parse_seconds("2026-11-22T01:29:58Z")
PAIR = SigningPair(key=key("bidder"), certificate=certificate("bidder"))
SILENCE = Try(address=HALL, at=AT, said="no answer")

Browser = TestClient[Request, Application]


@asynccontextmanager
async def a_lodge(folder: Path, free: int = RESERVE) -> AsyncIterator[Browser]:
    """Serve a channel that keeps in `folder`, with so many bytes free."""
    lodge = Lodge(
        name=NAME, pair=PAIR, folder=folder, hall=HALL, clock=lambda: AT, free=lambda: free
    )
    async with TestClient(TestServer(build(lodge))) as browser:
        yield browser


def a_sealed(folder: Path) -> BidFile:
    """Write a sealed bid with one file."""
    folder.mkdir()
    files = some_files(folder, 9)
    bid = a_bid(files)
    p7s = cms.sign(bid.seal, key("bidder"), certificate("bidder"))
    sealing.write_bid(folder / "bid.seal", bid, p7s, files)
    return sealing.read_bid(folder / "bid.seal")


def origin_of(browser: Browser) -> str:
    return str(browser.make_url("/")).rstrip("/")


async def test_what_comes_is_on_the_disk_before_it_is_signed_for(tmp_path: Path) -> None:
    bid, folder = a_sealed(tmp_path / "own"), tmp_path / "lodged"
    folder.mkdir()
    async with a_lodge(folder) as browser:
        content = canonical.dumps(enveloped(bid.seal, bid.p7s))
        first = await browser.post(PATH, data=content)
        again = await browser.post(PATH, data=content)
        said = await first.json()

        assert first.status == again.status == 201
        assert await again.json() == said  # the first time is the one that counts
        assert first.headers["Access-Control-Allow-Origin"] == HALL
        receipt = said["receipt"].encode()
        assert json.loads(receipt) == {
            "v": "hall-lodged/v1",
            "name": NAME,
            "at": "2026-11-22T01:29:58Z",
            "object_sha256": sha256_hex(bid.seal),
            "p7s_sha256": sha256_hex(bid.p7s),
        }
        assert cms.verify(receipt, base64.b64decode(said["receipt_p7s"])) == PAIR.certificate
        [path] = folder.iterdir()
        kept = json.loads(path.read_bytes())
        assert kept["object"].encode() == bid.seal
        assert base64.b64decode(kept["p7s"]) == bid.p7s
        assert {name: kept[name] for name in said} == said


async def test_a_secret_that_proves_itself_is_taken_without_a_signature(tmp_path: Path) -> None:
    async with a_lodge(tmp_path) as browser, browser.post(PATH, data=b'{"object":{"s":1}}') as said:
        assert said.status == 201
        assert json.loads((await said.json())["receipt"])["p7s_sha256"] is None


async def test_the_longest_object_gets_its_receipt_again_however_much_of_it_is_escaped(
    tmp_path: Path,
) -> None:
    longest = canonical.dumps({"s": '"' * ((LIST_LIMIT - len('{"s":""}')) // 2)})
    over = canonical.dumps({"s": "a" * (LIST_LIMIT + 1 - len('{"s":""}'))})
    assert (len(longest), len(over)) == (LIST_LIMIT, LIST_LIMIT + 1)
    async with a_lodge(tmp_path) as browser:
        said = []
        for _ in range(2):
            async with browser.post(PATH, data=BytesIO(b'{"object":%b}' % longest)) as answer:
                assert answer.status == 201
                said.append(await answer.json())
        assert said[0] == said[1]
        async with browser.post(PATH, data=BytesIO(b'{"object":%b}' % over)) as answer:
            assert answer.status == 413


async def test_what_finds_no_room_is_refused_and_what_is_kept_is_not(tmp_path: Path) -> None:
    async with a_lodge(tmp_path) as browser, browser.post(PATH, data=b'{"object":{}}') as said:
        assert said.status == 201
    async with a_lodge(tmp_path, RESERVE - 1) as browser:
        async with browser.post(PATH, data=b'{"object":{}}') as said:
            assert said.status == 201
        async with browser.post(PATH, data=b'{"object":{"s":1}}') as said:
            problem = await said.json(content_type="application/problem+json")
            assert (said.status, problem["type"]) == (507, "urn:hall:problem:channel.full")
            assert said.headers["Access-Control-Allow-Origin"] == HALL
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_page_reads_a_fault_too_and_no_stack(tmp_path: Path) -> None:
    gone = tmp_path / "gone"  # the folder is not there: nothing can be kept
    async with a_lodge(gone) as browser, browser.post(PATH, data=b'{"object":{}}') as said:
        text = await said.text()
        assert said.status == 500
        assert said.headers["Access-Control-Allow-Origin"] == HALL
        assert "Traceback" not in text
        assert json.loads(text)["next"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"no JSON", 422, "object.malformed"),
        (b'{"p7s":"AA=="}', 422, "object.malformed"),
        (b'{"object":[],"p7s":"AA=="}', 422, "object.malformed"),
        (b'{"object":{},"p7s":7}', 422, "object.malformed"),
        (b'{"object":{},"p7s":"AA=="}', 422, "signature.bad"),
        (b" " * (LIMIT + 1), 413, "request.too_large"),
    ],
)
async def test_what_is_none_of_it_is_refused_with_a_next_step(
    tmp_path: Path, content: bytes, status: int, code: str
) -> None:
    async with a_lodge(tmp_path) as browser:
        english = {"Accept-Language": "en"}
        said = await browser.post(PATH, data=BytesIO(content), headers=english)
        problem = await said.json(content_type="application/problem+json")

        assert said.status == problem["status"] == status
        assert problem["type"] == f"urn:hall:problem:{code}"
        assert problem["next"].endswith(".")
        assert said.headers["Access-Control-Allow-Origin"] == HALL
        assert list(tmp_path.iterdir()) == []


async def test_pages_of_the_hall_may_ask_and_no_others(tmp_path: Path) -> None:
    async with a_lodge(tmp_path) as browser, browser.options(PATH) as said:
        assert said.status == 204
        assert said.headers["Access-Control-Allow-Origin"] == HALL
        assert said.headers["Access-Control-Allow-Headers"] == "Content-Type"


async def test_a_client_takes_a_receipt_of_whom_the_notice_names_and_no_other(
    tmp_path: Path,
) -> None:
    bid, folder = a_sealed(tmp_path / "own"), tmp_path / "lodged"
    folder.mkdir()
    async with a_lodge(folder) as browser:
        origin = origin_of(browser)
        named = Channel(name=NAME, url=origin, cert_sha256=cms.cert_sha256(PAIR.certificate))
        away = f"http://127.0.0.1:{unused_port()}"

        good = await lodging.lodge(bid, SILENCE, [named], [origin, away], lambda: AT)
        [lodged] = good.lodged
        assert (lodged.name, lodged.at, lodged.named) == (NAME, AT, True)
        assert [one.address for one in good.tries] == [HALL, f"{away}/lodged"]

        other = await lodging.lodge(
            bid, SILENCE, [replace(named, cert_sha256="0" * 64)], [origin], lambda: AT
        )
        assert other.lodged == ()
        assert "another than the notice names" in other.tries[-1].said

        unnamed = await lodging.lodge(bid, SILENCE, [], [origin], lambda: AT)
        assert [one.named for one in unnamed.lodged] == [False]

    path = lodging.save(good, bid.path)
    lodging.save(other, bid.path)
    kept = json.loads(path.read_bytes())  # nothing that was tried is lost by trying again
    assert [len(one["lodged"]) for one in kept] == [1, 0]
    assert kept[0]["seal"].encode() == bid.seal


def test_only_the_notice_that_the_bid_names_tells_its_channels(tmp_path: Path) -> None:
    bid = a_sealed(tmp_path / "own")
    assert lodging.named_beside(bid) == ()
    beside = lodging.notice_beside(bid.path)
    durable.replace(beside, revisions()[1].json)
    assert lodging.named_beside(bid) == revisions()[1].notice.channels != ()
    durable.replace(beside, revisions()[0].json)
    assert lodging.named_beside(bid) == ()


@contextmanager
def another_body(folder: Path) -> Iterator[str]:
    """Run `hall lodge` in a process of its own; give its address."""
    own = TestAuthority(
        *authority.create_authority("CA", system_entropy, machine_clock() - timedelta(days=1))
    )
    made = authority.new_key(system_entropy)
    authority.save_key(folder / client.KEY_FILE, made)
    holder = own.issue(made.public_key(), organisation=NAME, at=machine_clock())
    (folder / client.CERTIFICATE_FILE).write_bytes(holder.public_bytes(Encoding.PEM))
    words = ["lodge", "--key", str(folder), "--listen", "127.0.0.1:0", "--keep", f"{folder}/kept"]
    with subprocess.Popen(
        [Path(sys.executable).parent / "hall", *words, "--origin", HALL],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            told = re.fullmatch(rf"{NAME}: (http://127\.0\.0\.1:\d+)/lodged", said)
            assert told is not None, said
            yield told[1]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give commands the address of a hall that is not there, and a terminal that speaks Chinese."""
    monkeypatch.setattr(client, "_PAUSES", ())
    monkeypatch.setenv("HALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HALL_URL", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


@pytest.mark.usefixtures("nowhere")
async def test_a_bid_whose_hall_is_away_is_with_another_body_and_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bid, folder = a_sealed(tmp_path / "own"), tmp_path / "lodged"
    folder.mkdir()
    words = ["submit", str(bid.path)]
    async with a_lodge(folder) as browser:
        monkeypatch.setenv("HALL_LODGE", origin_of(browser))
        result = await asyncio.to_thread(CliRunner().invoke, main, words)

    assert result.exit_code == FAULT
    assert "还没有得到确认" in result.output
    assert f"{NAME}（公告没有写明的渠道）已在北京时间 2026-11-22 09:29:58 收下" in result.output
    [kept] = json.loads(bid.path.with_name("bid.attempt.json").read_bytes())
    assert_shows(kept, bid)

    monkeypatch.delenv("HALL_LODGE")
    alone = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert alone.exit_code == FAULT
    assert "备用渠道也没有应答" in alone.output
    assert "HALL_LODGE" in alone.output


@pytest.mark.nightly
@pytest.mark.usefixtures("nowhere")
def test_another_body_runs_a_channel_by_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bid, body = a_sealed(tmp_path / "own"), tmp_path / "body"
    body.mkdir()
    with another_body(body) as origin:
        monkeypatch.setenv("HALL_LODGE", origin)
        assert CliRunner().invoke(main, ["submit", str(bid.path)]).exit_code == FAULT

    [kept] = json.loads(bid.path.with_name("bid.attempt.json").read_bytes())
    assert_shows(kept, bid)
    [path] = (body / "kept").iterdir()
    assert json.loads(path.read_bytes())["object"].encode() == bid.seal


def assert_shows(attempt: dict[str, Any], bid: BidFile) -> None:
    """Assert that an attempt shows what a channel had, and that the hall was asked."""
    assert [one["address"] for one in attempt["tries"]] == [os.environ["HALL_URL"]]
    [lodged] = attempt["lodged"]
    cms.verify(lodged["receipt"].encode(), base64.b64decode(lodged["receipt_p7s"]))
    assert json.loads(lodged["receipt"])["object_sha256"] == sha256_hex(bid.seal)
    assert lodged["named"] is False


async def test_a_hall_that_says_nothing_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until whoever asks has gone
        writer.close()
        await writer.wait_closed()
        gone.set()

    monkeypatch.setattr(submit, "FIRST_WORD", 0.2)
    monkeypatch.setenv("HALL_HOME", str(tmp_path / "home"))
    bid = a_sealed(tmp_path / "own")
    server = await asyncio.start_server(never, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(client.Unreachable, match="does not answer"):
            await submit.submit(bid, None, submitting.submit_first, origin)
        async with asyncio.timeout(20):
            await gone.wait()
    finally:
        server.close()
