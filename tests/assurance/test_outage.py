"""Nightly: a real PostgreSQL is stopped over the deadline of a hall in a process of its own.

The rules of the demonstration extend by 0 hours: a moved deadline lies as far ahead as a gap has to
be long to count, half a minute, and that is what a bid after the restart has.

Source: `people.md` 2; `assurance.md` 6.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from typing_extensions import override

from bidding.proof.verify import verify_record
from notary.clock import machine_clock
from notary.verify import Trust
from sql.postgres import ADMIN, APPLICATION, OWNER, EmbeddedPostgres
from tests.assurance.running import Connection, RunningHall
from tests.assurance.tender import a_tender
from tests.web.halls import a_home

AHEAD = timedelta(seconds=30)
"""Of the deadline, when the tender is published."""

DOWN = timedelta(seconds=40)
"""Longer than `hall.outage_gap_s` of the demonstration."""


class HallBesideServer(RunningHall):
    """A demo hall that joins a PostgreSQL which is not its own."""

    def __init__(self, home: Path, server: EmbeddedPostgres) -> None:
        super().__init__(home)
        self._server = server
        self.environ = {
            "HALL_DATABASE_URL": server.dsn(APPLICATION),
            "HALL_DATABASE_OWNER_URL": server.dsn(OWNER),
        }

    @override
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Look into the database beside the hall, as its superuser."""
        connection = await asyncpg.connect(self._server.dsn(ADMIN))
        try:
            yield connection
        finally:
            await connection.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a home for the server, that its user can pass through."""
    home = Path(tempfile.mkdtemp(prefix="hall-test-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.mark.nightly
async def test_a_bid_after_the_restart_counts_and_the_record_says_why(
    folder: Path, pg_bin: Path, tmp_path: Path
) -> None:
    server = EmbeddedPostgres(folder, pg_bin)
    await server.start()
    try:
        with a_home() as home:
            hall = HallBesideServer(home, server)
            try:
                await hall.start()
                tender = await a_tender(hall, "GC-2026-0918", AHEAD)
                async with tender.watched() as watching:
                    await tender.submit("jia", 1_250_000_000)
                    await tender.submit("yi", 1_260_000_000)
                    late = tender.sealed("bing", 1_240_000_000)
                    await tender.upload(late.part_0)
                    left = tender.deadline - machine_clock() - timedelta(seconds=5)
                    await asyncio.sleep(left.total_seconds())
                    await server.stop()
                    await asyncio.sleep(DOWN.total_seconds())
                    await server.start()
                    await hall.serving()
                    assert machine_clock() > tender.deadline
                    sent = await tender.resolve(tender.note("bing", late))
                    async with asyncio.timeout(180):
                        await watching
                await tender.exported(tmp_path / "export")
            finally:
                await hall.stop()
    finally:
        await server.stop()

    record = verify_record(tmp_path / "export", Trust())
    (of_box,) = [one for one in record.boxes if one.box.tender == tender.number]
    listed = {one.envelope for one in of_box.closing.closing_list.envelopes}
    assert sent.bid.envelope_id in listed
    assert len(listed) == 3
    assert of_box.basis.revisions[-1].kind == "trading.outage-recorded"
    assert tender.kinds["box-moved"] == 1
    assert tender.kinds["deadline-passed"] == 1
