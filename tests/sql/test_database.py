import asyncio

import asyncpg
import pytest

from sql.database import Database, Tx, repeat_if_asked


async def test_what_a_transaction_did_is_there_after_it(database: Database, owner_dsn: str) -> None:
    await _make_table(owner_dsn)

    async with database.transaction() as tx:
        await tx.execute("INSERT INTO web.note (word) VALUES ('kept')")

    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT word FROM note") == "kept"


async def test_an_exception_undoes_the_transaction(database: Database, owner_dsn: str) -> None:
    await _make_table(owner_dsn)

    async def insert_and_fail() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO web.note (word) VALUES ('lost')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await insert_and_fail()

    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM note") == 0


async def test_the_hall_has_no_right_that_no_migration_gave(
    database: Database, owner_dsn: str
) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("CREATE TABLE notary.secret (word text)")
    await owner.close()

    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT current_user") == "hall_app"
    for statement in (
        "SELECT * FROM notary.secret",
        "CREATE TABLE web.mine (word text)",
        "CREATE TABLE public.mine (word text)",
        "CREATE TEMPORARY TABLE mine (word text)",
        "INSERT INTO hall.migration VALUES (9999, 'x', repeat('0', 64))",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction() as tx:
                await tx.execute(statement)


async def test_a_session_keeps_what_the_pool_never_sees(database: Database) -> None:
    async with database.session() as connection, database.transaction() as tx:
        mine = await connection.fetchval("SELECT pg_backend_pid()")
        theirs = await tx.fetchval("SELECT pg_backend_pid()")

    assert mine != theirs


async def test_fifty_transactions_share_ten_connections(database: Database) -> None:
    async def one() -> int:
        async with database.transaction() as tx:
            return int(await tx.fetchval("SELECT pg_backend_pid()"))

    backends = await asyncio.gather(*(one() for _ in range(50)))

    assert len(set(backends)) <= 10


async def test_an_act_undone_by_a_deadlock_is_done_again(
    database: Database, owner_dsn: str
) -> None:
    await _make_table(owner_dsn, "first", "second")
    both_hold_one = asyncio.Barrier(2)
    attempts = 0

    async def append(words: tuple[str, str]) -> None:
        nonlocal attempts
        attempts += 1
        async with database.transaction() as tx:
            await _hold(tx, words[0])
            if attempts <= 2:
                await both_hold_one.wait()
            await _hold(tx, words[1])

    await asyncio.gather(
        repeat_if_asked(lambda: append(("first", "second"))),
        repeat_if_asked(lambda: append(("second", "first"))),
    )

    assert attempts >= 3


async def _hold(tx: Tx, word: str) -> None:
    await tx.execute("SELECT 1 FROM note WHERE word = $1 FOR UPDATE", word)


async def _make_table(owner_dsn: str, *words: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("CREATE TABLE web.note (word text)")
    await owner.execute("GRANT SELECT, INSERT, UPDATE ON web.note TO hall_app")
    await owner.executemany("INSERT INTO web.note (word) VALUES ($1)", [(word,) for word in words])
    await owner.close()


async def test_a_connection_that_never_comes_back_holds_up_no_goodbye(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.database._GOODBYE_SECONDS", 0.2)
    leaving = await Database.open(database_dsn)
    async with leaving.statement(), asyncio.timeout(10):
        await leaving.close()
