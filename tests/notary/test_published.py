import asyncio
from pathlib import Path

from notary import published
from notary.rooms import Doorbell
from notary.sequencer import Sequencer
from sql.database import Database
from tests.fakeclock import FakeClock
from tests.notary.house import AT, BID, BOX, a_hall, a_sequencer, act, fill


async def test_a_proof_uses_the_first_checkpoint_with_its_entry(
    database: Database, tmp_path: Path
) -> None:
    _, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    sizes = []
    for count in (0, 3, 5):
        await fill(database, count)
        await sequencer.drain()
        sizes.append(await sequencer.publish())
    one, four, nine = sizes

    async with database.transaction() as tx:
        assert await published.newest(tx) == nine
        assert [await published.first_with(tx, idx) for idx in (0, 1, 3, 4, 8, 9)] == [
            one,
            four,
            four,
            nine,
            nine,
            None,
        ]
        assert [await published.last_without(tx, idx) for idx in (0, 1, 3, 4)] == [
            None,
            one,
            one,
            four,
        ]


async def test_the_gate_opens_with_the_checkpoint_not_with_the_entry(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    closing = await act(database, hall)

    async with database.transaction() as tx:
        assert await published.first_with_entry(tx, closing.entry_id) is None
    await sequencer.drain()
    async with database.transaction() as tx:
        assert await published.first_with_entry(tx, closing.entry_id) is None
    done = await sequencer.publish()
    async with database.transaction() as tx:
        assert await published.first_with_entry(tx, closing.entry_id) == done


async def test_who_waits_is_woken_by_the_publication(database: Database, tmp_path: Path) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bell = Doorbell()
    sequencer = Sequencer(database, FakeClock(AT), signer, bell)
    closing = await act(database, hall)
    waiting = asyncio.create_task(
        published.wait_published(database, bell, closing.entry_id, seconds=60)
    )
    await asyncio.sleep(0.05)
    await sequencer.drain()
    done = await sequencer.publish()

    async with asyncio.timeout(0.5):
        assert await waiting == done


async def test_who_waits_for_a_held_entry_gets_nothing_in_time(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bid = await act(database, hall, "bidding.bid-received.v1", BID, hold=BOX)
    await a_sequencer(database, signer).drain()

    found = await published.wait_published(database, Doorbell(), bid.entry_id, seconds=0.05)
    assert found is None
