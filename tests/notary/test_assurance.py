"""The record card: six lines from facts, never more than they carry."""

from itertools import product

import pytest

from notary.assurance import ANSWER_WORDS, Answer, Draw, Facts, Mode, Opened, label


def facts(**differ: object) -> Facts:
    usual: dict[str, object] = {
        "mode": Mode.SHARED,
        "k": 2,
        "n": 3,
        "one_machine": False,
        "opened": Opened.MATCHES,
        "cosigners": 2,
        "draw": Draw.VERIFIABLE,
    }
    return Facts(**{**usual, **differ})  # type: ignore[arg-type]


def answers(**differ: object) -> list[Answer]:
    return [line.answer for line in label(facts(**differ))]


def test_a_cosigned_tender_with_its_panel_drawn() -> None:
    assert answers() == [
        Answer.YES,
        Answer.YES,
        Answer.YES,
        Answer.PART,
        Answer.NO,
        Answer.NO,
    ]


def test_without_a_cosigner_the_acts_are_proved_in_part() -> None:
    assert answers(cosigners=0)[2] is Answer.PART


def test_keys_on_one_machine_are_one_body() -> None:
    assert answers(one_machine=True)[0] is Answer.NO


def test_a_bidder_who_keeps_the_secret_shares_it_with_no_machine() -> None:
    assert answers(mode=Mode.BIDDER, one_machine=True)[0] is Answer.YES


@pytest.mark.parametrize(
    ("opened", "answer"),
    [
        (Opened.WAITING, Answer.NOT_YET),
        (Opened.MATCHES, Answer.YES),
        (Opened.BROKEN, Answer.NO),
        (Opened.NEVER, Answer.NO),
    ],
)
def test_what_was_opened_is_what_was_received(opened: Opened, answer: Answer) -> None:
    assert answers(opened=opened)[1] is answer


@pytest.mark.parametrize(
    ("draw", "answer"),
    [
        (Draw.NONE, Answer.NO),
        (Draw.PLANNED, Answer.NOT_YET),
        (Draw.VERIFIABLE, Answer.PART),
        (Draw.WITNESSED, Answer.PART),
    ],
)
def test_a_draw_is_never_proved_wholly(draw: Draw, answer: Answer) -> None:
    assert answers(draw=draw)[3] is answer


def test_every_card_has_six_lines_in_both_languages_and_the_last_two_never_prove() -> None:
    for mode, one_machine, opened, cosigners, draw in product(
        Mode, (False, True), Opened, (0, 1, 2), Draw
    ):
        lines = label(
            facts(mode=mode, one_machine=one_machine, opened=opened, cosigners=cosigners, draw=draw)
        )

        assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]
        assert all(line.zh and line.en for line in lines)
        assert [line.answer for line in lines[4:]] == [Answer.NO, Answer.NO]


def test_one_cosigner_is_one_body() -> None:
    assert label(facts(cosigners=1))[2].en.endswith("by 1 outside body.")


def test_every_answer_has_words() -> None:
    assert ANSWER_WORDS.keys() == set(Answer)
