"""The gallery over real sockets: the server is aiohttp's, the client the websockets library's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from notary.canonical import Json
from notary.rooms import tell
from sql.database import Database
from sql.postgres import ADMIN, EmbeddedPostgres
from tests.bidding.town import NOW
from tests.web.watched import KIND, Watched, frames_of, heard, numbers, watched
from web import rooms
from web.keys import BELL

FOREIGN = "https://elsewhere.example"


@pytest.fixture
async def hall(database: Database, tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(database, tmp_path) as made:
        yield made


async def rest(socket: ClientConnection) -> tuple[list[int], int]:
    """Read a socket to its end; return the numbers that came, and the code of its close."""
    found: list[int] = []
    try:
        while True:
            said = await heard(socket)
            found += [said["seq"]] if "seq" in said else []
    except ConnectionClosed:
        return found, socket.close_code or 0


async def closed(socket: ClientConnection) -> int:
    """Read a socket to its end and return the code of its close."""
    return (await rest(socket))[1]


async def test_a_watcher_is_greeted_catches_up_and_goes_on_live(hall: Watched) -> None:
    await hall.tell(3)

    async with hall.connect(after=1) as socket:
        hello = await heard(socket)
        missed = await numbers(socket, 3)
        await hall.tell()
        live = await heard(socket)

    assert hello == {
        "hello": 1,
        "room": hall.room,
        "head": 3,
        "time": "2026-11-02T01:00:00.000Z",
        "beat": rooms.BEAT_S,
    }
    assert missed == [2, 3]
    assert live == {
        "seq": 4,
        "at": "2026-11-02T01:00:00.000Z",
        "kind": KIND,
        "entry": None,
        "data": {},
    }


async def test_an_event_that_is_not_for_this_viewer_keeps_its_bare_number(hall: Watched) -> None:
    async with hall.connect() as socket:
        await heard(socket)
        await hall.tell(audience="role:supervisor")

        assert await heard(socket) == {"seq": 1}


async def test_a_ping_is_answered_with_the_clock_of_the_hall(hall: Watched) -> None:
    async with hall.connect() as socket:
        await heard(socket)
        await socket.send('{"ping":1763688600123}')

        assert await heard(socket) == {"pong": 1763688600123, "time": "2026-11-02T01:00:00.000Z"}


@pytest.mark.parametrize(
    ("junk", "code"),
    [
        ('{"ping":true}', 1003),
        ('{"ping":1,"more":2}', 1003),
        ('{"bid":1}', 1003),
        ("hello", 1003),
        (b'{"ping":1}', 1003),
        ('{"ping":' + "1" * 5000 + "}", 1009),
    ],
)
async def test_whatever_is_no_ping_ends_the_socket(
    hall: Watched, junk: str | bytes, code: int
) -> None:
    async with hall.connect() as socket:
        await socket.send(junk)

        assert await closed(socket) == code


async def test_a_room_that_is_none_closes_with_4404(hall: Watched) -> None:
    async with connect(hall.address(room=f"o-{16 * '0'}")) as socket:
        assert await closed(socket) == rooms.CLOSE_NO_ROOM


async def test_a_number_beyond_the_head_is_an_alarm(hall: Watched) -> None:
    await hall.tell(2)

    async with hall.connect(after=2) as as_it_is, hall.connect(after=3) as set_back:
        assert (await heard(as_it_is))["head"] == 2
        assert await closed(set_back) == rooms.CLOSE_ROLLED_BACK


async def test_a_page_of_another_site_gets_no_socket(hall: Watched) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await hall.connect(origin=FOREIGN)
    async with hall.connect(origin=hall.origin) as socket:
        assert (await heard(socket))["hello"] == 1

    assert refused.value.response.status_code == HTTPStatus.FORBIDDEN
    assert b"request.foreign_origin" in (refused.value.response.body or b"")


async def test_the_beat_says_head_and_clock(hall: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "BEAT_S", 1)
    await hall.tell(2)

    async with hall.connect(after=2) as socket:
        await heard(socket)
        assert await heard(socket) == {"beat": 2, "time": "2026-11-02T01:00:00.000Z"}


async def test_a_room_that_everybody_has_left_goes_on_where_it_is(hall: Watched) -> None:
    async with hall.connect() as socket:
        await hall.tell(2)
        assert await numbers(socket, 2) == [1, 2]
    await hall.tell(3)

    async with hall.connect(after=5) as socket:
        await heard(socket)
        await hall.tell()
        assert await numbers(socket, 6) == [6]


async def test_who_is_ahead_of_the_room_hears_nothing_twice(hall: Watched) -> None:
    """Events are committed, the bell is lost: a newcomer has read what the room is yet to send."""
    async with hall.connect() as early:
        await heard(early)
        await asyncio.sleep(0.1)
        async with hall.database.transaction() as tx:
            for _ in range(3):
                await tell(tx, hall.room, at=NOW, kind=KIND, data={})
        async with hall.connect() as late:
            telling = asyncio.create_task(hall.tell())
            both = await numbers(early, 4), await numbers(late, 4)
            await telling

    assert both == ([1, 2, 3, 4], [1, 2, 3, 4])


async def test_whoever_joins_while_events_go_out_loses_none_and_sees_none_twice(
    hall: Watched,
) -> None:
    last = 60

    async def join(nth: int) -> list[int]:
        await asyncio.sleep(nth / 40)
        after = 1 + nth * 7 % (last - 1)
        async with hall.connect() as socket:
            seen = await numbers(socket, after)
        async with hall.connect(after=after) as socket:
            return seen + await numbers(socket, last)

    joined = [asyncio.create_task(join(nth)) for nth in range(40)]
    for told in range(0, last, 2):
        await hall.tell(2)
        await asyncio.sleep(told / 2000)

    assert await asyncio.gather(*joined) == [list(range(1, last + 1))] * len(joined)


async def test_a_slow_watcher_is_dropped_delays_nobody_and_comes_back_without_a_gap(
    hall: Watched,
) -> None:
    heavy: dict[str, Json] = {"text": "x" * 200_000}
    last = 80
    async with hall.connect(queue=1) as slow, hall.connect() as quick:
        await heard(slow)
        await heard(quick)
        seen, longest = [], 0.0
        loop = asyncio.get_running_loop()
        for _ in range(last):
            began = loop.time()
            number = await hall.tell(content=heavy)
            seen += await numbers(quick, number)
            longest = max(longest, loop.time() - began)

        got, code = await rest(slow)
        async with hall.connect(after=got[-1]) as again:
            got += await numbers(again, last)

    assert code == 1013
    assert seen == got == list(range(1, last + 1))
    assert longest < 1.0


async def test_whoever_catches_up_and_does_not_read_is_dropped(
    hall: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(rooms, "BEAT_S", 60)  # after which a socket would end by force
    await hall.tell(40, content={"text": "x" * 200_000})

    async with hall.connect(queue=1) as slow:
        await asyncio.sleep(4.0)

        assert await closed(slow) == 1013


async def test_a_hall_that_goes_says_goodbye_to_everybody(hall: Watched) -> None:
    async with hall.connect() as first, hall.connect() as second:
        await heard(first)
        await heard(second)
        await hall.gallery.close()

        assert [await closed(first), await closed(second)] == [1001, 1001]
        async with hall.connect() as late:
            assert await closed(late) == 1001


async def test_who_does_not_answer_a_goodbye_holds_nobody_up(hall: Watched) -> None:
    await hall.tell(40, content={"text": "x" * 200_000})
    async with hall.connect(queue=1):  # it never reads, so it never answers
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.5)
        began = loop.time()
        await hall.gallery.close()

        assert loop.time() - began < 5


async def test_a_database_that_is_away_ends_sockets_that_ask_and_not_the_room(
    hall: Watched, postgres: EmbeddedPostgres, database_name: str
) -> None:
    async with hall.connect() as asks, hall.connect() as listens:
        await heard(asks)
        await heard(listens)
        async with _away(postgres, database_name):
            await asks.send('{"ping":1}')
            hall.browser.app[BELL].ring()
            assert await closed(asks) == 1011

        await hall.tell()
        assert await numbers(listens, 1) == [1]


@asynccontextmanager
async def _away(postgres: EmbeddedPostgres, database_name: str) -> AsyncIterator[None]:
    """Cut everybody off from a database for the time."""
    admin = await asyncpg.connect(postgres.dsn(ADMIN, "postgres"))
    try:
        await admin.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS false")
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
            database_name,
        )
        yield
        await admin.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS true")
    finally:
        await admin.close()


async def test_long_poll_and_event_stream_give_the_frames_of_the_socket(hall: Watched) -> None:
    await hall.tell()
    await hall.tell(audience="role:supervisor")
    await hall.tell(content={"group": "officer"})
    path = f"/rooms/{hall.room}/events"

    async with hall.connect() as socket:
        await heard(socket)
        frames = [await heard(socket) for _ in range(3)]
    async with hall.browser.get(path, params={"after": "0"}) as lines:
        polled = frames_of((await lines.read()).splitlines())
    stream = {"Accept": "text/event-stream", "Last-Event-ID": "0"}
    async with hall.browser.get(path, headers=stream) as events:
        streamed = [await events.content.readuntil(b"\n\n") for _ in range(3)]

    assert polled == frames
    assert [one.split(b"\n")[0] for one in streamed] == [b"id: 1", b"id: 2", b"id: 3"]
    assert frames_of(one.split(b"\n")[1].removeprefix(b"data: ") for one in streamed) == frames


@pytest.mark.parametrize("accept", ["application/x-ndjson", "text/event-stream"])
async def test_whoever_has_seen_more_than_the_hall_knows_is_told_so_without_a_socket_too(
    hall: Watched, accept: str
) -> None:
    await hall.tell()
    path, headers = f"/rooms/{hall.room}/events", {"Accept": accept}

    async with hall.browser.get(path, params={"after": "1"}, headers=headers) as level:
        assert level.status == 200
    async with hall.browser.get(path, params={"after": "2"}, headers=headers) as beyond:
        assert beyond.status == 409
        problem = await beyond.json(content_type=None)
    assert problem["type"] == "urn:hall:problem:room.rolled_back"
    assert problem["facts"] == {"after": 2, "head": 1}


@pytest.mark.parametrize("seen", ["1" * 5000, "-1", "x"])
async def test_a_number_of_an_event_that_is_none_begins_at_the_first(
    hall: Watched, seen: str
) -> None:
    await hall.tell()
    headers = {"Accept": "text/event-stream", "Last-Event-ID": seen}

    async with hall.browser.get(f"/rooms/{hall.room}/events", headers=headers) as events:
        assert events.status == 200
        first = await events.content.readuntil(b"\n\n")

    assert first.startswith(b"id: 1\n")


async def test_a_long_poll_waits_for_the_next_event(hall: Watched) -> None:
    path = f"/rooms/{hall.room}/events"
    waiting = asyncio.create_task(hall.browser.get(path, params={"after": "0", "wait": "20"}))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await hall.tell()

    async with asyncio.timeout(2), await waiting as answer:
        assert [one.get("seq") for one in frames_of((await answer.read()).splitlines())] == [1]
