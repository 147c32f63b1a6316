"""The log of a process that serves: events with fields, one a line, on standard error.

A file or a journal gets all of them as JSON; a terminal is shown only what needs somebody.
"""

import logging
import sys

import structlog


def configure() -> None:
    """Decide once how this process logs."""
    watched = sys.stderr.isatty()
    rendered: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if watched else [structlog.processors.format_exc_info]),
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if watched else logging.INFO
        ),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
