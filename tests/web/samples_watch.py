"""What supervision watches: alarms and openings of a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from notary.identity import Role
from notary.offices import Office
from notary.stand_ins import StandIn
from tests.web.samples import DEADLINE, NOON, TITLE
from web.letterhead import Text, View
from web.search import Kind
from web.views import Held, OpeningRow, State
from web.views_watch import Alarm, Keys, Severity, Tile, WatchView, WatchWallView


def _opening(state: State, told: tuple[int, int] | None = None) -> OpeningRow:
    return OpeningRow(
        room="o-7f3a0b1c2d3e4f50",
        tender="GC-2026-0918",
        lot="1",
        title=TITLE,
        kind=Kind.WORKS,
        invited=False,
        state=state,
        open_at=DEADLINE,
        told=told,
        next_at=None,
        held=Held(reason="order", until=DEADLINE) if state is State.PAUSED else None,
    )


def _alarm(severity: Severity, rule: str, **facts: object) -> Alarm:
    alarm = Alarm(
        severity=severity,
        rule=rule,
        title=TITLE,
        href="/tenders/GC-2026-0918",
        since=NOON,
        due=None,
        evidence=None,
    )
    return replace(alarm, **facts)  # type: ignore[arg-type]


STAND_IN = StandIn(
    stand_in="S1",
    absent="supervisor",
    absent_name="王工",
    person="auditor",
    person_name="王工",
    role=Role.SUPERVISOR,
    from_at=NOON,
    to_at=NOON + timedelta(days=2),
    reason="leave",
)


def office(role: Role, *stand_ins: StandIn) -> Office:
    """Return somebody with a role."""
    return Office(
        person="supervisor",
        name="王工",
        org="ORG-SUPERVISOR",
        org_name="市公共资源交易管理办",
        line="supervision",
        role=role,
        branch=None,
        since=NOON,
        stand_ins=stand_ins,
    )


def watch(kind: type[WatchView] = WatchView) -> WatchView:
    """Return the page of a busy day."""
    return kind(
        alarms=(
            _alarm(
                Severity.RED, "copied", evidence=Text(zh="投标人甲、投标人乙", en="FIRM-1, FIRM-2")
            ),
            _alarm(Severity.RED, "overdue"),
            _alarm(Severity.YELLOW, "complaint", since=None, due=DEADLINE),
        ),
        tiles=(
            Tile(opening=_opening(State.OPENING, (4, 7)), keys=None, stayable=True),
            Tile(opening=_opening(State.NEAR), keys=Keys(alive=1, all=3, enough=2), stayable=True),
            Tile(opening=_opening(State.PAUSED), keys=None, stayable=False),
        ),
        duty=(office(Role.SUPERVISOR, STAND_IN), office(Role.SUPERVISOR)),
        now=NOON,
    )


def quiet() -> WatchView:
    """Return the page of a day on which nothing happens."""
    return WatchView(alarms=(), tiles=(), duty=(office(Role.SUPERVISOR),), now=NOON)


PAGES: dict[str, Callable[[], View]] = {
    "watch": watch,
    "watch of a quiet day": quiet,
    "watch-wall": lambda: watch(WatchWallView),
}
