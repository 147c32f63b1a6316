"""An opening room on a wall, and once more from its record."""

from collections.abc import Callable
from dataclasses import replace

from tests.web.samples_room import rooms
from web import qr
from web.letterhead import View
from web.opening_room import Bid
from web.views.rooms import ReplayView, RoomWallView

ADDRESS = "https://hall.example/rooms/o-7f3a0b1c2d3e4f50"


def wall(seq: int) -> RoomWallView:
    """Return the wall of a room after its event `seq`."""
    return RoomWallView(room=rooms()[seq], address=ADDRESS, qr=qr.code(ADDRESS))


def crowded(count: int, told: int) -> RoomWallView:
    """Return the wall of a room of `count` bids, of which so many are told."""
    view = rooms()[12]
    ready = [bid for bid in rooms()[-1].bids if bid.verdict == "opened"]
    bids = tuple(_bid(n, ready[n % len(ready)], told) for n in range(count))
    board = replace(view.board, told=told, listed=count, bid=bids[told - 1])
    return RoomWallView(
        room=replace(view, bids=bids, board=board), address=ADDRESS, qr=qr.code(ADDRESS)
    )


def _bid(n: int, like: Bid, told: int) -> Bid:
    bidder = f"示例市第 {n + 1} 建筑工程有限责任公司"
    if n >= told:
        return Bid(number=n + 1, envelope=f"{n:064x}", bidder=bidder)
    return replace(like, number=n + 1, envelope=f"{n:064x}", bidder=bidder, told_last=n + 1 == told)


def replay(seq: int) -> ReplayView:
    """Return a room as it stood after its event `seq`."""
    return ReplayView(
        room=rooms()[seq],
        head=len(rooms()) - 1,
        log="/log/9f3c81a2",
        size=300,
        places={1: 41, 8: 57},
    )


PAGES: dict[str, Callable[[], View]] = {
    "room-wall": lambda: wall(12),
    "room-wall-before": lambda: wall(0),
    "room-wall-closed": lambda: wall(-1),
    "room-replay": lambda: replay(12),
    "room-replay-start": lambda: replay(0),
    "room-replay-end": lambda: replay(len(rooms()) - 1),
}
