"""A hall whose opening room somebody watches: events are told by hand, over real sockets."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from bidding.keys import box_of, room_of
from notary import canonical, rooms
from notary.canonical import Json
from notary.rooms import PUBLIC
from sql.database import Database
from tests.bidding.town import BOX, NOW, a_town, announce
from tests.web.served import Browser, serving
from web.keys import BELL, GALLERY
from web.rooms import Gallery

KIND = "bidding.box-closed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One room of a hall that is served."""

    database: Database
    origin: str
    browser: Browser
    room: str

    @property
    def gallery(self) -> Gallery:
        """Where the sockets are."""
        return self.browser.app[GALLERY]

    def address(self, after: int = 0, room: str | None = None) -> str:
        """Return where the room is followed from event `after` + 1 on."""
        host = self.origin.removeprefix("http")
        return f"ws{host}/rooms/{room or self.room}/socket?after={after}"

    def connect(self, after: int = 0, *, origin: str | None = None, queue: int = 16) -> connect:
        """Open a socket with the client library; `queue`: frames it takes in before it is asked."""
        return connect(
            self.address(after),
            compression=None,
            origin=None if origin is None else Origin(origin),
            max_size=None,
            max_queue=queue,
            close_timeout=1,
        )

    async def tell(
        self, count: int = 1, *, audience: str = PUBLIC, content: dict[str, Json] | None = None
    ) -> int:
        """Tell events, ring once, and return the number of the last."""
        last = 0
        async with self.database.transaction() as tx:
            for _ in range(count):
                last = await rooms.tell(
                    tx, self.room, at=NOW, kind=KIND, data=content or {}, audience=audience
                )
        self.browser.app[BELL].ring()
        return last


@asynccontextmanager
async def watched(database: Database, folder: Path) -> AsyncIterator[Watched]:
    """Serve a hall with a published tender; its room has no event yet."""
    town = await a_town(database, folder / "home")
    await announce(town)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Watched(
            database=database,
            origin=origin,
            browser=browser,
            room=room_of(box_of(town.hall, BOX)),
        )


async def heard(socket: ClientConnection) -> dict[str, Any]:
    """Return the next frame."""
    said = canonical.loads(await socket.recv(decode=False), limit=2**24)
    assert isinstance(said, dict)
    return said


async def numbers(socket: ClientConnection, until: int) -> list[int]:
    """Return the numbers of the events up to `until`, in the order in which they came."""
    found: list[int] = []
    while not found or found[-1] < until:
        said = await heard(socket)
        found += [said["seq"]] if "seq" in said else []
    return found


def frames_of(lines: Iterable[bytes]) -> list[dict[str, Json]]:
    """Read frames that came as lines."""
    return [canonical.load_signed(line) for line in lines if line]
