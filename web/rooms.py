"""The gallery: everybody who watches a live room, by WebSocket or long poll.

Events are numbered and stored by `notary.rooms`; here they only reach people. One frame is made for
each event and kind of viewer and shared by all sockets. Nothing is awaited on a socket while others
wait: who does not read is dropped (close code 1013) and comes back with its last number.

Source: `web.md` 8, `runtime.md` 3.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from notary import canonical, rooms
from notary.canonical import BadJson, Json
from notary.identity import Actor
from notary.refusal import Refusal
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

_PATIENCE_S = 10.0
"""For a watcher that catches up and does not read."""

_GOODBYE_S = 2.0
"""For those who do not answer a goodbye: a hall that ends waits for nobody longer."""

_AT_ONCE = 100
"""Events that a watcher who catches up is read from the tables at a time."""

_FRAMES_KEPT = 512
"""Of a room: whoever comes back after a break, all at the same moment, finds them made."""

_TEXT_FRAME = 0x81  # RFC 6455, 5.2: FIN and opcode 1
_CLOSE_FRAME = 0x88  # FIN and opcode 8
_SHORT, _MEDIUM = 126, 1 << 16

Paint = Callable[[Tx, str, Event, str], Awaitable[str]]
"""(transaction, room, event, language) -> the regions of the page that the event changes."""


class RolledBack(Refusal):
    """The reader has seen more events of the room than the hall knows: the hall was set back.

    Source: ledger.md 5; to a socket it is the close code 4409.
    """

    code = "room.rolled_back"


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Variant:
    """What tells one viewer's frames from another's: language of the markup, and who looks."""

    language: str | None
    sees: frozenset[str]


@dataclass(eq=False, slots=True)
class _Watcher:
    """One socket. `seq`: the last event it was sent; `live`: it has caught up with its room."""

    transport: asyncio.Transport
    socket: web.WebSocketResponse
    variant: Variant
    seq: int
    live: bool = False

    def write(self, frame: bytes) -> None:
        """Write without waiting; who does not read is told to come back."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > BUFFER_BYTES:
            self.drop()
        else:
            self.transport.write(frame)

    def drop(self) -> None:
        """Close with 1013 behind whatever is still on its way, and soon by force."""
        self.live = False
        self.transport.write(_CLOSE_SLOW_FRAME)
        asyncio.get_running_loop().call_later(BEAT_S, self.transport.abort)


@dataclass(slots=True)
class _Room:
    """A room that somebody watches. `head`: the last event that went out to all who are live."""

    name: str
    head: int
    watchers: set[_Watcher] = field(default_factory=set)
    told: "OrderedDict[tuple[int, Variant], bytes]" = field(default_factory=OrderedDict)

    def variants(self) -> set[Variant]:
        """Return the kinds of viewers that are live."""
        return {watcher.variant for watcher in self.watchers if watcher.live}

    def keep(self, seq: int, variant: Variant, payload: bytes) -> None:
        """Remember what was told, and forget the oldest of it."""
        self.told[seq, variant] = payload
        while len(self.told) > _FRAMES_KEPT:
            self.told.popitem(last=False)


def audiences(actor: Actor | None) -> frozenset[str]:
    """Return the audiences a viewer belongs to: the public, their roles, their body."""
    if actor is None:
        return frozenset({rooms.PUBLIC})
    return frozenset({rooms.PUBLIC, f"org:{actor.org}"} | {f"role:{role}" for role in actor.roles})


def frame(payload: bytes) -> bytes:
    """Return an unmasked text frame as a server sends it (RFC 6455, 5.2)."""
    size = len(payload)
    if size < _SHORT:
        return bytes((_TEXT_FRAME, size)) + payload
    if size < _MEDIUM:
        return bytes((_TEXT_FRAME, _SHORT)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT_FRAME, _SHORT + 1)) + size.to_bytes(8, "big") + payload


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
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    async def watch(
        self, request: web.Request, room: str, after: int, variant: Variant
    ) -> web.WebSocketResponse:
        """Serve one socket: hello, what was missed, then live, until it leaves."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=INBOUND_BYTES)
        await socket.prepare(request)
        if isinstance(request.transport, asyncio.Transport):  # None: it has left already
            watcher = _Watcher(request.transport, socket, variant, after)
            try:
                await self._serve(room, watcher)
            except ConnectionResetError:
                pass
            except TimeoutError:
                watcher.drop()
            except Exception:  # nothing but a close can be said on a socket
                log.exception("room.socket_failed", room=room)
                await socket.close(code=WSCloseCode.INTERNAL_ERROR)
        return socket

    async def events(
        self, room: str, after: int, variant: Variant, *, wait: float
    ) -> list[dict[str, Json]]:
        """Return what happened after `after`, waiting up to `wait` seconds for the first."""
        await self.require_known(room, after)
        deadline = asyncio.get_running_loop().time() + min(wait, LONG_POLL_MAX_S)
        with self._doorbell.subscribe() as bell:
            while True:
                async with self._database.statement() as tx:
                    found = await rooms.read(tx, room, after)
                if found:
                    return [await self._told(room, event, variant) for event in found]
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or self._closed:
                    return []
                await bell.wait(min(LOOK_AGAIN_S, left))

    async def require_known(self, room: str, after: int) -> None:
        """Refuse a number beyond the room's last event, by RolledBack."""
        head, _ = await self._head(room)
        if after > head:
            raise RolledBack(after=after, head=head)

    async def close(self) -> None:
        """Say goodbye to everybody: the server is going (1001)."""
        self._closed = True
        for follower in self._followers.values():
            follower.cancel()
        goodbyes = [
            asyncio.create_task(watcher.socket.close(code=WSCloseCode.GOING_AWAY))
            for place in self._rooms.values()
            for watcher in place.watchers
        ]
        if goodbyes:
            _, unanswered = await asyncio.wait(goodbyes, timeout=_GOODBYE_S)
            for goodbye in unanswered:
                goodbye.cancel()

    async def _serve(self, room: str, watcher: _Watcher) -> None:
        head, now = await self._head(room)
        if watcher.seq > head:
            await watcher.socket.close(code=CLOSE_ROLLED_BACK, message=b"the hall is behind you")
            return
        await _say(
            watcher.socket,
            {"hello": 1, "room": room, "head": head, "time": millis(now), "beat": BEAT_S},
        )
        if self._closed:
            await watcher.socket.close(code=WSCloseCode.GOING_AWAY)
            return
        with self._seat(room, head, watcher) as place:
            await self._catch_up(place, watcher)
            async for message in watcher.socket:
                if not await self._answer(watcher.socket, message):
                    break

    @contextmanager
    def _seat(self, room: str, head: int, watcher: _Watcher) -> Iterator[_Room]:
        """Let a watcher in; a room is followed as long as somebody is in it."""
        if room not in self._rooms:
            place = self._rooms[room] = _Room(room, head)
            self._followers[room] = asyncio.create_task(self._follow(place), name=f"room {room}")
        place = self._rooms[room]
        place.watchers.add(watcher)
        try:
            yield place
        finally:
            place.watchers.discard(watcher)
            if not place.watchers:
                del self._rooms[room]
                self._followers.pop(room).cancel()

    async def _head(self, room: str) -> tuple[int, datetime]:
        async with self._database.statement() as tx:
            return await rooms.head(tx, room), await self._clock(tx)

    async def _catch_up(self, place: _Room, watcher: _Watcher) -> None:
        """Send what the watcher missed; it joins the others at the very number they are at.

        Raises TimeoutError where it does not read.
        """
        while watcher.seq < place.head:
            for payload in await self._missed(place, watcher):
                async with asyncio.timeout(_PATIENCE_S):
                    await watcher.socket.send_frame(payload, WSMsgType.TEXT)
                watcher.seq += 1
        watcher.live = True

    async def _missed(self, place: _Room, watcher: _Watcher) -> list[bytes]:
        """Return the next frames that a watcher missed, in order: from memory, else the tables."""
        seq, kept = watcher.seq + 1, []
        while (payload := place.told.get((seq, watcher.variant))) is not None:
            kept.append(payload)
            seq += 1
        if kept:
            return kept
        async with self._database.statement() as tx:
            found = await rooms.read(tx, place.name, watcher.seq, _AT_ONCE)
        if not found:
            raise LookupError(f"{place.name} has no event {seq} of {place.head}")
        return [await self._payload(place, event, watcher.variant) for event in found]

    async def _answer(self, socket: web.WebSocketResponse, message: WSMessage) -> bool:
        """Answer a ping, the only thing a client says; False: it said something else."""
        with suppress(BadJson):
            said = (
                canonical.loads(message.data.encode(), limit=INBOUND_BYTES)
                if message.type is WSMsgType.TEXT
                else None
            )
            if isinstance(said, dict) and said.keys() == {"ping"} and type(said["ping"]) is int:
                async with self._database.statement() as tx:
                    now = await self._clock(tx)
                await _say(socket, {"pong": said["ping"], "time": millis(now)})
                return True
        await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"only pings")
        return False

    async def _follow(self, place: _Room) -> None:
        """Pass on what is new in a room, and the beat, until it is cancelled."""
        loop = asyncio.get_running_loop()
        next_beat = loop.time() + BEAT_S
        with self._doorbell.subscribe() as bell:
            while True:
                try:
                    await self._pass_on(place)
                    if loop.time() >= next_beat:
                        next_beat = loop.time() + BEAT_S
                        await self._beat(place)
                except Exception:  # a database that is away is back soon, and the rows wait
                    log.exception("room.failed", room=place.name)
                await bell.wait(LOOK_AGAIN_S)

    async def _pass_on(self, place: _Room) -> None:
        """Send every event after the room's head to all who are live."""
        found = True
        while found:
            async with self._database.statement() as tx:
                events = await rooms.read(tx, place.name, place.head)
            found = bool(events)
            for event in events:
                frames: dict[Variant, bytes] = {}
                while missing := place.variants() - frames.keys():  # others may come meanwhile
                    for variant in missing:
                        frames[variant] = frame(await self._payload(place, event, variant))
                place.head = event.seq
                # Whoever caught up from the tables may have it already.
                waiting = [one for one in place.watchers if one.live and one.seq < event.seq]
                for watcher in waiting:
                    watcher.seq = event.seq
                await _write(waiting, frames)

    async def _beat(self, place: _Room) -> None:
        _, now = await self._head(place.name)
        beat = frame(canonical.dumps({"beat": place.head, "time": millis(now)}))
        waiting = [one for one in place.watchers if one.live]
        await _write(waiting, dict.fromkeys(place.variants(), beat))

    async def _payload(self, place: _Room, event: Event, variant: Variant) -> bytes:
        """Return what a viewer is told of an event: made once, whoever asks first."""
        made = place.told.get((event.seq, variant))
        if made is None:
            made = canonical.dumps(await self._told(place.name, event, variant))
            place.keep(event.seq, variant, made)
        return made

    async def _told(self, room: str, event: Event, variant: Variant) -> dict[str, Json]:
        told = shown(event, variant.sees)
        if variant.language is not None and "kind" in told:
            async with self._database.transaction() as tx:
                told["html"] = await self._paint(tx, room, event, variant.language)
        return told


async def _say(socket: web.WebSocketResponse, payload: Json) -> None:
    await socket.send_frame(canonical.dumps(payload), WSMsgType.TEXT)


async def _write(watchers: Sequence[_Watcher], frames: Mapping[Variant, bytes]) -> None:
    """Write each watcher the frame of its kind; nobody is waited for."""
    for count, watcher in enumerate(watchers, start=1):
        watcher.write(frames[watcher.variant])
        if count % YIELD_AFTER == 0:
            await asyncio.sleep(0)


_CLOSE_SLOW_FRAME = bytes((_CLOSE_FRAME, 2)) + int(WSCloseCode.TRY_AGAIN_LATER).to_bytes(2, "big")
