"""The page of a later opening: what it waits for, what stays shut, what is told again."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import pytest

from notary.canonical import Json
from tests.web import samples, samples_room
from tests.web.samples import HASH, NOON
from tests.web.samples_room import ENVELOPES, told
from tests.web.served import ASSETS
from trading.types import Stage
from web.app import AREAS
from web.letterhead import Lang, Text, View
from web.opening_events import after, start
from web.opening_room import RoomView
from web.pages import Pages
from web.retelling import Reteller
from web.views import public
from web.views.public import State
from web.words import Words

PAGES = Pages(ASSETS, chain.from_iterable(AREAS))
LISTED: list[Json] = [
    {"envelope": ENVELOPES[n], "bidder": f"{name}公司"} for n, name in enumerate("甲乙")
]
OPENED: dict[str, Json] = {"name": "reference", "fen": "1250000000"}
EVENTS: tuple[tuple[str, dict[str, Json]], ...] = (
    ("bidding.box-closed.v1", {}),
    ("bidding.list-revised.v1", {"n": 1, "list": HASH, "kept": 2}),
    ("trading.limit-opened.v1", OPENED),
    ("trading.limit-opened.v1", {"name": "minimum", "fen": None}),
    ("bidding.shares-asked.v1", {"list": LISTED[:1]}),
    ("bidding.release-received.v1", {"group": "officer", "good": True, "released": 1}),
    ("bidding.bid-opened.v1", told(1, 1_200_000_000, 150)),
    ("bidding.list-revised.v1", {"n": 2, "list": HASH, "kept": 1}),
    ("bidding.shares-asked.v1", {"list": LISTED}),
    ("bidding.bid-rejected.v1", {"bidder": "甲公司", "ground": "bid.unsigned", "article": "51"}),
    ("bidding.rejection-overturned.v1", {"bidder": "甲公司", "article": "54"}),
    ("bidding.award-voided.v1", {"ground": "tender.all_rejected", "article": "42"}),
)


def story() -> list[RoomView]:
    """Return the room of a price box before and after each of its events."""
    facts = replace(samples_room.room_facts(), stage=Stage.PRICE, after=Stage.TECHNICAL)
    seen = [start(facts)]
    for n, (kind, data) in enumerate(EVENTS, start=1):
        at: datetime = NOON + timedelta(seconds=n)
        seen.append(after(seen[-1], n, at, kind, data))
    return seen


def page(view: View, lang: Lang = Lang.EN) -> str:
    return " ".join(PAGES.render(view, samples.sheet(lang)).split())


def test_a_later_stage_says_what_it_waits_for() -> None:
    said = page(story()[1])

    assert "Shut until this stage is evaluated: Technical bid." in said
    assert "Price bid" in said


@pytest.mark.parametrize(
    ("seq", "said"),
    [
        (2, "The list after the evaluation; 2 envelopes stay shut"),
        (8, "The list after the evaluation; 1 envelope stays shut"),
        (4, "Secret minimum price was not opened in time and is none"),
        (10, "The bid of 甲公司 is rejected"),
        (11, "The rejection of 甲公司 is set aside"),
        (12, "The lot is declared void"),
    ],
)
def test_the_page_and_the_terminal_retell_each_event_alike(seq: int, said: str) -> None:
    kind, data = EVENTS[seq - 1]

    assert said in page(story()[seq])
    assert Reteller(Words(Lang.EN)).sentence(kind, data) == said


def test_an_opened_limit_is_told_with_its_amount() -> None:
    said = Reteller(Words(Lang.EN)).sentence("trading.limit-opened.v1", OPENED)

    assert said == "Reference price: 12,500,000.00"
    assert "12,500,000.00" in page(story()[3])


def test_what_was_told_stays_told_where_a_further_list_is_asked_for() -> None:
    again = story()[9]

    assert [(bid.number, bid.price_fen) for bid in again.bids] == [(1, 1_200_000_000), (2, None)]
    assert [lock.opened_at for lock in again.locks] == [None] * 3
    assert (again.board.listed, again.board.state) == (2, State.SHARES)


def test_the_page_of_a_tender_shows_its_lots_and_stages() -> None:
    row = public.BoxRow(
        lot="2",
        lot_title=Text("安装", "Fitting"),
        stage="price",
        after="technical",
        state=State.AWARDED,
        deadline=NOON,
        open_at=NOON,
        room="o-0123456789abcdef",
        has_result=True,
    )
    said = page(replace(samples.tender(), boxes=(row,)))

    assert "after the evaluation: Technical bid" in said
    assert "/result?lot=2" in said


def test_each_of_several_lots_shows_its_own_ceiling() -> None:
    one = public.BoxRow(
        lot="1",
        lot_title=Text("土建", "Works"),
        stage="single",
        after=None,
        state=State.OPEN,
        deadline=NOON,
        open_at=NOON,
        room="o-0123456789abcdef",
        has_result=False,
        ceiling_fen=1_000_000_000,
    )
    other = replace(one, lot="2", lot_title=Text("安装", "Fitting"), ceiling_fen=500_000_000)
    said = page(replace(samples.tender(), boxes=(one, other)))

    assert "<dt>Ceiling price</dt>" not in said
    assert "10,000,000.00" in said
    assert "5,000,000.00" in said
    assert "<dt>Lot</dt><dd>1, 2</dd>" in said


def test_the_result_shows_what_the_secret_limits_were() -> None:
    limits = (public.OpenedLimit("reference", 1_250_000_000), public.OpenedLimit("minimum", None))
    said = page(samples.result(limits=limits))

    assert "<dt>Reference price</dt>" in said
    assert "not opened in time: it is none" in said
