"""One look at a box: its row, what is known around it, and the verdict that can be told next."""

from dataclasses import dataclass
from datetime import datetime

from bidding.facts import BoxFacts, BoxKey, Envelope
from bidding.judging import Bench, bench, listed
from bidding.steps import Progress
from bidding.store import boxes, envelopes, results
from bidding.verdict import Judged
from notary import identity, ledger, published, rooms
from notary.canonical import Json
from notary.ledger import Entry
from notary.vault import Vault
from sql.database import Tx


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
    progress = Progress(
        sequenced=await _is_sequenced(tx, box),
        listed=0 if box.list_json is None else len(listed(box).envelopes),
        list_index=None
        if box.list_entry_id is None
        else await ledger.index_of(tx, box.list_entry_id),
        published=0 if newest is None else newest.size,
        results=told,
        openable=openable is not None,
        # Asked of every envelope that is shut, and only where none can be opened now.
        awaited=() if at_bench is None or openable is not None else at_bench.awaited(told),
    )
    return Look(box=box, progress=progress, bench=at_bench, next=openable)


async def _is_sequenced(tx: Tx, box: BoxFacts) -> bool:
    """Say whether every envelope that counts has its place in the log."""
    if box.closing_at is None or box.closed_at is not None:
        return False
    counted = await envelopes.counted(tx, box.key)
    places = await ledger.indexes_of(tx, [one.entry_id for one in counted])
    return len(places) == len(counted)


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
