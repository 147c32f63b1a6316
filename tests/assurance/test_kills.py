"""The hall and its PostgreSQL are killed at every step of a tender; nothing acknowledged is lost.

One tender lives through six kills, each at a step that is held still, mostly by a lock: a part is
in the vault and has no row; a submission is in flight; it is committed and not answered; the box is
closing and has no list; shares are asked for and none is released; one bid is opened and the next
is not.

Source: `assurance.md` rows 6 and 7.
"""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from notary import merkle
from notary.canonical import sha256_hex
from notary.clock import machine_clock
from notary.verify import LogFacts
from tests.assurance.running import RunningHall, a_running_hall, until, until_waiting
from tests.assurance.tender import Sent, Tender, a_tender
from tests.web.halls import a_home
from web.client import Unreachable

BACK_S = 10.0
"""A hall that was killed serves again within this: usually, for the machine may be busy."""

FIRMS = ("jia", "yi", "bing", "ding", "wu")
Strike = Callable[[RunningHall], Awaitable[float]]
"""Kills; returns after how many seconds the hall serves again."""


async def kill_hall(hall: RunningHall) -> float:
    """Kill the hall, which takes PostgreSQL and duty clients with it, and start it again."""
    await hall.kill()
    return await hall.start()


async def kill_postgres(hall: RunningHall) -> float:
    """Kill PostgreSQL under the hall, and the duty clients; the hall starts them again."""
    hall.kill_duty_clients()
    await hall.kill_postgres()
    return await hall.serving()


async def between_a_file_and_its_row(tender: Tender, strike: Strike) -> None:
    bid = tender.sealed("bing", 1_230_000_000)
    async with tender.hall.frozen("LOCK TABLE bidding.part IN SHARE MODE") as connection:
        upload = asyncio.create_task(tender.upload(bid.part_0))
        await until_waiting(connection)
        await strike(tender.hall)
    with suppress(Unreachable):
        await upload

    await tender.upload(bid.part_0)  # again is harmless
    await tender.resolve(tender.note("bing", bid))


async def before_a_submission_commits(tender: Tender, strike: Strike) -> None:
    bid = tender.sealed("ding", 1_240_000_000)
    await tender.upload(bid.part_0)
    sent = tender.note("ding", bid)
    hold = f"SELECT FROM trading.tender WHERE tender_id = '{tender.number}' FOR UPDATE"
    await strike_in_flight(tender, sent, strike, hold)

    assert await stored(tender, sent) == 0
    await tender.resolve(sent)
    assert await stored(tender, sent) == 1


async def before_a_commit_is_answered(tender: Tender, strike: Strike) -> None:
    # A replacement drops the parts of its predecessor after its commit and before its answer.
    bid = tender.sealed("jia", 1_220_000_000)
    await tender.upload(bid.part_0)
    sent = tender.note("jia", bid)
    await strike_in_flight(tender, sent, strike, "LOCK TABLE bidding.part IN SHARE MODE")

    assert await stored(tender, sent) == 1
    await tender.resolve(sent)
    assert await stored(tender, sent) == 1


async def strike_in_flight(tender: Tender, sent: Sent, strike: Strike, hold: str) -> None:
    """Strike while the hall waits for `hold` in the midst of a submission, which gets no answer."""
    async with tender.hall.frozen(hold) as connection:
        submission = asyncio.create_task(tender.try_once(sent))
        await until_waiting(connection)
        await strike(tender.hall)
    answer = await submission

    assert answer is None or answer.status == HTTPStatus.SERVICE_UNAVAILABLE


async def between_closing_and_list(tender: Tender, strike: Strike) -> None:
    # The list waits until every entry that counts has its place, which needs the head of the log.
    async with tender.hall.frozen("SELECT FROM notary.ledger_head FOR UPDATE") as connection:
        await until(
            connection,
            "SELECT closing_at IS NOT NULL FROM bidding.box WHERE tender_id = $1",
            tender.number,
        )
        assert await connection.fetchval(
            "SELECT closed_at IS NULL FROM bidding.box WHERE tender_id = $1", tender.number
        )
        await strike(tender.hall)


async def before_the_first_release(tender: Tender, strike: Strike) -> None:
    await tender.until_told("shares-asked")
    assert tender.kinds["release-promised"] == 0
    tender.hall.arm(machine_clock())
    await strike(tender.hall)


async def between_two_bids(tender: Tender, strike: Strike) -> None:
    await tender.until_told("bid-opened")
    hold = f"SELECT FROM bidding.box WHERE tender_id = '{tender.number}' FOR UPDATE"
    async with tender.hall.frozen(hold) as connection:
        assert 0 < await connection.fetchval("SELECT count(*) FROM bidding.result") < len(FIRMS)
        await strike(tender.hall)


async def stored(tender: Tender, sent: Sent) -> int:
    """Count the rows of an envelope."""
    async with tender.hall.connection() as connection:
        counted: int = await connection.fetchval(
            "SELECT count(*) FROM bidding.envelope WHERE envelope_id = $1", sent.bid.envelope_id
        )
    return counted


def require_room(tender: Tender) -> None:
    """Every event was told once, in order and without a gap."""
    assert [one.seq for one in tender.told] == list(range(1, len(tender.told) + 1))
    for kind in ("deadline-passed", "box-closed", "shares-asked", "box-finished"):
        assert tender.kinds[kind] == 1
    opened = [one.data["envelope"] for one in tender.told if one.kind == "bidding.bid-opened.v1"]
    last = {sent.name: sent.bid.envelope_id for sent in tender.sent}
    assert sorted(map(str, opened)) == sorted(last.values())


def require_log(tender: Tender, log: LogFacts) -> None:
    """Every receipt's record is in the log once, and the log has no bid that nobody sent."""
    records = [one.receipt.record for one in tender.sent if one.receipt is not None]
    received = [
        one for one in log.entries.values() if one.fields.get("kind") == "bidding.bid-received.v1"
    ]
    assert sorted(one.record for one in received) == sorted(one or b"" for one in records)
    leaves = {merkle.leaf_hash(one.record).hex() for one in log.entries.values()}
    assert {one.entry for one in tender.told if one.entry is not None} <= leaves


def require_vault(tender: Tender) -> None:
    """No file of the vault is half there, and every part of a bid that counts is."""
    found = [path for path in (tender.hall.home / "vault").rglob("*") if path.is_file()]
    names = {path.name for path in found}
    assert names == {sha256_hex(path.read_bytes()) for path in found}
    last = {sent.name: sha256_hex(sent.bid.part_0) for sent in tender.sent}
    assert set(last.values()) <= names


@pytest.mark.parametrize("kill", [kill_hall, kill_postgres])
async def test_a_tender_lives_through_kills_at_every_step(kill: Strike, tmp_path: Path) -> None:
    back_s: list[float] = []

    async def strike(hall: RunningHall) -> float:
        back_s.append(await kill(hall))
        return back_s[-1]

    with a_home() as home:
        async with a_running_hall(home) as hall:
            started_s = await hall.start()
            tender = await a_tender(hall, "GC-2026-0918", timedelta(seconds=10 + 4 * started_s))
            hall.disarm()
            async with tender.watched() as watching:
                await tender.submit("jia", 1_250_000_000)
                await tender.submit("yi", 1_260_000_000)
                await between_a_file_and_its_row(tender, strike)
                await before_a_submission_commits(tender, strike)
                await before_a_commit_is_answered(tender, strike)
                await tender.submit("wu", 1_270_000_000)
                assert machine_clock() < tender.deadline
                await between_closing_and_list(tender, strike)
                await before_the_first_release(tender, strike)
                await between_two_bids(tender, strike)
                async with asyncio.timeout(60):
                    await watching
            log = await tender.exported(tmp_path / "export")
            require_vault(tender)

    assert len(back_s) == 6
    assert statistics.median(back_s) < BACK_S
    require_room(tender)
    require_log(tender, log)
