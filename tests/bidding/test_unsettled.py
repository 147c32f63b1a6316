"""What supervision watches is read in as many queries for a thousand boxes as for one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from bidding import clerk, standing, vigil
from notary.rooms import Doorbell
from sql.database import Database, Tx
from tests.bidding.town import BOX, DEADLINE, Town, a_draft, a_town, announce, bid, release_as

PACE = timedelta(milliseconds=1500)
OTHERS = [BOX._replace(tender=f"GC-2026-{n}") for n in (1001, 1002)]


class Counted(Database):
    """A database that counts what it is asked."""

    asked = 0

    @asynccontextmanager
    @override
    async def statement(self) -> AsyncIterator[Tx]:
        async with super().statement() as connection:
            connection.add_query_logger(self._note)
            try:
                yield connection
            finally:
                connection.remove_query_logger(self._note)

    def _note(self, _: object) -> None:
        self.asked += 1


async def carry(town: Town) -> None:
    """Let the clerk take every box as far as it goes, and read out all that is read out by now."""
    for _ in range(4):
        await town.settle()
        await clerk.carry_all(town.database, town.hall, town.vault, Doorbell())
        town.clock.move_to(town.clock.now + PACE)


async def look(town: Town, counted: Counted) -> tuple[int, list[tuple[str, int, int]]]:
    """Return how many queries it took, and of each box how many bids are listed and read out."""
    counted.asked = 0
    scenes = await standing.unsettled(counted, town.hall)
    asked = counted.asked
    for one in scenes:  # one box alone is seen as among many
        assert await standing.of_room(town.database, one.standing.box.room) == one
    return asked, [
        (one.standing.box.key.tender, one.standing.listed, one.standing.told) for one in scenes
    ]


async def watch(counted: Counted) -> tuple[int, int]:
    """Return how many queries it took to see who is awake for boxes, and for how many."""
    counted.asked = 0
    async with counted.transaction() as tx:
        found = await vigil.vigils(tx, DEADLINE - timedelta(hours=1))
        assert {len(one.watchers) for one in found} == {3}
    return counted.asked, len(found)


async def test_more_boxes_take_no_more_queries(
    database: Database, database_dsn: str, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    keys = [BOX, *OTHERS]
    counted = await Counted.open(database_dsn, 1)
    try:
        await announce(town)
        alone, _ = await look(town, counted)
        awake = await watch(counted)
        for key in OTHERS:
            await announce(town, a_draft(tender=key.tender))
        several, seen = await look(town, counted)
        assert await watch(counted) == (awake[0], 3)
        assert seen == [(key.tender, 0, 0) for key in keys]
        for key in keys:
            for n in (1, 2, 3):
                await bid(town, f"firm-{n}", 1_300_000_000, key)
        town.clock.move_to(DEADLINE)
        await carry(town)
        for name in ("officer", "supervisor"):
            await release_as(town, name)
        await carry(town)
        first, seen = await look(town, counted)
        assert seen == [(key.tender, 3, 3 if key == BOX else 0) for key in keys]
        for key in OTHERS:
            for name in ("officer", "supervisor"):
                await release_as(town, name, key)
        await carry(town)
        every, seen = await look(town, counted)
        assert seen == [(key.tender, 3, 3) for key in keys]
    finally:
        await counted.close()

    assert alone > 0
    assert (several, every) == (alone, first)
