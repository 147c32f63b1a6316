"""What supervision watches: alarms and openings of a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from notary.identity import Role
from notary.offices import Office
from notary.stand_ins import StandIn
from oversight.supervision.types import Act, Finding, Severity, State, Timeliness
from tests.web.samples import DEADLINE, NOON, TITLE
from web.letterhead import Text, View
from web.matters import Doing, Running
from web.search import Kind
from web.views.public import Held, OpeningRow
from web.views.public import State as OpeningState
from web.views.watch import (
    AlarmRow,
    AlarmView,
    InquiryView,
    Keys,
    MattersView,
    PlaceRow,
    StepRow,
    Tile,
    WatchView,
    WatchWallView,
)


def _opening(state: OpeningState, told: tuple[int, int] | None = None) -> OpeningRow:
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
        held=Held(reason="order", until=DEADLINE) if state is OpeningState.PAUSED else None,
    )


def _alarm(severity: Severity, rule: str, **facts: object) -> AlarmRow:
    alarm = AlarmRow(
        alarm=f"A-{sha256(rule.encode()).hexdigest()[:16].upper()}",
        severity=severity,
        rule=rule,
        title=TITLE,
        tender="GC-2026-0918",
        href="/tenders/GC-2026-0918",
        since=NOON,
        due=None,
        detail=None,
        entries=(),
        stands=True,
        state=State.UNCLAIMED,
        holder=None,
        taken_at=None,
        own=False,
    )
    return replace(alarm, **facts)  # type: ignore[arg-type]


def _taken(state: State, *, own: bool) -> dict[str, object]:
    return {"state": state, "holder": "王工", "taken_at": NOON, "own": own}


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


BIDDERS = Text(zh="投标人甲、投标人乙", en="FIRM-1, FIRM-2")
COUNTS = {Timeliness.FINE: 128, Timeliness.NEAR: 7, Timeliness.OVERDUE: 0}


def watch(kind: type[WatchView] = WatchView) -> WatchView:
    """Return the page of a busy day."""
    return kind(
        alarms=(
            _alarm(Severity.RED, "copied", detail=BIDDERS, entries=(48190,), told=(12, 9)),
            _alarm(Severity.RED, "overdue", **_taken(State.CLAIMED, own=True)),
            _alarm(
                Severity.YELLOW,
                "complaint",
                since=None,
                due=DEADLINE,
                **_taken(State.ASKED, own=False),
            ),
            _alarm(Severity.YELLOW, "silent", stands=False, **_taken(State.EXPLAINED, own=True)),
        ),
        closed=(_alarm(Severity.YELLOW, "suspended", state=State.CLOSED),),
        tiles=(
            Tile(opening=_opening(OpeningState.OPENING, (4, 7)), keys=None, stayable=True),
            Tile(
                opening=_opening(OpeningState.NEAR),
                keys=Keys(alive=1, all=3, enough=2),
                stayable=True,
            ),
            Tile(opening=_opening(OpeningState.PAUSED), keys=None, stayable=False),
        ),
        counts=COUNTS,
        places=(
            PlaceRow(code="-", name=None, alarms=3, openings=2, counts=COUNTS),
            PlaceRow(code="north", name="城北分中心", alarms=1, openings=1, counts=COUNTS),
        ),
        duty=(office(Role.SUPERVISOR, STAND_IN), office(Role.SUPERVISOR)),
        now=NOON,
    )


def quiet() -> WatchView:
    """Return the page of a day on which nothing happens."""
    none = dict.fromkeys(Timeliness, 0)
    return WatchView(
        alarms=(),
        closed=(),
        tiles=(),
        counts=none,
        places=(PlaceRow(code="-", name=None, alarms=0, openings=0, counts=none),),
        duty=(office(Role.SUPERVISOR),),
        now=NOON,
    )


def _step(n: int, act: Act, **facts: object) -> StepRow:
    step = StepRow(
        n=n,
        act=act,
        at=NOON,
        who="王工",
        body="市公共资源交易管理办",
        to=None,
        finding=None,
        text="Why are the parts the same?",
    )
    return replace(step, **facts)  # type: ignore[arg-type]


def alarm(state: State = State.EXPLAINED) -> AlarmView:
    """Return an alarm with every step there is; the reader has it unless nobody has."""
    own = state is State.EXPLAINED
    taken = _taken(state, own=True) if own else {"state": state}
    steps = (
        _step(1, Act.ASSIGNED, to="王工", text=None),
        _step(2, Act.ASSIGNED, to="Li Na", text="It is about my own district."),
        _step(3, Act.INQUIRED, to="代理机构一"),
        _step(4, Act.ANSWERED, who="Li Na", text="Both firms used one computer of ours."),
        _step(5, Act.CLOSED, finding=Finding.FALSE, text="One counter, two firms."),
    )
    return AlarmView(
        row=_alarm(Severity.RED, "copied", detail=BIDDERS, entries=(48190,), **taken),
        steps=steps if own else (),
        colleagues={"above": "Li Na"} if own else {},
        bodies={"AGENCY": "代理机构一"} if own else {},
        now=NOON,
    )


def inquiry(answer: StepRow | None = None) -> InquiryView:
    """Return a question of supervision."""
    return InquiryView(
        alarm="A-0123456789ABCDEF",
        n=2,
        tender="GC-2026-0918",
        title=TITLE,
        asked_by="市公共资源交易管理办",
        asked_at=NOON,
        question="Why are the parts the same?\nSince when?",
        answer=answer,
    )


def _runs(state: Timeliness, doing: Doing, due: datetime | None) -> Running:
    return Running(
        doing=doing,
        tender="GC-2026-0918",
        title=TITLE,
        href="/rooms/o-7f3a0b1c2d3e4f50",
        branch=None,
        since=NOON,
        due=due,
        state=state,
    )


def matters() -> MattersView:
    """Return what runs in one place."""
    return MattersView(
        state=Timeliness.OVERDUE,
        place="north",
        name="城北分中心",
        rows=(
            _runs(Timeliness.OVERDUE, Doing.OBJECTION, DEADLINE),
            _runs(Timeliness.NEAR, Doing.CANDIDATES, DEADLINE),
            _runs(Timeliness.FINE, Doing.OPENING, None),
        ),
        more=1,
    )


PAGES: dict[str, Callable[[], View]] = {
    "watch": watch,
    "watch of a quiet day": quiet,
    "watch-wall": lambda: watch(WatchWallView),
    "alarm": alarm,
    "alarm that nobody has": lambda: alarm(State.UNCLAIMED),
    "alarm that is closed": lambda: alarm(State.CLOSED),
    "inquiry": inquiry,
    "inquiry answered": lambda: inquiry(_step(3, Act.ANSWERED, text="We have.")),
    "matters": matters,
    "matters-none": lambda: MattersView(state=None, place=None, name=None, rows=(), more=0),
}
