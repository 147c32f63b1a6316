"""`hall serve`: starts, restarts, ends, and the homes it refuses."""

import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from notary import canonical, shape
from notary.entropy import system_entropy
from notary.signer import SEED_BYTES, LogKey
from tests.web.halls import a_home, hall, serving
from web import ports
from web.demo.cast import CAST
from web.house import running_at

SECOND_START_S = 5.0


@pytest.fixture(scope="module")
def demo_home() -> Iterator[Path]:
    """Give the home of a demo hall that was started once and ended."""
    with a_home() as home:
        with serving(home, "--demo") as (_, process):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
        assert process.returncode == 0
        yield home


def test_a_demo_hall_says_where_it_serves_and_who_logs_in(demo_home: Path) -> None:
    with serving(demo_home, "--demo") as (origin, process):
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        said = process.stdout.read()
        process.wait(timeout=20)

    assert process.returncode == 0
    assert origin.startswith("http://localhost:")
    assert int(origin.rpartition(":")[2]) < 32_768  # outgoing connections hold those above
    for player in CAST:
        password = (demo_home / "demo" / player.name / "password").read_text().strip()
        assert f"{player.name:<14} {password}" in said


def test_the_second_start_is_quick(demo_home: Path) -> None:
    took = []
    for _ in range(2):  # the quicker one: the machine may be busy with other tests
        before = time.monotonic()
        with serving(demo_home, "--demo"):
            took.append(time.monotonic() - before)

    assert min(took) < SECOND_START_S


def test_a_running_hall_answers_and_its_home_is_taken(demo_home: Path) -> None:
    with serving(demo_home, "--demo") as (origin, _):
        second = hall(demo_home, "serve", "--demo")
        with urllib.request.urlopen(f"{origin}/api/v1/time") as answer:  # noqa: S310 - our own hall
            status = answer.status
        known = running_at(demo_home)

    assert status == 200
    assert known == origin
    assert second.returncode == 1
    assert second.stderr == f"a hall runs in {demo_home} already, at {origin}\n"
    assert running_at(demo_home) is None


def test_postgresql_is_back_within_five_seconds(demo_home: Path) -> None:
    with serving(demo_home, "--demo") as (origin, process):
        found = subprocess.run(
            ["pgrep", "--parent", str(process.pid), "postgres"], capture_output=True, check=True
        )
        subprocess.run(["kill", "-KILL", found.stdout.decode().split()[0]], check=True)
        time.sleep(0.5)
        before = time.monotonic()
        with urllib.request.urlopen(f"{origin}/api/v1/time", timeout=10) as answer:  # noqa: S310
            status = answer.status
        took = time.monotonic() - before

    assert status == 200
    assert took < 5.0


def test_a_hall_that_is_killed_leaves_nothing_running_and_starts_again(demo_home: Path) -> None:
    with serving(demo_home, "--demo") as (_, process):
        process.kill()
        process.wait()
    give_up = time.monotonic() + 10
    while _running(demo_home) and time.monotonic() < give_up:
        time.sleep(0.2)
    left = _running(demo_home)
    with serving(demo_home, "--demo") as (origin, _):
        known = running_at(demo_home)

    assert left == 0
    assert known == origin


def _running(home: Path) -> int:
    """Count the duty clients and servers of a home that are alive."""
    found = subprocess.run(["pgrep", "--full", str(home)], capture_output=True, check=False)
    return len(found.stdout.split())


def test_a_hall_takes_the_database_that_it_is_given(owner_dsn: str, database_dsn: str) -> None:
    given = {"HALL_DATABASE_URL": database_dsn, "HALL_DATABASE_OWNER_URL": owner_dsn}
    with a_home() as home:
        with (
            serving(home, "--demo", **given) as (origin, _),
            urllib.request.urlopen(f"{origin}/api/v1/hall") as answer,  # noqa: S310 - our own hall
        ):
            told = canonical.loads(answer.read())
        started = (home / "postgres").exists()

    assert isinstance(told, dict)
    assert told["demo"] is True
    assert not started


def test_a_real_hall_does_not_open_a_demo_home(demo_home: Path) -> None:
    refused = hall(demo_home, "serve")

    assert refused.returncode == 1
    assert refused.stderr == (f"{demo_home} is the home of a demonstration: start it with --demo\n")


@pytest.mark.parametrize("words", [("serve", "--demo"), ("demo",), ("replay", "/dev/null")])
def test_a_demonstration_does_not_open_the_home_of_a_hall(words: tuple[str, ...]) -> None:
    with a_home() as home:
        key = LogKey(
            origin="hall.example/log/0123abcd", seed=system_entropy(SEED_BYTES), demo=False
        )
        (home / "signer").mkdir()
        (home / "signer" / "key").write_bytes(shape.dump(key))

        refused = hall(home, *words)

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{home} is the home of a hall")
    assert refused.stderr.count("\n") == 1


def test_the_play_needs_the_keys_of_its_players(demo_home: Path, tmp_path: Path) -> None:
    with serving(demo_home, "--demo") as (origin, _):
        stranger = hall(tmp_path, "demo", "--url", origin)

    assert stranger.returncode == 1
    assert stranger.stderr.startswith(f"{tmp_path} is not the home of a demonstration")


def test_doctor_finds_a_demo_hall_ready_and_an_empty_home_not(
    demo_home: Path, tmp_path: Path
) -> None:
    ready, empty = hall(demo_home, "doctor"), hall(tmp_path, "doctor")

    assert (ready.returncode, empty.returncode) == (0, 1)
    assert "RED" not in ready.stdout
    assert empty.stdout.startswith("RED  hall")


def test_a_user_comes_from_the_console_until_two_persons_could_agree(demo_home: Path) -> None:
    bidder = hall(demo_home, "user", "add", "zhao", "--org", "FIRM-JIA", "--role", "bidder")
    agency = hall(demo_home, "user", "add", "qian", "--org", "ORG-NEW", "--role", "agency")

    assert bidder.returncode == 0
    assert "password" in bidder.stdout
    assert agency.returncode == 1
    assert agency.stderr == "enrolment.two_persons (org ORG-NEW)\n"


def test_a_port_that_is_taken_is_known_before_anything_is_opened() -> None:
    sockets = ports.bind("localhost", 0, system_entropy)
    try:
        sockets[0].listen()
        with pytest.raises(ports.PortTaken):
            ports.bind("localhost", ports.port_of(sockets), system_entropy)
    finally:
        for one in sockets:
            one.close()
