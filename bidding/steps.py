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
from trading.rules.outages import Interruption
from trading.rules.stays import Stay, StayKind


class Step(Enum):
    """What the clerk does next to a box; each is one act, and repeatable."""

    TELL = auto()
    EXTEND = auto()
    CLOSE = auto()
    LIST = auto()
    LEAVE_SHUT = auto()
    REVISE = auto()
    FORFEIT = auto()
    ASK = auto()
    POSTPONE = auto()
    ANNOUNCE = auto()
    CHECK = auto()
    FINISH = auto()


class Earlier(Enum):
    """Where the stage stands that a box waits for."""

    NONE = auto()  # it waits for none
    EVALUATED = auto()  # opened; what the agency rejected until the opening of this box counts
    AWAITED = auto()  # not opened to its end yet
    ENDED = auto()  # it never opens, or too few are prequalified


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the clerk needs to know of a box beside its row.

    `listed`: envelopes on the list, the revised one once there is one; `list_index`: ledger index
    of the list's entry, None while it waits for the sequencer; `published`: size of the last
    published checkpoint; `results`: what was announced; `openable`: some envelope that was not
    announced has its verdict; `awaited`: groups without a release whose shares could still open an
    envelope. `outdated`: the revised list keeps an envelope shut that is rejected no more;
    `limits`: secret limits that are neither opened nor forfeited. `interruption`: why the box is
    not closed at its time; `stay`: what supervision holds up; `suspended_since`: when an objection
    to the documents was raised that waits for its answer.
    """

    sequenced: bool
    listed: int
    list_index: int | None
    published: int
    results: Collection[Result]
    openable: bool
    awaited: Collection[str]
    earlier: Earlier = Earlier.NONE
    outdated: bool = False
    limits: int = 0
    interruption: Interruption | None = None
    stay: Stay | None = None
    suspended_since: datetime | None = None


def next_step(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    """Return what is due for `box` at `now`, or None while it waits.

    Nothing waits inside a step: a box whose gate is not met is not due (architecture, Processes).
    """
    if box.finished_at or box.not_opened_at or box.cancelled_at:
        return None
    if has_news(box, progress):
        return Step.TELL
    if box.closing_at is None:
        return _before_closing(box, progress, now)
    if box.closed_at is None:
        return Step.LIST if progress.sequenced else None
    if box.asked_at is None:
        return _before_asking(box, progress, now)
    return _after_asking(box, progress, now)


def _before_closing(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    """Close at the time, never while interrupted (`bid-seal/v1` section 8.1) or suspended.

    Suspended: 招标投标法实施条例 22.
    """
    held = progress.interruption
    if progress.suspended_since is not None and (held is None or not held.by_rule):
        return None
    if held is not None:
        return Step.EXTEND if held.by_rule else None
    return Step.CLOSE if now >= box.parts_by else None


def has_news(box: BoxFacts, progress: Progress) -> bool:
    """Tell whether the clock has made or ended an interruption or a pause that the room knows.

    What an act does, the act tells; an interruption begins, and lapses as a pause does, by itself.
    """
    interrupted = progress.interruption is not None
    lapsed = box.told_paused and progress.stay is None
    return box.told_interrupted is not interrupted or lapsed


def _before_asking(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    if progress.stay is not None:  # what is held up is neither asked for nor left shut
        return None
    if box.revised_at is None:
        if progress.listed < box.min_envelopes or progress.earlier is Earlier.ENDED:
            return Step.LEAVE_SHUT
        if progress.earlier is Earlier.AWAITED:
            return None
    return None if now < box.open_at else _at_opening(box, progress, now)


def _at_opening(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    unrevised = progress.earlier is Earlier.EVALUATED and box.revised_at is None
    if unrevised or progress.outdated:
        return Step.REVISE
    if progress.list_index is None or progress.published <= progress.list_index:
        return None
    if progress.limits:
        return Step.FORFEIT if now >= gate_ends(box) else None
    return Step.ASK


def gate_ends(box: BoxFacts) -> datetime:
    """Return until when the asking waits for what it may wait for (`bid-seal/v1` section 8.2)."""
    return (box.revised_at or box.parts_by) + timedelta(minutes=box.gate_wait_min)


def _after_asking(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    if progress.outdated:
        return Step.REVISE
    if progress.openable and progress.stay is None:
        # Bulk parts wait: a room hears every price before a file is checked.
        return Step.ANNOUNCE if now >= _next_announcement(box, progress.results) else None
    if to_check(box, progress.results, now) is not None:
        return Step.CHECK
    if progress.awaited and is_untold(box) and now > box.release_by:
        return Step.POSTPONE
    return Step.FINISH if _may_finish(box, progress, now) else None


def _may_finish(box: BoxFacts, progress: Progress, now: datetime) -> bool:
    """Tell whether every bid is told, silence has confirmed it, and nothing holds the end up."""
    if progress.stay is not None and progress.stay.kind is StayKind.HALTED:
        return False
    if len(progress.results) < progress.listed or now < _confirmed_at(box, progress.results):
        return False
    return all(_is_final(box, result) for result in progress.results)


def is_untold(box: BoxFacts) -> bool:
    """Tell whether those who follow were not told yet that shares are missing at this release_by.

    A revision may have moved it since: `bid-seal/v1` section 8.6.
    """
    return box.postponed_at is None or box.postponed_at <= box.release_by


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
    if not progress.openable or progress.stay is not None:
        return None
    return max(timedelta(), _next_announcement(box, progress.results) - now)
