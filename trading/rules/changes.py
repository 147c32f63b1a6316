"""Changes of a published notice: which of them affect bids, and what the law asks of those.

A change that may affect how bids are made needs its days before the deadline, else the deadline
moves. Whether bids that lie in a box stay good is another question: `reseal` answers it.

Source: Tendering and Bidding Law, art. 23; its Implementing Regulations, art. 21.
"""

from collections.abc import Iterator
from datetime import datetime

from trading.notice import box_of, lot_of
from trading.rules.limits import Counted, change_in_time, issue_to_deadline
from trading.rules.sets import RuleSet
from trading.types import Box, Lot, Notice

# What bidders prepare their bids by; times, keys and channels are not among it.
_OF_TENDER = ("kind", "method", "invited", "currency", "deposit_fen", "documents")
_OF_LOT = ("draw", "ceiling_fen", "limits")
_OF_BOX = ("mode", "max_bytes", "form")


def affected(before: Notice, after: Notice, at: datetime) -> tuple[tuple[Lot, Box], ...]:
    """Return the open boxes of `after` whose bids the change may affect; new ones too."""
    return tuple(_affected(before, after, at))


def counted(before: Notice, after: Notice, at: datetime, rules: RuleSet) -> tuple[Counted, ...]:
    """Count what the law asks of a change made `at`: for each box affected, the days it leaves.

    A box that was not there before is issued with the change.
    """
    return tuple(
        issue_to_deadline(lot, box, at, rules)
        if box_of(before, lot.lot, box.stage) is None
        else change_in_time(lot, box, at, rules)
        for lot, box in affected(before, after, at)
    )


def require_change_in_time(before: Notice, after: Notice, at: datetime, rules: RuleSet) -> None:
    """Refuse a change that affects bids and leaves too few days, or raise nothing.

    Raises ChangedTooLate, ApplicationsChangedTooLate, DeadlineTooSoon.
    """
    for limit in counted(before, after, at, rules):
        if limit.refusal is not None:
            raise limit.refusal


def _affected(before: Notice, after: Notice, at: datetime) -> Iterator[tuple[Lot, Box]]:
    of_tender = _differs(before, after, _OF_TENDER)
    for lot in after.lots:
        known = lot_of(before, lot.lot)
        of_lot = known is None or _differs(known, lot, _OF_LOT)
        for box in lot.boxes:
            was = box_of(before, lot.lot, box.stage)
            if was is not None and was.deadline <= at:
                continue
            if of_tender or of_lot or was is None or _of_box(was, box):
                yield lot, box


def _of_box(was: Box, box: Box) -> bool:
    return box.reseal or box.deadline < was.deadline or _differs(was, box, _OF_BOX)


def _differs(one: object, other: object, names: tuple[str, ...]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)
