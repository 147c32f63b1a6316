"""Amending a published tender: the agency prepares, another person of the purchaser signs.

What is prepared can be prepared again until it is signed; a signed revision is followed by another.
Whoever signs reads before what it does to bids that lie in a box, and how the days were counted.

Source: Tendering and Bidding Law, art. 23; `sealing.md` 3; `people.md` 5.
"""

from dataclasses import dataclass
from datetime import datetime

from notary import ledger, shape
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.vault import Vault
from sql.database import Database, Tx
from trading import approving, lawbook
from trading import notice as notices
from trading.amendments import Act, Change, Prepared
from trading.revising import MoveBoxes, revise
from trading.rules import amendments as rules
from trading.rules import approval, changes, revisions
from trading.rules.amendments import AmendmentUnknown, Difference
from trading.rules.limits import Counted
from trading.rules.notices import require_lawful
from trading.rules.stays import require_going
from trading.store import amendments as store
from trading.store import notices as notice_store
from trading.store import tenders
from trading.types import Notice, Published, Signed, Stage, Tender, TenderFacts

_OF_BOX = ("deadline", "open_at", "release_by", "owner_by", "max_bytes", "form", "policy_sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A prepared revision as its signer reads it, `at` an instant.

    `differences`: what it changes; `voided`: the boxes whose earlier bids it voids; `counted`: the
    days that the law asks for, where bids are affected.
    """

    at: datetime
    prepared: Prepared
    last: Published
    notice: Notice
    differences: tuple[Difference, ...]
    voided: tuple[tuple[str, Stage], ...]
    counted: tuple[Counted, ...]


async def draft_amendment(
    database: Database, hall: Hall, vault: Vault, actor: Actor, once: Once, tender: str, wish: Json
) -> Answer:
    """Prepare a change of a published tender, or prepare it again.

    Way back: prepare another one; nothing is public yet. Raises TenderUnknown, NotPublished,
    TenderOver, DraftMalformed, and every rule that the revision would break.
    """
    change = _read_change(wish)
    await approving.require_documents(vault, change.documents or ())
    return await prepare(database, hall, actor, once, tender, "amend", change)


async def preview_amendment(
    database: Database, hall: Hall, vault: Vault, actor: Actor, tender: str, wish: Json
) -> Proposal:
    """Return what a change would do if it were signed now, and keep nothing of it.

    Raises what `draft_amendment` raises.
    """
    change = _read_change(wish)
    await approving.require_documents(vault, change.documents or ())
    return await preview(database, hall, actor, tender, "amend", change)


async def preview(
    database: Database, hall: Hall, actor: Actor, tender: str, act: Act, change: Change
) -> Proposal:
    """Return the revision that a change leads to, for the agency that thinks of it."""
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "share")
        return await _wished(tx, hall, actor, held, act, change)


async def prepare(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, act: Act, change: Change
) -> Answer:
    """Keep what an agency has prepared, if it could be signed now."""
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        prepared = (await _wished(tx, hall, actor, held, act, change)).prepared
        await store.save(tx, prepared)
        draft_sha256 = sha256_hex(shape.dump(change))
        entry = await ledger.append(
            tx,
            hall,
            "trading.drafted.v1",
            subject=tender,
            actor=actor.person,
            at=prepared.drafted_at,
            fields={"tender": tender, "draft_sha256": draft_sha256},
        )
        answer: Answer = {
            "tender": tender,
            "draft_sha256": draft_sha256,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def proposal(database: Database, hall: Hall, actor: Actor, tender: str, act: Act) -> Proposal:
    """Return the revision that signing now would publish, and what it does.

    Only the tender's agency and purchaser may ask. Raises AmendmentUnknown, RevisionOutdated, and
    every rule that it would break, so that nobody signs in vain.
    """
    async with database.transaction() as tx:
        held = await tenders.tender(tx, tender)
        if held is None or actor.org not in {held.agency, held.purchaser}:
            raise AmendmentUnknown(tender=tender)
        at = await hall.clock(tx)
        revisions.require_revisable(held.facts, at)
        prepared = await _prepared(tx, tender, act)
        known = await notice_store.revisions(tx, tender)
        return await _proposed(tx, held.facts, prepared, known, at.replace(microsecond=0))


async def amend(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor,
    once: Once,
    tender: str,
    signed: Signed,
    *,
    move_boxes: MoveBoxes,
) -> Answer:
    """Publish a prepared change: the purchaser's signature over the whole revision.

    Way back: another amendment. Raises AmendmentUnknown, RevisionOutdated, NotThePurchaser,
    SamePerson, NoticeMalformed, NoticeDiffers, NoticeStale, DocumentsMissing, SignatureBad,
    CertificateUntrusted, TenderHalted, what the boxes refuse, and every rule that it breaks.
    """
    notice = approving.read_notice(signed)
    await approving.require_documents(vault, notice.documents)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        revisions.require_revisable(held.facts, at)
        await require_signed(tx, hall, actor, held, signed, notice, "amend", at)
        entry = await revise(
            tx,
            hall,
            held,
            signed,
            notice,
            at,
            kind="trading.amended.v1",
            actor=notice.purchaser,
            move_boxes=move_boxes,
        )
        await store.drop(tx, tender)
        answer: Answer = {
            "tender": tender,
            "revision": notice.revision,
            "notice_sha256": sha256_hex(signed.json),
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def require_signed(
    tx: Tx,
    hall: Hall,
    actor: Actor,
    held: Tender,
    signed: Signed,
    notice: Notice,
    act: Act,
    at: datetime,
) -> None:
    """Refuse unless a second person of the purchaser signed exactly what was prepared."""
    prepared = await _prepared(tx, held.facts.tender_id, act)
    approval.require_second_person(held.purchaser, prepared.drafted_by, actor.person, actor.org)
    known = await notice_store.revisions(tx, held.facts.tender_id)
    expected = await _proposed(tx, held.facts, prepared, known, notice.published)
    approval.require_same(notice, expected.notice)
    await approving.require_signature(
        tx,
        hall,
        signed,
        at,
        published=notice.published,
        purchaser=held.purchaser,
        drafted_by=prepared.drafted_by,
    )


async def _prepared(tx: Tx, tender: str, act: Act) -> Prepared:
    prepared = await store.prepared(tx, tender)
    if prepared is None or prepared.act != act:
        raise AmendmentUnknown(tender=tender)
    return prepared


async def _wished(
    tx: Tx, hall: Hall, actor: Actor, held: Tender, act: Act, change: Change
) -> Proposal:
    """Return what an agency's change of its own tender leads to, read from the hall's clock."""
    tender = held.facts.tender_id
    if held.agency != actor.org:
        raise approval.TenderUnknown(tender=tender)
    at = await hall.clock(tx)
    revisions.require_revisable(held.facts, at)
    known = await notice_store.revisions(tx, tender)
    prepared = Prepared(
        tender=tender,
        act=act,
        follows=known[-1].notice.revision,
        change=change,
        drafted_by=actor.person,
        drafted_at=at,
    )
    return await _proposed(tx, held.facts, prepared, known, at.replace(microsecond=0))


async def _proposed(
    tx: Tx,
    facts: TenderFacts,
    prepared: Prepared,
    known: list[Published],
    published: datetime,
) -> Proposal:
    """Return the revision that a prepared change leads to, if nothing forbids it."""
    last = known[-1]
    if prepared.follows != last.notice.revision:
        raise revisions.RevisionOutdated(tender=prepared.tender, revision=last.notice.revision)
    pinned = await lawbook.pinned(tx, last.notice.rules)
    if prepared.act == "cancel":
        require_going(facts)
        notice = rules.cancelled(last, prepared.change.reason, published)
    else:
        notice = rules.amended(last, prepared.change, pinned, published)
        rules.require_while_halted(facts, last.notice, notice)
        invited = await tenders.invited(tx, prepared.tender)
        ids = None if invited is None else frozenset(invited[0])
        require_lawful(notice, ids, pinned, issued=known[0].notice.published)
        changes.require_change_in_time(last.notice, notice, published, pinned)
    revisions.require_lawful_amendment(last, notice)
    return Proposal(
        at=published,
        prepared=prepared,
        last=last,
        notice=notice,
        differences=rules.differences(last.notice, notice),
        voided=rules.voided(notice),
        counted=changes.counted(last.notice, notice, published, pinned),
    )


def told(proposal: Proposal) -> Answer:
    """Return a proposal as an answer: the text to sign, and in short what it does."""
    text = notices.dump(proposal.notice)
    places = [(lot.lot, box.stage) for lot in proposal.notice.lots for box in lot.boxes]
    return {
        "json": text.decode("utf-8"),
        "sha256": sha256_hex(text),
        "act": proposal.prepared.act,
        "changes": [
            {"what": one.what, "lot": one.lot, "stage": one.stage} for one in proposal.differences
        ],
        "voided": [{"lot": lot, "stage": stage} for lot, stage in proposal.voided],
        "stay_good": [
            {"lot": lot, "stage": stage}
            for lot, stage in places
            if (lot, stage) not in proposal.voided
        ],
        "counted": [
            {
                "rule": one.rule.id,
                "article": one.rule.citation,
                "lot": one.lot,
                "stage": one.stage,
                "needs": one.needs,
                "has": one.has,
            }
            for one in proposal.counted
        ],
    }


async def prepared_for(tx: Tx, actor: Actor) -> list[Prepared]:
    """Return the changes that the actor's body prepared, or has to sign."""
    return await store.prepared_for(tx, actor.org)


def _read_change(wish: Json) -> Change:
    """Return the change in a request; what is left out stays as it is."""
    _fill(wish)
    try:
        return shape.read(Change, wish)
    except ValueError as error:
        raise approval.DraftMalformed(why=str(error)) from error


def _fill(wish: Json) -> None:
    if not isinstance(wish, dict):
        return
    for name in ("title", "deposit_fen", "documents"):
        wish.setdefault(name, None)
    lots = wish.setdefault("lots", [])
    for lot in _objects(lots):
        for name in ("title", "ceiling_fen"):
            lot.setdefault(name, None)
        for box in _objects(lot.setdefault("boxes", [])):
            for name in _OF_BOX:
                box.setdefault(name, None)
            box.setdefault("reseal", False)


def _objects(rows: Json) -> list[dict[str, Json]]:
    found = rows if isinstance(rows, list) else []
    return [row for row in found if isinstance(row, dict)]
