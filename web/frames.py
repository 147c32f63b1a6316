"""The html of a live frame: the regions of a room that one event changed, in one language."""

from web.letterhead import Lang
from web.opening_room import RoomView, regions
from web.pages import Pages

TEMPLATE = "rooms/frames.html"


def frame(pages: Pages, before: RoomView, now: RoomView, lang: Lang) -> str:
    """Render what differs between two states of a room; rendered once, sent to all sockets."""
    return "".join(
        pages.fragment(TEMPLATE, macro, lang, *given) for macro, given in regions(before, now)
    )
