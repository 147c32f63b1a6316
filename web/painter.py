"""Paints what an event changes on the page of its room: once for all sockets of a language."""

from collections import OrderedDict
from dataclasses import dataclass

from bidding import standing
from notary import rooms
from notary.rooms import PUBLIC, Event
from sql.database import Database, Tx
from web import frames, opening_events, showing
from web.letterhead import Lang
from web.opening_room import RoomView
from web.pages import Pages

ROOMS_KEPT = 64
"""Rooms whose last view is remembered, so that a frame folds one event and not all of them."""


@dataclass(frozen=True, slots=True)
class Painter:
    """Folds events into views of rooms and renders what differs."""

    database: Database
    pages: Pages
    _kept: "OrderedDict[str, RoomView]"

    @classmethod
    def fresh(cls, database: Database, pages: Pages) -> "Painter":
        """Return a painter that remembers nothing yet."""
        return cls(database, pages, OrderedDict())

    async def view(self, tx: Tx, room: str, until: int | None = None) -> RoomView:
        """Return the public view of a room after event `until`, by default after the last.

        Raises BoxUnknown.
        """
        view = self._kept.get(room)
        if view is None or (until is not None and view.seq > until):
            view = opening_events.start(
                showing.room_facts(await standing.of_room(self.database, room))
            )
        while until is None or view.seq < until:
            found = await rooms.read(tx, room, view.seq)
            if not found:
                break
            for event in found[: None if until is None else until - view.seq]:
                view = _after(view, event)
        return view

    async def paint(self, tx: Tx, room: str, event: Event, language: str) -> str:
        """Return the regions that `event` changes."""
        before = await self.view(tx, room, event.seq - 1)
        now = _after(before, event)
        self._kept[room] = now
        self._kept.move_to_end(room)
        while len(self._kept) > ROOMS_KEPT:
            self._kept.popitem(last=False)
        return frames.frame(self.pages, before, now, Lang(language))


def _after(view: RoomView, event: Event) -> RoomView:
    if event.audience != PUBLIC:
        return opening_events.hidden(view, event.seq)
    return opening_events.after(view, event.seq, event.at, event.kind, event.data)
