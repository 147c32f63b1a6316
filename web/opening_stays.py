"""What holds an opening up, folded into its page: an outage, a pause, a halt; and times that moved.

    bidding.interrupted.v1      {"began", "until": instant or null}
    bidding.uninterrupted.v1    {}
    trading.outage-recorded.v1  {"revision"}
    bidding.box-moved.v1        {"revision", "deadline", "open_at"}
    trading.paused.v1           {"n", "reason", "until"}
    trading.halted.v1           {"reason", "asked_by", "approved_by"}
    trading.resumed.v1          {"was"}
    bidding.pause-lapsed.v1     {}
    bidding.suspended.v1        {"since"}
    bidding.unsuspended.v1      {}

What is held up stays where it is: the stage of the opening is another matter. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from notary.canonical import Json
from notary.instant import parse_micros, parse_seconds
from web.opening_room import LogLine, RoomView, Stay
from web.views.public import State

Moved = tuple[RoomView, LogLine]

_BY_SUPERVISION = frozenset({State.PAUSED, State.HALTED})


def instant_of(value: Json) -> datetime | None:
    """Read an instant of either precision, or null."""
    if not isinstance(value, str):
        return None
    return parse_micros(value) if "." in value else parse_seconds(value)


def interrupted(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Say that the hall stood still and that nobody has judged it yet."""
    stay = Stay(state=State.INTERRUPTED, reason="", until=instant_of(data.get("until")))
    return _with(view, stay), line


def uninterrupted(view: RoomView, _: datetime, __: Mapping[str, Json], line: LogLine) -> Moved:
    """Go on: nobody moved anything within the time that there was for it."""
    return _without(view, frozenset({State.INTERRUPTED})), line


def outage_recorded(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Go on: the outage is judged; what it moved is told apart."""
    moved = _without(view, frozenset({State.INTERRUPTED}))
    return moved, replace(line, number=int(str(data["revision"])))


def box_moved(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Move the deadline; who waits for it waits until then."""
    deadline = instant_of(data["deadline"])
    assert deadline is not None  # noqa: S101 - a revision gives every box a deadline
    facts = replace(view.facts, deadline=deadline)
    waits = view.board.state is State.OPEN
    board = replace(view.board, next_at=deadline) if waits else view.board
    return replace(view, facts=facts, board=board), replace(line, until=deadline)


def paused(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Hold the opening up for some minutes."""
    until, reason = instant_of(data["until"]), str(data["reason"])
    stay = Stay(state=State.PAUSED, reason=reason, until=until)
    number = int(str(data["n"]))
    return _with(view, stay), replace(line, number=number, who=reason, until=until)


def halted(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Hold the opening up until supervision lets it go on."""
    reason = str(data["reason"])
    stay = Stay(state=State.HALTED, reason=reason, until=None)
    return _with(_without(view, _BY_SUPERVISION), stay), replace(line, who=reason)


def resumed(view: RoomView, _: datetime, __: Mapping[str, Json], line: LogLine) -> Moved:
    """Let the opening go on."""
    return _without(view, _BY_SUPERVISION), line


def suspended(view: RoomView, _: datetime, __: Mapping[str, Json], line: LogLine) -> Moved:
    """Say that an objection to the documents waits: nothing is closed before its answer."""
    return _with(view, Stay(state=State.SUSPENDED, reason="", until=None)), line


def unsuspended(view: RoomView, _: datetime, __: Mapping[str, Json], line: LogLine) -> Moved:
    """Go on: no objection to the documents waits any more."""
    return _without(view, frozenset({State.SUSPENDED})), line


def _with(view: RoomView, stay: Stay) -> RoomView:
    """Return the room with one more stay; the last one of its state counts."""
    others = [one for one in view.board.stays if one.state is not stay.state]
    return replace(view, board=replace(view.board, stays=(*others, stay)))


def _without(view: RoomView, states: frozenset[State]) -> RoomView:
    kept = tuple(one for one in view.board.stays if one.state not in states)
    return replace(view, board=replace(view.board, stays=kept))
