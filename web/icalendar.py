"""Openings as a calendar (RFC 5545): what a mail program or a telephone takes in and keeps up.

Lines end with CR LF and are folded at 75 octets, never inside a character. Instants are UTC, so no
time zone has to be described.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

TYPE = "text/calendar"

_PRODUCT = "-//Trading hall//Openings//EN"
_OCTETS = 75  # of a line, its end not counted: RFC 5545, 3.1
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One opening. `uid`: the same for ever; `sequence`: grows when the instant moves."""

    uid: str
    at: datetime
    summary: str
    description: str
    url: str
    sequence: int
    changed: datetime
    cancelled: bool


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """Return a calendar of these events."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",  # RFC 7986
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"DTSTAMP:{_instant(event.changed)}",
            f"LAST-MODIFIED:{_instant(event.changed)}",
            f"SEQUENCE:{event.sequence}",
            f"DTSTART:{_instant(event.at)}",
            f"SUMMARY:{_text(event.summary)}",
            f"DESCRIPTION:{_text(event.description)}",
            f"URL:{event.url}",
            f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """Escape a text (RFC 5545, 3.3.11); other control characters have no place in it."""
    kept = "".join(one for one in words.replace("\r\n", "\n") if one >= " " or one == "\n")
    return "".join(_ESCAPES.get(one, one) for one in kept)


def _folded(line: str) -> bytes:
    """Return a content line with its end, folded before a character that would go past 75."""
    pieces, octets = [b""], 0
    for one in line:
        encoded = one.encode()
        if octets + len(encoded) > _OCTETS:
            pieces.append(b" ")  # which counts on its line
            octets = 1
        pieces[-1] += encoded
        octets += len(encoded)
    return b"\r\n".join(pieces) + b"\r\n"
