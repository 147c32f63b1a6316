"""From the k-th share to the signed record: each act of the clerk, on a locked box.

Each does its step if it is still due once the box is locked, and says whether it was.

Source: `bid-seal/v1` section 8.4 to 8.6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bidding import steps
from bidding.circumstances import circumstances
from bidding.facts import BoxFacts, Result
from bidding.judging import bench
from bidding.look import Look, bid, tell
from bidding.sealed.statements import Opening
from bidding.store import boxes, results
from bidding.types import EnvelopeId
from notary import instant, ledger, rooms
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.shape import dump
from sql.database import Database, Tx

BID_CHECKED = "bidding.bid-checked.v1"
"""The bulk parts of an announced bid were verified; `box-finished` is the entry that says so."""


async def announce(database: Database, hall: Hall, look: Look) -> bool:
    """Announce the next bid: name, price, verdict. Its bulk parts may still be unchecked."""
    judged, at_bench = look.next, look.bench
    assert judged is not None  # noqa: S101 - the step was due because there is one
    assert at_bench is not None  # noqa: S101 - a verdict is read at the bench
    key, envelope = look.box.key, at_bench.envelopes[judged.result.envelope]
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        told = await results.results_of(tx, key)
        if box is None or envelope.envelope_id in {one.envelope_id for one in told}:
            return False
        at = await hall.clock(tx)
        if (await circumstances(tx, box)).stay(at) is not None:
            return False
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
            **await bid(tx, envelope),
            "place": result.place,
            "of": look.progress.listed,
            **_outcome(result),
        }
        await tell(tx, box, at, "bidding.bid-opened.v1", entry, data)
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


async def check(database: Database, hall: Hall, look: Look) -> bool:
    """Verify the bulk parts of the first bid that was announced before they were."""
    assert look.bench is not None  # noqa: S101 - results are of a box whose shares were asked
    unchecked = steps.to_check(look.box, look.progress.results, look.bench.now)
    assert unchecked is not None  # noqa: S101 - the step was due because there is one
    judged = await look.bench.whole_verdict(unchecked.envelope_id)
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, look.box.key)
        if box is None or box.finished_at is not None:
            return False
        at = await hall.clock(tx)
        final = look.bench.result(
            judged, place=unchecked.place, at=unchecked.announced_at, entry_id=unchecked.entry_id
        )
        await _tell_checked(tx, box, final, at)
    return True


async def _tell_checked(tx: Tx, box: BoxFacts, final: Result, at: datetime) -> None:
    await results.mark_checked(
        tx, final.envelope_id, at, verdict=final.verdict, code=final.code, fault=final.fault
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


async def postpone(database: Database, hall: Hall, look: Look) -> bool:
    """Tell that shares are missing at release_by: whose, and until when they still open the box."""
    assert look.bench is not None  # noqa: S101 - shares are missing where they were asked for
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or not steps.is_untold(box):
            return False
        at = await hall.clock(tx)
        # Gathered again under the lock: a release may have come since the look.
        at_bench = await bench(tx, look.bench.vault, box, at)
        awaited = at_bench.awaited(await results.results_of(tx, key)) if at_bench else []
        if not awaited:
            return False
        data: dict[str, Json] = {"missing": [*awaited], "next": instant.seconds(box.owner_by)}
        entry = await ledger.append(
            tx,
            hall,
            "bidding.opening-postponed.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "n": box.postponements + 1, **data},
        )
        await boxes.mark_postponed(tx, key, at)
        await tell(tx, box, at, "bidding.opening-postponed.v1", entry, data)
    return True


async def finish(database: Database, hall: Hall, look: Look) -> bool:
    """Sign the opening record; the box is done."""
    assert look.bench is not None  # noqa: S101 - only an opened box is finished
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, look.box.key)
        if box is None or box.finished_at is not None:
            return False
        at = await hall.clock(tx)
        told = await results.results_of(tx, box.key)
        # Gathered again under the lock: what came since the look has its entry before this one's,
        # and whoever recomputes the opening from the log will find it there.
        at_bench = await bench(tx, look.bench.vault, box, at)
        assert at_bench is not None  # noqa: S101 - the log has the question since the look
        opened = await at_bench.opening(told)
        opening = dump(opened)
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
        for corrected in _corrected(told, opened):
            await _tell_checked(tx, box, corrected, at)
        data: dict[str, Json] = {"opening": sha256_hex(opening)}
        await tell(tx, box, at, "bidding.box-finished.v1", entry, data)
    return True


def _corrected(told: Sequence[Result], opened: Opening) -> Iterator[Result]:
    """Give the results whose fault a secret has moved that came after their announcement."""
    final = {one.envelope: one for one in opened.results}
    for one in told:
        found = final[EnvelopeId(one.envelope_id)]
        if (one.verdict, one.code, one.fault) != (found.verdict, found.code, found.fault):
            yield replace(one, verdict=found.verdict, code=found.code, fault=found.fault)
