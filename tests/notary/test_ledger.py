import asyncio
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from notary import canonical, cms, entry, ledger, receipt
from notary.entry import BadEntry
from sql.database import Database
from tests.notary.house import (
    AT,
    BID,
    BOX,
    CLARIFIED,
    NOTICE,
    TENDER,
    a_hall,
    a_sequencer,
    act,
    append,
    check_log,
)

RECORDS = {
    "ledger_body": "body",
    "ledger_entry": "record",
    "ledger_tile": "root",
    "ledger_checkpoint": "note",
    "ledger_disclosure": "fields",
}


async def count(database: Database, table: str) -> int:
    async with database.transaction() as tx:
        found: int = await tx.fetchval(f"SELECT count(*) FROM notary.{table}")  # noqa: S608
        return found


async def test_an_act_leaves_its_entry(database: Database, tmp_path: Path) -> None:
    hall, _ = await a_hall(tmp_path, database)
    done = await act(database, hall)
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM notary.ledger_body WHERE entry_id = $1", done.entry_id
        )

    fields = CLARIFIED | {
        "kind": "trading.clarified.v1",
        "origin": hall.origin,
        "at": "2026-11-30T08:00:05.123456Z",
        "actor": "ORG-AGENCY",
    }
    assert done.fields == fields
    assert done.record == entry.record(fields, done.salt)
    assert row is not None
    assert canonical.load_signed(row["body"]) == fields
    assert (row["kind"], row["subject"], row["at"]) == ("trading.clarified.v1", TENDER, AT)
    assert (row["record"], row["salt"], row["key"]) == (done.record, done.salt, None)


async def test_two_entries_of_the_same_fields_show_nothing_in_common(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)
    one, two = await act(database, hall), await act(database, hall)

    assert one.fields == two.fields
    assert one.salt != two.salt
    assert one.record != two.record


async def test_a_plain_entry_has_no_salt_and_a_key(database: Database, tmp_path: Path) -> None:
    hall, _ = await a_hall(tmp_path, database)
    done = await act(database, hall, "trading.published.v1", NOTICE)

    assert done.salt is None
    assert done.record == b"\x02" + canonical.dumps(done.fields)


async def test_what_is_rolled_back_leaves_nothing(database: Database, tmp_path: Path) -> None:
    async def act_and_fail() -> None:
        async with database.transaction() as tx:
            await append(tx, hall)
            raise ZeroDivisionError

    hall, _ = await a_hall(tmp_path, database)
    before = await count(database, "ledger_body"), await count(database, "ledger_pending")
    with pytest.raises(ZeroDivisionError):
        await act_and_fail()

    assert (await count(database, "ledger_body"), await count(database, "ledger_pending")) == before


async def test_a_second_entry_with_one_key_fails_its_act(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    await act(database, hall, "trading.published.v1", NOTICE)

    with pytest.raises(asyncpg.UniqueViolationError) as failed:
        await act(database, hall, "trading.amended.v1", NOTICE)
    assert failed.value.constraint_name == "one_entry_per_key"
    sequencer = a_sequencer(database, signer)
    assert await sequencer.drain() == 1


async def test_of_two_acts_at_once_with_one_key_one_wins(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)
    outcomes = await asyncio.gather(
        *(act(database, hall, "trading.published.v1", NOTICE) for _ in range(10)),
        return_exceptions=True,
    )

    refused = [one for one in outcomes if isinstance(one, asyncpg.UniqueViolationError)]
    assert len(refused) == 9


async def test_two_hundred_acts_at_once_all_come_into_the_log(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    done = await asyncio.gather(*(act(database, hall) for _ in range(200)))
    sequencer = a_sequencer(database, signer)
    await sequencer.drain()
    await sequencer.publish()

    assert set((await check_log(database, signer))[1:]) == {one.record for one in done}


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("trading.nothing.v1", CLARIFIED, "form"),
        ("trading.clarified.v1", NOTICE, "names"),
        ("trading.clarified.v1", CLARIFIED | {"n": 0}, "names"),
        ("trading.clarified.v1", CLARIFIED | {"at": "now"}, "names"),
    ],
)
async def test_what_its_kind_does_not_allow_is_not_appended(
    database: Database,
    tmp_path: Path,
    kind: str,
    fields: dict[str, canonical.Json],
    reason: str,
) -> None:
    hall, _ = await a_hall(tmp_path, database)

    with pytest.raises(BadEntry) as failed:
        await act(database, hall, kind, fields)
    assert failed.value.reason == reason


async def test_an_entry_whose_kind_is_not_held_is_never_held(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)

    with pytest.raises(BadEntry):
        await act(database, hall, "trading.published.v1", NOTICE, hold=BOX)
    with pytest.raises(BadEntry):
        await act(database, hall, "trading.clarified.v1", CLARIFIED, hold=BOX)


async def test_its_actor_reads_a_held_entry_and_nobody_else_does(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    done = await act(database, hall, "bidding.bid-received.v1", BID, hold=BOX)
    await a_sequencer(database, signer).drain()

    async with database.transaction() as tx:
        assert await ledger.entry_of(tx, done.entry_id) == done
        assert await ledger.entry_of(tx, done.entry_id + 1) is None
        assert await ledger.index_of(tx, done.entry_id) is None
        assert await ledger.entries_about(tx, TENDER) == []
        assert [one.kind for one in await ledger.entries(tx)] == ["ledger.inception.v1"]


async def test_readers_follow_the_index(database: Database, tmp_path: Path) -> None:
    hall, signer = await a_hall(tmp_path, database)
    done = [await act(database, hall) for _ in range(5)]
    await a_sequencer(database, signer).drain()

    async with database.transaction() as tx:
        page = await ledger.entries(tx, after=2, limit=2)
        about = await ledger.entries_about(tx, TENDER, after=1)
        beyond = await ledger.entry_at(tx, 6)
    assert [one.idx for one in page] == [3, 4]
    assert [one.record for one in about] == [one.record for one in done[1:]]
    assert page[0].fields == done[2].fields
    assert page[0].leaf_hash == done[2].leaf_hash
    assert beyond is None


@pytest.mark.parametrize(
    "change",
    ["UPDATE notary.{} SET {} = {}", "DELETE FROM notary.{}", "TRUNCATE notary.{} CASCADE"],
)
async def test_neither_hall_nor_owner_changes_a_record(
    database: Database, owner_dsn: str, change: str
) -> None:
    owner = await asyncpg.connect(owner_dsn)
    for table, column in RECORDS.items():
        statement = change.format(table, column, column)

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction() as tx:
                await tx.execute(statement)
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(statement)
    await owner.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notary.ledger_pending SET hold = 'again'",
        "UPDATE notary.ledger_pending SET record = ''",
        "UPDATE notary.ledger_head SET size = 0",
        "UPDATE notary.ledger_head SET size = size + 1",
        "DELETE FROM notary.ledger_head",
        "TRUNCATE notary.ledger_head",
    ],
)
async def test_the_two_exceptions_move_one_way(
    database: Database, tmp_path: Path, owner_dsn: str, change: str
) -> None:
    hall, _ = await a_hall(tmp_path, database)
    await act(database, hall)
    owner = await asyncpg.connect(owner_dsn)

    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute(change)
    await owner.close()


async def test_a_change_without_its_entry_fails_at_the_commit(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    async def change(*, with_entry: bool) -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO trading.example (name) VALUES ('a')")
            if with_entry:
                await append(tx, hall)

    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        """
        CREATE TABLE trading.example (name text);
        GRANT INSERT, SELECT ON trading.example TO hall_app;
        CREATE CONSTRAINT TRIGGER example_leaves_an_entry
         AFTER INSERT OR UPDATE OR DELETE ON trading.example
               DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
        """
    )
    await owner.close()
    hall, _ = await a_hall(tmp_path, database)
    await act(database, hall)  # the entry of another act does not count

    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="left no entry"):
        await change(with_entry=False)
    await change(with_entry=True)


async def test_a_record_of_no_known_form_is_refused_by_the_table(database: Database) -> None:
    for record, salt, key in (
        (b"\x03" + bytes(32), bytes(32), None),
        (b"\x01" + bytes(31), bytes(32), None),
        (b"\x01" + bytes(32), None, None),
        (b"\x01" + bytes(32), bytes(32), "key"),
        (b"\x02{}", None, None),
        (b"\x02{ }", None, "key"),
        (b"\x02{}", bytes(32), "key"),
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await insert(database, record, salt, key)
    await insert(database, b"\x02{}", None, "key")


async def insert(database: Database, record: bytes, salt: bytes | None, key: str | None) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO notary.ledger_body (kind, subject, at, body, salt, record, key)
            VALUES ('a.b.v1', 's', $1, '{}', $2, $3, $4)
            """,
            AT,
            salt,
            record,
            key,
        )


async def test_the_receipt_of_an_entry_is_signed_by_the_hall(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)
    done = await act(database, hall)
    given = ledger.give_receipt(hall, done)
    promise = receipt.parse(given.json)

    assert cms.verify(given.json, given.p7s) == hall.certificate
    assert (promise.outcome, promise.record, promise.salt) == ("accepted", done.record, done.salt)
    assert promise.merge_by == AT + timedelta(seconds=60)


async def test_the_receipt_of_a_held_entry_names_no_time(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)
    done = await act(database, hall, "bidding.bid-received.v1", BID, hold=BOX)

    assert receipt.parse(ledger.give_receipt(hall, done, "refused").json).merge_by is None
