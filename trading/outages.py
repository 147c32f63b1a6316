"""A record of an outage: the revision that the hall itself signs, and that only moves times later.

Source: `rules.md` 8; `sealing.md` 3, notice.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from notary.hall import Hall
from notary.ledger import Entry
from sql.database import Tx
from trading import notice as notices
from trading.revising import MoveBoxes, revise
from trading.store import notices as notice_store
from trading.types import Box, Notice, Signed, Stage, Tender, Words

Place = tuple[str, Stage]
"""A box of a tender: its lot and its stage."""


async def newest(tx: Tx, tender: str) -> Notice:
    """Return the revision in force of a published tender."""
    return (await notice_store.revisions(tx, tender))[-1].notice


async def record(
    tx: Tx,
    hall: Hall,
    held: Tender,
    moved: Mapping[Place, Box],
    reason: Words,
    at: datetime,
    *,
    actor: str,
    move_boxes: MoveBoxes,
) -> tuple[Notice, Entry]:
    """Make the revision that gives the boxes `moved` their later times, signed by the hall.

    The tender is held FOR UPDATE; `actor`: `hall` for the rule, else the body that acts. Raises
    what `revise` raises.
    """
    last = (await notice_store.revisions(tx, held.facts.tender_id))[-1]
    notice = replace(
        last.notice,
        revision=last.notice.revision + 1,
        previous=last.notice_sha256,
        reason=reason,
        published=at.replace(microsecond=0),
        lots=tuple(
            replace(
                lot,
                boxes=tuple(
                    moved.get((lot.lot, box.stage), replace(box, reseal=False)) for box in lot.boxes
                ),
            )
            for lot in last.notice.lots
        ),
    )
    text = notices.dump(notice)
    entry = await revise(
        tx,
        hall,
        held,
        Signed(json=text, p7s=hall.sign(text)),
        notice,
        at,
        kind="trading.outage-recorded.v1",
        actor=actor,
        move_boxes=move_boxes,
    )
    return notice, entry
