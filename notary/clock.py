"""The one clock that decides: the database's, read inside the transaction after the lock.

Many processes on many machines so agree on "in time". SQL's `now()` is the start of the
transaction and decides nothing: a writer that waited past the deadline would be stamped before it.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sql.database import Tx

Clock = Callable[[Tx], Awaitable[datetime]]
"""Tells the instant of an act; tests pass one that moves when told."""


async def database_clock(tx: Tx) -> datetime:
    """Return the database's `clock_timestamp()` in UTC, to the microsecond."""
    instant: datetime = await tx.fetchval("SELECT clock_timestamp()")
    return instant.astimezone(UTC)
