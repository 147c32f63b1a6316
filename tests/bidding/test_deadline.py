"""The closing: who stands on the list, what comes at the same moment, what the log shows when."""

import asyncio
from pathlib import Path

from bidding import clerk, deadline, look
from bidding.sealed.statements import LIST_LIMIT, BidList
from bidding.steps import Step
from notary import ledger
from notary.canonical import sha256_hex
from notary.rooms import Doorbell
from notary.shape import load
from sql.database import Database
from tests.bidding.acts import box_facts, outcome, withdraw_as
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    Town,
    a_town,
    announce,
    bid,
    kinds,
    seal_as,
    submit_as,
)
from trading import service as trading

PRICE = 1_300_000_000


async def listed(town: Town) -> BidList:
    found = await box_facts(town)
    assert found.list_json is not None
    assert found.list_sha256 == sha256_hex(found.list_json)
    return load(BidList, found.list_json, limit=LIST_LIMIT)


async def pending(town: Town) -> list[str | None]:
    """Return what holds each entry that is not in the log."""
    async with town.database.transaction() as tx:
        rows = await tx.fetch("SELECT hold FROM notary.ledger_pending ORDER BY entry_id")
    return [row["hold"] for row in rows]


async def test_the_list_has_each_bidders_last_bid_unless_it_was_withdrawn(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 5)
    await announce(town)
    await bid(town, "firm-1", PRICE)
    replaced = await bid(town, "firm-1", PRICE - 1)
    await bid(town, "firm-2", PRICE)
    successor = await bid(town, "firm-2", PRICE - 1)
    await withdraw_as(town, "firm-2", str(successor["envelope"]))  # revives no predecessor
    gone = await bid(town, "firm-3", PRICE)
    await withdraw_as(town, "firm-3", str(gone["envelope"]))
    again = await bid(town, "firm-3", PRICE - 1)
    older = await bid(town, "firm-4", PRICE)
    newer = await bid(town, "firm-4", PRICE - 1)
    await withdraw_as(town, "firm-4", str(older["envelope"]))  # superseded: nothing changes
    lonely = await bid(town, "firm-5", PRICE)
    town.clock.move_to(DEADLINE)
    await town.carry()

    bids = await listed(town)
    counting = [replaced, again, newer, lonely]
    assert [one.envelope for one in bids.envelopes] == sorted(
        str(answer["envelope"]) for answer in counting
    )
    async with database.transaction() as tx:
        log = await ledger.entries(tx, limit=10_000)
    received = {one.fields["envelope"]: one for one in log if one.kind == "bidding.bid-received.v1"}
    [closed] = [one for one in log if one.kind == "bidding.box-closed.v1"]
    for one in bids.envelopes:
        entry = received[one.envelope]
        assert (one.index, one.complete) == (entry.idx, entry.idx)
        assert entry.idx < closed.idx
        assert entry.at < bids.deadline == DEADLINE
    assert len(received) == 9
    assert closed.fields["list_sha256"] == sha256_hex((await box_facts(town)).list_json or b"")


async def test_what_waits_for_its_closing_comes_into_the_log_with_it_and_not_before(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 3)
    await announce(town)
    before = await kinds(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", PRICE)
    late = await seal_as(town, "firm-1", PRICE - 1)
    town.clock.move_to(DEADLINE)
    assert await outcome(submit_as(town, "firm-1", late)) == "bidding.closed"

    assert await kinds(town) == before
    assert await pending(town) == [BOX.hold] * 4
    await town.carry()
    assert (await kinds(town))[len(before) :] == [
        *["bidding.bid-received.v1"] * 3,
        "bidding.bid-refused.v1",
        "bidding.box-closed.v1",
        "bidding.shares-asked.v1",
    ]


async def test_an_attempt_between_closing_and_list_is_not_held_any_more(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 3)
    await announce(town)
    own = [str((await bid(town, f"firm-{n}", PRICE))["envelope"]) for n in (1, 2, 3)]
    late = await seal_as(town, "firm-1", PRICE - 1)
    await town.settle()
    town.clock.move_to(DEADLINE)
    async with database.transaction() as tx:
        seen = await look.look(tx, town.vault, BOX, DEADLINE)
    assert seen is not None
    assert await deadline.close(database, town.hall, seen)

    assert await outcome(submit_as(town, "firm-1", late)) == "bidding.closed"
    assert await outcome(withdraw_as(town, "firm-2", own[1])) == "bidding.closed"
    assert await pending(town) == [None] * 5
    assert await town.carry() == [Step.LIST, Step.ASK]
    assert [one.envelope for one in (await listed(town)).envelopes] == sorted(own)
    assert await pending(town) == []


async def test_each_step_is_done_once_however_many_clerks_have_looked(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 2)
    await announce(town)
    for n in (1, 2):
        await bid(town, f"firm-{n}", PRICE)
    town.clock.move_to(DEADLINE)

    for act in (deadline.close, deadline.make_list, deadline.leave_shut):
        await town.settle()
        async with database.transaction() as tx:
            seen = await look.look(tx, town.vault, BOX, DEADLINE)
        assert seen is not None
        done = await asyncio.gather(*(act(database, town.hall, seen) for _ in range(4)))
        assert sorted(done) == [False, False, False, True]
    assert [kind for kind in await kinds(town) if "box-" in kind] == [
        "bidding.box-closed.v1",
        "bidding.box-not-opened.v1",
    ]


async def test_too_few_bids_end_the_tender_and_nothing_of_them_is_asked_or_told(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 2)
    await announce(town)
    for n in (1, 2):
        await bid(town, f"firm-{n}", PRICE)
    town.clock.move_to(DEADLINE)

    assert await town.carry() == [Step.CLOSE, Step.LIST, Step.LEAVE_SHUT]
    assert (await box_facts(town)).asked_at is None
    record = await trading.record(database, town.hall, TENDER)
    assert record.tender.facts.ended_at is not None
    assert "bidding.shares-asked.v1" not in await kinds(town)


async def test_a_step_that_waits_for_the_tender_holds_nothing_that_others_need(
    database: Database, tmp_path: Path
) -> None:
    """Lock order: tender, lot, box. A late bidder holds the tender while the clerk ends it."""
    town = await a_town(database, tmp_path, 2)
    await announce(town)
    for n in (1, 2):
        await bid(town, f"firm-{n}", PRICE)
    town.clock.move_to(DEADLINE)
    for _ in range(2):
        await clerk.carry_all(database, town.hall, town.vault, Doorbell())
        await town.settle()
    async with database.transaction() as tx:
        await trading.hold_tender(tx, TENDER)
        ending = asyncio.create_task(clerk.carry_all(database, town.hall, town.vault, Doorbell()))
        await asyncio.sleep(0.3)
        async with database.transaction() as other:
            free = await other.fetchval("SELECT count(*) FROM bidding.box")
            await other.execute("SELECT FROM bidding.box FOR UPDATE NOWAIT")
    await ending

    assert free == 1
    assert (await box_facts(town)).not_opened_at == DEADLINE
