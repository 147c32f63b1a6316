"""One step of a notice: the next revision, in the transaction of the act that makes it.

Amendments, records of outages and the end of a tender are revisions, each whole, signed and a plain
entry of the ledger: that this is the last one can be proved. What such an act asks of people is
its own business; here is what all of them do.

Source: `sealing.md` 3, notice; `ledger.md` 1, `revision` is one count over all its kinds.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from notary import ledger
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.ledger import Entry
from sql.database import Tx
from trading.rules import approval, revisions
from trading.store import notices as notice_store
from trading.store import tenders
from trading.types import Notice, Published, Signed, Tender

RevisionKind: TypeAlias = Literal[
    "trading.amended.v1", "trading.outage-recorded.v1", "trading.cancelled.v1"
]

MoveBoxes: TypeAlias = Callable[[Tx, Hall, Notice, Notice], Awaitable[None]]
"""Gives the boxes of a notice the terms of the next one, or refuses what their state forbids."""

_LAWFUL: Mapping[RevisionKind, Callable[[Published, Notice], None]] = {
    "trading.amended.v1": revisions.require_lawful_amendment,
    "trading.outage-recorded.v1": revisions.require_lawful_outage,
    "trading.cancelled.v1": revisions.require_lawful_amendment,
}


async def revise(
    tx: Tx,
    hall: Hall,
    held: Tender,
    signed: Signed,
    notice: Notice,
    at: datetime,
    *,
    kind: RevisionKind,
    actor: str,
    move_boxes: MoveBoxes,
) -> Entry:
    """Make `notice` the revision in force of a tender that is held FOR UPDATE.

    Who signed it is judged by the caller; `at` was read after the lock. Raises NotPublished,
    TenderOver, RevisionOutdated, NoticeMalformed (E-POLICY), NoticeStale, and what boxes refuse.
    """
    tender = held.facts.tender_id
    revisions.require_revisable(held.facts, at)
    last = (await notice_store.revisions(tx, tender))[-1]
    revisions.require_next(last, notice)
    _LAWFUL[kind](last, notice)
    approval.require_fresh(notice, at)
    await move_boxes(tx, hall, last.notice, notice)
    await tenders.copy_notice(tx, notice)
    notice_sha256 = sha256_hex(signed.json)
    entry = await ledger.append(
        tx,
        hall,
        kind,
        subject=tender,
        actor=actor,
        at=at,
        fields={"tender": tender, "revision": notice.revision, "notice_sha256": notice_sha256},
    )
    await notice_store.insert_notice(
        tx,
        Published(
            notice=notice,
            notice_sha256=notice_sha256,
            json=signed.json,
            p7s=signed.p7s,
            kind=kind.rpartition(".v")[0],
            entry_id=entry.entry_id,
            at=at,
        ),
    )
    return entry
