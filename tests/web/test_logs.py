"""One line a request, in a file where standard error is for people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from notary import canonical
from web import logs


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Forget how this test logs."""
    yield
    structlog.reset_defaults()


def events(text: str) -> list[object]:
    return [canonical.loads(line.encode()) for line in text.splitlines()]


def say() -> None:
    log = structlog.get_logger()
    log.info("request.answered", path="/")
    log.warning("child.ended", code=1)


def test_a_file_has_every_line_and_standard_error_what_needs_somebody(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "home" / "hall.log"
    logs.configure(path)

    say()

    kept = [one["event"] for one in events(path.read_text()) if isinstance(one, dict)]
    assert kept == ["request.answered", "child.ended"]
    said = capsys.readouterr().err
    assert "request.answered" not in said
    assert "child.ended" in said


def test_the_file_of_the_start_before_is_kept_and_no_older_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "hall.log"
    for word in ("first", "second", "third"):
        logs.turn_over(path)
        logs.configure(path)
        structlog.get_logger().info(word)

    assert "third" in path.read_text()
    assert "second" in path.with_name("hall.log.1").read_text()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["hall.log", "hall.log.1"]
    assert capsys.readouterr().err == ""


def test_a_fault_is_kept_with_where_it_came_from(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    logs.configure(tmp_path / "hall.log")
    try:
        int("no such thing")
    except ValueError:
        structlog.get_logger().exception("request.failed")

    assert "ValueError: invalid literal" in (tmp_path / "hall.log").read_text()
    assert "ValueError" in capsys.readouterr().err


def test_a_journal_takes_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(None)

    say()

    assert len(events(capsys.readouterr().err)) == 2
