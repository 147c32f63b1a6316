"""One embedded PostgreSQL a test process, and in it a fresh database for each test."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sql.database import Database
from sql.migrate import migrate
from sql.postgres import APPLICATION, OWNER, EmbeddedPostgres, binaries
from tests import stores
from tests.databases import a_database

# What a test loses by a power cut it can lose; kill tests start a server of their own.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
NIGHTLY_SECONDS = 3600
MEMORY = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own in it
"""Where files cost no disk: a database of a test is a thousand small ones."""
MEMORY_NEEDED = 2**30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what runs at night more time before it counts as hanging."""
    for item in items:
        if item.get_closest_marker("nightly"):
            item.add_marker(pytest.mark.timeout(NIGHTLY_SECONDS))


@pytest.fixture(scope="session")
def pg_bin() -> Path:
    configured = os.environ.get("HALL_PG_BIN")
    return binaries(Path(configured) if configured else None)


def in_memory() -> Path | None:
    """Return a folder in memory, None where the machine has none or a small one."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        return MEMORY if shutil.disk_usage(MEMORY).free > MEMORY_NEEDED else None
    return None


@pytest.fixture(scope="session")
def postgres(pg_bin: Path) -> Iterator[EmbeddedPostgres]:
    """Run a server whose database `hall` is migrated and only copied from."""
    home = Path(tempfile.mkdtemp(prefix="hall-test-", dir=in_memory()))
    home.chmod(0o711)  # where the tests run as root, the server's user passes through it
    server = EmbeddedPostgres(home, pg_bin, FORGETFUL)
    try:
        asyncio.run(server.start())
        asyncio.run(migrate(server.dsn(OWNER)))
        yield server
    finally:
        asyncio.run(server.stop())
        shutil.rmtree(home)


@pytest.fixture
async def database_name(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """Make a database like the migrated one and drop it afterwards."""
    async with a_database(postgres) as name:
        yield name


@pytest.fixture
def owner_dsn(postgres: EmbeddedPostgres, database_name: str) -> str:
    """Address the test's database as the owner of its tables."""
    return postgres.dsn(OWNER, database_name)


@pytest.fixture
def database_dsn(postgres: EmbeddedPostgres, database_name: str) -> str:
    """Address the test's database as the hall does."""
    return postgres.dsn(APPLICATION, database_name)


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    """Open the test's database as the hall does."""
    database = await Database.open(database_dsn)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run an S3 store, and give its origin; each test makes buckets of its own."""
    with stores.ministack(tmp_path_factory.mktemp("store")) as origin:
        yield origin
