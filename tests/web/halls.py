"""Halls in processes of their own, as `hall` starts them, each in a home that goes away."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sql import postgres

START_S = 60


@contextmanager
def a_home() -> Iterator[Path]:
    """Give an empty home; what PostgreSQL leaves goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="hall-test-"))
    folder.chmod(0o711)  # where the tests run as root, the server's user passes through it
    try:
        yield folder
    finally:
        postgres.erase(folder)
        shutil.rmtree(folder)


def hall(home: Path, *words: str, seconds: float = START_S) -> subprocess.CompletedProcess[str]:
    """Run a command of `hall` to its end."""
    return subprocess.run(
        _command(words),
        env=_environ(home),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def serving(home: Path, *words: str, **environ: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a hall; give its origin, once it says it, and its process."""
    with (home / "log").open("ab") as errors:
        process = subprocess.Popen(
            _command(("serve", *words)),
            env=_environ(home) | environ,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        origin = process.stdout.readline().strip()
        assert origin, (home / "log").read_text()[-2000:]
        yield origin, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=START_S)
        process.stdout.close()


def _command(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "web", *words]


def _environ(home: Path) -> dict[str, str]:
    return {**os.environ, "HALL_HOME": str(home), "HALL_LISTEN": "localhost:0"}
