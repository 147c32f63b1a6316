"""An opening room before its first event, and after each of a whole opening's events."""

from collections.abc import Iterable
from datetime import timedelta

from notary.canonical import Json
from tests.web.samples import HASH, NOON, ROOM, TITLE
from web import opening_events, opening_room
from web.letterhead import Text
from web.search import Kind

ENVELOPES = tuple(f"{number}{HASH[1:]}" for number in range(1, 8))


def room_facts() -> opening_room.RoomFacts:
    """Return what stands before the first event of a room."""
    return opening_room.RoomFacts(
        room=ROOM,
        tender="GC-2026-0918",
        lot="1",
        title=TITLE,
        kind=Kind.WORKS,
        invited=False,
        ceiling_fen=1_512_500_000,
        currency="CNY",
        deadline=NOON - timedelta(minutes=3, seconds=27),
        k=2,
        holders=(
            opening_room.Holder("operator", "市公共资源交易中心", "execution"),
            opening_room.Holder("officer", "市公共资源交易管理办", "decision"),
            opening_room.Holder("auditor", "市审计局", "supervision"),
        ),
        fields=(opening_room.Field("days", Text("工期（日历天）", "calendar days"), "int"),),
        announce=timedelta(seconds=60),
        confirm=timedelta(minutes=5),
    )


def told(number: int, price: int, days: int) -> dict[str, Json]:
    """Return the data of a bid told."""
    return {
        "envelope": ENVELOPES[number - 1],
        "verdict": "opened",
        "code": None,
        "fault": None,
        "checked": number != 4,
        "price_fen": str(price),
        "form": {"bidder_name": "R", "price_fen": str(price), "days": str(days)},
    }


BIDDERS = "甲乙丙丁戊己庚"
EVENTS: tuple[tuple[int, str, dict[str, Json]], ...] = (
    (0, "deadline-passed", {}),
    (1, "box-closed", {}),
    (
        2,
        "shares-asked",
        {
            "list": [
                {"envelope": envelope, "bidder": f"投标人{name}"}
                for envelope, name in zip(ENVELOPES, BIDDERS, strict=True)
            ]
        },
    ),
    (3, "release-promised", {"group": "operator"}),
    (3, "release-promised", {"group": "officer"}),
    (4, "release-received", {"group": "operator", "good": True, "released": 1}),
    (5, "release-received", {"group": "officer", "good": True, "released": 2}),
    (6, "bid-opened", told(1, 1_076_700_000, 175)),
    (11, "release-received", {"group": "auditor", "good": True, "released": 3}),
    (66, "bid-opened", told(2, 1_088_000_000, 180)),
    (
        126,
        "bid-opened",
        {
            "envelope": ENVELOPES[2],
            "verdict": "improper",
            "code": "E-PAYLOAD",
            "fault": "bidder",
            "checked": True,
            "price_fen": None,
            "form": None,
        },
    ),
    (186, "bid-opened", told(4, 1_298_000_000, 180)),
    (
        190,
        "bid-checked",
        {"envelope": ENVELOPES[3], "verdict": "opened", "code": None, "fault": None},
    ),
    (246, "bid-opened", told(5, 1_235_000_000, 180)),
    (306, "bid-opened", told(6, 1_198_000_000, 180)),
    (366, "bid-opened", told(7, 1_600_000_000, 180)),
    (380, "objection-raised", {"n": 1, "who": "投标人乙", "text": "My days are 175."}),
    (400, "opening-confirmed", {"envelope": ENVELOPES[0], "bidder": "投标人甲"}),
    (440, "objection-answered", {"n": 1, "who": "市公共资源交易中心", "text": "180 as sealed."}),
    (666, "box-finished", {}),
)


MOVED: dict[str, Json] = {
    "revision": 2,
    "deadline": "2026-11-02T05:30:00Z",
    "open_at": "2026-11-02T05:30:00Z",
}
HELD_UP: tuple[tuple[int, str, dict[str, Json]], ...] = (
    (-60, "bidding.interrupted", {"began": "2026-11-02T03:40:00.000000Z", "until": None}),
    (-50, "bidding.box-moved", dict(MOVED)),
    (-50, "trading.outage-recorded", {"revision": 2}),
    (-40, "trading.paused", {"n": 1, "reason": "order", "until": "2026-11-02T05:45:00Z"}),
    (
        -30,
        "bidding.interrupted",
        {"began": "2026-11-02T03:50:00.000000Z", "until": "2026-11-02T05:40:00Z"},
    ),
    (-20, "bidding.uninterrupted", {}),
    (-10, "bidding.pause-lapsed", {}),
    (-9, "bidding.suspended", {"since": "2026-11-02T03:59:51.000000Z"}),
    (-8, "bidding.unsuspended", {}),
    (0, "bidding.deadline-passed", {}),
    (1, "bidding.box-closed", {}),
    (
        2,
        "trading.halted",
        {"reason": "evidence", "asked_by": "ORG-SUPERVISOR", "approved_by": "ORG-AUDIT"},
    ),
    (3, "bidding.box-reopened", {"closing": 1, "evidence": HASH}),
    (3, "bidding.box-moved", {**MOVED, "deadline": "2026-11-02T06:30:00Z"}),
    (4, "trading.resumed", {"was": "halted"}),
    (5, "bidding.deadline-passed", {}),
    (6, "bidding.box-closed", {}),
    (7, "bidding.shares-asked", dict(EVENTS[2][2])),
    (8, "bidding.opening-postponed", {"missing": ["officer"], "next": "2026-11-05T09:00:00Z"}),
    (9, "trading.paused", {"n": 2, "reason": "technical", "until": "2026-11-02T06:45:00Z"}),
)
"""An opening that an outage and supervision hold up."""


def rooms() -> tuple[opening_room.RoomView, ...]:
    """Return a room before its first event and after each of EVENTS."""
    return _after((seconds, f"bidding.{kind}", data) for seconds, kind, data in EVENTS)


def held_up() -> tuple[opening_room.RoomView, ...]:
    """Return a room before its first event and after each of HELD_UP."""
    return _after(HELD_UP)


def _after(
    events: Iterable[tuple[int, str, dict[str, Json]]],
) -> tuple[opening_room.RoomView, ...]:
    views_so_far = [opening_events.start(room_facts())]
    for seq, (seconds, kind, data) in enumerate(events, start=1):
        at = room_facts().deadline + timedelta(seconds=seconds)
        views_so_far.append(opening_events.after(views_so_far[-1], seq, at, f"{kind}.v1", data))
    return tuple(views_so_far)
