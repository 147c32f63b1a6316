"""Following a live room from outside: frames in order, whatever breaks in between.

A break, a gap in the numbers or twelve seconds without a beat end the socket; the next one begins
with the last number that was seen. Source: `web.md` 8.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from notary import canonical
from notary.canonical import BadJson, Json
from notary.entropy import Entropy

SILENCE_S = 12.0
"""The hall beats every five seconds."""

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0
_NO_ROOM, _ROLLED_BACK = 4404, 4409
_LONGEST_MESSAGE = 16 * 1024 * 1024


class NoSuchRoom(LookupError):  # noqa: N818 - named after what is wrong
    """The hall has no room of this name."""


class RolledBack(Exception):  # noqa: N818 - named after what is wrong
    """The hall knows fewer events than were seen already: it was set back. An alarm."""

    def __init__(self, room: str, after: int) -> None:
        super().__init__(f"{room} ends before event {after}")
        self.after = after


@dataclass(frozen=True, slots=True)
class Hello:
    """The hall at the beginning of a socket: its last number and its clock."""

    head: int
    time: str
    said: dict[str, Json] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life: the last number and the hall's clock."""

    head: int
    time: str
    said: dict[str, Json] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An event; `kind` is None where it is not for this viewer: its bare number."""

    seq: int
    at: str | None
    kind: str | None
    entry: str | None
    data: dict[str, Json]
    said: dict[str, Json] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """The line broke after event `after`; another one is being tried."""

    after: int
    why: str


Frame: TypeAlias = Hello | Beat | Told | Lost
"""What a watcher learns; `said` is the frame as the hall sent it."""


async def follow(
    origin: str, room: str, entropy: Entropy, after: int = 0
) -> AsyncGenerator[Frame, None]:
    """Give the frames of a room from number `after` + 1 on, for ever.

    Raises NoSuchRoom, RolledBack.
    """
    pause = _FIRST_PAUSE_S
    while True:
        address = f"ws{origin.removeprefix('http')}/rooms/{room}/socket?after={after}"
        try:
            async with connect(address, compression=None, max_size=None) as socket:
                while True:
                    for said in await _message(socket):
                        frame = _frame(said, after)
                        if isinstance(frame, Told):
                            after = frame.seq
                        pause = _FIRST_PAUSE_S
                        yield frame
        except (OSError, TimeoutError, WebSocketException) as error:
            _require_room(error, room, after)
            yield Lost(after, str(error) or type(error).__name__)
        # Everybody comes back after a restart, and not in the same instant.
        await asyncio.sleep(pause * (0.5 + int.from_bytes(entropy(2)) / 2**17))
        pause = min(2 * pause, _LONGEST_PAUSE_S)


class _Gap(OSError):  # noqa: N818 - named after what is wrong
    """A number was left out: the line is not to be trusted."""


async def _message(socket: ClientConnection) -> list[dict[str, Json]]:
    """Return the next frame, or the frames that came gathered in one message."""
    async with asyncio.timeout(SILENCE_S):
        text = await socket.recv(decode=False)
    try:
        said = canonical.loads(text, limit=_LONGEST_MESSAGE)
    except BadJson as error:
        raise _Gap(f"no frame of a room: {error}") from error
    gathered = said if isinstance(said, list) else [said]
    frames = [one for one in gathered if isinstance(one, dict)]
    if len(frames) < len(gathered):
        raise _Gap(f"no frame of a room: {said}")
    return frames


def _frame(said: dict[str, Json], after: int) -> Frame:
    """Read a frame that must be the next one after event `after`."""
    match said:
        case {"hello": _, "head": int(head), "time": str(time)}:
            return Hello(head, time, said)
        case {"beat": int(head), "time": str(time)}:
            if head > after:
                raise _Gap(f"the hall is at {head}, this line at {after}")
            return Beat(head, time, said)
        case {
            "seq": int(seq),
            "at": str(at),
            "kind": str(kind),
            "entry": entry,
            "data": dict(data),
        }:
            told = Told(seq, at, kind, entry if isinstance(entry, str) else None, data, said)
        case {"seq": int(seq)}:
            told = Told(seq, None, None, None, {}, said)
        case other:
            raise _Gap(f"no frame of a room: {other}")
    if told.seq != after + 1:
        raise _Gap(f"after {after} came {told.seq}")
    return told


def _require_room(error: Exception, room: str, after: int) -> None:
    """Raise where coming back is of no use."""
    if isinstance(error, InvalidStatus) and error.response.status_code == HTTPStatus.NOT_FOUND:
        raise NoSuchRoom(room) from error
    code = None
    if isinstance(error, ConnectionClosed) and error.rcvd is not None:
        code = error.rcvd.code
    if code == _NO_ROOM:
        raise NoSuchRoom(room) from error
    if code == _ROLLED_BACK:
        raise RolledBack(room, after) from error
