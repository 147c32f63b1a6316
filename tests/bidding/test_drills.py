"""A drill at a trustee's machine is told to the hall, which has it in its ledger."""

from datetime import timedelta
from pathlib import Path

from bidding import drills, losses, rehearsing
from bidding.store import drills as store
from bidding.types import Box
from notary.entropy import system_entropy
from sql.database import Database
from tests.bidding.acts import appended
from tests.bidding.staged import duty_of, log_of
from tests.bidding.town import NOW, a_town, once


async def test_a_drill_is_an_entry_and_only_one_that_succeeds_counts(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 0)
    await town.settle()
    identity = duty_of(town, "officer", tmp_path, await log_of(town)).identity
    box = Box(origin=town.hall.origin, tender="drill", lot="1", stage="single")
    done = rehearsing.drill(identity, box, system_entropy, NOW)
    actor = town.people["officer"].actor
    for n, said in enumerate((done.outcome, "undecryptable")):
        town.clock.move_to(NOW + timedelta(days=n))
        await drills.report(
            database,
            town.hall,
            actor,
            once("officer"),
            member=done.member,
            key_sha256=done.key_sha256,
            manifest_sha256=done.manifest_sha256,
            outcome=said,
        )

    entries = [fields for kind, fields in await appended(town) if kind == losses.READY]
    assert [(one["tender"], one["outcome"]) for one in entries] == [
        ("drill", "ok"),
        ("drill", "undecryptable"),
    ]
    async with database.transaction() as tx:
        assert await store.last_of(tx, actor.org) == {"chief": NOW}
