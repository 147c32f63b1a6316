import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from notary import rooms
from notary.canonical import Json
from notary.rooms import Doorbell
from sql.database import Database

AT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
ROOM = "o-7f3a000000000000"


async def tell(database: Database, room: str = ROOM, **data: Json) -> int:
    async with database.transaction() as tx:
        return await rooms.tell(tx, room, at=AT, kind="bidding.bid-opened.v1", data=data)


async def test_events_are_numbered_from_one_in_each_room(database: Database) -> None:
    numbers = [await tell(database), await tell(database), await tell(database, "o-other")]

    assert numbers == [1, 2, 1]


async def test_an_event_is_read_as_it_was_told(database: Database) -> None:
    leaf = bytes(32)
    async with database.transaction() as tx:
        await rooms.tell(
            tx,
            ROOM,
            at=AT,
            kind="bidding.bid-opened.v1",
            data={"price_fen": "120", "name": "投标人甲"},
            leaf=leaf,
            audience="bidders",
        )
        events = await rooms.read(tx, ROOM, after=0)

    assert events == [
        rooms.Event(
            seq=1,
            at=AT,
            kind="bidding.bid-opened.v1",
            leaf=leaf,
            audience="bidders",
            data={"price_fen": "120", "name": "投标人甲"},
        )
    ]


async def test_a_reader_who_was_away_gets_exactly_what_is_missing(database: Database) -> None:
    for n in range(5):
        await tell(database, n=n)
    async with database.transaction() as tx:
        missing = await rooms.read(tx, ROOM, after=2, limit=2)

    assert [event.seq for event in missing] == [3, 4]


async def test_what_was_rolled_back_was_never_told_and_leaves_no_gap(database: Database) -> None:
    async def tell_and_fail() -> None:
        async with database.transaction() as tx:
            await rooms.tell(tx, ROOM, at=AT, kind="bidding.bid-opened.v1", data={})
            raise ZeroDivisionError

    await tell(database)
    with pytest.raises(ZeroDivisionError):
        await tell_and_fail()
    await tell(database)

    async with database.transaction() as tx:
        assert [event.seq for event in await rooms.read(tx, ROOM, after=0)] == [1, 2]
        assert await rooms.head(tx, ROOM) == 2
        assert await rooms.head(tx, "o-nobody") == 0


async def test_two_hundred_acts_at_once_are_numbered_without_a_gap(database: Database) -> None:
    numbers = await asyncio.gather(*(tell(database, n=n) for n in range(200)))

    assert sorted(numbers) == list(range(1, 201))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notary.room_event SET data = '{}'",
        "DELETE FROM notary.room_event",
        "TRUNCATE notary.room_event",
    ],
)
async def test_nobody_changes_an_event(database: Database, owner_dsn: str, change: str) -> None:
    await tell(database)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction() as tx:
            await tx.execute(change)
    owner = await asyncpg.connect(owner_dsn)
    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute(change)
    await owner.close()


async def test_a_room_never_counts_backwards(database: Database) -> None:
    await tell(database)
    await tell(database)

    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction() as tx:
            await tx.execute("UPDATE notary.room SET head = 1")


async def test_the_bell_wakes_everybody_who_listens() -> None:
    bell = Doorbell()
    with bell.subscribe() as one, bell.subscribe() as two:
        waits = asyncio.gather(one.wait(60), two.wait(60))
        await asyncio.sleep(0)
        bell.ring()

        async with asyncio.timeout(1):
            await waits


async def test_a_ring_while_the_listener_is_busy_is_not_lost() -> None:
    bell = Doorbell()
    with bell.subscribe() as listener:
        bell.ring()

        async with asyncio.timeout(1):
            await listener.wait(60)


async def test_without_a_ring_the_listener_looks_again_by_itself() -> None:
    with Doorbell().subscribe() as listener:
        async with asyncio.timeout(1):
            await listener.wait(0.01)


async def test_who_is_cancelled_as_the_bell_rings_does_not_listen_on() -> None:
    bell = Doorbell()

    async def listens_for_ever() -> None:
        with bell.subscribe() as listener:
            while True:
                await listener.wait(60)

    for steps in range(4):  # between the ring and the cancellation
        role = asyncio.create_task(listens_for_ever())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        bell.ring()
        for _ in range(steps):
            await asyncio.sleep(0)
        role.cancel()
        done, _ = await asyncio.wait({role}, timeout=1)

        assert done == {role}
        assert role.cancelled()
