"""What an outage of the hall does to a deadline: who is interrupted, until when, and what moves.

A gap in the heartbeat near a deadline interrupts the box until somebody has judged it: the rule
itself where it touches the last minutes, else people, else a time without their word. Pure.

Source: `people.md` 2; `rules.md` 8.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from notary import pulse
from notary.instant import seconds
from notary.pulse import Gap, Run
from notary.refusal import Refusal
from notary.shape import Count
from trading.calendar import YearMissing
from trading.rules.notices import release_times
from trading.rules.sets import RuleSet, cited
from trading.types import Box

WATCHED = timedelta(hours=1)
"""So long before a deadline a missing heartbeat counts (`people.md` 2)."""

_SECOND = timedelta(seconds=1)


class OutageTooEarly(Refusal):
    """Before the last hour there is time to amend the notice: no outage act is needed.

    Source: `people.md` 2; `rules.md` 8.
    """

    code = "outage.too_early"


class OutageTooLate(Refusal):
    """The first share is asked for, or the box stays shut: no closing is set aside any more.

    Source: `people.md` 2; `sealing.md` 8.2.
    """

    code = "outage.too_late"


class OutageTooShort(Refusal):
    """The new deadline is not ahead, or gives back less than the heartbeat shows as missing.

    Source: `rules.md` 8, never shorter than what the record shows.
    """

    code = "outage.too_short"


class OutageTooLong(Refusal):
    """The new deadline lies beyond the working days that this hall can count.

    Source: `rules.md` 1, a missing year is never guessed.
    """

    code = "outage.too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRule:
    """The numbers of a rule set that say what a gap does; seconds, minutes and hours by name."""

    gap_s: Count
    auto_min: Count
    hold_min: Count
    long_h: Count
    extend_h: Count
    opening_h: Count
    short_extend_h: Count
    short_opening_h: Count

    @property
    def gap(self) -> timedelta:
        """The longest silence that changes nothing, and how far ahead a moved deadline lies."""
        return timedelta(seconds=self.gap_s)

    @property
    def hold(self) -> timedelta:
        """How long people have to judge a gap that the rule does not judge."""
        return timedelta(minutes=self.hold_min)

    @property
    def last(self) -> timedelta:
        """What touches so much before the deadline is judged by the rule."""
        return timedelta(minutes=self.auto_min)

    def is_long(self, gap: Gap) -> bool:
        """Tell whether an outage is a long one."""
        return _end(gap) - gap.began > timedelta(hours=self.long_h)

    def deadline(self, gap: Gap) -> datetime:
        """Return what the rule makes of a gap: so long after the recovery, and never at once."""
        hours = self.extend_h if self.is_long(gap) else self.short_extend_h
        return _whole(_end(gap) + max(timedelta(hours=hours), self.gap))

    def opening(self, gap: Gap) -> datetime:
        """Return when the rule lets a box be opened after a gap."""
        hours = self.opening_h if self.is_long(gap) else self.short_opening_h
        return _whole(_end(gap) + timedelta(hours=hours))


def outage_rule(rules: RuleSet) -> OutageRule:
    """Return what a rule set says of outages."""
    names = [field.name for field in fields(OutageRule)]
    return OutageRule(**{name: rules.number(f"hall.outage_{name}") for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """What of a box an outage can touch. `judged_at`: until when an act has judged the gaps."""

    deadline: datetime
    published_at: datetime
    judged_at: datetime | None

    @property
    def watched_from(self) -> datetime:
        """From when on a missing heartbeat counts."""
        return max(self.deadline - WATCHED, self.published_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Why a box is not closed at its time. `gaps`: those that nobody has judged.

    `until`: when it ends for want of a word; None where the rule itself will judge, or a heart
    still stands. `by_rule`: that act of the clerk is due.
    """

    gaps: Sequence[Gap]
    until: datetime | None
    by_rule: bool

    @property
    def began(self) -> datetime:
        """When the hall was heard last before it."""
        return self.gaps[0].began


def interruption(
    rule: OutageRule, box: Exposed, runs: Iterable[Run], now: datetime
) -> Interruption | None:
    """Return what interrupts a box at `now`, None where nothing does."""
    counted = missing(rule, box, runs, now)
    if any(gap.ended is None for gap in counted):
        return Interruption(gaps=counted, until=None, by_rule=False)
    if any(_is_last(rule, box, gap) and rule.deadline(gap) > box.deadline for gap in counted):
        return Interruption(gaps=counted, until=None, by_rule=True)
    held = [gap for gap in counted if now < _end(gap) + rule.hold and not _is_last(rule, box, gap)]
    if not held:
        return None
    until = max(_end(gap) for gap in held) + rule.hold
    return Interruption(gaps=held, until=until, by_rule=False)


def moved_by_rule(rules: RuleSet, terms: Box, gaps: Iterable[Gap], published: datetime) -> Box:
    """Return the terms of a box after these gaps, as the rule moves them: later, or not at all.

    The deadline lies so long after the recovery, and ahead of the revision `published` now.
    """
    rule = outage_rule(rules)
    ended = [gap for gap in gaps if gap.ended is not None]
    deadline = max(terms.deadline, *(rule.deadline(gap) for gap in ended))
    if deadline == terms.deadline:
        return replace(terms, reseal=False)
    deadline = max(deadline, published + rule.gap)
    return _moved(rules, terms, deadline, max(rule.opening(gap) for gap in ended))


def moved_by_act(
    rules: RuleSet, terms: Box, deadline: datetime, gaps: Iterable[Gap], at: datetime
) -> Box:
    """Return the terms of a box that people give more time after an outage.

    Raises OutageTooShort, OutageTooLong.
    """
    lost = sum((_end(gap) - gap.began for gap in gaps if gap.ended is not None), timedelta())
    least = _whole(max(terms.deadline + lost, at + outage_rule(rules).gap))
    if deadline < least:
        raise cited(
            OutageTooShort, rules, "hall.outage_gap_s", least=seconds(least), lost=_rounded(lost)
        )
    try:
        return _moved(rules, terms, deadline, terms.open_at + (deadline - terms.deadline))
    except (YearMissing, OverflowError) as error:
        raise OutageTooLong from error


def require_watched(box: Exposed, at: datetime) -> None:
    """Refuse an outage act before the time in which a missing heartbeat counts."""
    if at < box.watched_from:
        raise OutageTooEarly(earliest=seconds(_whole(box.watched_from)))


def missing(rule: OutageRule, box: Exposed, runs: Iterable[Run], now: datetime) -> list[Gap]:
    """Return the gaps that count for a box and that nobody has judged."""
    return [gap for gap in pulse.gaps(runs, now, rule.gap) if _counts(box, gap)]


def _counts(box: Exposed, gap: Gap) -> bool:
    """Tell whether a gap lies in the time that is watched, and nobody has judged it."""
    since = box.watched_from if box.judged_at is None else max(box.watched_from, box.judged_at)
    return gap.began < box.deadline and (gap.ended is None or gap.ended > since)


def _is_last(rule: OutageRule, box: Exposed, gap: Gap) -> bool:
    """Tell whether a gap touches the last minutes before the deadline: the rule judges it."""
    return _end(gap) > box.deadline - rule.last


def _moved(rules: RuleSet, terms: Box, deadline: datetime, opening: datetime) -> Box:
    deadline = _whole(deadline)
    parts_by = deadline + (terms.parts_by - terms.deadline)
    open_at = max(terms.open_at, parts_by, _whole(opening))
    release_by, owner_by = release_times(rules, terms.mode, open_at)
    return replace(
        terms,
        deadline=deadline,
        parts_by=parts_by,
        open_at=open_at,
        release_by=max(terms.release_by, release_by),
        owner_by=max(terms.owner_by, owner_by),
        reseal=False,
    )


def _end(gap: Gap) -> datetime:
    assert gap.ended is not None  # noqa: S101 - a heart that stands is waited for
    return gap.ended


def _whole(instant: datetime) -> datetime:
    """Return the whole second at or after an instant: times of a notice have no fraction."""
    whole = instant.astimezone(UTC).replace(microsecond=0)
    return whole if whole == instant else whole + _SECOND


def _rounded(length: timedelta) -> int:
    """Return whole seconds, rounded up."""
    return -(-length // _SECOND)
