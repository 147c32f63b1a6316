"""The opening of a box, step by step, each one act and repeatable: the clerk carries it.

closing -> list -> shares asked for -> (trustees release) -> bid by bid -> bulk parts -> record.
Nobody needs to press anything. A step takes the box FOR UPDATE SKIP LOCKED and looks again at what
is due: two clerks never do the same thing twice, a killed one leaves nothing half done.

Source: `bid-seal/v1` section 8; architecture.md, Processes.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding import rules
from bidding.facts import BoxFacts, BoxKey, Envelope, Result
from bidding.judging import Bench, bench
from bidding.keys import box_of
from bidding.lists import read_list
from bidding.rules import Progress, Step
from bidding.statements import BidList, Listed
from bidding.store import boxes, envelopes, results, trustees
from bidding.types import EnvelopeId
from bidding.verdict import Judged
from notary import identity, instant, ledger, published, rooms
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.ledger import Entry
from notary.shape import dump
from notary.vault import Vault
from sql.database import Database, Tx
from trading import service as trading
from trading.types import Milestone

DEADLINE_PASSED = "bidding.deadline-passed.v1"
"""First event of an opening room. A fact of the clock: it has no entry of its own."""

BID_CHECKED = "bidding.bid-checked.v1"
"""The bulk parts of an announced bid were verified; `box-finished` is the entry that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a box: its row, what is known around it, and the verdict that can be told."""

    box: BoxFacts
    progress: Progress
    bench: Bench | None
    next: Judged | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was done with a box; if nothing, after what time the clock alone makes a step due."""

    step: Step | None = None
    wait: timedelta | None = None


async def due(database: Database, hall: Hall) -> tuple[list[BoxKey], datetime | None, datetime]:
    """Return the boxes past their closing and not finished, when the next one closes, and now."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        return await boxes.unfinished(tx, now), await boxes.next_closing(tx), now


async def not_closing(tx: Tx, parts_by: datetime) -> list[BoxKey]:
    """Return the boxes that should have begun to close before `parts_by` and have not."""
    return await boxes.not_closing(tx, parts_by)


async def carry_on(database: Database, hall: Hall, vault: Vault, key: BoxKey) -> Carried:
    """Do the next step of a box if one is due."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        look = await _look(tx, vault, key, now)
    step = None if look is None else rules.next_step(look.box, look.progress, now)
    if look is None:
        return Carried()
    if step is None:
        return Carried(wait=rules.until_next_bid(look.box, look.progress, now))
    done = await _ACTS[step](database, hall, look)
    return Carried(step=step if done else None)


async def _look(tx: Tx, vault: Vault, key: BoxKey, now: datetime) -> Look | None:
    """Look at a box without locking it."""
    box = await boxes.box(tx, key)
    if box is None:
        return None
    told = await results.results_of(tx, key)
    at_bench = None if box.asked_at is None else await bench(tx, vault, box, now)
    openable = None if at_bench is None else await at_bench.next_verdict(told)
    newest = await published.newest(tx)
    progress = Progress(
        sequenced=await _is_sequenced(tx, box),
        listed=0 if box.list_json is None else len(_listed(box).envelopes),
        list_index=None
        if box.list_entry_id is None
        else await ledger.index_of(tx, box.list_entry_id),
        published=0 if newest is None else newest.size,
        results=told,
        openable=openable is not None,
        shares_missing=at_bench is not None and at_bench.missing > 0,
    )
    return Look(box=box, progress=progress, bench=at_bench, next=openable)


async def _is_sequenced(tx: Tx, box: BoxFacts) -> bool:
    """Say whether every envelope that counts has its place in the log."""
    if box.closing_at is None or box.closed_at is not None:
        return False
    counted = await envelopes.counted(tx, box.key)
    places = await ledger.indexes_of(tx, [one.entry_id for one in counted])
    return len(places) == len(counted)


def _listed(box: BoxFacts) -> BidList:
    assert box.list_json is not None  # noqa: S101 - asked only of a closed box
    return read_list(box.list_json)


async def _close(database: Database, hall: Hall, look: Look) -> bool:
    """Let nobody in any more, and let the held entries of box and tender into the log."""
    key = look.box.key
    async with database.transaction() as tx:
        # Lock order: tender, lot, box. Submissions hold the tender FOR SHARE: none is under way.
        await trading.hold_tender(tx, key.tender, "update")
        box = await boxes.take_box(tx, key)
        if box is None or box.closing_at is not None:
            return False
        at = await hall.clock(tx)
        await boxes.mark_closing(tx, key, at)
        await ledger.release_held(tx, key.hold)
        await ledger.release_held(tx, key.tender)
        await rooms.tell(
            tx,
            box.room,
            at=at,
            kind=DEADLINE_PASSED,
            data={"deadline": instant.seconds(box.deadline)},
        )
    return True


async def _list(database: Database, hall: Hall, look: Look) -> bool:
    """Make the closing list of what stands in the log before it, and append `box-closed`."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or box.closed_at is not None:
            return False
        at = await hall.clock(tx)
        closing = dump(await _closing_list(tx, hall, box))
        entry = await ledger.append(
            tx,
            hall,
            "bidding.box-closed.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "closing": 1, "list_sha256": sha256_hex(closing)},
        )
        await boxes.mark_closed(
            tx,
            key,
            at,
            list_json=closing,
            list_sha256=sha256_hex(closing),
            entry_id=entry.entry_id,
        )
        await _tell(tx, box, at, "bidding.box-closed.v1", entry, {"list": sha256_hex(closing)})
    return True


async def _closing_list(tx: Tx, hall: Hall, box: BoxFacts) -> BidList:
    counted = await envelopes.counted(tx, box.key)
    places = await ledger.indexes_of(tx, [one.entry_id for one in counted])
    notice = (await trading.revisions(tx, box.key.tender))[-1]
    of = box_of(hall, box.key)
    return BidList(
        origin=of.origin,
        tender=of.tender,
        lot=of.lot,
        stage=box.key.stage,
        notice_sha256=notice.notice_sha256,
        deadline=box.deadline,
        from_=None,
        crls_sha256=hall.authorities.crls_sha256,
        envelopes=tuple(
            Listed(
                envelope=EnvelopeId(one.envelope_id),
                index=places[one.entry_id],
                complete=places[one.entry_id],
            )
            for one in counted
        ),
        kept_shut=(),
    )


async def _leave_shut(database: Database, hall: Hall, look: Look) -> bool:
    """Too few envelopes: they stay shut, and the tender is announced again."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or box.not_opened_at is not None:
            return False
        at = await hall.clock(tx)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.box-not-opened.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "closing": 1, "why": "tender.min_bidders"},
        )
        await boxes.mark_not_opened(tx, key, at)
        await trading.tell(tx, key.tender, Milestone.ENDED, at)
        data: dict[str, Json] = {"why": "tender.min_bidders", "needs": box.min_envelopes}
        await _tell(tx, box, at, "bidding.box-not-opened.v1", entry, data)
    return True


async def _ask(database: Database, hall: Hall, look: Look) -> bool:
    """Ask for shares: from here on the list and its bidders are public."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or box.asked_at is not None:
            return False
        at = await hall.clock(tx)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.shares-asked.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "list_sha256": box.list_sha256},
        )
        await boxes.mark_asked(tx, key, at, entry_id=entry.entry_id)
        listed: dict[str, int] = {one.envelope: one.index for one in _listed(box).envelopes}
        rows = [one for one in await envelopes.envelopes_in(tx, key) if one.envelope_id in listed]
        rows.sort(key=lambda one: listed[one.envelope_id])
        data: dict[str, Json] = {
            "list": [await _bid(tx, one) for one in rows],
            "release_by": instant.seconds(box.release_by),
        }
        await _tell(tx, box, at, "bidding.shares-asked.v1", entry, data)
    return True


async def _bid(tx: Tx, envelope: Envelope) -> dict[str, Json]:
    body = await identity.organisation(tx, envelope.bidder)
    return {
        "envelope": envelope.envelope_id,
        "org": envelope.bidder,
        "bidder": envelope.bidder if body is None else body.name,
    }


async def _announce(database: Database, hall: Hall, look: Look) -> bool:
    """Announce the next bid: name, price, verdict. Its bulk parts may still be unchecked."""
    judged, at_bench = look.next, look.bench
    assert judged is not None  # noqa: S101 - the step was due because there is one
    assert at_bench is not None  # noqa: S101
    key, envelope = look.box.key, at_bench.envelope(judged.result.envelope)
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        told = await results.results_of(tx, key)
        if box is None or envelope.envelope_id in {one.envelope_id for one in told}:
            return False
        at = await hall.clock(tx)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.bid-opened.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={
                **key._asdict(),
                "envelope": envelope.envelope_id,
                "verdict": judged.result.verdict,
            },
        )
        result = at_bench.result(judged, place=len(told) + 1, at=at, entry_id=entry.entry_id)
        await results.insert_result(tx, key, result)
        data = {
            **await _bid(tx, envelope),
            "place": result.place,
            "of": look.progress.listed,
            **_outcome(result),
        }
        await _tell(tx, box, at, "bidding.bid-opened.v1", entry, data)
    return True


def _outcome(result: Result) -> dict[str, Json]:
    return {
        "verdict": result.verdict,
        "code": result.code,
        "fault": result.fault,
        "price_fen": None if result.price_fen is None else str(result.price_fen),
        "form": None if result.form is None else dict(result.form),
        "checked": result.checked_at is not None,
    }


async def _check(database: Database, hall: Hall, look: Look) -> bool:
    """Verify the bulk parts of the first bid that was announced before they were."""
    assert look.bench is not None  # noqa: S101 - results are of a box whose shares were asked
    unchecked = next(one for one in look.progress.results if one.checked_at is None)
    judged = await look.bench.whole_verdict(unchecked.envelope_id)
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, look.box.key)
        if box is None or box.finished_at is not None:
            return False
        at = await hall.clock(tx)
        final = look.bench.result(
            judged, place=unchecked.place, at=unchecked.announced_at, entry_id=unchecked.entry_id
        )
        await results.mark_checked(
            tx,
            final.envelope_id,
            at,
            verdict=final.verdict,
            code=final.code,
            fault=final.fault,
        )
        await rooms.tell(
            tx,
            box.room,
            at=at,
            kind=BID_CHECKED,
            data={
                "envelope": final.envelope_id,
                "place": final.place,
                "verdict": final.verdict,
                "code": final.code,
                "fault": final.fault,
            },
        )
    return True


async def _postpone(database: Database, hall: Hall, look: Look) -> bool:
    """Tell that shares are missing at release_by: whose, and until when they still open the box."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or box.postponed_at is not None:
            return False
        at = await hall.clock(tx)
        released = {one.group_id for one in await trustees.releases_of(tx, key) if one.good}
        groups = {one.group_id for one in await trustees.keys_of(tx, key.tender) if one.key == key}
        missing: list[Json] = [*sorted(groups - released)]
        entry = await ledger.append(
            tx,
            hall,
            "bidding.opening-postponed.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={
                **key._asdict(),
                "n": 1,
                "missing": missing,
                "next": instant.seconds(box.owner_by),
            },
        )
        await boxes.mark_postponed(tx, key, at)
        data: dict[str, Json] = {"missing": missing, "next": instant.seconds(box.owner_by)}
        await _tell(tx, box, at, "bidding.opening-postponed.v1", entry, data)
    return True


async def _finish(database: Database, hall: Hall, look: Look) -> bool:
    """Sign the opening record; the box is done."""
    assert look.bench is not None  # noqa: S101 - only an opened box is finished
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, look.box.key)
        if box is None or box.finished_at is not None:
            return False
        at = await hall.clock(tx)
        opening = dump(await look.bench.opening(look.progress.results))
        entry = await ledger.append(
            tx,
            hall,
            "bidding.box-finished.v1",
            subject=box.key.tender,
            actor="hall",
            at=at,
            fields={**box.key._asdict(), "opening_sha256": sha256_hex(opening)},
        )
        await boxes.mark_finished(tx, box.key, at, opening=opening, p7s=hall.sign(opening))
        data: dict[str, Json] = {"opening": sha256_hex(opening)}
        await _tell(tx, box, at, "bidding.box-finished.v1", entry, data)
    return True


async def _tell(
    tx: Tx, box: BoxFacts, at: datetime, kind: str, entry: Entry, data: dict[str, Json]
) -> None:
    await rooms.tell(tx, box.room, at=at, kind=kind, data=data, leaf=entry.leaf_hash)


_ACTS: Mapping[Step, Callable[[Database, Hall, Look], Awaitable[bool]]] = {
    Step.CLOSE: _close,
    Step.LIST: _list,
    Step.LEAVE_SHUT: _leave_shut,
    Step.ASK: _ask,
    Step.POSTPONE: _postpone,
    Step.ANNOUNCE: _announce,
    Step.CHECK: _check,
    Step.FINISH: _finish,
}
"""Each does its step if it is still due once the box is locked, and says whether it was."""
