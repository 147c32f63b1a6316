"""The supervisor's page: what is wrong, what opens today, who is on duty."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from notary.offices import Office
from web.letterhead import Text, View
from web.views import OpeningRow


class Severity(StrEnum):
    """How bad it is: a word first."""

    RED = "red"
    YELLOW = "yellow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a supervisor has to know. `rule`: why (`web.alarms.Rule`); `href`: where.

    `since`: from when on it is so; `due`: when the time for it is over. `evidence`: what shows it.
    """

    severity: Severity
    rule: str
    title: Text
    href: str
    since: datetime | None
    due: datetime | None
    evidence: Text | None


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
class WatchView(View):
    """Alarms, the openings of today, and who is on duty with whoever stands in."""

    template: ClassVar[str] = "supervision/watch.html"

    alarms: tuple[Alarm, ...]
    tiles: tuple[Tile, ...]
    duty: tuple[Office, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchWallView(WatchView):
    """The same on a screen that nobody touches."""

    template: ClassVar[str] = "supervision/wall.html"
