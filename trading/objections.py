"""Objections to the documents and to the candidates, and their answers.

Who objects is nobody's to know before a closing: the entry is held with the tender's others, and no
page names him. That there is an objection is public, because the activity is suspended; its text is
public with the answer. Until then whoever raised it may withdraw it, with the same discretion, and
the activity goes on. `bidding`, which comes after, is met through an argument: it tells until when
the candidates of a lot are on display.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from notary import identity, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.instant import micros
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import lawbook
from trading.disputes import About, Objection, said
from trading.rules import objections as rules
from trading.rules import periods, phases
from trading.rules.approval import TenderUnknown
from trading.store import notices, tenders
from trading.store import objections as store
from trading.types import Notice, Phase

Publicity = Callable[[Tx, str, str], Awaitable[datetime | None]]
"""Tells of a tender and a lot until when its candidates are public, None where there are none."""

Tell = Callable[[Tx, str, datetime], Awaitable[None]]
"""Tells the openings of a tender, at an instant, whether it is suspended."""

_ID_BYTES = 16


async def object_to_documents(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    text: str,
    *,
    tell: Tell,
) -> Answer:
    """Object to the documents of a tender; nothing is closed until the answer.

    Raises TenderUnknown, NothingToObjectTo, ObjectionTooLate, ObjectionOpen, NothingSaid,
    PreparesOnly.
    """
    text = said(text)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        notice = await _notice(tx, tender)
        if phases.phase(held.facts, at) not in {Phase.BIDDING, Phase.OPENING}:
            raise rules.NothingToObjectTo
        law = await lawbook.pinned(tx, notice.rules)
        rules.require_about_documents(law, notice, at)
        # No box of the tender is closing yet, so a closing to come lets the entry out.
        answer = await _raise(
            tx, hall, actor, notice, About.DOCUMENTS, lot=None, text=text, at=at, hold=tender
        )
        await tell(tx, tender, at)
        await once.keep(tx, answer)
        return answer


async def object_to_candidates(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    text: str,
    *,
    publicity: Publicity,
) -> Answer:
    """Object to the candidates of a lot while they are on display; no award until the answer.

    Raises TenderUnknown, NothingToObjectTo, ObjectionTooLate, ObjectionOpen, NothingSaid,
    PreparesOnly.
    """
    text = said(text)
    async with database.transaction() as tx:
        await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        notice = await _notice(tx, tender)
        until = await publicity(tx, tender, lot)
        law = await lawbook.pinned(tx, notice.rules)
        rules.require_about_candidates(law, until, at)
        answer = await _raise(
            tx, hall, actor, notice, About.CANDIDATES, lot=lot, text=text, at=at, hold=None
        )
        await once.keep(tx, answer)
        return answer


async def _notice(tx: Tx, tender: str) -> Notice:
    revisions = await notices.revisions(tx, tender)
    if not revisions:
        raise TenderUnknown(tender=tender)
    return revisions[-1].notice


async def _raise(
    tx: Tx,
    hall: Hall,
    actor: Actor,
    notice: Notice,
    about: About,
    *,
    lot: str | None,
    text: str,
    at: datetime,
    hold: str | None,
) -> Answer:
    await identity.require_binding(tx, actor.person)
    earlier = await store.objections_of(tx, notice.tender)
    rules.require_none_open(earlier, actor.org, about, lot)
    objection = hall.entropy(_ID_BYTES).hex()
    entry = await ledger.append(
        tx,
        hall,
        "trading.objection-raised.v1",
        subject=notice.tender,
        actor=actor.person,
        at=at,
        fields=_fields(notice.tender, about, lot, objection, text),
        hold=hold,
    )
    made = Objection(
        objection=objection,
        tender=notice.tender,
        about=about,
        lot=lot,
        org=actor.org,
        text=text,
        raised_at=at,
        entry_id=entry.entry_id,
    )
    await store.insert_objection(tx, made)
    answer_by = periods.answer_objection_by(await lawbook.pinned(tx, notice.rules), at)
    return {
        "objection": objection,
        "tender": notice.tender,
        "answer_by": None if answer_by is None else micros(answer_by),
        **acknowledge(hall, entry, "accepted"),
    }


def _fields(
    tender: str, about: About, lot: str | None, objection: str, text: str
) -> dict[str, str | None]:
    return {
        "tender": tender,
        "about": about,
        "lot": lot,
        "objection": objection,
        "text_sha256": sha256_hex(text.encode()),
    }


async def answer(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    objection: str,
    text: str,
    *,
    tell: Tell,
) -> Answer:
    """Answer an objection, for all to read: what it suspended goes on.

    Only the tender's agency and its purchaser may. Raises ObjectionUnknown, AlreadyAnswered,
    NothingSaid.
    """
    text = said(text)
    async with database.transaction() as tx:
        known = await store.objection(tx, objection)
        if known is None:
            raise rules.ObjectionUnknown
        held = await tenders.hold_tender(tx, known.tender, "update")
        if actor.org not in {held.agency, held.purchaser}:
            raise rules.ObjectionUnknown
        at = await hall.clock(tx)
        known = await store.objection(tx, objection)  # again, now that nobody else answers it
        assert known is not None  # noqa: S101 - nothing takes an objection away
        rules.require_open(known)
        entry = await ledger.append(
            tx,
            hall,
            "trading.objection-answered.v1",
            subject=known.tender,
            actor=actor.person,
            at=at,
            fields=_fields(known.tender, known.about, known.lot, objection, text),
        )
        await store.mark_answered(tx, objection, text, at, entry.entry_id)
        await tell(tx, known.tender, at)
        answered: Answer = {
            "objection": objection,
            "tender": known.tender,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answered)
        return answered


async def withdraw(
    database: Database, hall: Hall, actor: Actor, once: Once, objection: str, *, tell: Tell
) -> Answer:
    """Withdraw an objection of one's own body before its answer: what it suspended goes on.

    Its text stays unread by others. Raises ObjectionUnknown, AlreadyAnswered, ObjectionWithdrawn,
    PreparesOnly.
    """
    async with database.transaction() as tx:
        known = await store.objection(tx, objection)
        if known is None or known.org != actor.org:
            raise rules.ObjectionUnknown
        await identity.require_binding(tx, actor.person)
        held = await tenders.hold_tender(tx, known.tender, "update")
        at = await hall.clock(tx)
        known = await store.objection(tx, objection)  # again, now that nobody else answers it
        assert known is not None  # noqa: S101 - nothing takes an objection away
        rules.require_open(known)
        over = phases.phase(held.facts, at) is Phase.CANCELLED
        entry = await ledger.append(
            tx,
            hall,
            "trading.objection-withdrawn.v1",
            subject=known.tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": known.tender,
                "about": known.about,
                "lot": known.lot,
                "objection": objection,
            },
            # As when it was raised: while one to the documents is open no box is closing, and
            # nothing of a cancelled tender is held.
            hold=None if over or known.about is About.CANDIDATES else known.tender,
        )
        await store.mark_withdrawn(tx, objection, at, entry.entry_id)
        await tell(tx, known.tender, at)
        withdrawn: Answer = {
            "objection": objection,
            "tender": known.tender,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, withdrawn)
        return withdrawn


async def read(database: Database, actor: Actor, objection: str) -> tuple[Objection, Notice]:
    """Return an objection and the notice in force: to its body, to whoever answers, to supervisors.

    Raises ObjectionUnknown.
    """
    async with database.transaction() as tx:
        found = await store.objection(tx, objection)
        if found is None:
            raise rules.ObjectionUnknown
        notice = await _notice(tx, found.tender)
    concerned = actor.org in {found.org, notice.agency, notice.purchaser}
    if not concerned and Role.SUPERVISOR not in actor.roles:
        raise rules.ObjectionUnknown
    return found, notice


# What `bidding` and the pages ask.


async def of_tender(tx: Tx, tender: str) -> list[Objection]:
    """Return the objections of a tender, oldest first."""
    return await store.objections_of(tx, tender)


async def waiting(tx: Tx) -> list[Objection]:
    """Return every objection that waits for its answer, oldest first."""
    return await store.objections_open(tx)


async def suspended_since(tx: Tx, tenders: Collection[str]) -> dict[str, datetime]:
    """Return since when unanswered objections to the documents suspend tenders; only those."""
    return await store.suspended_since(tx, tenders)
