"""The form of an amendment: what was changed, and nothing else, becomes the change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bidding.facts import BoxKey
from bidding.losses import Renewed
from tests.bidding.golden import golden
from trading import notice as notices
from trading.types import Notice, Words
from web.editor import changes
from web.editor.times import Wish
from web.typed import Answers, typed_moment

WHY = {"reason_zh": "清单补充"}


def notice() -> Notice:
    """Return a notice that closes on a full minute, as people write deadlines."""
    golden_one = notices.parse(golden()["notices"][0]["json"].encode())
    lots = tuple(
        replace(
            lot,
            boxes=tuple(replace(box, deadline=box.deadline.replace(second=0)) for box in lot.boxes),
        )
        for lot in golden_one.lots
    )
    return replace(golden_one, lots=lots)


def read(**changed: str) -> tuple[Wish, Answers]:
    """Read the form as the notice fills it, with what a person `changed`."""
    one = notice()
    answers = Answers(changes.fill(one) | WHY | changed)
    return changes.read(answers, one, {}), answers


def test_a_form_that_is_left_alone_changes_nothing() -> None:
    wish, answers = read()

    assert answers.errors == []
    assert wish == {"reason": {"zh": "清单补充", "en": "清单补充"}, "lots": []}


def test_without_a_reason_there_is_no_change() -> None:
    _, answers = read(reason_zh=" ")

    assert [error.place for error in answers.errors] == ["reason_zh"]


def test_a_later_deadline_moves_every_box_of_its_lot_by_the_same_and_no_other_lot() -> None:
    first = notice().lots[0]
    one = replace(notice(), lots=(first, replace(first, lot="2")))
    later = changes.first_deadline(first) + timedelta(days=2)
    answers = Answers(changes.fill(one) | WHY | typed_moment("deadline_2", later))
    wish = changes.read(answers, one, {})

    assert answers.errors == []
    [lot] = wish["lots"]
    assert lot["lot"] == "2"
    assert len(lot["boxes"]) == len(first.boxes)
    assert all("reseal" not in box for box in lot["boxes"])


def test_a_question_is_worded_anew_or_not_asked_any_more() -> None:
    one = notice()
    box = one.lots[0].boxes[0]
    asked = replace(box.form[0], name="answer_1", label=Words(zh="工期", en="Days"))
    other = replace(asked, name="answer_2")
    lot = replace(one.lots[0], boxes=(replace(box, form=(*box.form, asked, other)),))
    one = replace(one, lots=(lot,))
    before = changes.fill(one) | WHY
    m = len(changes.questions(one)) - 1
    answers = Answers(before | {f"asked_{m}_zh": "总工期", f"asked_{m + 1}_zh": ""})
    form = changes.read(answers, one, {})["lots"][0]["boxes"][0]["form"]

    assert [field["name"] for field in form] == [*(field.name for field in box.form), "answer_1"]
    assert form[-1]["label"] == {"zh": "总工期", "en": "Days"}
    assert changes.read(Answers(before), one, {})["lots"] == []


@pytest.mark.parametrize(("said", "voided"), [("yes", True), ("no", False)])
def test_bidders_prepare_anew_only_where_it_is_said(said: str, voided: bool) -> None:  # noqa: FBT001
    wish, _ = read(reseal=said, field_1_zh="工期", field_1_type="int")
    boxes = [box for lot in wish["lots"] for box in lot["boxes"]]

    assert {bool(box.get("reseal")) for box in boxes} == {voided}


def test_a_new_question_stands_behind_those_that_were_there() -> None:
    one = notice()
    wish, _ = read(field_1_zh="工期", field_1_type="int")
    form = wish["lots"][0]["boxes"][0]["form"]
    before = [field.name for field in one.lots[0].boxes[0].form]

    assert [field["name"] for field in form] == [*before, form[-1]["name"]]
    assert form[-1]["name"] not in before
    assert form[-1]["label"] == {"zh": "工期", "en": "工期"}


def test_a_document_whose_mark_is_taken_away_is_out_and_a_new_one_in() -> None:
    one = notice()
    new = {"documents": "1", "path_1": "补遗.txt", "sha256_1": 64 * "a", "size_1": "3"}
    wish, _ = read(**{f"keep_{n}": "" for n in range(1, len(one.documents) + 1)}, **new)

    assert wish["documents"] == [{"path": "补遗.txt", "sha256": 64 * "a", "size": 3}]


@pytest.mark.parametrize("reseal", [False, True])
def test_the_next_keys_are_pinned_where_the_form_says_so(reseal: bool) -> None:  # noqa: FBT001
    one = notice()
    box = one.lots[0].boxes[0]
    key = BoxKey(one.tender, one.lots[0].lot, box.stage)
    renewed = {key: Renewed("ab" * 32, reseal=reseal)}
    given = changes.fill(one) | WHY
    assert changes.read(Answers(given), one, renewed)["lots"] == []
    [lot] = changes.read(Answers(given | {"rekey": "on"}), one, renewed)["lots"]

    voids = {"reseal": True} if reseal else {}
    pinned = {"stage": str(box.stage), "policy_sha256": "ab" * 32}
    assert lot == {"lot": key.lot, "boxes": [pinned | voids]}
