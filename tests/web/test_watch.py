"""`hall watch` against the real gallery: what it prints, and what ends it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from notary import canonical
from notary.canonical import Json
from notary.entropy import system_entropy
from sql.database import Database
from tests.web.watched import Watched, watched
from web import watching
from web.letterhead import Lang
from web.retelling import Reteller
from web.rooms import Gallery
from web.watching import Beat, Hello, Lost, Told
from web.words import Words

ENVELOPE = "ab" * 32


@pytest.fixture
async def hall(database: Database, tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(database, tmp_path) as made:
        yield made


@asynccontextmanager
async def hall_watch(*words: str, language: str = "en_US.UTF-8") -> AsyncIterator[Process]:
    """Run the command in a process of its own for the time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "web", "watch", *words),
        stdout=PIPE,
        stderr=PIPE,
        env={"LC_ALL": language, "HALL_HOME": "/nowhere", "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def lines(process: Process, count: int) -> list[str]:
    assert process.stdout is not None
    return [(await process.stdout.readline()).decode().rstrip() for _ in range(count)]


async def ended(process: Process) -> tuple[int | None, str]:
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en_US.UTF-8",
            ["   1  09:00:00  The list of bids is in the ledger", "   2            not public yet"],
        ),
        ("zh_CN.UTF-8", ["   1  09:00:00  投标名单已进账本", "   2            这一号暂不公开"]),
    ],
)
async def test_events_are_sentences_in_the_language_of_the_reader(
    hall: Watched, language: str, sentences: list[str]
) -> None:
    await hall.tell()
    await hall.tell(audience="role:supervisor")

    async with hall_watch(hall.room, "--url", hall.origin, language=language) as process:
        assert await lines(process, 2) == sentences


async def test_frames_come_as_lines_from_any_number_on(hall: Watched) -> None:
    await hall.tell(3)

    async with hall_watch(hall.room, "--url", hall.origin, "--after", "2", "--json") as process:
        hello, event = [canonical.load_signed(one.encode()) for one in await lines(process, 2)]

    assert (hello["hello"], hello["head"]) == (1, 3)
    assert event["seq"] == 3


async def test_a_hall_that_was_set_back_is_an_alarm(hall: Watched) -> None:
    async with hall_watch(hall.room, "--url", hall.origin, "--after", "9") as process:
        assert await ended(process) == (
            1,
            "The hall has gone back behind event 9. Keep this page and tell the supervisor.\n",
        )


@pytest.mark.parametrize("room", [f"o-{16 * '0'}", "no-room"])
async def test_a_room_that_is_none_is_refused(hall: Watched, room: str) -> None:
    async with hall_watch(room, "--url", hall.origin) as process:
        assert await ended(process) == (1, f"{hall.origin} has no room {room}\n")


async def test_whoever_the_hall_has_dropped_goes_on_without_a_gap(hall: Watched) -> None:
    seen: list[int] = []
    breaks = 0
    async with aclosing(watching.follow(hall.origin, hall.room, system_entropy)) as frames:
        async for frame in frames:
            match frame:
                case Hello() if breaks == 0:
                    await hall.tell(2)
                case Told(seq) if seq == 2:
                    seen.append(seq)
                    await cut(hall.gallery)
                    await hall.tell(2)
                case Told(seq):
                    seen.append(seq)
                case Lost(after):
                    breaks += 1
                    assert after == 2
                case Hello() | Beat():
                    pass
            if seen and seen[-1] == 4:
                break

    assert (seen, breaks) == ([1, 2, 3, 4], 1)


async def cut(gallery: Gallery) -> None:
    """End every socket of a gallery as a broken line does."""
    for place in gallery._rooms.values():  # noqa: SLF001 - no line breaks by itself in a test
        for watcher in place.watchers:
            watcher.transport.abort()


async def test_frames_that_come_gathered_are_taken_one_by_one() -> None:
    event = '{"seq":%d,"at":"2026-11-22T01:30:00.123Z","kind":"k.v1","entry":null,"data":{}}'

    async def handle(socket: ServerConnection) -> None:
        await socket.send(f"[{event % 1},{event % 2},{event % 3}]")
        await socket.wait_closed()

    seen = []
    async with serve(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        follow = watching.follow(f"http://127.0.0.1:{port}", "o-1", system_entropy)
        async with aclosing(follow) as frames:
            async for frame in frames:
                assert isinstance(frame, Told)
                seen.append(frame.seq)
                if frame.seq == 3:
                    break

    assert seen == [1, 2, 3]


LISTED: Json = [{"envelope": ENVELOPE, "bidder": "Firm A"}, {"envelope": "cd" * 32, "bidder": "B"}]


@pytest.mark.parametrize(
    ("kind", "told", "sentence"),
    [
        ("deadline-passed", {}, "Deadline"),
        ("shares-asked", {"list": LISTED}, "Shares asked for; 2 bids on the list"),
        ("release-promised", {"group": "officer"}, "officer promises its share"),
        (
            "release-received",
            {"group": "officer", "good": True, "released": 2},
            "officer releases its share; that makes 2",
        ),
        (
            "release-received",
            {"group": "officer", "good": False, "released": 1},
            "officer hands in a share that does not fit",
        ),
        (
            "opening-postponed",
            {"missing": ["officer", "operator"], "next": None},
            "Shares are missing; the opening is postponed: officer, operator",
        ),
        (
            "bid-opened",
            {
                "envelope": ENVELOPE,
                "bidder": "Firm A",
                "place": 1,
                "verdict": "opened",
                "price_fen": "1234500",
            },
            "Bid 1, Firm A, 12,345.00",
        ),
        (
            "bid-checked",
            {"envelope": ENVELOPE, "place": 1, "verdict": "opened"},
            "Bid 1: files checked",
        ),
        (
            "bid-checked",
            {"envelope": ENVELOPE, "place": 1, "verdict": "improper", "code": "E-INDEX"},
            "Bid 1, Firm A, could not be opened, E-INDEX",
        ),
        ("box-finished", {}, "Closed; the record is signed"),
        ("something-new", {"more": 1}, "bidding.something-new.v1"),
    ],
)
def test_every_event_is_told_in_a_sentence(kind: str, told: dict[str, Json], sentence: str) -> None:
    reteller = Reteller(Words(Lang.EN))
    reteller.sentence("bidding.shares-asked.v1", {"list": LISTED})

    assert reteller.sentence(f"bidding.{kind}.v1", told) == sentence
