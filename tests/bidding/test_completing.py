"""A bid whose manifest comes before some part of it: what follows, what counts, and until when."""

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import asyncpg
import pytest

from bidding import completing, parts, refused, rules
from bidding.clients.sealing import SealedBid
from bidding.sealed import seal
from bidding.sealed.lists import read_list
from bidding.types import Verdict
from notary import receipt
from notary.canonical import sha256_hex
from notary.clock import machine_clock
from notary.once import Answer
from notary.s3_vault import S3Vault
from sql.database import Database
from tests import stores
from tests.bidding.acts import (
    appended,
    box_facts,
    dealt,
    entries,
    files_of,
    opening,
    outcome,
    told,
    upload,
    verified,
    withdraw_as,
)
from tests.bidding.town import (
    DEADLINE,
    Town,
    a_town,
    announce,
    award_lot,
    bid,
    seal_as,
    submit_as,
)

MICROSECOND = timedelta(microseconds=1)
LATER = DEADLINE + timedelta(hours=3)


async def an_open_tender(database: Database, folder: Path) -> Town:
    town = await a_town(database, folder)
    await announce(town)
    return town


async def unsent(town: Town, name: str, price_fen: int) -> SealedBid:
    """Seal a bid whose part is not with the hall."""
    sealed = await seal_as(town, name, price_fen)
    async with town.database.transaction() as tx:
        await tx.execute("DELETE FROM bidding.part WHERE sha256 = $1", sha256_hex(sealed.part_0))
    await town.vault.delete(sha256_hex(sealed.part_0))
    return sealed


async def let_parts_follow(owner_dsn: str) -> None:
    """Let parts come until three hours after the deadline, as a notice may say."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("ALTER TABLE bidding.box DISABLE TRIGGER box_leaves_an_entry")
        await owner.execute(
            "UPDATE bidding.box SET parts_by = $1, open_at = $1, release_by = $1, owner_by = $1",
            LATER,
        )
    finally:
        await owner.close()


def receipts(answer: Answer) -> list[dict[str, str]]:
    """Return the receipts of what a part has made complete."""
    return cast("list[dict[str, str]]", answer["completed"])


async def listed(town: Town) -> dict[str, bool]:
    """Return the listed envelopes, and whether each was whole when it came."""
    found = await box_facts(town)
    assert found.list_json is not None
    return {one.envelope: one.index == one.complete for one in read_list(found.list_json).envelopes}


async def test_a_bid_whose_parts_follow_counts_and_its_record_is_verified(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    files = files_of(tmp_path / "files")
    late = await seal_as(town, "firm-1", 1_200_000_000, files=files)
    part = (tmp_path / "files" / files.paths[0].name).read_bytes()
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM bidding.part WHERE sha256 = $1", sha256_hex(part))
    taken = await submit_as(town, "firm-1", late)
    whole = [await bid(town, name, 1_300_000_000) for name in ("firm-2", "firm-3")]

    sent = await upload(town, part)
    await town.open_box()
    await award_lot(town)

    assert (taken["complete"], taken["missing"]) == (False, [sha256_hex(part)])
    assert [one["complete"] for one in whole] == [True, True]
    [completed] = await entries(town, "bid-completed")
    assert completed["envelope"] == late.envelope_id
    assert completed["actor"] == "FIRM-1"
    [given] = receipts(sent)
    assert given["envelope"] == late.envelope_id
    read = receipt.parse(str(given["receipt"]).encode())
    assert (read.outcome, read.fields) == ("accepted", completed)
    assert (await listed(town))[late.envelope_id] is False
    record = await verified(town, tmp_path / "record", with_files=True)
    [box] = record.boxes
    assert {one.result.verdict for one in box.judged.values()} == {Verdict.OPENED}
    assert len(box.judged) == 3


async def test_a_bid_is_in_time_while_the_store_is_away_and_whole_once_it_is_back(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sealed = await seal_as(town, "firm-1", 1_200_000_000)
    away = S3Vault(stores.NOWHERE, machine_clock)

    taken = await submit_as(replace(town, vault=away), "firm-1", sealed)
    again = await submit_as(town, "firm-1", sealed)
    away.close()

    assert (taken["complete"], taken["missing"]) == (False, [sha256_hex(sealed.part_0)])
    assert (again["complete"], again["missing"]) == (True, [])
    assert again["receipt"] == taken["receipt"]
    [completed] = await entries(town, "bid-completed")
    assert completed["envelope"] == sealed.envelope_id


async def test_a_bid_whose_parts_were_all_sent_becomes_whole_though_nobody_asks_again(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sealed = await seal_as(town, "firm-1", 1_200_000_000)
    missing = await unsent(town, "firm-2", 1_190_000_000)
    away = S3Vault(stores.NOWHERE, machine_clock)
    await submit_as(replace(town, vault=away), "firm-1", sealed)
    await submit_as(town, "firm-2", missing)

    await completing.complete_unfinished(database, town.hall, away)
    assert await entries(town, "bid-completed") == []
    await completing.complete_unfinished(database, town.hall, town.vault)
    away.close()

    [completed] = await entries(town, "bid-completed")
    assert completed["envelope"] == sealed.envelope_id


async def test_a_store_that_hangs_holds_up_nobody_while_it_is_asked(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sealed = await seal_as(town, "firm-1", 1_200_000_000)
    away = S3Vault(stores.NOWHERE, machine_clock)
    await submit_as(replace(town, vault=away), "firm-1", sealed)
    away.close()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hangs = S3Vault(replace(stores.NOWHERE, origin=place), machine_clock)
        asking = asyncio.create_task(completing.complete_unfinished(database, town.hall, hangs))
        with (await asyncio.to_thread(silent.accept))[0]:  # by now it is asked
            async with asyncio.timeout(5):
                await withdraw_as(town, "firm-1", sealed.envelope_id)
            assert not asking.done()
    await asking
    hangs.close()

    assert await entries(town, "bid-completed") == []


async def test_the_part_of_a_bid_that_was_replaced_or_withdrawn_makes_nothing_whole(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    first = await unsent(town, "firm-1", 1_200_000_000)
    await submit_as(town, "firm-1", first)
    await bid(town, "firm-1", 1_190_000_000)
    gone = await unsent(town, "firm-2", 1_180_000_000)
    await submit_as(town, "firm-2", gone)
    await withdraw_as(town, "firm-2", gone.envelope_id)

    with pytest.raises(completing.EnvelopeReplaced):
        await submit_as(town, "firm-1", first)
    with pytest.raises(rules.EnvelopeWithdrawn):
        await submit_as(town, "firm-2", gone)
    assert await entries(town, "bid-completed") == []


async def test_what_stays_incomplete_is_no_bid_and_the_one_before_it_counts(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    before = [str((await bid(town, f"firm-{n}", 10**9 + n))["envelope"]) for n in (1, 2, 3)]
    changed = await unsent(town, "firm-1", 900_000_000)
    alone = await unsent(town, "firm-4", 900_000_000)
    await submit_as(town, "firm-1", changed)
    await submit_as(town, "firm-4", alone)
    kept = await town.vault.size(seal.read_manifest(changed.seal).core.parts[0].sha256)

    await town.open_box()

    assert kept is None
    assert sorted(await listed(town)) == sorted(before)
    assert {one.verdict for one in await told(town)} == {"opened"}
    assert len((await opening(town)).results) == 3
    record = await verified(town, tmp_path / "record")
    assert len(record.boxes[0].judged) == 3


async def test_the_last_part_counts_before_parts_by_and_not_at_it(
    database: Database, owner_dsn: str, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    await let_parts_follow(owner_dsn)
    in_time, late = [await unsent(town, name, 10**9) for name in ("firm-1", "firm-2")]
    for name, sealed in (("firm-1", in_time), ("firm-2", late)):
        await submit_as(town, name, sealed)
    other = await unsent(town, "firm-3", 10**9)

    town.clock.move_to(DEADLINE)
    too_late = await outcome(submit_as(town, "firm-3", other))
    town.clock.move_to(LATER - MICROSECOND)
    await upload(town, in_time.part_0)
    town.clock.move_to(LATER)
    with pytest.raises(rules.PartsLate) as refusal:
        await upload(town, late.part_0)

    assert too_late == "bidding.closed"
    assert [one["envelope"] for one in await entries(town, "bid-completed")] == [
        in_time.envelope_id
    ]
    given = receipt.parse(str(refusal.value.facts["receipt"]).encode())
    assert (given.outcome, given.record) == ("refused", None)
    assert given.fields["envelope"] == late.envelope_id
    await town.carry()
    assert list(await listed(town)) == [in_time.envelope_id]


async def test_the_same_part_again_gets_the_receipt_again(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sealed = await unsent(town, "firm-1", 10**9)
    first = await submit_as(town, "firm-1", sealed)

    sent, twin = await asyncio.gather(upload(town, sealed.part_0), upload(town, sealed.part_0))
    again = await submit_as(town, "firm-1", sealed)

    [completed] = receipts(sent)
    assert sent == twin
    assert len(await entries(town, "bid-completed")) == 1
    assert again["receipt"] == first["receipt"]
    assert again["complete"] is True
    assert again["completed"] == {
        "receipt": completed["receipt"],
        "receipt_p7s": completed["receipt_p7s"],
    }


async def test_a_part_that_comes_while_its_manifest_is_taken_completes_it(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)

    for n in range(1, 6):
        sealed = await unsent(town, f"firm-{n}", 10**9)
        await asyncio.gather(submit_as(town, f"firm-{n}", sealed), upload(town, sealed.part_0))

    async with database.transaction() as tx:
        open_ones = await tx.fetchval(
            "SELECT count(*) FROM bidding.envelope WHERE completed_at IS NULL"
        )
    assert open_ones == 0


async def test_the_parts_of_a_replaced_bid_stay_until_the_new_one_is_whole(
    database: Database, owner_dsn: str, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    await let_parts_follow(owner_dsn)
    first = await seal_as(town, "firm-1", 10**9)
    await submit_as(town, "firm-1", first)
    second = await unsent(town, "firm-1", 9 * 10**8)
    await submit_as(town, "firm-1", second)
    old = sha256_hex(first.part_0)
    town.clock.move_to(town.clock.now + timedelta(hours=2))

    swept = await parts.sweep(database, town.hall, town.vault)
    stays = await town.vault.size(old)
    await upload(town, second.part_0)

    assert (swept, stays) == (0, len(first.part_0))
    assert await town.vault.size(old) is None


async def test_what_was_withdrawn_or_replaced_is_never_completed(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    withdrawn = await unsent(town, "firm-1", 10**9)
    await submit_as(town, "firm-1", withdrawn)
    await withdraw_as(town, "firm-1", withdrawn.envelope_id)
    replaced = await unsent(town, "firm-2", 10**9)
    await submit_as(town, "firm-2", replaced)
    await bid(town, "firm-2", 9 * 10**8)

    answers: list[Answer] = [await upload(town, one.part_0) for one in (withdrawn, replaced)]

    assert [one["completed"] for one in answers] == [[], []]
    assert await entries(town, "bid-completed") == []


async def test_a_part_of_another_size_than_its_manifest_says_completes_nothing(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sealed = await unsent(town, "firm-1", 10**9)
    core = seal.read_manifest(sealed.seal).core
    wrong = replace(core, parts=(replace(core.parts[0], size=core.parts[0].size + 1),))
    offered = replace(sealed, seal=await dealt(town, wrong, sealed.secret))
    await submit_as(town, "firm-1", offered)
    before = len(await appended(town))

    with pytest.raises(refused.TooLarge):
        await upload(town, sealed.part_0)

    assert len(await appended(town)) == before


async def test_a_record_is_good_where_a_bid_was_replaced_and_its_successor_withdrawn(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 10**9 + n)
    await bid(town, "firm-4", 10**9)
    second = await bid(town, "firm-4", 9 * 10**8)
    await withdraw_as(town, "firm-4", str(second["envelope"]))

    await town.open_box()

    assert len(await listed(town)) == 3
    record = await verified(town, tmp_path / "record")
    assert len(record.boxes[0].judged) == 3
