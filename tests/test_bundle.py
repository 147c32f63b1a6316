"""One tar installs the hall where there is no registry and no network at all."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sql import postgres
from tests.house import ROOT

pytestmark = pytest.mark.nightly

MAKE_S = 900
START_S = 120

# In a network namespace of its own even the loopback is down: nothing else is there to be reached.
WITHOUT_ROUTES = """
import fcntl, os, socket, struct, sys
up = struct.pack("16sh", b"lo", 0x1 | 0x40)
fcntl.ioctl(socket.socket(), 0x8914, up)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """Make the bundle, carry it elsewhere, and install it without a route to anywhere."""
    subprocess.run(["make", "bundle"], cwd=ROOT, check=True, timeout=MAKE_S, capture_output=True)
    folder = Path(tempfile.mkdtemp(prefix="hall-bundle-"))
    folder.chmod(0o711)  # where the tests run as root, the server's user passes through it
    try:
        shutil.unpack_archive(ROOT / "dist" / "trading-hall.tar", folder)
        alone(
            "/bin/sh", str(folder / "trading-hall" / "install"), str(folder / "hall")
        ).check_returncode()
        yield folder
    finally:
        postgres.erase(folder / "home")
        shutil.rmtree(folder, ignore_errors=True)


def words_alone(*words: str) -> list[str]:
    """Return what runs a program in a network namespace without routes."""
    python = shutil.which("python3")
    assert python is not None
    return ["unshare", "--net", python, "-c", WITHOUT_ROUTES, *words]


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words_alone(*words), capture_output=True, text=True, timeout=MAKE_S, check=False
    )


def test_a_machine_without_routes_reaches_nobody(installed: Path) -> None:
    asked = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"

    reached = alone(str(installed / "hall" / "bin" / "python"), "-c", asked)

    assert reached.returncode != 0
    assert "unreachable" in reached.stderr


def test_a_demo_hall_starts_from_the_bundle_without_a_network(installed: Path) -> None:
    home = installed / "home"
    environ = {**os.environ, "HALL_HOME": str(home), "HALL_LISTEN": "localhost:0"}
    process = subprocess.Popen(
        words_alone(str(installed / "hall" / "bin" / "hall"), "serve", "--demo"),
        env=environ,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        assert origin.startswith("http://localhost:")
        inside = ["nsenter", "--net", "--target", str(process.pid)]
        fetch = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).status)"
        python = str(installed / "hall" / "bin" / "python")
        page = subprocess.run(
            [*inside, python, "-c", fetch, f"{origin}/announcements"],
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        assert page.stdout.strip() == "200", page.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=START_S)
        if process.stdout is not None:
            process.stdout.close()


def test_a_bundle_that_was_touched_installs_nothing(installed: Path) -> None:
    wheel = next((installed / "trading-hall" / "wheels").glob("trading_hall-*.whl"))
    good = wheel.read_bytes()
    wheel.write_bytes(good + b"\0")

    refused = alone(
        "/bin/sh", str(installed / "trading-hall" / "install"), str(installed / "other")
    )

    wheel.write_bytes(good)
    assert refused.returncode == 1
    assert "not as it was made" in refused.stderr
    assert not (installed / "other").exists()
