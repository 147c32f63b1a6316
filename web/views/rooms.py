"""Other ways to look at an opening room: on a wall, and event by event once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from web.letterhead import Section, View
from web.opening_room import RoomView


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWallView(View):
    """A room on a screen of 1920 x 1080 that nobody touches; `address` is also its `qr` (SVG)."""

    template: ClassVar[str] = "rooms/wall.html"
    section: ClassVar[Section | None] = Section.OPENINGS

    room: RoomView
    address: str
    qr: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView(View):
    """A room as it stood after its event `room.seq`; `head`: its last event so far.

    `places`: number of an event -> index of the entry that it tells, in the published log of `size`
    entries at the address `log`.
    """

    template: ClassVar[str] = "rooms/replay.html"
    section: ClassVar[Section | None] = Section.OPENINGS

    room: RoomView
    head: int
    log: str
    size: int
    places: Mapping[int, int]
