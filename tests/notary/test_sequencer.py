import asyncio
import itertools
from pathlib import Path

import asyncpg
import pytest

from notary import ledger, published
from notary.merkle import check_consistency, check_inclusion
from notary.rooms import Doorbell
from notary.sequencer import Sequencer, load_edge, read_head
from notary.signer import FailPoint, LogFault
from sql.database import Database
from tests.fakeclock import FakeClock
from tests.notary.house import AT, BID, BOX, a_hall, a_sequencer, act, check_log, fill

STEPS = [
    "drain.head-held",
    "drain.moved",
    "drain.tiles-written",
    "drain.head-moved",
    "drain.committed",
    "publish.proved",
    "signer.signed",
    "signer.remembered",
    "publish.signed",
    "publish.inserted",
    "publish.committed",
]


class PowerCut(Exception):  # noqa: N818 - it is what it says
    """The process ends here."""


def cut_at(step: str, time: int = 1) -> FailPoint:
    """Return a fail point that cuts at one step, the n-th time it is reached."""
    reached: list[str] = []

    def pass_step(name: str) -> None:
        reached.append(name)
        if name == step and reached.count(step) == time:
            raise PowerCut

    return pass_step


async def test_entries_are_placed_in_the_order_of_the_queue(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    written = [await act(database, hall) for _ in range(5)]

    assert await sequencer.drain() == 5
    async with database.transaction() as tx:
        indices = [await ledger.index_of(tx, entry.entry_id) for entry in written]
    assert indices == [1, 2, 3, 4, 5]
    assert await sequencer.drain() == 0


@pytest.mark.parametrize("count", [1, 254, 255, 256, 257, 1000])
async def test_a_log_of_any_size_is_verified_from_its_public_files(
    database: Database, tmp_path: Path, count: int
) -> None:
    _, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    await fill(database, count)
    await sequencer.drain()
    await sequencer.publish()

    assert len(await check_log(database, signer)) == count + 1


async def test_a_log_with_tiles_on_three_levels_grows_in_uneven_steps(
    database: Database, tmp_path: Path
) -> None:
    _, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    for count in (65_000, 400, 20_000, 1):
        await fill(database, count)
        await sequencer.drain()
        await sequencer.publish()
        sequencer = a_sequencer(database, signer)  # which reads its edge from the tables

    assert len(await check_log(database, signer)) == 85_402


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("step", STEPS)
async def test_a_cut_at_any_step_loses_and_repeats_nothing(
    database: Database, tmp_path: Path, step: str, time: int
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    first = a_sequencer(database, signer)
    await first.drain()
    await first.publish()
    cut = cut_at(step, time)
    hall, signer = await a_hall(tmp_path, database, fail_point=cut)
    doomed = a_sequencer(database, signer, fail_point=cut)
    committed = []
    for _ in range(4):
        committed += [await act(database, hall) for _ in range(3)]
        try:
            await doomed.drain()
            await doomed.publish()
        except PowerCut:
            break
    else:
        pytest.fail(f"{step} was not reached")

    hall, signer = await a_hall(tmp_path, database)  # the restart
    committed.append(await act(database, hall))
    sequencer = a_sequencer(database, signer)
    await sequencer.drain()
    await sequencer.publish()
    records = await check_log(database, signer)
    assert records[1:] == [entry.record for entry in committed]


@pytest.mark.parametrize("step", STEPS)
async def test_the_same_sequencer_goes_on_after_an_error(
    database: Database, tmp_path: Path, step: str
) -> None:
    cut = cut_at(step)
    hall, signer = await a_hall(tmp_path, database, fail_point=cut)
    sequencer = a_sequencer(database, signer, fail_point=cut)
    committed = [await act(database, hall) for _ in range(300)]
    with pytest.raises(PowerCut):
        await drain_and_publish(sequencer)
    committed.append(await act(database, hall))
    await drain_and_publish(sequencer)

    assert (await check_log(database, signer))[1:] == [entry.record for entry in committed]


async def drain_and_publish(sequencer: Sequencer) -> None:
    await sequencer.drain()
    await sequencer.publish()


async def test_two_sequencers_at_once_make_one_log(database: Database, tmp_path: Path) -> None:
    hall, signer = await a_hall(tmp_path, database)
    rivals = [a_sequencer(database, signer), a_sequencer(database, signer)]

    async def write(count: int) -> None:
        for _ in range(count):
            await act(database, hall)

    async def compete(sequencer: Sequencer, times: int) -> None:
        for _ in range(times):
            await drain_and_publish(sequencer)

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(write(60))
        for rival in rivals:
            group.create_task(compete(rival, 30))
    await drain_and_publish(rivals[0])

    assert len(await check_log(database, signer)) == 241


async def test_it_runs_by_itself_and_the_bell_makes_it_quick(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bell = Doorbell()
    sequencer = Sequencer(database, FakeClock(AT), signer, bell)
    task = asyncio.create_task(sequencer.run())
    entry = await act(database, hall)
    bell.ring()
    found = await published.wait_published(database, bell, entry.entry_id, seconds=10)
    task.cancel()
    await asyncio.wait([task])

    assert found is not None
    assert found.size == 2
    assert task.cancelled()


async def test_running_it_waits_for_a_database_that_is_away(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(step: str) -> None:
        if step == "drain.head-held" and not asked:
            asked.append(step)
            raise ConnectionResetError

    monkeypatch.setattr("notary.sequencer.RETRY_SECONDS", 0.01)
    asked: list[str] = []
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer, fail_point=away)
    entry = await act(database, hall)
    task = asyncio.create_task(sequencer.run())
    found = await published.wait_published(database, Doorbell(), entry.entry_id, seconds=10)
    task.cancel()
    await asyncio.wait([task])

    assert asked
    assert found is not None


async def test_nothing_is_published_twice_and_an_idle_log_stands_still(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    await act(database, hall)
    await sequencer.drain()
    first = await sequencer.publish()
    await sequencer.drain()

    assert await sequencer.publish() == first


async def test_held_entries_do_not_move_the_log_by_a_byte(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    await drain_and_publish(sequencer)
    before = await check_log(database, signer)
    for n in range(50):
        await act(database, hall, "bidding.bid-received.v1", BID | {"seq": n + 1}, hold=BOX)
        await drain_and_publish(sequencer)

    assert await check_log(database, signer) == before


async def test_a_closing_lets_out_what_it_held_before_its_own_entry(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    bids = [
        await act(database, hall, "bidding.bid-received.v1", BID | {"seq": n + 1}, hold=BOX)
        for n in range(3)
    ]
    other = await act(database, hall, "bidding.bid-received.v1", BID, hold="another")
    clarification = await act(database, hall)
    await sequencer.drain()
    async with database.transaction() as tx:
        released = await ledger.release_held(tx, BOX)
    closing = await act(database, hall)
    await sequencer.drain()

    async with database.transaction() as tx:
        indices = [
            await ledger.index_of(tx, entry.entry_id)
            for entry in (clarification, *bids, closing, other)
        ]
    assert released == 3
    assert indices == [1, 2, 3, 4, 5, None]


async def test_a_tampered_entry_stops_the_sequencer(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    _, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    await fill(database, 10)
    await drain_and_publish(sequencer)
    await as_insider(
        owner_dsn,
        "ledger_entry",
        """
        UPDATE notary.ledger_entry
           SET record = '\\x01'::bytea || sha256('x'), leaf_hash =
               sha256('\\x00'::bytea || '\\x01'::bytea || sha256('x'))
         WHERE idx = 3
        """,
    )
    await fill(database, 1)

    with pytest.raises(LogFault, match="do not lead to its root"):
        await a_sequencer(database, signer).drain()


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_tile"])
async def test_a_deleted_row_stops_the_sequencer(
    database: Database, tmp_path: Path, owner_dsn: str, table: str
) -> None:
    _, signer = await a_hall(tmp_path, database)
    await fill(database, 300)
    await drain_and_publish(a_sequencer(database, signer))
    column = "idx = 290" if table == "ledger_entry" else "n = 0"
    await as_insider(owner_dsn, table, f"DELETE FROM notary.{table} WHERE {column}")  # noqa: S608

    async with database.transaction() as tx:
        with pytest.raises(LogFault, match="missing"):
            await load_edge(tx, await read_head(tx))


async def test_a_rewritten_log_of_the_same_size_gets_no_signature(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    _, signer = await a_hall(tmp_path, database)
    await drain_and_publish(a_sequencer(database, signer))
    await as_insider(owner_dsn, "ledger_checkpoint", "DELETE FROM notary.ledger_checkpoint")
    await as_insider(owner_dsn, "ledger_head", "UPDATE notary.ledger_head SET root = sha256('')")

    with pytest.raises(LogFault, match="does not extend the one of 1 that was signed"):
        await a_sequencer(database, signer).publish()


async def as_insider(owner_dsn: str, table: str, statement: str) -> None:
    """Do what only the owner can do, and only with the triggers off."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(f"ALTER TABLE notary.{table} DISABLE TRIGGER USER")
    await owner.execute(statement)
    await owner.execute(f"ALTER TABLE notary.{table} ENABLE TRIGGER USER")
    await owner.close()


async def test_proofs_hold_for_every_entry_and_every_pair_of_sizes(
    database: Database, tmp_path: Path
) -> None:
    _, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    for count in (3, 300, 250):
        await fill(database, count)
        await drain_and_publish(sequencer)
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT size, root FROM notary.ledger_checkpoint ORDER BY size")
        newest = rows[-1]
        leaves = await published.leaf_hashes(tx, 0, newest["size"])
        for idx in (0, 1, 255, 256, 257, newest["size"] - 1):
            proof = await published.inclusion_proof(tx, idx, newest["size"])
            check_inclusion(leaves[idx], idx, newest["size"], proof, newest["root"])
        for old, new in itertools.pairwise(rows):
            proof = await published.consistency_proof(tx, old["size"], new["size"])
            check_consistency(old["size"], new["size"], proof, old["root"], new["root"])
