import asyncio

import asyncpg
import pytest

from sql import migrate as module
from sql.database import Database
from sql.migrate import BadMigrations, Migration, migrate, migrations, pending
from sql.postgres import ADMIN, OWNER, EmbeddedPostgres


@pytest.fixture
async def empty_dsn(postgres: EmbeddedPostgres) -> str:
    """Address a database that no migration has touched."""
    admin = await asyncpg.connect(postgres.dsn(ADMIN, "postgres"))
    await admin.execute("DROP DATABASE IF EXISTS empty WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE empty OWNER {OWNER}")
    await admin.close()
    return postgres.dsn(OWNER, "empty")


async def test_every_file_is_applied_once(empty_dsn: str) -> None:
    names = [migration.name for migration in migrations()]

    assert await migrate(empty_dsn) == names
    assert await migrate(empty_dsn) == []


async def test_two_starts_at_once_apply_each_file_once(empty_dsn: str) -> None:
    applied = await asyncio.gather(migrate(empty_dsn), migrate(empty_dsn))

    assert sorted(applied, key=len) == [[], [migration.name for migration in migrations()]]


async def test_a_file_changed_after_it_ran_is_a_fault(owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("UPDATE hall.migration SET sha256 = repeat('0', 64) WHERE number = 1")
    await owner.close()

    with pytest.raises(BadMigrations, match="0001_roles"):
        await migrate(owner_dsn)


async def test_a_file_that_fails_leaves_nothing(
    owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = Migration(9000, "9000_half.sql", "CREATE TABLE web.half (n integer); SELECT 1 / 0;")
    monkeypatch.setattr(module, "migrations", lambda: [*migrations(), half])

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(owner_dsn)

    owner = await asyncpg.connect(owner_dsn)
    assert await owner.fetchval("SELECT to_regclass('web.half')") is None
    await owner.close()


async def test_a_file_that_comes_too_late_is_refused(
    owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Migration(0, "0000_late.sql", "SELECT 1")
    monkeypatch.setattr(module, "migrations", lambda: [late, *migrations()])

    with pytest.raises(BadMigrations, match="0000_late"):
        await migrate(owner_dsn)


async def test_a_name_without_its_schema_is_refused(
    owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = Migration(9000, "9000_careless.sql", "CREATE TABLE nowhere (n integer)")
    monkeypatch.setattr(module, "migrations", lambda: [*migrations(), careless])

    with pytest.raises(asyncpg.InvalidSchemaNameError):
        await migrate(owner_dsn)


async def test_the_hall_can_see_that_nothing_is_pending(database: Database) -> None:
    async with database.transaction() as tx:
        assert await pending(tx) == []
