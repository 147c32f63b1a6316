"""Live rooms: what happens in an opening, numbered without a gap, and the bell that wakes readers.

An act tells its room in its own transaction, so what is told has happened and what has happened is
told. The bell rings after the commit, wakes and says nothing, and may be lost: whoever listens
reads the rows again every second (`runtime.md` 4, `web.md` 8). Who may see which event is not
decided here; each row names its audience.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from notary import canonical
from notary.canonical import Json
from sql.database import Tx

PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a room. `leaf`: leaf hash of the ledger entry that it tells, if there is one."""

    seq: int
    at: datetime
    kind: str
    leaf: bytes | None
    audience: str
    data: dict[str, Json]


async def tell(
    tx: Tx,
    room: str,
    *,
    at: datetime,
    kind: str,
    data: Mapping[str, Json],
    leaf: bytes | None = None,
    audience: str = PUBLIC,
) -> int:
    """Tell an event in the transaction that made it so, and return its number, from 1.

    Holds the room until the commit: numbers are dense and stand in the order of the commits.
    """
    seq: int = await tx.fetchval(
        """
        WITH next AS (
            INSERT INTO notary.room AS r (room, head)
            VALUES ($1, 1)
                ON CONFLICT (room) DO UPDATE SET head = r.head + 1
            RETURNING head
        )
        INSERT INTO notary.room_event (room, seq, at, kind, leaf, audience, data)
        SELECT $1, head, $2, $3, $4, $5, $6
          FROM next
        RETURNING seq
        """,
        room,
        at,
        kind,
        leaf,
        audience,
        canonical.dumps(data).decode(),
    )
    return seq


async def read(tx: Tx, room: str, after: int, limit: int = 500) -> list[Event]:
    """Return up to `limit` events with a number above `after`, in order."""
    rows = await tx.fetch(
        """
        SELECT seq, at, kind, leaf, audience, data
          FROM notary.room_event
         WHERE room = $1
           AND seq > $2
         ORDER BY seq
         LIMIT $3
        """,
        room,
        after,
        limit,
    )
    return [
        Event(
            seq=row["seq"],
            at=row["at"],
            kind=row["kind"],
            leaf=row["leaf"],
            audience=row["audience"],
            data=canonical.load_signed(row["data"].encode()),
        )
        for row in rows
    ]


async def last_of(tx: Tx, room: str, kinds: Collection[str]) -> str | None:
    """Return which of these kinds a room was told last, None where none of them was."""
    last: str | None = await tx.fetchval(
        """
        SELECT kind
          FROM notary.room_event
         WHERE room = $1
           AND kind = ANY($2::text[])
         ORDER BY seq DESC
         LIMIT 1
        """,
        room,
        list(kinds),
    )
    return last


async def entries(tx: Tx, room: str) -> dict[int, bytes]:
    """Return the leaf hashes of the entries that the public events of a room tell, by number."""
    rows = await tx.fetch(
        """
        SELECT seq, leaf
          FROM notary.room_event
         WHERE room = $1
           AND audience = $2
           AND leaf IS NOT NULL
         ORDER BY seq
        """,
        room,
        PUBLIC,
    )
    return {row["seq"]: row["leaf"] for row in rows}


async def head(tx: Tx, room: str) -> int:
    """Return the number of the last event, 0 where nothing was told yet."""
    last: int | None = await tx.fetchval(
        """
        SELECT head
          FROM notary.room
         WHERE room = $1
        """,
        room,
    )
    return last or 0


class Doorbell:
    """Wakes everybody who waits in this process. Ring it after a commit, from the event loop."""

    def __init__(self) -> None:
        self._visitors: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Wake every listener; one that is busy is woken when it next waits."""
        for visitor in self._visitors:
            visitor.set()

    @contextmanager
    def subscribe(self) -> Iterator["Listener"]:
        """Listen from now on. Subscribe first, then read: so nothing falls between the two."""
        rung = asyncio.Event()
        self._visitors.add(rung)
        try:
            yield Listener(rung)
        finally:
            self._visitors.discard(rung)


class Listener:
    """One who waits for the bell."""

    def __init__(self, rung: asyncio.Event) -> None:
        self._rung = rung

    async def wait(self, seconds: float) -> None:
        """Return when the bell rings, at once if it rang since the last wait, or after `seconds`.

        Both mean the same: read again.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
