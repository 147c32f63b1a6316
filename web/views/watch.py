"""The supervisor's pages: what is wrong, what opens today, what runs, who is on duty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from notary.offices import Office
from oversight.supervision.types import Act, Finding, Severity, State, Timeliness
from web.letterhead import Text, View
from web.matters import Running
from web.views.public import OpeningRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An alarm and how far supervision is with it. `rule`: why (`oversight.supervision.types`).

    `since`: from when on it is so; `due`: when the time for it is over. `detail`: what shows it;
    `entries`: where it stands in the ledger; `href`: where the fact is seen. `stands`: the fact is
    still there. `holder`: who has it, since `taken_at`; `own`: the reader, or whom he stands in
    for; `closed_at`: while it is closed. `told`: how often the rule was closed, how often rightly.
    """

    alarm: str
    severity: Severity
    rule: str
    title: Text
    tender: str
    href: str
    since: datetime | None
    due: datetime | None
    detail: Text | None
    entries: tuple[int, ...]
    stands: bool
    state: State
    holder: str | None
    taken_at: datetime | None
    own: bool
    closed_at: datetime | None = None
    told: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """What somebody did about an alarm. `to`: who has it now, or which body was asked."""

    n: int
    act: Act
    at: datetime
    who: str
    body: str
    to: str | None
    finding: Finding | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The key holders of an opening: how many groups answer, of how many, and how many open it."""

    alive: int
    all: int
    enough: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One opening of today. `keys`: while holders are awaited; `stayable`: it can be paused."""

    opening: OpeningRow
    keys: Keys | None
    stayable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """The matters of a branch, or the hall's own (no `name`), counted."""

    code: str
    name: str | None
    alarms: int
    openings: int
    counts: Mapping[Timeliness, int]

    @property
    def running(self) -> int:
        """How many matters run here."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView(View):
    """Alarms, the openings of today, what runs, and who is on duty with whoever stands in.

    `alarms`: open ones, red first; `closed`: those closed last. `places`: the hall, its branches.
    """

    template: ClassVar[str] = "supervision/watch.html"

    alarms: tuple[AlarmRow, ...]
    closed: tuple[AlarmRow, ...]
    tiles: tuple[Tile, ...]
    counts: Mapping[Timeliness, int]
    places: tuple[PlaceRow, ...]
    duty: tuple[Office, ...]
    now: datetime

    @property
    def unclaimed(self) -> int:
        """How many alarms nobody has."""
        return sum(one.state is State.UNCLAIMED for one in self.alarms)

    @property
    def red(self) -> tuple[AlarmRow, ...]:
        """Return the red alarms that nobody has: those that sound."""
        return tuple(
            one
            for one in self.alarms
            if one.severity is Severity.RED and one.state is State.UNCLAIMED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchWallView(WatchView):
    """The same on a screen that nobody touches."""

    template: ClassVar[str] = "supervision/wall.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView(View):
    """One alarm: why it is one, what was done about it, and what the reader may do.

    `colleagues`: who may be given it, by person; `bodies`: who may be asked, by organisation.
    """

    template: ClassVar[str] = "supervision/alarm.html"

    row: AlarmRow
    steps: tuple[StepRow, ...]
    colleagues: Mapping[str, str]
    bodies: Mapping[str, str]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersView(View):
    """Running matters: all, or those of a state or a place (`name`: of a branch).

    `more`: how many are not shown.
    """

    template: ClassVar[str] = "supervision/matters.html"

    state: Timeliness | None
    place: str | None
    name: str | None
    rows: tuple[Running, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryView(View):
    """What supervision asks the reader's body, and its answer once it is given."""

    template: ClassVar[str] = "supervision/inquiry.html"

    alarm: str
    n: int
    tender: str
    title: Text
    asked_by: str
    asked_at: datetime
    question: str
    answer: StepRow | None
