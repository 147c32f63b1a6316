"""Complaints to the supervisor: who, about what, since when known; a number and an entry.

The minimal form: whoever is known to the hall complains under his name, the supervisor's desk shows
the complaint with its clocks. A supervisor says within the first whether it is taken, and decides
what was taken within the second, each time with reasons. A word that comes late counts and stands
on record as late: a complaint that nobody may answer any more would help nobody. While it is looked
into supervision may halt the tender (`bidding.supervising`), and no award is made. Nothing of it
has a way back. Who complained, and of what, is the supervisor's and the complainant's to know.

Source: Regulation on the Tendering and Bidding Law, art. 60 to 62; `people.md` 8.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from notary import identity, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.instant import micros
from notary.ledger import Entry
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import calendar, lawbook
from trading.disputes import About, Complaint, Considered, Decided, Matter, Objected, said
from trading.rules import complaints as rules
from trading.rules.approval import TenderUnknown
from trading.rules.sets import RuleSet
from trading.store import complaints as store
from trading.store import notices, objections, tenders

InTheRoom = Callable[[Tx, str, str], Awaitable[Sequence[Objected]]]
"""Tells of a tender and a body what the body objected to in its opening rooms."""

_NUMBER_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a complainant states. `known_on`: when he knew, or ought to have known (YYYY-MM-DD)."""

    tender: str
    about: Matter
    known_on: str
    text: str


async def complain(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    wish: Wish,
    *,
    in_the_room: InTheRoom,
) -> Answer:
    """Make a complaint; the answer has its number and the supervisor's clocks.

    Raises TenderUnknown, ObjectionFirst, KnownLater, ComplaintTooLate, NothingSaid, PreparesOnly.
    """
    text = said(wish.text)
    async with database.transaction() as tx:
        await tenders.hold_tender(tx, wish.tender, "share")
        at = await hall.clock(tx)
        await identity.require_binding(tx, actor.person)
        revisions = await notices.revisions(tx, wish.tender)
        if not revisions:
            raise TenderUnknown(tender=wish.tender)
        counted = await lawbook.pinned(tx, revisions[-1].notice.rules)
        objected = await _objected(tx, actor, wish, in_the_room)
        waited = rules.require_objected(counted, wish.about, objected, at)
        known_on = _day(wish.known_on)
        rules.require_in_time(counted, known_on, waited, at)
        accept_by, decide_by = rules.clocks(counted, at)
        day = f"{calendar.local_date(at):%Y%m%d}"
        number = f"TS-{day}-{hall.entropy(_NUMBER_BYTES).hex().upper()}"
        entry = await ledger.append(
            tx,
            hall,
            "trading.complaint-made.v1",
            subject=wish.tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": wish.tender,
                "about": wish.about,
                "number": number,
                "text_sha256": sha256_hex(text.encode()),
            },
        )
        made = Complaint(
            number=number,
            tender=wish.tender,
            about=wish.about,
            org=actor.org,
            person=actor.person,
            text=text,
            known_on=known_on,
            made_at=at,
            accept_by=accept_by,
            decide_by=decide_by,
            entry_id=entry.entry_id,
        )
        await store.insert_complaint(tx, made)
        answer: Answer = {
            "number": number,
            "accept_by": None if accept_by is None else micros(accept_by),
            "decide_by": None if decide_by is None else micros(decide_by),
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def consider(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    number: str,
    text: str,
    *,
    accepted: bool,
) -> Answer:
    """Say with reasons whether a complaint is taken; then the clock of its decision runs.

    Raises ComplaintUnknown, AlreadyConsidered, NothingSaid.
    """
    text = said(text)
    async with database.transaction() as tx:
        complaint, counted = await _complaint(tx, number)
        at = await hall.clock(tx)
        rules.require_new(complaint)
        considered = Considered(
            accepted=accepted,
            text=text,
            at=at,
            decide_by=rules.decide_by(counted, at) if accepted else None,
        )
        entry = await _append(
            tx, hall, actor, complaint, "considered", {"accepted": accepted}, text, at
        )
        await store.insert_considered(tx, number, considered, actor.person, entry.entry_id)
        by = considered.decide_by
        answer: Answer = {
            "number": number,
            "accepted": accepted,
            "decide_by": None if by is None else micros(by),
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def decide(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    number: str,
    text: str,
    *,
    upheld: bool,
) -> Answer:
    """Decide with reasons a complaint that was taken.

    Raises ComplaintUnknown, NotAccepted, AlreadyDecided, NothingSaid.
    """
    text = said(text)
    async with database.transaction() as tx:
        complaint, _ = await _complaint(tx, number)
        at = await hall.clock(tx)
        rules.require_accepted(complaint)
        entry = await _append(tx, hall, actor, complaint, "decided", {"upheld": upheld}, text, at)
        decided = Decided(upheld=upheld, text=text, at=at)
        await store.insert_decided(tx, number, decided, actor.person, entry.entry_id)
        answer: Answer = {
            "number": number,
            "upheld": upheld,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def _complaint(tx: Tx, number: str) -> tuple[Complaint, RuleSet]:
    """Return a complaint and the rules of its tender. Raises ComplaintUnknown."""
    found = await store.complaint(tx, number)
    if found is None:
        raise rules.ComplaintUnknown
    revisions = await notices.revisions(tx, found.tender)
    return found, await lawbook.pinned(tx, revisions[-1].notice.rules)


async def _append(
    tx: Tx,
    hall: Hall,
    actor: Actor,
    complaint: Complaint,
    step: str,
    word: dict[str, Json],
    text: str,
    at: datetime,
) -> Entry:
    return await ledger.append(
        tx,
        hall,
        f"trading.complaint-{step}.v1",
        subject=complaint.tender,
        actor=actor.person,
        at=at,
        fields={
            "tender": complaint.tender,
            "number": complaint.number,
            **word,
            "text_sha256": sha256_hex(text.encode()),
        },
    )


async def _objected(tx: Tx, actor: Actor, wish: Wish, in_the_room: InTheRoom) -> Sequence[Objected]:
    """Return what the actor's body objected to in the matter of a complaint."""
    match wish.about:
        case Matter.OPENING:
            return await in_the_room(tx, wish.tender, actor.org)
        case Matter.DOCUMENTS | Matter.CANDIDATES:
            return [
                Objected(raised_at=one.raised_at, answered_at=one.answered_at)
                for one in await objections.objections_of(tx, wish.tender)
                if one.org == actor.org
                and one.about is About(wish.about)
                and one.withdrawn_at is None
            ]
        case Matter.OTHER:
            return ()


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise rules.KnownLater(known_on=given[:10]) from error


async def seen_by(database: Database, actor: Actor) -> list[Complaint]:
    """Return the complaints of the actor's body, to supervisors all of them; newest first."""
    async with database.transaction() as tx:
        return await made(tx, actor)


async def made(tx: Tx, actor: Actor) -> list[Complaint]:
    """Return what of complaints stands on the actor's desk: his body's, all to supervisors."""
    found = await all_made(tx)
    all_of_them = Role.SUPERVISOR in actor.roles
    return [one for one in found if all_of_them or one.org == actor.org]


async def all_made(tx: Tx) -> list[Complaint]:
    """Return every complaint, newest first, for supervision alone."""
    return await store.complaints(tx)
