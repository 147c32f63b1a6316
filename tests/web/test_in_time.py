"""A bid is in time by its manifest: the hall gets it also where its parts go nowhere."""

import asyncio
import socket
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from typing_extensions import override

from bidding.clients import sealing
from notary import receipt
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.s3_vault import S3Vault
from notary.vault import BadBlob, DirectoryVault
from sql.database import Database
from tests import stores
from tests.bidding.town import DEADLINE
from tests.web.served import serving
from tests.web.test_bidder import Fair, a_fair
from web import bidder, client, submitting
from web.cli import DONE, FAULT, REFUSED, main
from web.client import Client, Unreachable
from web.submitting import InTime

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


class Garbling(DirectoryVault):
    """A vault that gets every file as other bytes, and says so."""

    @override
    async def put(self, digest: str, chunks: AsyncIterable[bytes], *, limit: int) -> int:
        raise BadBlob("other bytes")


@pytest.mark.usefixtures("away")  # for its settings
@pytest.mark.parametrize("words", [[], ["--key"]])
async def test_a_part_that_the_hall_refuses_leaves_the_bid_in_time_and_its_receipt_here(
    database: Database, tmp_path: Path, words: list[str]
) -> None:
    async with (
        a_fair(database, tmp_path) as fair,
        serving(database, fair.town.hall, Garbling(tmp_path / "garbled")) as (garbling, _),
    ):
        await fair.announce()
        await fair.town.settle()
        await fair.seal("firm-1", 9, tmp_path / "firm-1.seal")
        key = [*words, str(fair.key_folder("firm-1"))] if words else []
        early = await submitted(replace(fair, origin=garbling), *key)
        later = await submitted(fair, *key)

    assert early.exit_code == FAULT, early.output
    assert "已按时收到" in early.output
    assert "422" in early.output
    assert "firm-1.receipt.json" in early.output
    assert later.exit_code == DONE, later.output


async def test_parts_that_nobody_may_send_before_the_manifest_go_after_it(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        await fair.seal("firm-1", 9, tmp_path / "firm-1.seal")
        async with fair.client() as stranger:
            given = await submitting.submit(stranger, sealing.read_bid(tmp_path / "firm-1.seal"))

    assert given.completed is not None


async def test_a_bid_that_was_withdrawn_since_is_waited_for_no_more(
    database: Database, tmp_path: Path, away: S3Vault
) -> None:
    async with (
        a_fair(database, tmp_path) as fair,
        serving(database, fair.town.hall, away) as (without_store, _),
    ):
        await fair.announce()
        await fair.town.settle()
        sealed = await fair.seal("firm-1", 9, tmp_path / "firm-1.seal")
        early = await submitted(replace(fair, origin=without_store))
        folder = fair.key_folder("firm-1")
        async with fair.client(folder) as hall:
            pair, box = client.read_pair(folder), bidder.kept_bids(folder)[0].box
            await bidder.withdraw(hall, pair, box, sealed.envelope_id, clock=fair.now)
        later = await submitted(fair)

    assert early.exit_code == FAULT, early.output
    assert later.exit_code == REFUSED, later.output
    assert "envelope.withdrawn" in later.output
    assert "已按时收到" not in later.output


async def test_parts_that_come_too_late_end_with_the_refusal_of_the_hall(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        plan = tmp_path / "plan.pdf"
        plan.write_bytes(b"plan")
        await fair.seal("firm-1", 9, tmp_path / "firm-1.seal", plan)
        bid = sealing.read_bid(tmp_path / "firm-1.seal")
        async with fair.client() as stranger:
            with pytest.raises(InTime) as half:
                await submitting.submit_first(
                    stranger, bid, lambda _bytes: fair.town.clock.move_to(DEADLINE)
                )
        again = await submitted(fair)

    assert half.value.ended is not None
    assert half.value.ended.code == "bidding.parts_late"
    assert [path.name for path in half.value.saved] == ["firm-1.receipt.json", "firm-1.receipt.p7s"]
    assert again.exit_code == REFUSED
    assert "bidding.parts_late" in again.output
    assert "已按时收到" not in again.output


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
