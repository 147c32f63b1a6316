"""PostgreSQL is killed under load, again and again; what it acknowledged is in the log for good."""

import asyncio
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from sql.database import Database
from sql.migrate import migrate
from sql.postgres import APPLICATION, OWNER, EmbeddedPostgres
from tests.notary.house import a_hall, a_sequencer, act, check_log

ROUNDS = 5
WRITERS = 8
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@asynccontextmanager
async def a_server(pg_bin: Path, settings: dict[str, str]) -> AsyncIterator[EmbeddedPostgres]:
    """Run a server of its own, which comes back whenever it is killed."""
    home = Path(tempfile.mkdtemp(prefix="hall-kill-"))
    home.chmod(0o711)
    server = EmbeddedPostgres(home, pg_bin, settings)
    await server.start()
    keeper = asyncio.create_task(server.keep())
    try:
        await migrate(server.dsn(OWNER))
        yield server
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
        await server.stop()
        shutil.rmtree(home)


async def kill_under_load(
    server: EmbeddedPostgres, work: Callable[[], Awaitable[None]], seconds: float
) -> None:
    """Let several do `work` at once, without a pause, and kill the server under them."""
    killed = asyncio.Event()

    async def go_on() -> None:
        with suppress(*AWAY):
            while not killed.is_set():
                await work()

    async with asyncio.TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(go_on())
        await asyncio.sleep(seconds)
        killed.set()
        os.kill(server.pid, signal.SIGKILL)


async def connected(server: EmbeddedPostgres) -> Database:
    """Open a pool once the server has recovered."""
    for attempt in itertools.count():
        try:
            return await Database.open(server.dsn(APPLICATION))
        except AWAY:
            if attempt > 100:
                raise
            await asyncio.sleep(0.1)
    raise AssertionError


async def test_no_acknowledged_entry_is_lost_when_the_database_is_killed(
    pg_bin: Path, tmp_path: Path
) -> None:
    kept: list[bytes] = []
    async with a_server(pg_bin, {}) as server:
        for n in range(ROUNDS):
            database = await connected(server)
            hall, signer = await a_hall(tmp_path, database)
            sequencer = a_sequencer(database, signer)

            async def act_and_sequence() -> None:
                kept.append((await act(database, hall)).record)  # noqa: B023 - runs in this round
                await sequencer.drain()  # noqa: B023
                await sequencer.publish()  # noqa: B023

            await kill_under_load(server, act_and_sequence, 0.3 + 0.07 * n)
            await database.close()
        database = await connected(server)
        hall, signer = await a_hall(tmp_path, database)
        sequencer = a_sequencer(database, signer)
        await sequencer.drain()
        await sequencer.publish()
        records = await check_log(database, signer)
        await database.close()

    # A commit whose answer was lost may stand in the log: at most one for a writer and a kill.
    assert len(kept) > ROUNDS * WRITERS
    assert set(kept) <= set(records)
    assert len(records) - 1 - len(kept) <= ROUNDS * WRITERS


async def test_without_synchronous_commit_the_same_kill_loses_entries(
    pg_bin: Path, tmp_path: Path
) -> None:
    kept: list[bytes] = []
    async with a_server(pg_bin, {"synchronous_commit": "off", "wal_writer_delay": "10s"}) as server:
        database = await connected(server)
        hall, _ = await a_hall(tmp_path, database)

        async def act_only() -> None:
            kept.append((await act(database, hall)).record)

        await kill_under_load(server, act_only, 0.3)
        await database.close()
        database = await connected(server)
        async with database.transaction() as tx:
            rows = await tx.fetch("SELECT record FROM notary.ledger_body")
        await database.close()

    assert not set(kept) <= {row["record"] for row in rows}


@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync", "full_page_writes"])
async def test_the_embedded_server_forgets_nothing_unless_told(pg_bin: Path, setting: str) -> None:
    async with a_server(pg_bin, {}) as server:
        database = await connected(server)
        async with database.transaction() as tx:
            assert await tx.fetchval(f"SHOW {setting}") == "on"
        await database.close()
