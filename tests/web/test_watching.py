"""Following a room from outside: order, gaps, breaks, and what is no use coming back for."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp.test_utils import unused_port
from websockets.asyncio.server import ServerConnection, serve

from notary.entropy import system_entropy
from web import watching
from web.watching import Beat, Frame, Hello, Lost, NoSuchRoom, RolledBack, Told

ROOM = "o-0123456789abcdef"
TIME = "2026-11-22T01:30:00.123Z"


def hello(head: int) -> str:
    return json.dumps({"hello": 1, "room": ROOM, "head": head, "time": TIME, "beat": 5})


def event(seq: int) -> str:
    return json.dumps({"seq": seq, "at": TIME, "kind": "k.v1", "entry": None, "data": {"n": seq}})


@asynccontextmanager
async def a_hall(*lines: Sequence[str | int]) -> AsyncIterator[tuple[str, list[int]]]:
    """Serve one line after another: texts are frames, a number is the code to close with."""
    asked: list[int] = []

    async def handle(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked.append(int(parse_qs(urlsplit(socket.request.path).query)["after"][0]))
        for one in lines[min(len(asked), len(lines)) - 1]:
            if isinstance(one, int):
                await socket.close(one)
            else:
                await socket.send(one)
        await socket.wait_closed()

    port = unused_port()
    async with serve(handle, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}", asked


async def first(origin: str, count: int, after: int = 0) -> list[Frame]:
    found: list[Frame] = []
    async with aclosing(watching.follow(origin, ROOM, system_entropy, after)) as frames:
        async for frame in frames:
            found.append(frame)
            if len(found) == count:
                break
    return found


async def test_frames_come_in_order_and_a_hidden_event_keeps_its_number() -> None:
    beat = json.dumps({"beat": 2, "time": TIME})
    async with a_hall([hello(2), event(1), '{"seq":2}', beat]) as (origin, asked):
        found = await first(origin, 4)

    assert found == [
        Hello(2, TIME),
        Told(1, TIME, "k.v1", None, {"n": 1}),
        Told(2, None, None, None, {}),
        Beat(2, TIME),
    ]
    assert asked == [0]


@pytest.mark.parametrize(
    "broken",
    [
        [event(1), 1012],  # the hall restarts
        [event(1), event(3)],  # a number is left out
        [event(1), json.dumps({"beat": 5, "time": TIME})],  # the hall is further than this line
        [event(1), json.dumps({"other": 1})],
    ],
)
async def test_after_a_break_the_next_line_begins_where_the_last_one_ended(
    broken: list[str | int],
) -> None:
    async with a_hall(broken, [event(2)]) as (origin, asked):
        found = await first(origin, 3)

    assert [type(frame) for frame in found] == [Told, Lost, Told]
    assert found[2] == Told(2, TIME, "k.v1", None, {"n": 2})
    assert asked == [0, 1]


async def test_a_silent_line_is_a_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SILENCE_S", 0.1)
    async with a_hall([event(1)], [event(2)]) as (origin, _):
        found = await first(origin, 3)

    assert [type(frame) for frame in found] == [Told, Lost, Told]


async def test_what_does_not_come_back_is_said() -> None:
    async with a_hall([4404]) as (origin, _):
        with pytest.raises(NoSuchRoom):
            await first(origin, 1)
    async with a_hall([4409]) as (origin, _):
        with pytest.raises(RolledBack):
            await first(origin, 1, after=7)
