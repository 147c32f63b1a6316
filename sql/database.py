"""The one way to get a transaction."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self, TypeAlias, TypeVar

import asyncpg

if TYPE_CHECKING:  # generic in the stubs only
    Tx: TypeAlias = (
        asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    )
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Tx = asyncpg.Connection
    _Pool = asyncpg.Pool

_SESSION = {
    "application_name": "trading-hall",
    "search_path": "trading, bidding, notary, web",  # no table name is in two of them
    "timezone": "UTC",
}
_PATIENCE_SECONDS = 5.0  # the time in which a killed embedded server is back (architecture)
_GOODBYE_SECONDS = 20.0
_RETRY_SECONDS = 0.1
_ATTEMPTS = 5
_GIVE_WAY_SECONDS = 0.02

T = TypeVar("T")


class Database:
    """A pool of connections to one database, as one role."""

    def __init__(self, dsn: str, pool: _Pool) -> None:
        self._dsn = dsn
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str, size: int = 10) -> Self:
        """Connect to `dsn` with at most `size` connections at a time."""
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            reset=_leave_as_it_is,
            server_settings=_SESSION,
        )
        return cls(dsn, pool)

    async def close(self) -> None:
        """Wait for the transactions that run, then close every connection.

        A server that is gone needs no goodbye: the pool drops what it can no longer close, also
        a connection that broke without a word and would be waited for without an end.
        """
        with suppress(OSError, asyncpg.PostgresConnectionError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Give one READ COMMITTED transaction: committed at the end, rolled back on any exception.

        Waits up to five seconds for a server that is just coming back. A connection that breaks
        later raises: whether the commit was reached is then unknown, never "failed".
        """
        async with self.statement() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Tx]:
        """Give a connection for statements that are each a transaction of their own.

        For a single read: BEGIN and COMMIT would be two more round trips (runtime.md 5).
        """
        connection = await _patiently(self._pool.acquire)
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Tx]:
        """Give a connection of its own for as long as the context lasts, in no transaction.

        For the few that keep something on it: prepared statements, LISTEN, a lock of the session.
        """
        connection = await _patiently(lambda: asyncpg.connect(self._dsn, server_settings=_SESSION))
        try:
            yield connection
        finally:
            await connection.close()


async def _leave_as_it_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Save the round trip of the default reset: all that is set here is set in a transaction."""


async def _patiently(connect: Callable[[], Awaitable[T]]) -> T:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _PATIENCE_SECONDS
    while True:
        try:
            return await connect()
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            if loop.time() > give_up:
                raise
            await asyncio.sleep(_RETRY_SECONDS)


async def repeat_if_asked(act: Callable[[], Awaitable[T]]) -> T:
    """Do `act`, and do it again when the database undid it to settle a conflict.

    `act` is one transaction. 40001 and 40P01 say that nothing of it happened and that trying
    again is right; a sharded PostgreSQL says so more often than a single one.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return await act()
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(attempt * _GIVE_WAY_SECONDS)  # the other one finishes first
    return await act()


def is_away(error: BaseException) -> bool:
    """Tell whether `error` says that the server is stopping, gone or just coming back.

    Whether a commit was reached is then unknown, never "failed"; who asks again with the same key
    finds out. InterfaceError: the driver noticed first that the connection is gone;
    InternalClientError: it went in the middle of a statement (`assurance.md` 6).
    """
    return isinstance(
        error,
        OSError
        | asyncpg.PostgresConnectionError
        | asyncpg.AdminShutdownError
        | asyncpg.CrashShutdownError
        | asyncpg.CannotConnectNowError
        | asyncpg.InterfaceError
        | asyncpg.InternalClientError,
    )
