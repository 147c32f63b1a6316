"""Nightly: killed again and again while everybody submits, at whatever instant it happens to be.

Source: `assurance.md` rows 6 and 7: each unanswered act has one outcome by its key, none is double.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

import pytest

from tests.assurance.running import a_running_hall
from tests.assurance.tender import Tender, a_tender
from tests.assurance.test_kills import Strike, kill_hall, kill_postgres
from tests.web.halls import a_home
from web.client import Unreachable

KILLS = 25
FIRMS = ("jia", "yi", "bing", "ding", "wu", "ji", "geng")
LONGEST_S = 3.0
GOLDEN = 0.618033988749895
"""Multiples of it, less their whole part, fall evenly and never on the same place again."""


async def persistently(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask until the hall is there to answer."""
    while True:
        try:
            await ask()
        except Unreachable:
            continue
        return


async def bid_on(tender: Tender, name: str, over: asyncio.Event) -> int:
    """Put one bid in the place of another until it is over; return how many got no answer."""
    price, unanswered = 1_300_000_000, 0
    while not over.is_set():
        price -= 1
        bid = tender.sealed(name, price)
        await persistently(lambda: tender.upload(bid.part_0))  # noqa: B023 - awaited in this round
        sent = tender.note(name, bid)
        answer = await tender.try_once(sent)
        if answer is None or answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            unanswered += 1
        await persistently(lambda: tender.resolve(sent))  # noqa: B023
    return unanswered


@pytest.mark.nightly
@pytest.mark.parametrize("strike", [kill_hall, kill_postgres])
async def test_every_submission_has_one_outcome_whenever_the_kill_comes(strike: Strike) -> None:
    with a_home() as home:
        async with a_running_hall(home) as hall:
            await hall.start()
            tender = await a_tender(hall, "GC-2026-0918", timedelta(hours=2))
            over = asyncio.Event()
            bidding = [asyncio.create_task(bid_on(tender, name, over)) for name in FIRMS]
            for n in range(1, KILLS + 1):
                await asyncio.sleep(LONGEST_S * (n * GOLDEN % 1))
                await strike(hall)
            over.set()
            unanswered = sum(await asyncio.gather(*bidding))
            async with hall.connection() as connection:
                envelopes = await connection.fetch("SELECT envelope_id FROM bidding.envelope")
                records = await connection.fetch(
                    "SELECT record FROM notary.ledger_body WHERE kind = 'bidding.bid-received.v1'"
                )

    receipts = [one.receipt.record for one in tender.sent if one.receipt is not None]
    assert unanswered > KILLS // 5
    assert len(receipts) == len(tender.sent)
    assert sorted(row["record"] for row in records) == sorted(one or b"" for one in receipts)
    assert {row["envelope_id"] for row in envelopes} == {one.bid.envelope_id for one in tender.sent}
