"""The page of an opening that an outage or supervision holds up: what it says, and until when."""

from itertools import chain

import pytest

from notary.canonical import Json
from tests.web import samples, samples_room
from tests.web.served import ASSETS
from web.app import AREAS
from web.letterhead import Lang
from web.opening_room import RoomView
from web.pages import Pages
from web.retelling import Reteller
from web.views.public import State
from web.words import Words

PAGES = Pages(ASSETS, chain.from_iterable(AREAS))
HELD = samples_room.held_up()


def page(view: RoomView, lang: Lang = Lang.EN) -> str:
    return " ".join(PAGES.render(view, samples.sheet(lang)).split())


def test_the_tag_says_what_holds_the_opening_up_and_the_stage_stays() -> None:
    seen = [(view.shown, view.state) for view in HELD]

    assert seen == [
        (State.OPEN, State.OPEN),
        *[(State.INTERRUPTED, State.OPEN)] * 2,
        (State.OPEN, State.OPEN),
        (State.PAUSED, State.OPEN),
        (State.INTERRUPTED, State.OPEN),
        (State.PAUSED, State.OPEN),
        (State.OPEN, State.OPEN),
        (State.SUSPENDED, State.OPEN),
        (State.OPEN, State.OPEN),
        *[(State.CLOSING, State.CLOSING)] * 2,
        (State.HALTED, State.CLOSING),
        *[(State.HALTED, State.OPEN)] * 2,
        (State.OPEN, State.OPEN),
        *[(State.CLOSING, State.CLOSING)] * 2,
        (State.SHARES, State.SHARES),
        (State.POSTPONED, State.POSTPONED),
        (State.PAUSED, State.POSTPONED),
    ]


def test_a_moved_deadline_is_the_one_that_is_counted_down_to() -> None:
    moved = HELD[2]

    assert moved.facts.deadline == moved.board.next_at
    assert "13:30:00" in page(moved)


@pytest.mark.parametrize(
    ("seq", "said"),
    [
        (1, "The rule moves the deadline as soon as the hall is steady."),
        (4, "Paused by supervision: the opening is disturbed."),
        (5, "Without a decision it goes on at 13:40:00 Beijing time."),
        (12, "Halted by supervision: evidence must be secured first."),
        (8, "Suspended: an objection to the documents waits for its answer."),
        (19, "hall release --key DIR --box GC-2026-0918/1"),
    ],
)
def test_the_board_says_why_and_until_when(seq: int, said: str) -> None:
    assert said in page(HELD[seq])
    assert said not in page(HELD[0])


@pytest.mark.parametrize(
    ("seq", "kind", "told", "line"),
    [
        (2, "bidding.box-moved.v1", {"deadline": "2026-11-02T05:30:00Z"}, "投标收到"),
        (3, "trading.outage-recorded.v1", {"revision": 2}, "中断已记入公告第 2 版"),
        (
            4,
            "trading.paused.v1",
            {"n": 1, "reason": "order", "until": "2026-11-02T05:45:00Z"},
            "监管第 1 次暂缓：开标现场秩序受扰；到 13:45:00",
        ),
        (12, "trading.halted.v1", {"reason": "evidence"}, "监管暂停：须先保全证据"),
        (15, "trading.resumed.v1", {"was": "halted"}, "监管恢复，开标继续"),
    ],
)
def test_the_terminal_says_what_the_page_logs(
    seq: int, kind: str, told: dict[str, Json], line: str
) -> None:
    assert line in Reteller(Words(Lang.ZH)).sentence(kind, told)
    assert line in page(HELD[seq], Lang.ZH)
