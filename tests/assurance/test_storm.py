"""Two hundred submissions around one deadline, and twins of a submission at the same time."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bidding import clerk, service
from bidding.clients.sealing import SealedBid
from bidding.rules import BiddingClosed
from bidding.store import boxes
from notary import instant, ledger, receipt
from notary.once import Answer, Once
from notary.receipt import Receipt
from notary.refusal import Refusal
from notary.rooms import Doorbell
from sql.database import Database, Tx
from tests.assurance.ground import a_draft_until, chain, invitation, sealed
from tests.bidding.town import BOX, DEADLINE, TENDER, Town, a_town, announce, once, send_part

FIRMS = 200
TICK = timedelta(milliseconds=1)
BEFORE = FIRMS // 2 * TICK
"""About every second submission comes before the deadline."""


class TickingClock:
    """A clock that goes on by `TICK` whenever somebody reads it: as fast as the hall works."""

    def __init__(self, at: datetime) -> None:
        self.now = at

    async def __call__(self, _tx: Tx) -> datetime:
        """Return an instant later than every one before."""
        self.now += TICK
        return self.now


@dataclass(slots=True)
class Outcomes:
    """What became of every submission."""

    accepted: list[Receipt] = field(default_factory=list)
    refused: list[Receipt] = field(default_factory=list)


async def submit(town: Town, name: str, bid: SealedBid, request: Once) -> Answer:
    """Submit through the service, as the route does."""
    return await service.submit(
        town.database, town.hall, town.vault, request, bid.seal, town.people[name].sign(bid.seal)
    )


async def keep_hall(town: Town) -> None:
    """Be clerk and sequencer without a pause, until cancelled."""
    bell = Doorbell()
    while True:
        await clerk.carry_all(town.database, town.hall, town.vault, bell)
        await town.settle()
        await asyncio.sleep(0.05)


async def test_what_is_accepted_stands_before_the_closing_and_nothing_after(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, FIRMS)
    await announce(town, a_draft_until(TENDER, DEADLINE))
    offered = await invitation(town)
    bids = {f"firm-{n}": sealed(town, f"firm-{n}", offered, n) for n in range(1, FIRMS + 1)}
    for bid in bids.values():
        await send_part(town, bid.part_0)
    town = replace(town, hall=replace(town.hall, clock=TickingClock(DEADLINE - BEFORE)))
    outcomes = Outcomes()

    async def submit_now(name: str, bid: SealedBid) -> None:
        try:
            answer = await submit(town, name, bid, once())
        except BiddingClosed as refusal:
            outcomes.refused.append(receipt.parse(str(refusal.facts["receipt"]).encode()))
        else:
            outcomes.accepted.append(receipt.parse(str(answer["receipt"]).encode()))

    hall = asyncio.create_task(keep_hall(town))
    await asyncio.gather(*(submit_now(name, bid) for name, bid in bids.items()))
    await closed(town)
    hall.cancel()
    with suppress(asyncio.CancelledError):
        await hall
    await town.settle()

    assert len(outcomes.accepted) + len(outcomes.refused) == FIRMS
    assert outcomes.accepted
    assert outcomes.refused
    assert all(at(one) < DEADLINE for one in outcomes.accepted)
    assert all(at(one) >= DEADLINE for one in outcomes.refused)
    async with database.transaction() as tx:
        log = await ledger.entries(tx, limit=10_000)
        box = await boxes.box(tx, BOX)
    places = {one.record: one.idx for one in log}
    (closing,) = (one.idx for one in log if one.kind == "bidding.box-closed.v1")
    assert all(places[one.record or b""] < closing for one in outcomes.accepted)
    assert Counter(one.kind for one in log)["bidding.bid-received.v1"] == len(outcomes.accepted)
    assert {one.record for one in outcomes.refused} <= places.keys()
    assert box is not None
    assert box.list_json is not None
    listed = {str(one.fields["envelope"]) for one in outcomes.accepted}
    assert all(envelope.encode() in box.list_json for envelope in listed)
    assert box.list_json.count(b'"envelope":') == len(listed)


def at(given: Receipt) -> datetime:
    """Return the instant that a receipt states."""
    return instant.parse_micros(str(given.fields["at"]))


async def closed(town: Town) -> None:
    """Wait until the clerk has made the list."""
    async with asyncio.timeout(20):
        while True:
            async with town.database.transaction() as tx:
                box = await boxes.box(tx, BOX)
            if box is not None and box.closed_at is not None:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("moment", "taken"), [(DEADLINE - timedelta(microseconds=1), True), (DEADLINE, False)]
)
async def test_the_deadline_is_exact_to_the_microsecond(
    database: Database, tmp_path: Path, moment: datetime, *, taken: bool
) -> None:
    town = await a_town(database, tmp_path, 1)
    await announce(town)
    bid = sealed(town, "firm-1", await invitation(town), 1)
    await send_part(town, bid.part_0)
    town.clock.move_to(moment)

    assert (await outcome(town, "firm-1", bid, once()) == "accepted") is taken


async def test_of_two_bids_of_one_bidder_at_once_one_is_taken(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 1)
    await announce(town)
    offered = await invitation(town)
    twins = [sealed(town, "firm-1", offered, price) for price in (1, 2)]
    for bid in twins:
        await send_part(town, bid.part_0)

    outcomes = await asyncio.gather(*(outcome(town, "firm-1", bid, once()) for bid in twins))

    assert sorted(outcomes) == ["E-BIND", "accepted"]
    assert await appended(town) == Counter({"bid-received": 1, "bid-refused": 1})


async def test_one_bid_sent_twice_at_once_has_one_entry_and_one_receipt(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 1)
    await announce(town)
    bid = sealed(town, "firm-1", await invitation(town), 1)
    await send_part(town, bid.part_0)

    first, second = await asyncio.gather(*(submit(town, "firm-1", bid, once()) for _ in range(2)))

    assert receipt.parse(str(first["receipt"]).encode()) == receipt.parse(
        str(second["receipt"]).encode()
    )
    assert await appended(town) == Counter({"bid-received": 1})


async def test_replacement_and_withdrawal_at_once_have_one_order(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 1)
    await announce(town)
    bids = chain(town, "firm-1", await invitation(town), 9)
    for bid in bids:
        await send_part(town, bid.part_0)

    outcomes = await asyncio.gather(*(outcome(town, "firm-1", bid, once()) for bid in bids))

    # Whatever came before its predecessor was refused; what was taken is a chain without a gap.
    taken = [said == "accepted" for said in outcomes]
    assert taken == sorted(taken, reverse=True)
    assert taken[0]
    assert (await appended(town))["bid-received"] == sum(taken)


async def outcome(town: Town, name: str, bid: SealedBid, request: Once) -> str:
    """Submit, and return the code of the refusal, or that it was accepted."""
    try:
        await submit(town, name, bid, request)
    except Refusal as refusal:
        return refusal.code
    return "accepted"


async def appended(town: Town) -> Counter[str]:
    """Count the entries of bids by their kind."""
    async with town.database.transaction() as tx:
        rows = await tx.fetch("SELECT kind FROM notary.ledger_body WHERE kind LIKE 'bidding.bid-%'")
    return Counter(row["kind"].removeprefix("bidding.").removesuffix(".v1") for row in rows)
