"""What a revision of the notice does to the boxes of its tender.

The notice says what holds, a box's row copies what the clerk needs of it. Whether a box is closed
is a fact of the row, not of the clock: one that an outage kept open may still move whole.

Source: `sealing.md` 3, notice; architecture.md, lock order: tender, lot, box.
"""

from datetime import datetime

from bidding import losses, rules
from bidding.facts import BoxFacts, BoxKey
from bidding.sealed.policy import read_policy, require_successor
from bidding.store import boxes, moves, trustees
from bidding.types import Finding
from notary import instant, ledger, rooms
from notary.canonical import Json
from notary.hall import Hall
from sql.database import Tx
from trading import notice as notices
from trading.notice import BadNotice
from trading.rules.amendments import ResealUnfounded, is_founded
from trading.types import Box, Notice

MOVED = "bidding.box-moved.v1"
"""Told to the room of a box; that the notice was revised is an entry of its own."""


async def move_boxes(tx: Tx, hall: Hall, before: Notice, after: Notice) -> None:
    """Give the boxes of `before` the terms of `after`, in the transaction that revises the notice.

    The tender is held FOR UPDATE. Raises BoxesDiffer, BoxClosed, PolicyDiffers, ResealNeeded,
    ResealUnfounded.
    """
    _require_same_boxes(before, after)
    for lot in before.lots:
        for terms in sorted(lot.boxes, key=lambda one: one.stage):
            moved = notices.box_of(after, lot.lot, terms.stage)
            assert moved is not None  # noqa: S101 - the same boxes
            key = BoxKey(before.tender, lot.lot, terms.stage)
            box = await boxes.hold_box(tx, key)
            if box is None:
                raise rules.BoxUnknown(**key._asdict())
            _require_movable(box, terms, moved, after)
            await _require_policy(tx, box, moved)
            await _require_reseal(tx, box, before, after, terms, moved)
            await moves.move_box(tx, key, moved)
            await _tell(tx, hall, box, moved, after.revision)


async def _require_reseal(
    tx: Tx, box: BoxFacts, before: Notice, after: Notice, terms: Box, moved: Box
) -> None:
    """Void sealed bids for lost keys where fewer than k groups can open them, and only there."""
    if moved.policy_sha256 == terms.policy_sha256:
        return
    lost = await losses.forces_reseal(tx, box.key)
    if lost and not moved.reseal:
        raise rules.ResealNeeded(**box.key._asdict())
    if moved.reseal and not lost and not is_founded(before, after, terms, moved):
        raise ResealUnfounded(lot=box.key.lot, stage=str(box.key.stage))


async def end_boxes(tx: Tx, notice: Notice, at: datetime) -> None:
    """Shut the boxes of a tender that ends unopened, and let their held entries into the log.

    The tender is held FOR UPDATE: no entry joins late. Raises BoxOpening.
    """
    places = sorted((lot.lot, box.stage) for lot in notice.lots for box in lot.boxes)
    for key in (BoxKey(notice.tender, *place) for place in places):
        box = await boxes.hold_box(tx, key)
        if box is not None and box.asked_at is not None:
            raise rules.BoxOpening(**key._asdict())
        await moves.mark_cancelled(tx, key, at)
        await ledger.release_held(tx, key.hold)


async def _tell(tx: Tx, hall: Hall, box: BoxFacts, moved: Box, revision: int) -> None:
    """Tell the room of a box that its times are others; the entry is the revision's."""
    if (box.deadline, box.open_at) == (moved.deadline, moved.open_at):
        return
    data: dict[str, Json] = {
        "revision": revision,
        "deadline": instant.seconds(moved.deadline),
        "open_at": instant.seconds(moved.open_at),
    }
    await rooms.tell(tx, box.room, at=await hall.clock(tx), kind=MOVED, data=data)


def _require_same_boxes(before: Notice, after: Notice) -> None:
    """Refuse to add or take away a lot or a box: bids and keys are bound to them."""
    named, kept = (
        [(lot.lot, box.stage, box.mode, box.after) for lot in notice.lots for box in lot.boxes]
        for notice in (before, after)
    )
    if sorted(named, key=str) != sorted(kept, key=str):
        raise rules.BoxesDiffer(tender=before.tender)


def _require_movable(box: BoxFacts, terms: Box, moved: Box, after: Notice) -> None:
    """Refuse more than a later release once the box is closed."""
    if box.closing_at is None:
        return
    try:
        notices.require_closed(terms, moved, after.published)
    except BadNotice as error:
        raise rules.BoxClosed(why=str(error), **box.key._asdict()) from error


async def _require_policy(tx: Tx, box: BoxFacts, moved: Box) -> None:
    """Refuse a policy that the hall does not have, or that changes more than members."""
    if moved.policy_sha256 == box.policy_sha256:
        return
    known = await trustees.policies_of(tx, box.key)
    later = known.get(moved.policy_sha256)
    if later is None:
        raise rules.PolicyDiffers(**box.key._asdict())
    try:
        require_successor(read_policy(later), read_policy(known[box.policy_sha256]))
    except Finding as finding:
        raise rules.PolicyDiffers(why=finding.detail) from finding
