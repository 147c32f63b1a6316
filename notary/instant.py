"""Instants as text: the two forms that signed objects and ledger entries use.

Inside the house an instant is an aware `datetime` in UTC; Beijing time exists only in `web`.
"""

import re
from datetime import UTC, datetime

_SECONDS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MICROS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class BadInstant(ValueError):  # noqa: N818 - named after what is wrong
    """The text is not an instant in the form asked for."""


def seconds(instant: datetime) -> str:
    """Write `instant` as `YYYY-MM-DDThh:mm:ssZ`, its fraction cut off (`sealing.md` 2)."""
    return _utc(instant).isoformat(timespec="seconds") + "Z"


def micros(instant: datetime) -> str:
    """Write `instant` as `YYYY-MM-DDThh:mm:ss.ffffffZ` (`ledger.md` 1)."""
    return _utc(instant).isoformat(timespec="microseconds") + "Z"


def parse_seconds(text: str) -> datetime:
    """Read what `seconds` writes and nothing else, or raise BadInstant."""
    return _parse(_SECONDS, text)


def parse_micros(text: str) -> datetime:
    """Read what `micros` writes and nothing else, or raise BadInstant."""
    return _parse(_MICROS, text)


def _utc(instant: datetime) -> datetime:
    """Return `instant` in UTC without its zone; a naive one has no place here."""
    if instant.tzinfo is None:
        raise BadInstant("an instant without a time zone")
    return instant.astimezone(UTC).replace(tzinfo=None)


def _parse(form: re.Pattern[str], text: str) -> datetime:
    if not form.fullmatch(text):
        raise BadInstant(f"not an instant in UTC: {text[:40]!r}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInstant(f"no such instant: {text}") from error
