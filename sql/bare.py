"""The bare row: a table for benchmarks, of bytes under their digest and nothing else.

It shows what this very PostgreSQL can do at best, next to which an act of the hall is measured. It
belongs to no schema of the hall and is dropped again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:  # generic in the stubs only
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    _Pool = asyncpg.Pool


@dataclass(frozen=True, slots=True)
class BareTable:
    """The table, and connections to it."""

    _pool: _Pool

    @classmethod
    @asynccontextmanager
    async def made(cls, owner_dsn: str, size: int) -> AsyncIterator["BareTable"]:
        """Make the table for as long as the context lasts, with so many connections."""
        async with asyncpg.create_pool(owner_dsn, min_size=size, max_size=size) as pool:
            await pool.execute(
                """
                CREATE TABLE IF NOT EXISTS public.bare (
                  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                  sha256 text  NOT NULL,
                  body   bytea NOT NULL
                )
                """
            )
            try:
                yield cls(pool)
            finally:
                await pool.execute("DROP TABLE public.bare")

    async def insert(self, sha256: str, body: bytes) -> None:
        """Insert a row in a transaction of its own: one statement, one round trip."""
        await self._pool.execute(
            "INSERT INTO public.bare (sha256, body) VALUES ($1, $2)", sha256, body
        )
