"""The clerk with several boxes: each goes its own way, whatever happens to another."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import asyncpg

from bidding import clerk
from bidding.facts import BoxKey
from bidding.store import boxes, results
from notary.rooms import Doorbell
from sql.database import Database
from tests.bidding.drafts import DEADLINE, a_draft
from tests.bidding.town import BOX, Town, a_town, announce, bid, kinds, release_as

OTHER = BOX._replace(tender="GC-2026-0919")
PACE = timedelta(milliseconds=1500)


async def two_tenders(database: Database, folder: Path) -> Town:
    town = await a_town(database, folder, 3)
    for key in (BOX, OTHER):
        await announce(town, a_draft(tender=key.tender))
        for n in (1, 2, 3):
            await bid(town, f"firm-{n}", 1_300_000_000, key)
    town.clock.move_to(DEADLINE)
    return town


async def carry(town: Town) -> float:
    await town.settle()
    return await clerk.carry_all(town.database, town.hall, town.vault, Doorbell())


async def is_finished(town: Town, key: BoxKey) -> bool:
    async with town.database.transaction() as tx:
        box = await boxes.box(tx, key)
    return box is not None and box.finished_at is not None


async def test_boxes_of_one_deadline_are_opened_side_by_side(
    database: Database, tmp_path: Path
) -> None:
    town = await two_tenders(database, tmp_path)
    for _ in range(3):
        await carry(town)
    for key in (BOX, OTHER):
        for name in ("officer", "supervisor"):
            await release_as(town, name, key)
    waits = []
    for _ in range(3):
        waits.append(await carry(town))
        async with database.transaction() as tx:
            told = [len(await results.results_of(tx, key)) for key in (BOX, OTHER)]
        assert told == [len(waits)] * 2
        town.clock.move_to(town.clock.now + PACE)
    await carry(town)

    assert waits[:2] == [clerk.LOOK_AGAIN_S] * 2  # the pace is longer than a look
    assert [await is_finished(town, key) for key in (BOX, OTHER)] == [True, True]
    assert Counter(await kinds(town))["bidding.bid-opened.v1"] == 6


async def test_a_box_in_trouble_holds_up_no_other(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await two_tenders(database, tmp_path)
    for _ in range(3):
        await carry(town)
    for name in ("officer", "supervisor"):
        await release_as(town, name, OTHER)
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("DELETE FROM bidding.policy WHERE tender_id = $1", BOX.tender)
    await owner.close()
    for _ in range(4):
        await carry(town)
        town.clock.move_to(town.clock.now + PACE)

    assert await is_finished(town, OTHER)
    assert not await is_finished(town, BOX)
