"""Tenders: the agency drafts, another person of the purchaser publishes, everybody reads.

A draft can be replaced until it is published; a publication's way back is an amendment. `bidding`,
which comes after, is met through arguments alone: who tells the policies that a notice pins, and
who makes its boxes in the transaction that publishes it.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Literal

from notary import ledger, shape
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.vault import BadBlob, Vault
from sql.database import Database, Tx
from trading import approving, lawbook
from trading import notice as notices
from trading.rules import approval, phases
from trading.rules.drafts import first_notice
from trading.rules.notices import require_lawful, require_pinnable
from trading.rules.sets import RuleSet, rule_set
from trading.store import amendments, statistics, tenders
from trading.store import notices as notice_store
from trading.store import search as search_store
from trading.store.statistics import OfKind, OfMonth
from trading.types import (
    Document,
    Draft,
    Drafted,
    Found,
    Method,
    Milestone,
    Notice,
    Published,
    Record,
    Search,
    Signed,
    Tender,
)

DOCUMENT_LIMIT = 256 * 1024 * 1024
"""Bytes of one document: drawings of a building fit, a film does not."""

SALT_BYTES = 32

Policies = Callable[[Database, Hall, str, datetime], Awaitable[Mapping[tuple[str, str], str]]]
"""Tells of a drafted tender the SHA-256 of the policy of each box, by lot and stage.

The instant is the one at which the notice says it is published.
"""

SetBoxes = Callable[[Tx, Hall, Notice], Awaitable[None]]
"""Makes the boxes of a first notice, in the transaction that publishes it.

Refuses a notice that pins another policy than the draft's keys give.
"""


async def draft(database: Database, hall: Hall, actor: Actor, once: Once, wish: Json) -> Answer:
    """Draft a tender, or draft it again while it is not published.

    Way back: draft again. Raises DraftMalformed, UnknownRuleSet, TenderTaken, AlreadyPublished,
    OrganisationUnknown.
    """
    draft = _read_draft(wish)
    rule_set(draft.rules, hall.rules)
    async with database.transaction() as tx:
        known = await tenders.tender(tx, draft.tender)
        if known is not None:
            known = await tenders.hold_tender(tx, draft.tender, "update")
        at = await hall.clock(tx)
        if known is not None:
            phases.require_draft(known.facts, at)
        drafted = Drafted(
            draft=draft,
            agency=actor.org,
            drafted_by=actor.person,
            drafted_at=at,
            invited_salt=hall.entropy(SALT_BYTES) if draft.method is Method.INVITED else None,
        )
        await tenders.save_draft(tx, drafted, actor.branch)
        draft_sha256 = sha256_hex(shape.dump(draft))
        entry = await ledger.append(
            tx,
            hall,
            "trading.drafted.v1",
            subject=draft.tender,
            actor=actor.person,
            at=at,
            fields={"tender": draft.tender, "draft_sha256": draft_sha256},
        )
        answer: Answer = {
            "tender": draft.tender,
            "draft_sha256": draft_sha256,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


def _read_draft(wish: Json) -> Draft:
    """Return the draft in a request; `open_at` may be left out where it is the deadline."""
    _fill_open_at(wish)
    try:
        draft = shape.read(Draft, wish)
        notices.require_sound_draft(draft)
    except ValueError as error:
        raise approval.DraftMalformed(why=str(error)) from error
    return draft


def _fill_open_at(wish: Json) -> None:
    for lot in _items(wish, "lots"):
        for box in _items(lot, "boxes"):
            if isinstance(box, dict):
                box.setdefault("open_at", None)


def _items(value: Json, name: str) -> list[Json]:
    """Return the list `name` of an object; nothing of whatever else the value is."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


async def draft_notice(
    database: Database, hall: Hall, actor: Actor, tender: str, policies: Policies
) -> Answer:
    """Return the notice that publishing now would publish: the text for the purchaser to sign.

    Only agency and purchaser of the draft may ask. Raises TenderUnknown, and every rule that the
    notice would break, so that nobody signs in vain.
    """
    async with database.transaction() as tx:
        drafted = await tenders.drafted(tx, tender)
        at = await hall.clock(tx)
    if drafted is None or actor.org not in {drafted.agency, drafted.draft.purchaser}:
        raise approval.TenderUnknown(tender=tender)
    published = at.replace(microsecond=0)
    pinned = await policies(database, hall, tender, published)
    expected = _expected(hall, drafted, pinned, published)
    async with database.transaction() as tx:
        await _require_rules(tx, hall, drafted, expected)
    text = notices.dump(expected)
    return {"json": text.decode("utf-8"), "sha256": sha256_hex(text)}


async def publish(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor,
    once: Once,
    tender: str,
    signed: Signed,
    *,
    set_boxes: SetBoxes,
) -> Answer:
    """Publish a drafted tender: the purchaser's signature over the exact notice is the approval.

    Way back: an amendment. Raises TenderUnknown, AlreadyPublished, NotThePurchaser, SamePerson,
    NoticeMalformed, NoticeDiffers, NoticeStale, DocumentsMissing, SignatureBad,
    CertificateUntrusted, and every rule that the notice breaks.
    """
    notice = approving.read_notice(signed)
    await approving.require_documents(vault, notice.documents)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        phases.require_draft(held.facts, at)
        drafted = await tenders.drafted(tx, tender)
        assert drafted is not None  # noqa: S101 - held, and not published
        approval.require_approver(drafted, actor.person, actor.org)
        pinned = _pinned(drafted, notice)
        approval.require_same(notice, _expected(hall, drafted, pinned, notice.published))
        approval.require_fresh(notice, at)
        await lawbook.keep(tx, await _require_rules(tx, hall, drafted, notice))
        await approving.require_signature(
            tx,
            hall,
            signed,
            at,
            published=notice.published,
            purchaser=drafted.draft.purchaser,
            drafted_by=drafted.drafted_by,
        )
        await set_boxes(tx, hall, notice)
        await tenders.mark_published(tx, tender, at)
        notice_sha256 = sha256_hex(signed.json)
        entry = await ledger.append(
            tx,
            hall,
            "trading.published.v1",
            subject=tender,
            actor=notice.purchaser,
            at=at,
            fields={
                "tender": tender,
                "revision": notice.revision,
                "notice_sha256": notice_sha256,
            },
        )
        published = Published(
            notice=notice,
            notice_sha256=notice_sha256,
            json=signed.json,
            p7s=signed.p7s,
            kind="trading.published",
            entry_id=entry.entry_id,
            at=at,
        )
        await notice_store.insert_notice(tx, published)
        answer: Answer = {
            "tender": tender,
            "revision": notice.revision,
            "notice_sha256": notice_sha256,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


def _pinned(drafted: Drafted, notice: Notice) -> dict[tuple[str, str], str]:
    """Return the policies that a signed notice names for the draft's boxes; `set_boxes` judges."""
    places = [(lot.lot, box.stage) for lot in drafted.draft.lots for box in lot.boxes]
    found = {place: notices.box_of(notice, *place) for place in places}
    return {place: "" if box is None else box.policy_sha256 for place, box in found.items()}


def _expected(
    hall: Hall, drafted: Drafted, policies: Mapping[tuple[str, str], str], published: datetime
) -> Notice:
    return first_notice(
        drafted,
        origin=hall.origin,
        rules=rule_set(drafted.draft.rules, hall.rules),
        channels=hall.channels,
        policies=policies,
        published=published,
    )


async def _require_rules(tx: Tx, hall: Hall, drafted: Drafted, notice: Notice) -> RuleSet:
    """Return the set of the notice, which keeps its rules, or refuse either."""
    rules = await lawbook.named(tx, hall, notice.rules.set)
    await lawbook.require_usable(tx, hall, rules)
    require_pinnable(rules, notice, demo=hall.demo)
    invited = drafted.draft.invited
    require_lawful(notice, None if invited is None else frozenset(invited), rules)
    return rules


# What `bidding` asks and tells, inside its own transactions.


async def hold_tender(tx: Tx, tender: str, mode: Literal["share", "update"] = "share") -> Tender:
    """Lock a tender before lots and boxes: FOR SHARE to submit, FOR UPDATE to close."""
    return await tenders.hold_tender(tx, tender, mode)


async def hold_published(tx: Tx, tender: str) -> Tender:
    """Lock a tender FOR UPDATE, or raise TenderUnknown: to others a draft is not there."""
    held = await tenders.hold_tender(tx, tender, "update")
    if held.facts.published_at is None:
        raise approval.TenderUnknown(tender=tender)
    return held


async def drafted(tx: Tx, tender: str) -> Drafted | None:
    """Return the draft of a tender that is not published, else None."""
    return await tenders.drafted(tx, tender)


async def drafts_asking(tx: Tx, org: str) -> list[Drafted]:
    """Return the drafts that ask the body `org` for trustee keys."""
    return await tenders.drafts_asking(tx, org)


async def revisions(tx: Tx, tender: str) -> list[Published]:
    """Return every revision of a tender's notice, first to last; none where it is a draft."""
    return await notice_store.revisions(tx, tender)


async def revisions_by_tender(tx: Tx, names: Collection[str]) -> Mapping[str, list[Published]]:
    """Return every revision of these tenders' notices, first to last."""
    return await notice_store.revisions_by_tender(tx, names)


async def last_revisions(tx: Tx, tenders_: Collection[str]) -> dict[str, datetime]:
    """Return when the notice of each of these tenders changed last."""
    return await notice_store.last_revisions(tx, tenders_)


async def may_bid(tx: Tx, tender: Tender, org: str) -> bool:
    """Tell whether `org` may bid: anybody in an open tender, else who was invited."""
    if tender.method is Method.OPEN:
        return True
    named = await tenders.invited(tx, tender.facts.tender_id)
    return named is None or org in named[0]


async def invited_record(tx: Tx, tender: str) -> dict[str, Json] | None:
    """Return what opens the notice's commitment to those invited, None in an open tender.

    Nobody may see it before the last closing (招标投标法 22).
    """
    named = await tenders.invited(tx, tender)
    if named is None:
        return None
    ids, salt = named
    return {"ids": list(ids), "salt": salt.hex()}


async def tell(tx: Tx, tender: str, milestone: Milestone, at: datetime) -> None:
    """Note what has come to pass, for lists; part of the act, and of the entry, that made it so."""
    await tenders.mark(tx, tender, milestone, at)


# What everybody reads.


async def record(database: Database, hall: Hall, tender: str) -> Record:
    """Return a published tender with every revision of its notice, or raise TenderUnknown."""
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        found = await tenders.tender(tx, tender)
        signed = await notice_store.revisions(tx, tender)
    if found is None or not signed:
        raise approval.TenderUnknown(tender=tender)
    return Record(at=at, tender=found, notices=tuple(signed))


async def search(database: Database, hall: Hall, wanted: Search) -> Found:
    """Return the published tenders that fit, by the hall's clock."""
    async with database.transaction() as tx:
        return await found(tx, wanted, await hall.clock(tx))


async def found(tx: Tx, wanted: Search, now: datetime) -> Found:
    """Return the published tenders that fit, as part of a transaction."""
    return await search_store.search(tx, wanted, now)


async def totals(tx: Tx, now: datetime, months: int) -> tuple[list[OfKind], list[OfMonth]]:
    """Return counts and ceilings by kind, and publications of the last `months`, newest first."""
    return await statistics.by_kind(tx, now), await statistics.by_month(tx, months)


async def published_by(tx: Tx, org: str, take: int) -> list[Tender]:
    """Return the last `take` published tenders of a purchaser or an agency, latest first."""
    return await tenders.published_by(tx, org, take)


async def branch_of(tx: Tx, tender: str) -> str | None:
    """Return the branch of a tender, drafted or published; None for the hall itself."""
    found = await tenders.tender(tx, tender)
    return None if found is None else found.branch


async def branches(database: Database, tenders_: Collection[str]) -> dict[str, str | None]:
    """Return the branch of each of these tenders."""
    async with database.transaction() as tx:
        return {one: await branch_of(tx, one) for one in sorted(set(tenders_))}


async def drafts_of(database: Database, actor: Actor) -> list[Drafted]:
    """Return the drafts that the actor's body made, or has to approve."""
    async with database.transaction() as tx:
        return await tenders.drafts_of(tx, actor.org)


async def put_document(vault: Vault, sha256: str, chunks: AsyncIterable[bytes]) -> Answer:
    """Take the bytes of a document; repeating it is harmless. Raises DocumentNotAsNamed."""
    try:
        return {"sha256": sha256, "size": await vault.put(sha256, chunks, limit=DOCUMENT_LIMIT)}
    except BadBlob as error:
        raise approval.DocumentNotAsNamed(why=str(error)) from error


async def document(
    database: Database, vault: Vault, actor: Actor | None, sha256: str
) -> tuple[Document, AsyncIterator[bytes]]:
    """Return a document and its bytes: of a notice for everybody, else for its two bodies.

    Those of a draft, or of a change that waits for a signature. Raises DocumentUnknown.
    """
    async with database.transaction() as tx:
        found = await notice_store.published_document(tx, sha256)
        if found is None and actor is not None:
            drafts = await tenders.drafts_of(tx, actor.org)
            offered = [one for drafted in drafts for one in drafted.draft.documents]
            for prepared in await amendments.prepared_for(tx, actor.org):
                offered += prepared.change.documents or ()
            found = next((one for one in offered if one.sha256 == sha256), None)
    if found is None or await vault.size(sha256) is None:
        raise approval.DocumentUnknown(sha256=sha256)
    return found, vault.open(sha256)
