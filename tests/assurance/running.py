"""A real hall in a process of its own, with its PostgreSQL: frozen at a step, killed, back again.

Nothing in the hall knows of this. It stops at a step because somebody else holds a lock that the
next step needs, and is killed there: deterministic, on a real disk, with `fsync`.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import aiohttp
import asyncpg

from notary.entropy import system_entropy
from sql import postgres
from sql.postgres import ADMIN
from tests.house import ROOT
from web import beijing, duty_folder, ports
from web.client import SigningPair, read_pair
from web.demo.cast import folder_of
from web.demo.duties import duty_folder_of

if TYPE_CHECKING:  # generic in the stubs only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

ARMED = ("officer", "supervisor")
START_S = 90.0
STOP_S = 60.0
LOOK_AGAIN_S = 0.01


class RunningHall:
    """A demo hall of one home at one address, through as many lives as it takes."""

    def __init__(self, home: Path) -> None:
        port = _free_port()
        self.home = home
        self.origin = f"http://localhost:{port}"
        self.log = home / "log"
        self.environ: dict[str, str] = {}
        self._listen = f"localhost:{port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start the hall; return after how many seconds it serves."""
        environ = {name: value for name, value in os.environ.items() if name[:5] != "HALL_"}
        environ["PYTHONFAULTHANDLER"] = "1"
        with self.log.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "web", "serve", "--demo"),
                cwd=ROOT,
                env=environ
                | self.environ
                | {"HALL_HOME": str(self.home), "HALL_LISTEN": self._listen},
                stdout=said,
                stderr=said,
            )
        return await self.serving()

    async def serving(self) -> float:
        """Wait until the hall answers with its database's time; return how long that took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with aiohttp.ClientSession() as http, asyncio.timeout(START_S):
            while not await self._serves(http):
                assert self._process is not None
                assert self._process.returncode is None, self.log.read_text()[-2000:]
                await asyncio.sleep(0.05)
        return loop.time() - began

    async def _serves(self, http: aiohttp.ClientSession) -> bool:
        with suppress(aiohttp.ClientError):
            async with http.get(f"{self.origin}/api/v1/time") as answer:
                return answer.status == 200
        return False

    async def kill(self) -> None:
        """Kill -9 the hall; return once everything that it had started is gone."""
        assert self._process is not None
        family = _family(self._process.pid)
        self._process.kill()
        await self._process.wait()
        await _gone(family)

    async def kill_postgres(self) -> None:
        """Kill -9 the postmaster and every backend under the hall, which goes on."""
        family = _family(self.postmaster)
        for pid in [self.postmaster, *family]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await _gone(family)

    @property
    def postmaster(self) -> int:
        """The process id of the PostgreSQL that runs now."""
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    async def stop(self) -> None:
        """End the hall as an operator does."""
        if self._process is not None and self._process.returncode is None:
            family = _family(self._process.pid)
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.send_signal(signal.SIGABRT)  # its log then tells where it stood
                await self._process.wait()
                raise AssertionError(self.log.read_text()[-5000:]) from None
            await _gone(family)

    def pair(self, name: str) -> SigningPair:
        """Return what somebody of the cast signs with."""
        return read_pair(folder_of(self.home, name))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Look into the database beside the hall, as its superuser; it may be killed meanwhile."""
        socket = postgres.running_socket(self.home)
        assert socket is not None
        connection = await asyncpg.connect(postgres.dsn(socket, ADMIN))
        try:
            yield connection
        finally:
            with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
                await connection.close(timeout=5)

    @asynccontextmanager
    async def frozen(self, *statements: str) -> AsyncIterator[Connection]:
        """Hold the locks that `statements` take, so that the hall stops where it needs them."""
        async with self.connection() as connection:
            await connection.execute("BEGIN")
            for statement in statements:
                await connection.execute(statement)
            yield connection

    def disarm(self) -> None:
        """Let no duty client of the demonstration release alone."""
        for name in ARMED:
            (duty_folder_of(self.home, name) / "armed").unlink()

    def arm(self, now: datetime) -> None:
        """Let them release alone again, from their next start on."""
        today = beijing.today(now)
        for name in ARMED:
            duty_folder.arm(duty_folder_of(self.home, name), [today, today + timedelta(days=1)])

    def kill_duty_clients(self) -> None:
        """Kill -9 the duty clients; the hall starts them again."""
        assert self._process is not None
        for pid in _family(self._process.pid):
            with suppress(ProcessLookupError, FileNotFoundError):
                if b"trustee" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    os.kill(pid, signal.SIGKILL)

    async def command(self, *words: str) -> tuple[int, str]:
        """Run a command of `hall` in this home; return its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "web", *words),
            cwd=ROOT,
            env={
                **os.environ,
                **self.environ,
                "HALL_HOME": str(self.home),
                "HALL_ORIGIN": self.origin,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()


@asynccontextmanager
async def a_running_hall(home: Path) -> AsyncIterator[RunningHall]:
    """Give a hall in an empty home; it has ended when the context does."""
    hall = RunningHall(home)
    try:
        yield hall
    finally:
        await hall.stop()


async def patiently(holds: Callable[[], Awaitable[object]], seconds: float = START_S) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(LOOK_AGAIN_S)


async def until(connection: Connection, question: str, *arguments: object) -> None:
    """Wait until the answer to an SQL question is true."""
    await patiently(lambda: connection.fetchval(question, *arguments))


async def until_waiting(connection: Connection, waiters: int = 1) -> None:
    """Wait until so many of the hall's transactions wait for a lock of ours."""
    await until(
        connection,
        """
        SELECT count(DISTINCT pid) >= $1
          FROM pg_locks -- pg_stat_activity shows one transaction always the same backends
         WHERE NOT granted
           AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
        """,
        waiters,
    )


def _free_port() -> int:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(one) for one in ports.bind("localhost", 0, system_entropy)]
        return ports.port_of(sockets)


def _family(pid: int) -> list[int]:
    """Return the processes that descend from one."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                stat = (folder / "stat").read_text().rpartition(") ")[2].split()
                parents.setdefault(int(stat[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


async def _gone(pids: list[int]) -> None:
    """Wait until processes are gone; a zombie is, though nobody has reaped it."""

    async def are_gone() -> bool:
        return not any(map(_lives, pids))

    await patiently(are_gone)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
