"""`make run`: which of hall and play ends the other, told to a shell by stand-ins of both."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKE_S = 20.0
_LATE, _FAILED = 4, 1

# Each leaves its process id; the hall serves until it is told, the play ends as it is told to.
HALL = """#!/bin/sh
echo $$ > $1.pid
case $1 in
  serve) test "$SERVES" = yes || { until test -s demo.pid; do sleep 0.1; done; exit 1; }
         trap 'exit 0' TERM; while :; do sleep 0.1; done;;
  demo) test "$PLAYS" != forever || exec sleep 60
        sleep 0.2; echo "played: $PLAYS" >&2; exit $PLAYS;;
esac
"""


@contextmanager
def run(folder: Path, *, serves: str = "yes", plays: str) -> Iterator[subprocess.Popen[str]]:
    """Run the target in a folder of its own; whatever is left of it ends with the context."""
    (folder / "bin").mkdir()
    (folder / "bin" / "hall").write_text(HALL)
    (folder / "bin" / "hall").chmod(0o755)
    process = subprocess.Popen(
        [
            *("env", "--default-signal=INT"),  # who runs in the background ignores it from birth
            *("make", "--file", ROOT / "Makefile", "--old-file=dev", f"BIN={folder}/bin", "run"),
        ],
        cwd=folder,
        env={**os.environ, "SERVES": serves, "PLAYS": plays},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as a terminal has it: Ctrl-C goes to all of them
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def is_running(folder: Path, who: str) -> bool:
    """Tell whether a stand-in is alive."""
    pid = int((folder / f"{who}.pid").read_text())
    return Path("/proc", str(pid)).exists()


def wait_for(folder: Path, who: str) -> None:
    """Wait until a stand-in has begun."""
    give_up = time.monotonic() + MAKE_S
    while not (folder / f"{who}.pid").exists() or not (folder / f"{who}.pid").read_text():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.mark.parametrize("plays", [str(_LATE), "forever"])
def test_a_play_that_is_late_or_goes_on_leaves_the_hall_and_ctrl_c_ends_all(
    tmp_path: Path, plays: str
) -> None:
    with run(tmp_path, plays=plays) as made:
        wait_for(tmp_path, "serve")
        wait_for(tmp_path, "demo")
        time.sleep(1)
        assert made.poll() is None
        assert is_running(tmp_path, "serve")
        assert is_running(tmp_path, "demo") == (plays == "forever")

        os.killpg(made.pid, signal.SIGINT)
        _, said = made.communicate(timeout=MAKE_S)

    assert made.returncode != 0
    assert ("played: 4" in said) == (plays == str(_LATE))
    assert not is_running(tmp_path, "serve")
    assert not is_running(tmp_path, "demo")


def test_a_play_that_fails_ends_the_hall(tmp_path: Path) -> None:
    with run(tmp_path, plays=str(_FAILED)) as made:
        _, said = made.communicate(timeout=MAKE_S)

    assert made.returncode != 0
    assert "played: 1" in said
    assert not is_running(tmp_path, "serve")


def test_a_hall_that_does_not_start_ends_the_play(tmp_path: Path) -> None:
    with run(tmp_path, serves="no", plays="forever") as made:
        made.communicate(timeout=MAKE_S)

    assert made.returncode != 0
    assert not is_running(tmp_path, "demo")
