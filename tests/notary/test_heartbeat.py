import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

from notary import heartbeat, pulse
from notary.heartbeat import GRAIN
from notary.pulse import Gap, Heart, Run
from sql.database import Database
from tests.fakeclock import FakeClock

T = datetime(2026, 11, 2, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


async def beats(database: Database, *instants: datetime, heart: Heart = Heart.CLERK) -> None:
    for at in instants:
        async with database.transaction() as tx:
            await heartbeat.beat(tx, heart, at)


async def runs(database: Database, since: datetime = T) -> list[Run]:
    async with database.transaction() as tx:
        return sorted(await heartbeat.runs(tx, since), key=lambda run: (run.heart, run.began))


async def test_beats_that_are_close_are_one_run(database: Database) -> None:
    await beats(database, T, T + GRAIN, T + 2 * GRAIN)

    assert await runs(database) == [Run(heart=Heart.CLERK, began=T, last=T + 2 * GRAIN)]


async def test_a_beat_that_comes_too_late_begins_another_run(database: Database) -> None:
    late = T + GRAIN + MICROSECOND
    await beats(database, T, late)

    assert await runs(database) == [
        Run(heart=Heart.CLERK, began=T, last=T),
        Run(heart=Heart.CLERK, began=late, last=late),
    ]


async def test_two_clerks_beat_in_one_run(database: Database) -> None:
    second = timedelta(seconds=1)
    await beats(database, T)
    await asyncio.gather(*(beats(database, T + n * second) for n in range(1, 4)))
    await beats(database, T + 4 * second, T + second)

    assert await runs(database) == [Run(heart=Heart.CLERK, began=T, last=T + 4 * second)]


async def test_the_run_before_the_time_that_is_asked_for_is_told_too(database: Database) -> None:
    early, late = T - timedelta(hours=2), T + timedelta(minutes=5)
    await beats(database, early - timedelta(hours=1), early, late)
    await beats(database, late, heart=Heart.SEQUENCER)

    found = await runs(database)

    assert [(run.heart, run.began) for run in found] == [
        (Heart.CLERK, early),
        (Heart.CLERK, late),
        (Heart.SEQUENCER, late),
    ]
    assert pulse.gaps(found, late, timedelta(seconds=30)) == [Gap(began=early, ended=late)]


async def test_a_heart_beats_by_itself(database: Database) -> None:
    keeping = asyncio.create_task(heartbeat.keep(database, FakeClock(T), Heart.CLERK))
    await asyncio.sleep(0.2)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping

    async with database.transaction() as tx:
        assert await heartbeat.last_beats(tx) == {Heart.CLERK: T}
