"""The one clock that decides: the database's, read inside the transaction after the lock.

Many processes on many machines so agree on "in time". SQL's `now()` is the start of the
transaction and decides nothing: a writer that waited past the deadline would be stamped before it.
A client that must not believe the hall goes by its own machine instead.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sql.database import Tx

Clock = Callable[[Tx], Awaitable[datetime]]
"""Tells the instant of an act; tests pass one that moves when told."""


MachineClock = Callable[[], datetime]
"""Tells the instant on a client's own machine, in UTC."""


async def database_clock(tx: Tx) -> datetime:
    """Return the database's `clock_timestamp()` in UTC, to the microsecond."""
    instant: datetime = await tx.fetchval("SELECT clock_timestamp()")
    return instant.astimezone(UTC)


def machine_clock() -> datetime:
    """Return this machine's own time, for clients: a trustee's decides when shares may go out."""
    return datetime.now(UTC)
