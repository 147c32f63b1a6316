"""The gallery: everybody who watches a live room, by WebSocket or long poll.

Events are numbered and stored by `notary.rooms`; here they only reach people. One frame is made for
each event and kind of viewer and shared by all sockets. Nothing is awaited on a socket while others
wait: who does not read is dropped (close code 1013) and comes back with its last number.

Source: `web.md` 8, `runtime.md` 3.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import WSCloseCode, WSMsgType, web

from notary import canonical, rooms
from notary.canonical import BadJson, Json
from notary.identity import Actor
from notary.rooms import Doorbell, Event
from sql.database import Database, Tx

BEAT_S = 5
LOOK_AGAIN_S = 1.0
"""A doorbell may be lost; rows are not (`runtime.md` 4)."""

BUFFER_BYTES = 256 * 1024
INBOUND_BYTES = 4096
YIELD_AFTER = 500
"""Sockets written before other tasks get a turn."""

LONG_POLL_MAX_S = 25

CLOSE_NO_ROOM = 4404
CLOSE_ROLLED_BACK = 4409

_TEXT_FRAME = 0x81  # RFC 6455, 5.2: FIN and opcode 1
_SHORT, _MEDIUM = 126, 1 << 16

Paint = Callable[[Tx, str, Event, str], Awaitable[str]]
"""(transaction, room, event, language) -> the regions of the page that the event changes."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What tells one viewer's frames from another's: language of the markup, and who looks."""

    language: str | None
    sees: frozenset[str]


@dataclass(eq=False, slots=True)
class _Watcher:
    transport: asyncio.Transport
    socket: web.WebSocketResponse
    variant: Variant


@dataclass(slots=True)
class _Room:
    head: int
    watchers: set[_Watcher] = field(default_factory=set)
    follower: asyncio.Task[None] | None = None


def audiences(actor: Actor | None) -> frozenset[str]:
    """Return the audiences a viewer belongs to: the public, their roles, their body."""
    if actor is None:
        return frozenset({rooms.PUBLIC})
    return frozenset({rooms.PUBLIC, f"org:{actor.org}"} | {f"role:{role}" for role in actor.roles})


def frame(payload: Json) -> bytes:
    """Return an unmasked text frame as a server sends it (RFC 6455, 5.2)."""
    body = canonical.dumps(payload)
    size = len(body)
    if size < _SHORT:
        return bytes((_TEXT_FRAME, size)) + body
    if size < _MEDIUM:
        return bytes((_TEXT_FRAME, _SHORT)) + size.to_bytes(2, "big") + body
    return bytes((_TEXT_FRAME, _SHORT + 1)) + size.to_bytes(8, "big") + body


def millis(at: datetime) -> str:
    """Return an instant as frames write it: UTC, three decimals."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(event: Event, sees: frozenset[str]) -> dict[str, Json]:
    """Return an event as a viewer sees it; one not meant for them keeps only its number."""
    if event.audience not in sees:
        return {"seq": event.seq}
    return {
        "seq": event.seq,
        "at": millis(event.at),
        "kind": event.kind,
        "entry": None if event.leaf is None else event.leaf.hex(),
        "data": event.data,
    }


class Gallery:
    """All watchers of this process."""

    def __init__(
        self,
        database: Database,
        doorbell: Doorbell,
        clock: Callable[[Tx], Awaitable[datetime]],
        paint: Paint,
    ) -> None:
        self._database = database
        self._doorbell = doorbell
        self._clock = clock
        self._paint = paint
        self._rooms: dict[str, _Room] = {}

    async def watch(
        self, request: web.Request, room: str, after: int, variant: Variant
    ) -> web.WebSocketResponse:
        """Serve one socket: hello, what was missed, then live, until it leaves."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=INBOUND_BYTES)
        await socket.prepare(request)
        head, now = await self._head(room)
        if after > head:
            await socket.close(code=CLOSE_ROLLED_BACK, message=b"the hall is behind you")
            return socket
        await socket.send_json(
            {"hello": 1, "room": room, "head": head, "time": millis(now), "beat": BEAT_S}
        )
        assert isinstance(request.transport, asyncio.Transport)  # noqa: S101 - a served socket
        watcher = _Watcher(request.transport, socket, variant)
        place = self._rooms.setdefault(room, _Room(head))
        try:
            await self._catch_up(room, place, watcher, after)
            async for message in socket:
                if message.type is WSMsgType.TEXT and not await self._answer(socket, message.data):
                    break
        finally:
            place.watchers.discard(watcher)
        return socket

    async def events(
        self, room: str, after: int, variant: Variant, *, wait: float
    ) -> list[dict[str, Json]]:
        """Return what happened after `after`, waiting up to `wait` seconds for the first."""
        deadline = asyncio.get_running_loop().time() + min(wait, LONG_POLL_MAX_S)
        with self._doorbell.subscribe() as bell:
            while True:
                async with self._database.transaction() as tx:
                    found = await rooms.read(tx, room, after)
                    if found:
                        return [await self._told(tx, room, event, variant) for event in found]
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return []
                await bell.wait(min(LOOK_AGAIN_S, left))

    async def close(self) -> None:
        """Say goodbye to everybody: the server is going (1001)."""
        places, self._rooms = list(self._rooms.values()), {}
        for place in places:
            if place.follower is not None:
                place.follower.cancel()
            for watcher in list(place.watchers):
                await watcher.socket.close(code=WSCloseCode.GOING_AWAY)

    async def _head(self, room: str) -> tuple[int, datetime]:
        async with self._database.transaction() as tx:
            return await rooms.head(tx, room), await self._clock(tx)

    async def _catch_up(self, room: str, place: _Room, watcher: _Watcher, after: int) -> None:
        """Send what the watcher missed; it joins the others at the very number they are at."""
        while after < place.head:
            async with self._database.transaction() as tx:
                missed = await rooms.read(tx, room, after)
                for event in missed:
                    told = await self._told(tx, room, event, watcher.variant)
                    watcher.transport.write(frame(told))
            after = missed[-1].seq
        place.watchers.add(watcher)
        if place.follower is None or place.follower.done():
            place.follower = asyncio.create_task(self._follow(room, place), name=f"room {room}")

    async def _answer(self, socket: web.WebSocketResponse, text: str) -> bool:
        """Answer a ping, the only thing a client says; False: it said something else."""
        with suppress(BadJson):
            said = canonical.loads(text.encode(), limit=INBOUND_BYTES)
            if isinstance(said, dict) and said.keys() == {"ping"} and isinstance(said["ping"], int):
                async with self._database.transaction() as tx:
                    now = await self._clock(tx)
                await socket.send_json({"pong": said["ping"], "time": millis(now)})
                return True
        await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"only pings")
        return False

    async def _follow(self, room: str, place: _Room) -> None:
        """Pass on what is new in a room, and the beat, while somebody watches."""
        loop = asyncio.get_running_loop()
        next_beat = loop.time() + BEAT_S
        with self._doorbell.subscribe() as bell:
            while place.watchers:
                async with self._database.transaction() as tx:
                    for event in await rooms.read(tx, room, place.head):
                        await self._pass_on(tx, room, place, event)
                if loop.time() >= next_beat:
                    next_beat = loop.time() + BEAT_S
                    _, now = await self._head(room)
                    beat = frame({"beat": place.head, "time": millis(now)})
                    await _send(dict.fromkeys(_variants(place), beat), place)
                await bell.wait(LOOK_AGAIN_S)

    async def _pass_on(self, tx: Tx, room: str, place: _Room, event: Event) -> None:
        frames: dict[Variant, bytes] = {}
        while (
            missing := _variants(place) - frames.keys()
        ):  # viewers of a new kind may join meanwhile
            for variant in missing:
                frames[variant] = frame(await self._told(tx, room, event, variant))
        place.head = event.seq
        await _send(frames, place)

    async def _told(self, tx: Tx, room: str, event: Event, variant: Variant) -> dict[str, Json]:
        told = shown(event, variant.sees)
        if variant.language is not None and "kind" in told:
            told["html"] = await self._paint(tx, room, event, variant.language)
        return told


def _variants(place: _Room) -> set[Variant]:
    return {watcher.variant for watcher in place.watchers}


async def _send(frames: dict[Variant, bytes], place: _Room) -> None:
    """Write each watcher its frame; nobody is waited for, who does not read is dropped."""
    for count, watcher in enumerate(list(place.watchers), start=1):
        if watcher.transport.get_write_buffer_size() > BUFFER_BYTES:
            place.watchers.discard(watcher)
            watcher.transport.write(_CLOSE_SLOW_FRAME)
            asyncio.get_running_loop().call_later(BEAT_S, watcher.transport.abort)
        elif not watcher.transport.is_closing():
            watcher.transport.write(frames[watcher.variant])
        if count % YIELD_AFTER == 0:
            await asyncio.sleep(0)


_CLOSE_FRAME = 0x88
_CLOSE_SLOW_FRAME = bytes((_CLOSE_FRAME, 2)) + int(WSCloseCode.TRY_AGAIN_LATER).to_bytes(2, "big")
