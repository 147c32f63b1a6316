import asyncio
from pathlib import Path

from notary import ledger, programs
from sql.database import Database
from tests.notary.house import a_hall, a_sequencer

WORKER, PAGE = "seal-worker.js", "offline-seal.html"
FIRST, SECOND = "aa" * 32, "bb" * 32


async def published(database: Database) -> list[tuple[object, object]]:
    async with database.transaction() as tx:
        entries = await ledger.entries(tx)
    return [
        (one.fields["name"], one.fields["sha256"])
        for one in entries
        if one.fields["kind"] == programs.KIND
    ]


async def test_each_version_of_a_program_stands_once_in_the_ledger(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    for given in ({WORKER: FIRST, PAGE: FIRST}, {WORKER: SECOND, PAGE: FIRST}, {WORKER: FIRST}):
        await programs.publish(database, hall, given)
    await a_sequencer(database, signer).drain()

    assert await published(database) == [(WORKER, FIRST), (PAGE, FIRST), (WORKER, SECOND)]


async def test_of_processes_that_start_at_once_one_enters_it(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    given = {WORKER: FIRST}
    await asyncio.gather(*(programs.publish(database, hall, given) for _ in range(8)))
    await a_sequencer(database, signer).drain()

    assert await published(database) == [(WORKER, FIRST)]
