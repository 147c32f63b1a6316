"""What is contested in a lot: which objections wait, and which the award lists with their answers.

Facts for the award and for complaints; nothing is decided here. Objections to the documents hold up
the closing and everything after it; those of the opening rooms and to the candidates, the lot.

Source: `sealing.md` 3, award, objections; Regulation on the Tendering and Bidding Law, art. 22, 44,
54.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.sealed.statements import AWARD_LIMIT, Answered, Award
from bidding.store import awards, boxes, objections
from notary import ledger, rooms
from notary.instant import micros
from notary.shape import load
from sql.database import Database, Tx
from trading import objections as trading
from trading.disputes import Objected

SUSPENDED = "bidding.suspended.v1"
UNSUSPENDED = "bidding.unsuspended.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """`waiting`: when each open objection was raised. `answered`: entry ids of raising, answer."""

    waiting: Sequence[datetime]
    answered: Sequence[tuple[int, int]]


async def of_lot(tx: Tx, tender: str, lot: str) -> Contested:
    """Return what is contested in a lot."""
    outside = await trading.of_tender(tx, tender)
    own = [one for one in outside if one.lot == lot]
    in_rooms = await objections.objections_of_lot(tx, tender, lot)
    entries = [(one.entry_id, one.answer_entry_id) for one in in_rooms]
    entries += [(one.entry_id, one.answer_entry_id) for one in own]
    return Contested(
        waiting=[one.raised_at for one in outside if one.is_open and one.lot in {lot, None}]
        + [one.raised_at for one in in_rooms if one.is_open],
        answered=[(raised, answer) for raised, answer in entries if answer is not None],
    )


async def listed(tx: Tx, contested: Contested) -> tuple[Answered, ...] | None:
    """Return the answered objections as an award lists them, by their places in the log.

    None while one of them waits for its place.
    """
    ids = [entry_id for pair in contested.answered for entry_id in pair]
    places = await ledger.indexes_of(tx, ids)
    if len(places) < len(set(ids)):
        return None
    found = [(places[raised], places[answer]) for raised, answer in contested.answered]
    return tuple(Answered(entry=raised, answer=answer) for raised, answer in sorted(found))


async def publicity_until(tx: Tx, tender: str, lot: str) -> datetime | None:
    """Return until when candidates are on display, None where there are none or an award is."""
    made = {one.step: one for one in await awards.awards_of(tx, tender, lot)}
    if "candidates" not in made or "awarded" in made:
        return None
    return load(Award, made["candidates"].json, limit=AWARD_LIMIT).candidates_until


async def disputed_since(
    database: Database, tender: str, lots: Iterable[str]
) -> dict[str, datetime]:
    """Return since when an objection that waits holds up the award of these lots, by lot."""
    async with database.transaction() as tx:
        waiting = {lot: (await of_lot(tx, tender, lot)).waiting for lot in sorted(lots)}
    return {lot: min(found) for lot, found in waiting.items() if found}


async def waiting_in_rooms(tx: Tx) -> dict[str, datetime]:
    """Return the opening rooms in which an objection waits, and since when the first one does."""
    found: dict[str, datetime] = {}
    for room, one in await objections.objections_open(tx):
        found.setdefault(room, one.raised_at)
    return found


async def objected_in_rooms(tx: Tx, tender: str, org: str) -> list[Objected]:
    """Return what a body objected to in the opening rooms of a tender."""
    return [
        Objected(raised_at=one.raised_at, answered_at=one.answered_at)
        for box in await boxes.boxes_of(tx, tender)
        for one in await objections.objections_in(tx, box.key)
        if one.org == org
    ]


async def tell_suspension(tx: Tx, tender: str, at: datetime) -> None:
    """Tell the rooms that are not closed yet that a suspension has begun or ended.

    The act's entry is held, or names who objected: the event names no entry.
    """
    since = (await trading.suspended_since(tx, [tender])).get(tender)
    for box in await boxes.boxes_of(tx, tender):
        if box.closing_at is not None or box.cancelled_at is not None:
            continue
        was = await rooms.last_of(tx, box.room, (SUSPENDED, UNSUSPENDED)) == SUSPENDED
        if was and since is None:
            await rooms.tell(tx, box.room, at=at, kind=UNSUSPENDED, data={})
        elif since is not None and not was:
            await rooms.tell(tx, box.room, at=at, kind=SUSPENDED, data={"since": micros(since)})
