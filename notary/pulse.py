"""Where the heartbeat of the hall stood still: pure.

Each part of the hall that others wait for beats once a second; what lies between two beats that are
too far apart is a gap. The beats are kept by `notary.heartbeat`.

Source: `people.md` 2.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise


class Heart(StrEnum):
    """What beats: the clerk, which needs the database, and the sequencer, which needs the log."""

    CLERK = "clerk"
    SEQUENCER = "sequencer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A time in which a heart beat without a gap, from its first beat to its last."""

    heart: Heart
    began: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time between two beats. `ended`: None while the second beat has not come."""

    began: datetime
    ended: datetime | None

    def length(self, now: datetime) -> timedelta:
        """Return how long it was, or has been until `now`."""
        return (now if self.ended is None else self.ended) - self.began


def reaching(runs: Iterable[Run], since: datetime) -> list[Run]:
    """Return the runs that reach beyond `since`, and of each heart the one before them."""
    found: list[Run] = []
    before: dict[Heart, Run] = {}
    for run in sorted(runs, key=lambda run: run.began):
        if run.last >= since:
            found.append(run)
        else:
            before[run.heart] = run
    return [*before.values(), *found]


def gaps(runs: Iterable[Run], now: datetime, longer: timedelta) -> list[Gap]:
    """Return the gaps of any heart that are `longer`, oldest first; those that meet are one.

    A heart that never beat has no gap: there is nothing that it could have missed.
    """
    found = [gap for gap in _each(runs) if gap.length(now) > longer]
    return _joined(sorted(found, key=lambda gap: gap.began))


def _each(runs: Iterable[Run]) -> Iterator[Gap]:
    """Give what lies between the runs of each heart, and after the last of them."""
    of_heart: dict[Heart, list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.began):
        of_heart[run.heart].append(run)
    for own in of_heart.values():
        for before, after in pairwise(own):
            yield Gap(began=before.last, ended=after.began)
        yield Gap(began=own[-1].last, ended=None)


def _joined(found: Iterable[Gap]) -> list[Gap]:
    joined: list[Gap] = []
    for gap in found:
        last = joined[-1] if joined else None
        if last is None or (last.ended is not None and last.ended < gap.began):
            joined.append(gap)
        else:
            open_ = last.ended is None or gap.ended is None
            ended = None if open_ else max(last.ended, gap.ended)  # type: ignore[type-var]
            joined[-1] = Gap(began=last.began, ended=ended)
    return joined
