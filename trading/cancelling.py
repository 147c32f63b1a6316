"""The end of a tender before anything of it was opened: recalled, or cancelled.

Within some minutes of the publication its publisher takes it back alone; later it takes two
persons, as a publication does. Either way it is the last revision of the notice and says why. No
box is opened any more, what was held comes into the log, and the sealed bids are deleted unread.

Source: `people.md` 5; Regulation on the Tendering and Bidding Law, art. 31; `ledger.md` 8.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from notary import ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.vault import Vault
from sql.database import Database, Tx
from trading import amending, approving, lawbook
from trading import notice as notices
from trading.amendments import Change
from trading.revising import MoveBoxes, revise
from trading.rules import amendments as rules
from trading.rules import approval, recalls, revisions
from trading.rules.stays import require_going
from trading.store import amendments as store
from trading.store import notices as notice_store
from trading.store import tenders
from trading.types import Milestone, Notice, Published, Signed, Tender, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """What `bidding` does where a tender ends.

    `end` shuts the boxes of a notice for good, or refuses where shares are asked for already;
    `drop_parts` deletes what is left of the bids, after the act.
    """

    move: MoveBoxes
    end: Callable[[Tx, Notice, datetime], Awaitable[None]]
    drop_parts: Callable[[Database, Vault, str], Awaitable[None]]


Ending: TypeAlias = Callable[
    [Database, Hall, Vault, Actor, Once, str, Signed, Boxes], Awaitable[Answer]
]
"""An act that ends a tender: `cancel` or `recall`."""

_RECALLED = Words(
    zh="发布人在可撤回时间内撤回了公告。",
    en="The publisher took the notice back within the time for a recall.",
)


async def draft_cancellation(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, reason: Words
) -> Answer:
    """Prepare the end of a tender, with its reason; the purchaser signs it.

    Way back: prepare a change instead. Raises TenderUnknown, NotPublished, TenderOver.
    """
    return await amending.prepare(database, hall, actor, once, tender, "cancel", _ending(reason))


async def preview_cancellation(
    database: Database, hall: Hall, actor: Actor, tender: str, reason: Words
) -> amending.Proposal:
    """Return what the end of a tender would do, and keep nothing of it.

    Raises what `draft_cancellation` raises.
    """
    return await amending.preview(database, hall, actor, tender, "cancel", _ending(reason))


def _ending(reason: Words) -> Change:
    return Change(reason=reason, title=None, deposit_fen=None, documents=None, lots=())


async def cancel(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor,
    once: Once,
    tender: str,
    signed: Signed,
    boxes: Boxes,
) -> Answer:
    """End a tender as it was prepared: the purchaser's signature over its last revision. Final.

    Raises AmendmentUnknown, RevisionOutdated, NotThePurchaser, SamePerson, NoticeMalformed,
    NoticeDiffers, NoticeStale, SignatureBad, CertificateUntrusted, TenderHalted, and BoxOpening.
    """
    notice = approving.read_notice(signed)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        revisions.require_revisable(held.facts, at)
        await amending.require_signed(tx, hall, actor, held, signed, notice, "cancel", at)
        answer = await _end(tx, hall, held, signed, notice, at, boxes)
        await once.keep(tx, answer)
    await boxes.drop_parts(database, vault, tender)
    return answer


async def draft_recall(database: Database, hall: Hall, actor: Actor, tender: str) -> Answer:
    """Return the text by whose signature the publisher takes the notice back now.

    Raises TenderUnknown, RecallTooLate, NotThePublisher.
    """
    async with database.transaction() as tx:
        held = await tenders.tender(tx, tender)
        if held is None or held.purchaser != actor.org:
            raise approval.TenderUnknown(tender=tender)
        at = await hall.clock(tx)
        last = await _require_recallable(tx, hall, held, actor, at)
    text = notices.dump(rules.cancelled(last, _RECALLED, at.replace(microsecond=0)))
    return {"json": text.decode("utf-8"), "sha256": sha256_hex(text)}


async def recall(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor,
    once: Once,
    tender: str,
    signed: Signed,
    boxes: Boxes,
) -> Answer:
    """Take a notice back within minutes of its publication, by who published it. Final.

    Raises TenderUnknown, RecallTooLate, NotThePublisher, NoticeMalformed, NoticeDiffers,
    NoticeStale, SignatureBad, CertificateUntrusted, and BoxOpening.
    """
    notice = approving.read_notice(signed)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        last = await _require_recallable(tx, hall, held, actor, at)
        approval.require_same(notice, rules.cancelled(last, _RECALLED, notice.published))
        person = await approving.require_signature(
            tx,
            hall,
            signed,
            at,
            published=notice.published,
            purchaser=held.purchaser,
            drafted_by=None,
        )
        if person != actor.person:
            raise recalls.NotThePublisher(tender=tender)
        answer = await _end(tx, hall, held, signed, notice, at, boxes)
        await once.keep(tx, answer)
    await boxes.drop_parts(database, vault, tender)
    return answer


async def _require_recallable(
    tx: Tx, hall: Hall, held: Tender, actor: Actor, at: datetime
) -> Published:
    """Return the only revision of a notice that the actor published so few minutes ago."""
    revisions.require_revisable(held.facts, at)
    require_going(held.facts)
    first, *later = await notice_store.revisions(tx, held.facts.tender_id)
    pinned = await lawbook.pinned(tx, first.notice.rules)
    recalls.require_recallable(pinned, first.at, at)
    if later:
        raise recalls.RecallTooLate(tender=held.facts.tender_id)
    publisher = await approving.signer(tx, hall, Signed(first.json, first.p7s), at)
    if publisher is None or publisher.person != actor.person:
        raise recalls.NotThePublisher(tender=held.facts.tender_id)
    return first


async def _end(
    tx: Tx,
    hall: Hall,
    held: Tender,
    signed: Signed,
    notice: Notice,
    at: datetime,
    boxes: Boxes,
) -> Answer:
    """Make the last revision: boxes stay shut, and what was held stands in the log before it."""
    tender = held.facts.tender_id
    await boxes.end(tx, notice, at)
    await ledger.release_held(tx, tender)
    await tenders.mark(tx, tender, Milestone.CANCELLED, at)
    entry = await revise(
        tx,
        hall,
        held,
        signed,
        notice,
        at,
        kind="trading.cancelled.v1",
        actor=notice.purchaser,
        move_boxes=boxes.move,
    )
    await store.drop(tx, tender)
    done: dict[str, Json] = {
        "tender": tender,
        "revision": notice.revision,
        "notice_sha256": sha256_hex(signed.json),
    }
    return {**done, **acknowledge(hall, entry, "accepted")}
