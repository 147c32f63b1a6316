"""When an entry was made: what checkpoints prove about the time that it states.

Source: `ledger.md` 9.6. The order of entries is proved by the tree; their times are the hall's word
within the bounds that cosigners and other entries set. Instants of cosigners are POSIX seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from notary.entry import BadEntry

# The cosigner's clock may be behind the hall's by so much.
CLOCK_ALLOWANCE = timedelta(seconds=5)
# A receipt promises the record in the log within this.
MERGE_WITHIN = timedelta(seconds=60)
# A cosigner that takes longer than this was silent, and its time is the entry's.
COSIGNED_WITHIN = timedelta(seconds=120)


class Dated(StrEnum):
    """How far the time that an entry states is proved; the values are those of the vectors."""

    OK = "ok"
    SINCE = "since"  # the cosigner was silent: proved since the first checkpoint with it
    LATE = "E-LOG-LATE"  # the log moved on without it: its time is that of the checkpoint
    ORDER = "order"  # no cosignatures: the order is proved, times are the hall's word
    PENDING = "pending"  # no checkpoint at hand covers it yet


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds an entry of a held kind that stands before a closing.

    `published`: the tender's first revision; `closed`: the closing or cancellation that let it out.
    """

    published: datetime
    closed: datetime


def judge(
    index: int,
    at: datetime,
    *,
    inception: datetime,
    held: Bounds | None,
    checkpoints: Iterable[tuple[int, int | None]],
) -> Dated:
    """Judge the time `at` of the entry at `index`; raise BadEntry `at` where it cannot be.

    `checkpoints`: those at hand as (size, time), the time None where no quorum is wanted.
    """
    at_hand = sorted(checkpoints, key=lambda checkpoint: checkpoint[0])
    covering = [time for size, time in at_hand if size > index]
    if not covering:
        return Dated.PENDING
    first = _instant(covering[0])
    if held is not None:
        if not held.published <= at <= held.closed:
            raise BadEntry("at", "a time outside those of the tender's notice and closing")
        return Dated.ORDER if first is None else Dated.OK
    if at < inception:
        raise BadEntry("at", "a time before the inception of the log")
    if first is None:
        return Dated.ORDER
    if at > first + CLOCK_ALLOWANCE:
        raise BadEntry("at", "a time after that of the checkpoint that covers it")
    without = [_instant(time) for size, time in at_hand if size <= index]
    if any(time is not None and time > at + MERGE_WITHIN for time in without):
        return Dated.LATE
    return Dated.SINCE if first > at + COSIGNED_WITHIN else Dated.OK


def _instant(time: int | None) -> datetime | None:
    return None if time is None else datetime.fromtimestamp(time, UTC)
