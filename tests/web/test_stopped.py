"""PostgreSQL stops ten minutes before a deadline and comes back twenty minutes after it."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import clerk
from bidding.steps import Step
from notary.rooms import Doorbell
from sql.database import Database, is_away
from sql.migrate import migrate
from sql.postgres import APPLICATION, OWNER, EmbeddedPostgres
from tests.bidding.acts import box_facts, verified
from tests.bidding.disputed import DEADLINE, lawful
from tests.bidding.hearts import MINUTE, live_until, stand_until
from tests.bidding.town import (
    TENDER,
    TRUSTEES,
    a_town,
    announce,
    bid,
    release_as,
    seal_as,
    submit_as,
)
from tests.web.postbox import a_post, follow
from trading import service as trading

HOUR = timedelta(hours=1)


@pytest.fixture
async def server(pg_bin: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Run a PostgreSQL of this test alone, for it is stopped."""
    home = Path(tempfile.mkdtemp(prefix="hall-test-"))
    home.chmod(0o711)  # where the tests run as root, the server's user passes through it
    running = EmbeddedPostgres(home, pg_bin)
    try:
        await running.start()
        await migrate(running.dsn(OWNER))
        yield running
    finally:
        await running.stop()
        shutil.rmtree(home)


async def test_a_bid_after_the_restart_counts_and_the_record_says_why(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    database = await Database.open(server.dsn(APPLICATION))
    town = await a_town(database, tmp_path / "home")
    await announce(town, lawful())
    for n in (1, 2):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
        await follow(town, f"firm-{n + 2}")
    town.clock.move_to(DEADLINE - 65 * MINUTE)
    await live_until(town, DEADLINE - 10 * MINUTE)
    third = await seal_as(town, "firm-3", 900_000_000)

    await server.stop()
    with pytest.raises(Exception) as gone:  # noqa: PT011 - of several classes, judged below
        await submit_as(town, "firm-3", third)
    assert is_away(gone.value)
    await server.start()
    town.clock.move_to(DEADLINE + 20 * MINUTE)
    late = await submit_as(town, "firm-3", third)
    assert await clerk.carry_all(database, town.hall, town.vault, Doorbell()) >= 0
    assert (await box_facts(town)).closing_at is None
    await stand_until(town, DEADLINE + 20 * MINUTE)
    assert Step.EXTEND in await town.carry()

    moved = await box_facts(town)
    recovered = DEADLINE + 20 * MINUTE
    assert (moved.deadline, moved.open_at) == (recovered + 2 * HOUR, recovered + 3 * HOUR)
    async with a_post(town) as post:
        await post.carry()
        told = sorted(one["to"] for one in post.mail.taken if "大厅曾经中断" in one["text"])
    assert told == ["firm-3@example.cn", "firm-4@example.cn"]
    await bid(town, "firm-4", 950_000_000)
    town.clock.move_to(moved.deadline - 65 * MINUTE)
    await live_until(town, moved.deadline)
    await town.carry()
    await live_until(town, moved.open_at)
    await town.carry()
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    town.clock.move_to(town.clock.now + 10 * MINUTE)
    await town.carry()
    record = await verified(town, tmp_path / "export")
    (of_box,) = record.boxes
    listed = {one.envelope for one in of_box.closing.closing_list.envelopes}
    assert late["envelope"] in listed
    assert len(listed) == 4
    reason = of_box.basis.revisions[-1].notice.reason
    assert reason is not None
    assert "2026-11-23 09:20:00 – 2026-11-23 09:50:00" in reason.zh
    async with database.transaction() as tx:
        assert len(await trading.revisions(tx, TENDER)) == 2
    await database.close()
