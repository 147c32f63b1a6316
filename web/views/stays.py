"""What pages show of what holds a tender up. The same contract as `web.views.public`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from web.letterhead import Section, Text, View
from web.typed import FieldError
from web.views.public import State


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHalt:
    """A halt that waits for the second person. `own`: the reader asked for it."""

    reason: str
    by: str
    at: datetime
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A halt that took place. `asked`, `approved`: the persons, each with the body's name."""

    reason: str
    asked: tuple[str, str]
    approved: tuple[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionView(View):
    """What a supervisor may hold up and let go on. `reasons`: the list; `minutes`: of a pause."""

    template: ClassVar[str] = "supervision/page.html"
    section: ClassVar[Section | None] = None

    tender: str
    title: Text
    room: str
    state: State
    reason: str | None
    since: datetime | None
    until: datetime | None
    pauses: int
    minutes: int
    asked: AskedHalt | None
    halts: tuple[Halt, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time in which the hall stood still; `ended`: None while it does."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedBox:
    """A box that an outage may have touched: its deadline, what is not judged, and until when."""

    lot: str
    stage: str
    state: State
    deadline: datetime
    silences: tuple[Silence, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageView(View):
    """The outage act: what the heartbeat shows, and the form. `given`: what stands in it."""

    template: ClassVar[str] = "outages/page.html"
    section: ClassVar[Section | None] = None

    tender: str
    title: Text
    boxes: tuple[TouchedBox, ...]
    given: Mapping[str, str]
    errors: tuple[FieldError, ...] = ()

    def said(self, name: str) -> str:
        """Return what stands in a field."""
        return self.given.get(name, "")

    def error(self, name: str) -> FieldError | None:
        """Return what is wrong with a field."""
        return next((one for one in self.errors if one.place == name), None)
