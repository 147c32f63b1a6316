"""Failing again and again fills no log, and never shuts out what is right."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from bidding.attempts import RECORDED_AT_MOST, TooOften
from notary import cms, receipt
from sql.database import Database
from tests.bidding.acts import entries, outcome, withdraw_as
from tests.bidding.town import DEADLINE, Town, a_town, announce, seal_as, submit_as

MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
NOTHING = 64 * "0"


async def a_failing_bidder(database: Database, folder: Path) -> Town:
    """Let firm-1 fail just before the deadline as often as it is recorded."""
    town = await a_town(database, folder)
    await announce(town)
    town.clock.move_to(DEADLINE - timedelta(seconds=30))
    for _ in range(RECORDED_AT_MOST):
        assert await outcome(withdraw_as(town, "firm-1", NOTHING)) == "envelope.unknown"
    return town


async def test_above_the_rate_a_refusal_has_a_receipt_and_no_entry(
    database: Database, tmp_path: Path
) -> None:
    town = await a_failing_bidder(database, tmp_path)

    with pytest.raises(TooOften) as refused:
        await withdraw_as(town, "firm-1", NOTHING)

    facts = refused.value.facts
    given = receipt.parse(str(facts["receipt"]).encode())
    assert facts["why"] == "envelope.unknown"
    assert (given.outcome, given.record, given.salt, given.merge_by) == (
        "refused",
        None,
        None,
        None,
    )
    assert given.fields["code"] == "E-RATE"
    assert given.fields["actor"] == "FIRM-1"
    assert len(await entries(town, "bid-refused")) == RECORDED_AT_MOST


async def test_a_good_bid_is_taken_however_often_its_bidder_failed(
    database: Database, tmp_path: Path
) -> None:
    town = await a_failing_bidder(database, tmp_path)
    sealed = await seal_as(town, "firm-1", 1_300_000_000)
    assert await outcome(withdraw_as(town, "firm-1", NOTHING)) == "E-RATE"
    town.clock.move_to(DEADLINE - MICROSECOND)

    given = await submit_as(town, "firm-1", sealed)

    assert receipt.parse(str(given["receipt"]).encode()).outcome == "accepted"


async def test_nobody_is_counted_for_others_and_nobody_for_ever(
    database: Database, tmp_path: Path
) -> None:
    town = await a_failing_bidder(database, tmp_path)

    assert await outcome(withdraw_as(town, "firm-2", NOTHING)) == "envelope.unknown"
    town.clock.move_to(town.clock.now + MINUTE - MICROSECOND)
    assert await outcome(withdraw_as(town, "firm-1", NOTHING)) == "E-RATE"
    town.clock.move_to(town.clock.now + MICROSECOND)
    assert await outcome(withdraw_as(town, "firm-1", NOTHING)) == "envelope.unknown"


async def test_a_receipt_above_the_rate_is_signed_by_the_hall(
    database: Database, tmp_path: Path
) -> None:
    town = await a_failing_bidder(database, tmp_path)

    with pytest.raises(TooOften) as refused:
        await withdraw_as(town, "firm-1", NOTHING)

    text = str(refused.value.facts["receipt"]).encode()
    p7s = base64.b64decode(str(refused.value.facts["receipt_p7s"]))
    assert cms.verify(text, p7s) == town.hall.certificate
