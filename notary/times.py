"""When an entry was made: what checkpoints prove about the time that it states.

Source: `ledger.md` 9.6. The order of entries is proved by the tree; their times are the hall's word
within the bounds that cosigners and other entries set.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import cast

from notary import entry, instant
from notary.canonical import Json
from notary.entry import BadEntry, Fields, Opened
from notary.records import BadRecord

# The cosigner's clock may be behind the hall's by so much.
CLOCK_ALLOWANCE = timedelta(seconds=5)
# A receipt promises the record in the log within this.
MERGE_WITHIN = timedelta(seconds=60)
# A cosigner that takes longer than this was silent, and its time is the entry's.
COSIGNED_WITHIN = timedelta(seconds=120)

_NEVER = datetime.min.replace(tzinfo=UTC)


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


class Timeline:
    """The checkpoints at hand, each with the time at which its quorum was met."""

    def __init__(self, checkpoints: Iterable[tuple[int, int | None]]) -> None:
        """Take (size, POSIX seconds); None where no quorum is wanted."""
        at_hand = sorted(checkpoints, key=lambda checkpoint: checkpoint[0])
        self._sizes = [size for size, _ in at_hand]
        self._times = [
            None if time is None else datetime.fromtimestamp(time, UTC) for _, time in at_hand
        ]
        known = (_NEVER if time is None else time for time in self._times)
        self._latest = [_NEVER, *accumulate(known, max)]  # among the first n checkpoints

    def judge(self, index: int, at: datetime, inception: datetime, held: Bounds | None) -> Dated:
        """Judge the time `at` of the entry at `index`; raise BadEntry `at` where it cannot be.

        `held`: the bounds of an entry of a held kind that stands before a closing of its box.
        """
        without = bisect_right(self._sizes, index)  # so many checkpoints do not cover the entry
        if without == len(self._sizes):
            return Dated.PENDING
        covered = self._times[without]
        if held is not None:
            if not held.published <= at <= held.closed:
                raise BadEntry("at", "its time is outside those of the notice and the closing")
            return Dated.ORDER if covered is None else Dated.OK
        if at < inception:
            raise BadEntry("at", "its time is before the inception of the log")
        if covered is None:
            return Dated.ORDER
        if at > covered + CLOCK_ALLOWANCE:
            raise BadEntry("at", "its time is after that of the checkpoint that covers it")
        if self._latest[without] > at + MERGE_WITHIN:
            return Dated.LATE
        return Dated.SINCE if covered > at + COSIGNED_WITHIN else Dated.OK


def date(
    entries: Mapping[int, Opened], checkpoints: Iterable[tuple[int, int | None]]
) -> dict[int, Dated]:
    """Judge every open entry whose time is open, by index; raise BadRecord where one cannot be.

    `checkpoints` as for Timeline. Where the inception is not among the entries it bounds nothing.
    """
    timeline, lettings = Timeline(checkpoints), _Lettings(entries)
    inception = _at(entries[0]) if 0 in entries else _NEVER
    found: dict[int, Dated] = {}
    for index in sorted(entries):
        opened = entries[index]
        if "at" not in opened.fields:
            continue
        held = lettings.bounds(index, opened.fields)
        try:
            found[index] = timeline.judge(index, _at(opened), inception, held)
        except BadEntry as error:
            raise BadRecord(index, error) from error
    return found


class _Lettings:
    """The plain entries that let held ones out: closings of boxes, and cancellations."""

    def __init__(self, entries: Mapping[int, Opened]) -> None:
        self._published: dict[Json, datetime] = {}
        self._of_tender: dict[Json, list[tuple[int, Opened]]] = defaultdict(list)
        for index in sorted(entries):
            fields = entries[index].fields
            family = entry.kind_of(fields).family
            if family == "trading.published":
                self._published[fields["tender"]] = _at(entries[index])
            elif family in {"bidding.box-closed", "trading.cancelled"}:
                self._of_tender[fields["tender"]].append((index, entries[index]))

    def bounds(self, index: int, fields: Fields) -> Bounds | None:
        """Return the bounds of a held entry, or None for one that nothing here let out."""
        tender = fields.get("tender")
        if not entry.kind_of(fields).held or tender not in self._published:
            return None
        for place, closing in self._of_tender[tender]:
            if place > index and _lets_out(closing.fields, fields):
                return Bounds(self._published[tender], _at(closing))
        return None


def _lets_out(closing: Fields, fields: Fields) -> bool:
    """Tell whether a closing or cancellation of the tender let an entry out (`ledger.md` 8)."""
    names_a_box = "stage" in entry.kind_of(fields).names
    is_cancelled = "stage" not in closing
    return (
        is_cancelled
        or not names_a_box
        or all(fields.get(name) == closing[name] for name in ("lot", "stage"))
    )


def _at(opened: Opened) -> datetime:
    return instant.parse_micros(cast("str", opened.fields["at"]))
