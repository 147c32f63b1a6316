"""Questions about a tender and their answers, the same for all; and who took its documents.

Who asks and who takes documents is nobody's to know before a closing: both entries are held. The
agency reads a question without its asker, and answers it for everybody at once. Nobody answers in
private: there is no other way to.

Source: Tendering and Bidding Law, art. 22, 23; `ledger.md` 8.
"""

from notary import followers, identity, ledger, shape
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import lawbook
from trading.amendments import LONGEST, Clarification, Clarified, Question
from trading.disputes import NothingSaid, said
from trading.rules import clarifications as rules
from trading.rules import revisions
from trading.rules.approval import TenderUnknown
from trading.store import clarifications as store
from trading.store import notices, tenders

_ID_BYTES = 8


async def ask(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, words: str
) -> Answer:
    """Ask about a tender; nobody is told who asked. No way back: the agency may have read it.

    Raises NothingSaid, TenderUnknown, TenderOver, QuestionTooLate, PreparesOnly.
    """
    words = _said(words)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "share")
        if held.facts.published_at is None:  # to all but its own people a draft is not there
            raise TenderUnknown(tender=tender)
        at = await hall.clock(tx)
        await identity.require_binding(tx, actor.person)
        revisions.require_revisable(held.facts, at)
        rules.require_asking(held.facts, at)
        question = Question(
            question=hall.entropy(_ID_BYTES).hex(),
            tender=tender,
            words=words,
            asked_at=at,
            answered=None,
        )
        entry = await ledger.append(
            tx,
            hall,
            "trading.question-asked.v1",
            subject=tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": tender,
                "question": question.question,
                "text_sha256": sha256_hex(words.encode()),
            },
            # The last deadline is ahead: a closing to come lets the entry out.
            hold=tender,
        )
        await store.insert_question(tx, question, actor.person, entry.entry_id)
        answer: Answer = {
            "question": question.question,
            "tender": tender,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def clarify(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    *,
    question: str | None,
    asked: str | None,
    answer: str,
    affects: bool,
) -> Answer:
    """Clarify a tender for all: the answer to a question, or of the agency's own accord.

    `asked`: the question as everybody reads it, None for its own words; `affects`: whether the
    answer bears on how bids are made. Way back: another clarification. Raises TenderUnknown,
    NotPublished, TenderOver, QuestionTooLate, QuestionUnknown, QuestionAnswered, ChangedTooLate,
    NothingSaid.
    """
    answer, asked = _said(answer), None if asked is None else _said(asked)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        if held.agency != actor.org:
            raise TenderUnknown(tender=tender)
        at = await hall.clock(tx)
        revisions.require_revisable(held.facts, at)
        rules.require_asking(held.facts, at)
        words = None if question is None else (await _open(tx, tender, question)).words
        notice = (await notices.revisions(tx, tender))[-1].notice
        if affects:
            pinned = await lawbook.pinned(tx, notice.rules)
            rules.require_affecting_in_time(notice, at, pinned)
        n = len(await store.clarifications(tx, tender)) + 1
        text = _clarified(tender, n, asked or words, answer, affects=affects)
        json = shape.dump(text)
        entry = await ledger.append(
            tx,
            hall,
            "trading.clarified.v1",
            subject=tender,
            actor=actor.org,
            at=at,
            fields={"tender": tender, "n": n, "text_sha256": sha256_hex(json)},
        )
        made = Clarification(text=text, json=json, at=at, entry_id=entry.entry_id)
        await store.insert_clarification(tx, made, question)
        done: Answer = {"tender": tender, "n": n, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, done)
        return done


def _said(words: str) -> str:
    """Return what was written without the space around it, or raise NothingSaid."""
    text = said(words)
    if len(text) > LONGEST:
        raise NothingSaid(most=LONGEST)
    return text


async def _open(tx: Tx, tender: str, question_id: str) -> Question:
    """Return a question of this tender that has no answer yet."""
    question = await store.question(tx, question_id)
    if question is None or question.tender != tender:
        raise rules.QuestionUnknown(tender=tender)
    if question.answered is not None:
        raise rules.QuestionAnswered(tender=tender, n=question.answered)
    return question


def _clarified(
    tender: str, n: int, question: str | None, answer: str, *, affects: bool
) -> Clarified:
    return Clarified(
        v="hall-clarification/v1",
        tender=tender,
        n=n,
        question=question,
        answer=answer,
        affects=affects,
    )


async def take_document(database: Database, hall: Hall, actor: Actor, sha256: str) -> None:
    """Note that a bidder took a document of tenders that take bids, once each; it follows them.

    The firm hears of every later change without asking for it.
    """
    if Role.BIDDER not in actor.roles:
        return
    async with database.transaction() as tx:
        offering = await store.offering(tx, sha256, await hall.clock(tx))
    for tender in offering:
        try:
            await _take(database, hall, actor, tender, sha256)
        except store.TakenTwice:
            continue


async def _take(database: Database, hall: Hall, actor: Actor, tender: str, sha256: str) -> None:
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "share")
        at = await hall.clock(tx)
        # Held after a cancellation, the entry would wait for a closing that never comes.
        if held.facts.cancelled_at is not None or at >= held.facts.deadline:
            return
        if await store.has_taken(tx, tender, actor.org, sha256):
            return
        await followers.begin(tx, tender, actor.person, at)
        entry = await ledger.append(
            tx,
            hall,
            "trading.document-taken.v1",
            subject=tender,
            actor=actor.org,
            at=at,
            fields={"tender": tender, "sha256": sha256},
            hold=tender,
        )
        await store.insert_taken(tx, tender, sha256, actor.org, actor.person, at, entry.entry_id)


# What pages ask.


async def clarifications(tx: Tx, tender: str) -> list[Clarification]:
    """Return the clarifications of a tender, first to last."""
    return await store.clarifications(tx, tender)


async def unanswered(database: Database, hall: Hall, actor: Actor) -> list[Question]:
    """Return the questions that wait for the actor's agency, oldest first."""
    async with database.transaction() as tx:
        return await store.unanswered(tx, actor.org, await hall.clock(tx))


async def unanswered_of(tx: Tx, tender: str) -> list[Question]:
    """Return the questions about a tender that have no answer, for its agency alone."""
    return await store.unanswered_of(tx, tender)


async def own_questions(tx: Tx, tender: str, actor: Actor) -> list[Question]:
    """Return what the actor has asked about a tender, oldest first."""
    return await store.asked_by(tx, tender, actor.person)
