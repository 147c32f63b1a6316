"""Migrations: numbered SQL files that only go forward, each applied once and remembered.

A file `NNNN_name.sql` runs as the owner in a transaction of its own, with an empty search path so
that every name in it says its schema. Its SHA-256 is kept: a file that was changed after it ran is
a fault, because two halls would then differ and call themselves the same.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:  # for the alias that only the stubs know
    from sql.database import Tx

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK = 0x68616C6C  # "hall": two starts at once; the primary key below is the second guard

_MEMORY = """
CREATE SCHEMA IF NOT EXISTS hall;
CREATE TABLE IF NOT EXISTS hall.migration (
  number     integer     PRIMARY KEY,
  name       text        NOT NULL,
  sha256     text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


class BadMigrations(Exception):  # noqa: N818 - the adjective says what is wrong
    """The files and the database do not tell one history."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    name: str
    statements: str

    @property
    def sha256(self) -> str:
        """The hex digest of the file's bytes."""
        return hashlib.sha256(self.statements.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return the files of this program in order."""
    found = []
    for file in (resources.files("sql") / "migrations").iterdir():
        name = _NAME.fullmatch(file.name)
        if name is not None:
            found.append(Migration(int(name[1]), file.name, file.read_bytes().decode()))
    return sorted(found, key=lambda migration: migration.number)


async def migrate(owner_dsn: str) -> list[str]:
    """Bring the database up to this program and return the names of the files applied.

    Raises BadMigrations, with nothing changed, where the database has seen other files.
    """
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_MEMORY)
        pending = _pending(migrations(), await _remembered(connection))
        for migration in pending:
            await _apply(connection, migration)
    finally:
        await connection.close()  # and with it the lock
    return [migration.name for migration in pending]


async def pending(tx: "Tx") -> list[str]:
    """Return the names of the files this database still lacks.

    Raises BadMigrations where it has seen other files.
    """
    return [migration.name for migration in _pending(migrations(), await _remembered(tx))]


async def _remembered(tx: "Tx") -> dict[int, tuple[str, str]]:
    rows = await tx.fetch("SELECT number, name, sha256 FROM hall.migration")
    return {row["number"]: (row["name"], row["sha256"]) for row in rows}


def _pending(files: list[Migration], remembered: dict[int, tuple[str, str]]) -> list[Migration]:
    known = {migration.number: (migration.name, migration.sha256) for migration in files}
    if len(known) != len(files):
        raise BadMigrations("two migration files have one number")
    for number, (name, sha256) in sorted(remembered.items()):
        if known.get(number) != (name, sha256):
            raise BadMigrations(f"the database was made by another {name} than this program has")
    last = max(remembered, default=0)
    waiting = [migration for migration in files if migration.number not in remembered]
    if waiting and waiting[0].number < last:
        raise BadMigrations(f"{waiting[0].name} comes too late: the database is at {last}")
    return waiting


async def _apply(tx: "Tx", migration: Migration) -> None:
    async with tx.transaction():
        await tx.execute("SET LOCAL search_path = ''")
        await tx.execute(migration.statements)
        await tx.execute(
            "INSERT INTO hall.migration (number, name, sha256) VALUES ($1, $2, $3)",
            migration.number,
            migration.name,
            migration.sha256,
        )
