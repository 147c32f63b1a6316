"""The clerk's next step with a box: what is due now, from its facts and the clock.

Pure: facts and an instant in, a step out. Nothing waits inside a step: a box whose gate is not met
is not due.

Source: `bid-seal/v1` section 8; architecture.md, Processes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bidding.facts import BoxFacts, Result
from bidding.types import Code


class Step(Enum):
    """What the clerk does next to a box; each is one act, and repeatable."""

    CLOSE = auto()
    LIST = auto()
    LEAVE_SHUT = auto()
    ASK = auto()
    POSTPONE = auto()
    ANNOUNCE = auto()
    CHECK = auto()
    FINISH = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the clerk needs to know of a box beside its row.

    `listed`: envelopes on the list; `list_index`: ledger index of `box-closed`, None while it waits
    for the sequencer; `published`: size of the last published checkpoint; `results`: what was
    announced; `openable`: some envelope that was not announced has its verdict; `awaited`: groups
    without a release whose shares could still open an envelope.
    """

    sequenced: bool
    listed: int
    list_index: int | None
    published: int
    results: Collection[Result]
    openable: bool
    awaited: Collection[str]


def next_step(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    """Return what is due for `box` at `now`, or None while it waits.

    Nothing waits inside a step: a box whose gate is not met is not due (architecture, Processes).
    """
    if box.finished_at is not None or box.not_opened_at is not None or now < box.parts_by:
        return None
    if box.closing_at is None:
        return Step.CLOSE
    if box.closed_at is None:
        return Step.LIST if progress.sequenced else None
    if box.asked_at is None:
        return _before_asking(box, progress, now)
    return _after_asking(box, progress, now)


def _before_asking(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    if progress.listed < box.min_envelopes:
        return Step.LEAVE_SHUT
    covered = progress.list_index is not None and progress.published > progress.list_index
    return Step.ASK if covered and now >= box.open_at else None


def _after_asking(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    if progress.openable:  # bulk parts wait: a room hears every price before a file is checked
        return Step.ANNOUNCE if now >= _next_announcement(box, progress.results) else None
    if to_check(box, progress.results, now) is not None:
        return Step.CHECK
    if progress.awaited and box.postponed_at is None and now > box.release_by:
        return Step.POSTPONE
    if len(progress.results) < progress.listed or now < _confirmed_at(box, progress.results):
        return None
    return Step.FINISH if all(_is_final(box, result) for result in progress.results) else None


def to_check(box: BoxFacts, results: Iterable[Result], now: datetime) -> Result | None:
    """Return the first bid whose bulk parts are to be read; lost ones once more after owner_by."""
    over = now > box.owner_by
    waiting = (one for one in results if not _is_final(box, one))
    return next((one for one in waiting if one.checked_at is None or over), None)


def _is_final(box: BoxFacts, result: Result) -> bool:
    """Tell whether nothing can change a verdict; lost parts may be sent again until owner_by.

    Source: `bid-seal/v1` section 9.
    """
    lost = result.code == Code.PART_LOST
    return result.checked_at is not None and not (lost and result.checked_at <= box.owner_by)


def _next_announcement(box: BoxFacts, results: Collection[Result]) -> datetime:
    """At most one bid is announced each `announce_ms`, so that a room can follow."""
    last = max((result.announced_at for result in results), default=None)
    return box.open_at if last is None else last + timedelta(milliseconds=box.announce_ms)


def _confirmed_at(box: BoxFacts, results: Collection[Result]) -> datetime:
    """Return when silence has confirmed the opening: so long after the last announcement."""
    last = max((result.announced_at for result in results), default=box.open_at)
    return last + timedelta(seconds=box.confirm_s)


def until_next_bid(box: BoxFacts, progress: Progress, now: datetime) -> timedelta | None:
    """Return how long the next bid has to wait for its turn; None where none waits for that."""
    if not progress.openable:
        return None
    return max(timedelta(), _next_announcement(box, progress.results) - now)
