"""The log of a process that serves: events with fields, one a line, and one line a request.

Every line is JSON. Without a file they go to standard error, for a journal to take; a terminal is
shown only what needs somebody. With a file, as beside the play of a demonstration, the file has all
of them and standard error only what needs somebody.
"""

import logging
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

_LOUD = frozenset({"warning", "error", "critical", "exception"})
_JSON = structlog.processors.JSONRenderer()


def configure(path: Path | None = None) -> None:
    """Decide once how this process logs; `path`: the file, if any."""
    watched = sys.stderr.isatty()
    keep = [] if path is None else [_File(path)]
    needed = logging.WARNING if watched and path is None else logging.INFO
    rendered: structlog.typing.Processor = structlog.dev.ConsoleRenderer() if watched else _JSON
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *keep,
            *([] if watched else [structlog.processors.format_exc_info]),
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(needed),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


@dataclass(frozen=True, slots=True)
class _File:
    """Writes every event to a file, and lets only the loud ones go on."""

    path: Path

    def __call__(
        self, logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        written = structlog.processors.format_exc_info(logger, method, {**event})
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{_JSON(logger, method, written)!s}\n")
        if event["level"] not in _LOUD:
            raise structlog.DropEvent
        return event


def turn_over(path: Path) -> None:
    """Begin a new file; that of the start before is kept as `<name>.1`.

    Only whoever has the home may: a second start would take the file from the hall that runs.
    """
    if path.exists():
        path.replace(path.with_name(f"{path.name}.1"))
