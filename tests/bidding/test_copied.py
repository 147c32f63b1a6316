"""Copied bids are an alarm after the closing, told to supervisors, and cost nobody anything."""

from datetime import timedelta
from pathlib import Path

from bidding.copied import LASTS, Copied, copied
from sql.database import Database, Tx
from tests.bidding.town import BOX, DEADLINE, Town, a_town, announce, bid

MICROSECOND = timedelta(microseconds=1)


async def found(town: Town, tx: Tx) -> list[Copied]:
    return await copied(tx, town.hall, town.clock.now)


async def test_a_copied_value_is_an_alarm_from_the_closing_on_for_thirty_days(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 4)
    await announce(town)
    sent = [str((await bid(town, f"firm-{n}", n))["envelope"]) for n in (1, 2, 3, 4)]
    async with database.transaction() as tx:
        # What no honest client does: the fourth firm names the first one's part as its own.
        part = await tx.fetchrow(
            "SELECT sha256, size FROM bidding.envelope_part WHERE envelope_id = $1", sent[0]
        )
        assert part is not None
        await tx.execute(
            "INSERT INTO bidding.envelope_part (envelope_id, n, sha256, size)"
            " VALUES ($1, 1, $2, $3)",
            sent[3],
            part["sha256"],
            part["size"],
        )
    async with database.transaction() as tx:
        assert await found(town, tx) == []
    town.clock.move_to(DEADLINE)
    await town.carry()
    async with database.transaction() as tx:
        [alarm] = await found(town, tx)
        town.clock.move_to(alarm.closed_at + LASTS - MICROSECOND)
        assert await found(town, tx) == [alarm]
        town.clock.move_to(alarm.closed_at + LASTS)
        assert await found(town, tx) == []

    assert (alarm.key, alarm.bidders) == (BOX, ("FIRM-1", "FIRM-4"))


async def test_bids_that_share_nothing_are_no_alarm(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n)
    town.clock.move_to(DEADLINE)
    await town.carry()

    async with database.transaction() as tx:
        assert await found(town, tx) == []
