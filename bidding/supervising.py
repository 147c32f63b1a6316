"""What supervision holds up: one person pauses for some minutes, two halt, one lets it go on.

Before the first share a pause stops the asking, after it the announcing; a halt stops the end and
the award as well. Duty clients need do nothing. Every room of the tender hears of it in the act.

Source: `people.md` 5.
"""

from collections.abc import Mapping
from datetime import datetime

from bidding.facts import BoxFacts
from bidding.look import tell
from bidding.store import boxes
from bidding.store import outages as store
from notary import ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor
from notary.instant import seconds
from notary.ledger import Entry
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import lawbook, staying
from trading import service as trading
from trading.rules import stays
from trading.rules.stays import StayReason

PAUSED = "trading.paused.v1"
HALTED = "trading.halted.v1"
RESUMED = "trading.resumed.v1"


async def pause(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, reason: StayReason
) -> Answer:
    """Pause a tender for the minutes of its rule set. Way back: resume; it lapses by itself.

    Raises TenderUnknown, NothingToStay, AlreadyStayed.
    """
    async with database.transaction() as tx:
        held = await trading.hold_published(tx, tender)
        at = await hall.clock(tx)
        stays.require_pausable(held.facts, at)
        until = stays.pause_ends(await lawbook.of_tender(tx, tender), at)
        n = await staying.pause(tx, held, at, until=until, reason=reason)
        said: dict[str, Json] = {"n": n, "reason": reason, "until": seconds(until)}
        entry = await _append(tx, hall, PAUSED, tender, actor, at, said)
        await _tell(tx, tender, at, PAUSED, entry, said, paused=True)
        answer: Answer = {"tender": tender, **said, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


async def ask_halt(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, reason: StayReason
) -> Answer:
    """Ask for a halt; nothing stops before another person approves. Way back: drop it.

    Raises TenderUnknown, NothingToStay, AlreadyStayed, HaltAsked.
    """
    async with database.transaction() as tx:
        held = await trading.hold_published(tx, tender)
        at = await hall.clock(tx)
        stays.require_haltable(held.facts, at)
        await staying.ask_halt(tx, held, at, reason=reason, person=actor.person, org=actor.org)
        answer: Answer = {"tender": tender, "reason": reason, "asked_by": actor.org}
        await once.keep(tx, answer)
        return answer


async def drop_halt(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str
) -> Answer:
    """Forget a halt that was asked for and that nobody approved. Raises HaltNotAsked."""
    del actor  # any supervisor may; whoever asked, nothing was stopped by it
    async with database.transaction() as tx:
        held = await trading.hold_published(tx, tender)
        await hall.clock(tx)
        await staying.drop_halt(tx, held)
        answer: Answer = {"tender": tender}
        await once.keep(tx, answer)
        return answer


async def halt(database: Database, hall: Hall, actor: Actor, once: Once, tender: str) -> Answer:
    """Approve the halt that another person asked for. Way back: resume.

    Raises TenderUnknown, NothingToStay, AlreadyStayed, HaltNotAsked, OwnHalt.
    """
    async with database.transaction() as tx:
        held = await trading.hold_published(tx, tender)
        at = await hall.clock(tx)
        stays.require_haltable(held.facts, at)
        asked = await staying.approve_halt(tx, held, at, person=actor.person)
        said: dict[str, Json] = {
            "reason": asked.reason,
            "asked_by": asked.asked_org,
            "approved_by": actor.org,
        }
        entry = await _append(tx, hall, HALTED, tender, actor, at, said)
        await staying.keep_halt(
            tx, asked, at, person=actor.person, org=actor.org, entry_id=entry.entry_id
        )
        await _tell(tx, tender, at, HALTED, entry, said, paused=False)
        answer: Answer = {"tender": tender, **said, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


async def resume(database: Database, hall: Hall, actor: Actor, once: Once, tender: str) -> Answer:
    """Let a tender go on that is paused or halted. Way back: pause or halt again.

    Raises TenderUnknown, NothingStayed.
    """
    async with database.transaction() as tx:
        held = await trading.hold_published(tx, tender)
        at = await hall.clock(tx)
        lifted = await staying.resume(tx, held, at)
        said: dict[str, Json] = {"was": lifted.kind}
        entry = await _append(tx, hall, RESUMED, tender, actor, at, said)
        await _tell(tx, tender, at, RESUMED, entry, said, paused=False)
        answer: Answer = {"tender": tender, **said, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


async def _append(
    tx: Tx,
    hall: Hall,
    kind: str,
    tender: str,
    actor: Actor,
    at: datetime,
    said: Mapping[str, Json],
) -> Entry:
    return await ledger.append(
        tx,
        hall,
        kind,
        subject=tender,
        actor=actor.person,
        at=at,
        fields={"tender": tender, **said},
    )


async def _tell(
    tx: Tx,
    tender: str,
    at: datetime,
    kind: str,
    entry: Entry,
    said: Mapping[str, Json],
    *,
    paused: bool,
) -> None:
    """Tell the rooms of all boxes that are not over, and remember it on their rows.

    The rows are locked by that: a clerk who is about to ask for shares sees the act or comes first.
    """
    for box in await boxes.boxes_of(tx, tender):
        if not _is_over(box):
            await store.mark_told(tx, box.key, interrupted=box.told_interrupted, paused=paused)
            await tell(tx, box, at, kind, entry, dict(said))


def _is_over(box: BoxFacts) -> bool:
    return any(at is not None for at in (box.finished_at, box.not_opened_at, box.cancelled_at))
