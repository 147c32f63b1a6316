"""An opening room before its first event, and after each of a whole opening's events."""

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


def rooms() -> tuple[opening_room.RoomView, ...]:
    """Return a room before its first event and after each of EVENTS."""
    views_so_far = [opening_events.start(room_facts())]
    for seq, (seconds, kind, data) in enumerate(EVENTS, start=1):
        at = room_facts().deadline + timedelta(seconds=seconds)
        views_so_far.append(
            opening_events.after(views_so_far[-1], seq, at, f"bidding.{kind}.v1", data)
        )
    return tuple(views_so_far)
