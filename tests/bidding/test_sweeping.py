"""Parts that no envelope can need are deleted, and no others."""

from datetime import timedelta
from pathlib import Path

from bidding import parts
from notary import age
from notary.canonical import sha256_hex
from notary.entropy import system_entropy
from sql.database import Database
from tests.bidding.town import a_town, announce, bid, seal_as, send_part, submit_as


async def test_a_part_that_nobody_named_goes_after_seven_days_and_not_before(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    part = age.encrypt(b"never named", age.recipient_of(system_entropy(32)))
    await send_part(town, part)
    town.clock.move_to(town.clock.now + timedelta(days=7))
    early = await parts.sweep(database, town.hall, town.vault)
    town.clock.move_to(town.clock.now + timedelta(microseconds=1))
    late = await parts.sweep(database, town.hall, town.vault)

    assert (early, late) == (0, 1)
    assert await town.vault.size(sha256_hex(part)) is None


async def test_the_parts_of_a_live_bid_stay_however_old(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)
    sealed = await seal_as(town, "firm-1", 1_300_000_000)
    await submit_as(town, "firm-1", sealed)
    town.clock.move_to(town.clock.now + timedelta(days=30))

    assert await parts.sweep(database, town.hall, town.vault) == 0
    assert await town.vault.size(sha256_hex(sealed.part_0)) == len(sealed.part_0)


async def test_a_replaced_part_that_an_act_left_behind_goes_with_the_next_sweep(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)
    sealed = await seal_as(town, "firm-1", 1_300_000_000)
    await submit_as(town, "firm-1", sealed)
    await bid(town, "firm-1", 1_200_000_000)
    await send_part(town, sealed.part_0)  # as if the hall had died before it was deleted
    town.clock.move_to(town.clock.now + timedelta(hours=1, microseconds=1))

    assert await parts.sweep(database, town.hall, town.vault) == 1
    assert await town.vault.size(sha256_hex(sealed.part_0)) is None
