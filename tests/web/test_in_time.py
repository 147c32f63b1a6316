"""A bid is in time by its manifest: the hall gets it also where its parts go nowhere."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from notary import receipt
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.s3_vault import S3Vault
from sql.database import Database
from tests import stores
from tests.web.served import serving
from tests.web.test_bidder import Fair, a_fair
from web import client
from web.cli import DONE, FAULT, main
from web.client import Client, Unreachable

MIB = 1024 * 1024


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[S3Vault]:
    """Give a vault whose store does not answer, to commands that do not ask for long."""
    monkeypatch.setattr(client, "_PAUSES", ())
    monkeypatch.setenv("HALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    vault = S3Vault(stores.NOWHERE, machine_clock)
    yield vault
    vault.close()


async def submitted(fair: Fair, *words: str) -> Result:
    """Hand the bid of firm-1 in by the command."""
    asked = ["submit", str(fair.folder / "firm-1.seal"), "--url", fair.origin, *words]
    return await asyncio.to_thread(CliRunner().invoke, main, asked)


@pytest.mark.parametrize("first", [[], ["--first"], ["--key"]])
async def test_a_bid_is_in_time_though_no_part_arrives_and_whole_when_it_is_sent_again(
    database: Database, tmp_path: Path, away: S3Vault, first: list[str]
) -> None:
    async with (
        a_fair(database, tmp_path) as fair,
        serving(database, fair.town.hall, away) as (without_store, _),
    ):
        await fair.announce()
        await fair.town.settle()
        await fair.seal("firm-1", 9, tmp_path / "firm-1.seal")
        words = [*first, str(fair.key_folder("firm-1"))] if first == ["--key"] else first

        early = await submitted(replace(fair, origin=without_store), *words)
        kept = receipt.parse((tmp_path / "firm-1.receipt.json").read_bytes())
        later = await submitted(fair, *words)

    assert early.exit_code == FAULT
    assert "已按时收到" in early.output
    assert "尚缺 1 个部分" in early.output
    assert "还没有得到确认" not in early.output
    assert "firm-1.receipt.p7s" in early.output
    assert not (tmp_path / "firm-1.attempt.json").exists()
    assert (kept.outcome, kept.fields["complete"]) == ("accepted", False)
    assert later.exit_code == DONE, later.output
    completed = receipt.parse((tmp_path / "firm-1.completed.json").read_bytes())
    assert completed.fields["envelope"] == kept.fields["envelope"]


@asynccontextmanager
async def a_slow_store(seconds: float) -> AsyncIterator[tuple[str, list[int]]]:
    """Serve a store that takes a mebibyte in so many seconds; give its address, and what it had."""
    taken: list[int] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(0)
        async for piece in request.content.iter_chunked(MIB // 4):
            taken[-1] += len(piece)
            await asyncio.sleep(seconds * len(piece) / MIB)
        return web.Response()

    application = web.Application(client_max_size=0)
    application.router.add_put("/", take)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIB // 4)
    listening.bind(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", taken
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_client() -> AsyncIterator[Client]:
    async with client.connect("http://127.0.0.1:1", system_entropy) as made:
        yield made


async def test_a_store_that_takes_nothing_more_is_left_after_two_silences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_SILENT_SECONDS", 0.2)
    async with a_slow_store(4) as (url, taken), a_client() as sender:
        with pytest.raises(Unreachable, match="nothing has moved"):
            await sender.carry(url, {}, bytes(24 * MIB))
    assert len(taken) == 2


@pytest.mark.nightly
async def test_a_slow_line_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_SILENT_SECONDS", 2.0)
    async with a_slow_store(0.2) as (url, taken), a_client() as sender:
        assert await sender.carry(url, {}, bytes(24 * MIB)) == 200
    assert taken == [24 * MIB]
