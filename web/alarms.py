"""What a supervisor is told at a glance: alarms by severity, and the openings of the day. Pure.

An alarm is a fact that is there or is gone, like a row of the desk; nobody switches it off. Before
a deadline none counts bids. Source: web.md 9, page 21; looks.md 4, alarm row.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from bidding.vigil import Vigil
from web.views import State
from web.views_house import DeskRow, Matter
from web.views_watch import Alarm, Severity, Tile


class Rule(StrEnum):
    """Why something is an alarm; `web.names` has the words, with the article."""

    COPIED = "copied"
    OVERDUE = "overdue"
    COMPLAINT = "complaint"
    HELD = "held"
    HALT_ASKED = "halt_asked"
    POSTPONED = "postponed"
    SILENT = "silent"
    INTERRUPTED = "interrupted"
    SUSPENDED = "suspended"


_OF_MATTER: Mapping[Matter, tuple[Severity, Rule]] = {
    Matter.COPIED: (Severity.RED, Rule.COPIED),
    Matter.OVERDUE: (Severity.RED, Rule.OVERDUE),
    Matter.COMPLAINT: (Severity.YELLOW, Rule.COMPLAINT),
    Matter.DECIDE: (Severity.YELLOW, Rule.COMPLAINT),
    Matter.HELD: (Severity.YELLOW, Rule.HELD),
    Matter.HALT_ASKED: (Severity.YELLOW, Rule.HALT_ASKED),
}

_OF_STATE: Mapping[State, tuple[Severity, Rule]] = {
    State.POSTPONED: (Severity.RED, Rule.POSTPONED),
    State.INTERRUPTED: (Severity.RED, Rule.INTERRUPTED),
    State.SUSPENDED: (Severity.YELLOW, Rule.SUSPENDED),
}


def alarms(rows: Sequence[DeskRow], tiles: Sequence[Tile], now: datetime) -> tuple[Alarm, ...]:
    """Return the alarms that `rows` of a supervisor's desk and today's openings give, red first."""
    found = [*_of_rows(rows, now), *_of_tiles(tiles)]
    return tuple(
        sorted(found, key=lambda one: (one.severity is not Severity.RED, one.since or now))
    )


def _of_rows(rows: Sequence[DeskRow], now: datetime) -> Iterator[Alarm]:
    for row in rows:
        if row.matter not in _OF_MATTER:
            continue
        severity, rule = _OF_MATTER[row.matter]
        late = row.due is not None and now >= row.due
        yield Alarm(
            severity=Severity.RED if late else severity,
            rule=rule,
            title=row.title,
            href=row.href,
            since=row.since,
            due=row.due,
            evidence=row.note,
        )


def _of_tiles(tiles: Sequence[Tile]) -> Iterator[Alarm]:
    for tile in tiles:
        opening = tile.opening
        severity, rule = _OF_STATE.get(opening.state, (Severity.YELLOW, None))
        if rule is None and tile.keys is not None and tile.keys.alive < tile.keys.enough:
            rule = Rule.SILENT
        if rule is not None:
            yield Alarm(
                severity=severity,
                rule=rule,
                title=opening.title,
                href=f"/rooms/{opening.room}",
                since=opening.open_at if rule is Rule.POSTPONED else None,
                due=opening.next_at,
                evidence=None,
            )


def alive(vigils: Sequence[Vigil]) -> Mapping[str, Vigil]:
    """Return the vigils by the rooms of their boxes."""
    return {one.box.room: one for one in vigils}
