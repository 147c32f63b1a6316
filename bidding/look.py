"""One look at a box: its row, what is known around it, and the verdict that can be told next."""

from dataclasses import dataclass
from datetime import datetime

from bidding import evaluation, ranking
from bidding.circumstances import circumstances
from bidding.facts import BoxFacts, BoxKey, Envelope
from bidding.judging import Bench, bench, listed
from bidding.sealed.lists import read_list
from bidding.sealed.statements import BidList
from bidding.steps import Earlier, Progress
from bidding.store import boxes, envelopes, limits, results
from bidding.verdict import Judged
from notary import identity, ledger, published, rooms
from notary.canonical import Json
from notary.ledger import Entry
from notary.vault import Vault
from sql.database import Tx
from trading import service as trading
from trading.notice import lot_of
from trading.types import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the clerk sees of a box. `next`: the verdict to announce, if there is one."""

    box: BoxFacts
    progress: Progress
    bench: Bench | None
    next: Judged | None


async def look(tx: Tx, vault: Vault, key: BoxKey, now: datetime) -> Look | None:
    """Look at a box without locking it."""
    box = await boxes.box(tx, key)
    if box is None:
        return None
    told = await results.results_of(tx, key)
    at_bench = await bench(tx, vault, box, now)
    openable = None if at_bench is None else await at_bench.next_verdict(told)
    newest = await published.newest(tx)
    force = box.in_force
    earlier = await evaluation.before(tx, box)
    around = await circumstances(tx, box)
    progress = Progress(
        sequenced=await _is_sequenced(tx, box),
        listed=0 if box.list_json is None else len(_last_list(box).envelopes),
        list_index=None if force is None else await ledger.index_of(tx, force.entry_id),
        published=0 if newest is None else newest.size,
        results=told,
        openable=openable is not None,
        # Asked of every envelope that is shut, and only where none can be opened now.
        awaited=() if at_bench is None or openable is not None else at_bench.awaited(told),
        earlier=Earlier.NONE if earlier is None else earlier.standing,
        outdated=await evaluation.is_outdated(tx, box),
        limits=0 if box.asked_at is not None else len(await unopened_limits(tx, box)),
        interruption=around.interruption(box, now),
        stay=around.stay(now),
        suspended_since=around.suspended_since,
    )
    return Look(box=box, progress=progress, bench=at_bench, next=openable)


def _last_list(box: BoxFacts) -> BidList:
    """Return the list in force, or of a box that waits for another stage that of the closing."""
    assert box.list_json is not None  # noqa: S101 - asked only of a closed box
    return read_list(box.list_json) if box.in_force is None else listed(box)


async def unopened_limits(tx: Tx, box: BoxFacts) -> list[Limit]:
    """Return the secret limits of a box with the price that are neither opened nor forfeited."""
    *_, newest = await trading.revisions(tx, box.key.tender)
    lot = lot_of(newest.notice, box.key.lot)
    if lot is None or not lot.limits or ranking.priced(lot) != box.key.stage:
        return []
    opened = await limits.opened_of(tx, box.key.tender, box.key.lot)
    return [limit for limit in lot.limits if limit.name not in opened]


async def _is_sequenced(tx: Tx, box: BoxFacts) -> bool:
    """Say whether every envelope that counts has its places in the log."""
    if box.closing_at is None or box.closed_at is not None:
        return False
    counted = await envelopes.counted(tx, box.key)
    wanted = {entry for one in counted for entry in one.entries}
    return len(await ledger.indexes_of(tx, [*wanted])) == len(wanted)


async def bid(tx: Tx, envelope: Envelope) -> dict[str, Json]:
    """Return how a room names a listed bid."""
    body = await identity.organisation(tx, envelope.bidder)
    return {
        "envelope": envelope.envelope_id,
        "org": envelope.bidder,
        "bidder": envelope.bidder if body is None else body.name,
    }


async def tell(
    tx: Tx, box: BoxFacts, at: datetime, kind: str, entry: Entry, data: dict[str, Json]
) -> None:
    """Tell the room what an act with this entry has done."""
    await rooms.tell(tx, box.room, at=at, kind=kind, data=data, leaf=entry.leaf_hash)
