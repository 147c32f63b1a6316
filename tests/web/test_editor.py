"""The editor's forms: what people type, read as they mean it, and a draft that comes back whole."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from bidding.clients.limit_duty import draw_up
from notary import canonical, shape
from notary.entropy import system_entropy
from notary.shape import Fen
from tests.bidding.drafts import a_draft
from trading import notice as notices
from trading.rules.limits import may_be_secret
from trading.rules.sets import rule_set
from trading.types import Draft
from web.editor import sections, times
from web.editor.sections import SECTIONS, Name
from web.editor.times import Shape, Wish
from web.typed import Answers, typed_moment, typed_yuan

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
LAW, DEMO = rule_set("construction/2026-11"), rule_set("demo/2026-11")


def asked(**given: str) -> Answers:
    return Answers(given)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1,234,500.00", "123450000"),
        ("1234500", "123450000"),
        ("0.05", "5"),
        ("0.5", "50"),
        ("１５，１２５，０００ 元", "1512500000"),
        ("¥12", "1200"),
        ("", None),
    ],
)
def test_money_is_typed_in_yuan_and_kept_in_fen(typed: str, fen: str | None) -> None:
    answers = asked(ceiling=typed)

    assert answers.fen("ceiling") == fen
    assert answers.errors == []


@pytest.mark.parametrize("typed", ["twelve", "1.234", "-5", "12 万", "1e9", "1" * 16])
def test_what_is_no_amount_is_an_error_at_its_field(typed: str) -> None:
    answers = asked(ceiling=typed)

    assert answers.fen("ceiling") is None
    assert [error.place for error in answers.errors] == ["ceiling"]


def test_times_are_those_of_beijing() -> None:
    at = datetime(2026, 12, 10, 1, 30, tzinfo=UTC)
    answers = Answers(typed_moment("deadline", at))

    assert answers.given["deadline_t"] == "09:30"
    assert answers.moment("deadline") == "2026-12-10T01:30:00Z"


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"deadline_d": "32"}, "deadline_y"),
        ({"deadline_m": "x"}, "deadline_y"),
        ({"deadline_y": ""}, "deadline_y"),
        ({"deadline_t": "24:00"}, "deadline_t"),
        ({"deadline_t": "half past nine"}, "deadline_t"),
    ],
)
def test_a_day_that_does_not_exist_is_an_error(changed: dict[str, str], place: str) -> None:
    answers = Answers(typed_moment("deadline", NOW) | changed)
    answers.moment("deadline")

    assert place in [error.place for error in answers.errors]


def test_whole_numbers_keep_to_their_bounds() -> None:
    assert asked(k="2").whole("k", 2, 3) == 2
    assert asked(k="3").whole("k", 2, 3) == 3
    for typed in ("1", "4", "", "two"):
        answers = asked(k=typed)
        answers.whole("k", 2, 3)
        assert [error.facts for error in answers.errors] == [{"least": "2", "most": "3"}]


def two_lots() -> Wish:
    """Return a draft of two lots as the editor makes it."""
    wish = sections.blank("GC-1", DEMO, ["ORG-A", "ORG-B", "ORG-C"], NOW)
    given = {
        "title_zh": "操场",
        "kind": "construction",
        "purchaser": "ORG-P",
        "method": "open",
        "rules": "demo/2026-11",
        "count": "2",
    }
    answers = Answers(given)
    SECTIONS[Name.WHAT].read(answers, wish)
    assert answers.errors == []
    return wish


def as_draft(wish: Wish) -> Draft:
    """Read a draft as the service reads it."""
    draft = shape.read(Draft, wish)
    notices.require_sound_draft(draft)
    return draft


def test_a_new_tender_is_a_draft_from_its_first_section_on() -> None:
    draft = as_draft(two_lots())

    assert [lot.lot for lot in draft.lots] == ["1", "2"]
    assert (draft.k, len(draft.trustees)) == (2, 3)
    assert draft.title.en == "操场"


def test_times_count_as_prefilled_until_the_deadline_or_the_form_is_another() -> None:
    assert sections.is_prefilled(as_draft(two_lots()), DEMO, NOW)
    assert sections.is_prefilled(as_draft(two_lots()), DEMO, NOW + timedelta(days=9))
    assert sections.is_prefilled(as_draft(sections.hosted(two_lots())), DEMO, NOW)
    shown = SECTIONS[Name.TIMES].fill(two_lots())
    later = sections.first_deadline(DEMO, NOW) + timedelta(days=1)
    for changed in (
        typed_moment("deadline", later),
        {"deadline_t": "09:31"},
        typed_moment("deadline_2", later),
        {"shape": Shape.TWO},
        {"megabytes": "201"},
        {"fields": "1", "field_1_zh": "工期", "field_1_type": "int"},
    ):
        wish = two_lots()
        answers = Answers(shown | changed)
        SECTIONS[Name.TIMES].read(answers, wish)
        assert answers.errors == []
        assert not sections.is_prefilled(as_draft(wish), DEMO, NOW), changed


def test_the_first_deadline_is_lawful_if_published_a_day_later() -> None:
    suggested = sections.first_deadline(LAW, NOW)

    assert suggested == datetime(2026, 12, 11, 1, 30, tzinfo=UTC)  # 20 days from the 21st, 09:30
    assert sections.first_deadline(DEMO, NOW) > NOW + timedelta(days=1)


@pytest.mark.parametrize("name", [name for name in Name if name is not Name.DOCUMENTS])
def test_a_section_that_is_saved_as_it_is_shown_changes_nothing(name: Name) -> None:
    wish = two_lots()
    wish["documents"] = [{"path": "a.txt", "sha256": 64 * "0", "size": 1}]
    section, before = SECTIONS[name], deepcopy(wish)
    answers = Answers(section.fill(wish))
    section.read(answers, wish)

    assert answers.errors == []
    assert wish == before


def test_a_branch_begins_hosted_and_stays_so_when_its_times_are_saved() -> None:
    wish = sections.hosted(two_lots())
    for form in Shape:
        given = SECTIONS[Name.TIMES].fill(wish) | {"shape": form}
        answers = Answers(given)
        SECTIONS[Name.TIMES].read(answers, wish)

        assert answers.errors == []
        modes = {box.mode for lot in as_draft(wish).lots for box in lot.boxes}
        assert modes == {"hosted"}


def test_a_programs_draft_survives_the_editor() -> None:
    wish = a_draft()
    for lot in wish["lots"]:
        for box in lot["boxes"]:
            box["open_at"] = None
    for name in (Name.WHAT, Name.LOTS, Name.TIMES, Name.HOLDERS):
        answers = Answers(SECTIONS[name].fill(wish))
        SECTIONS[name].read(answers, wish)
        assert answers.errors == []

    before = a_draft()
    before["lots"][0]["boxes"][0]["open_at"] = None
    assert wish == before


def test_a_lot_that_is_taken_away_leaves_the_others_as_they_are() -> None:
    wish = two_lots()
    given = SECTIONS[Name.LOTS].fill(wish)
    kept = {name: value for name, value in given.items() if not name.startswith("lot_1")}
    kept = {name.replace("lot_2", "lot_1"): value for name, value in kept.items()}
    SECTIONS[Name.LOTS].read(Answers(kept | {"lots": "1"}), wish)

    assert [lot["lot"] for lot in wish["lots"]] == ["2"]


def test_two_lots_of_one_number_are_an_error() -> None:
    wish = two_lots()
    answers = Answers(SECTIONS[Name.LOTS].fill(wish) | {"lot_2": "1"})
    SECTIONS[Name.LOTS].read(answers, wish)

    assert [error.place for error in answers.errors] == ["lot_2"]


def test_two_envelopes_are_two_boxes_of_which_the_price_waits() -> None:
    wish = two_lots()
    given = SECTIONS[Name.TIMES].fill(wish) | {
        "shape": Shape.TWO,
        "fields": "1",
        "field_1": "",
        "field_1_zh": "工期",
        "field_1_type": "int",
    }
    answers = Answers(given)
    SECTIONS[Name.TIMES].read(answers, wish)
    draft = as_draft(wish)

    assert answers.errors == []
    for lot in draft.lots:
        technical, price = lot.boxes
        assert (technical.stage, price.stage, price.after) == ("technical", "price", "technical")
        assert price.open_at is not None
        assert price.open_at > technical.deadline == price.deadline
        assert [one.name for one in technical.form] == ["bidder_name", "answer_1"]
        assert "price_fen" in [one.name for one in price.form]


def test_prices_are_opened_after_the_deadline_and_not_at_it() -> None:
    wish = two_lots()
    given = SECTIONS[Name.TIMES].fill(wish)
    at = {f"opens_{part}": given[f"deadline_{part}"] for part in "ymdt"}
    answers = Answers(given | at | {"shape": Shape.TWO})
    SECTIONS[Name.TIMES].read(answers, wish)

    assert [error.place for error in answers.errors] == ["opens_y"]


def test_fewer_than_two_holders_are_none() -> None:
    wish = two_lots()
    answers = Answers({"holder_ORG-A": "on", "k": "1"})
    SECTIONS[Name.HOLDERS].read(answers, wish)

    assert [error.place for error in answers.errors] == ["holders"]


def test_bids_that_their_bidders_open_have_no_holders_until_the_mode_changes_back() -> None:
    wish = two_lots()
    SECTIONS[Name.HOLDERS].read(Answers({"mode": "bidder", "holder_ORG-A": "on", "k": "1"}), wish)
    modes = {box["mode"] for lot in wish["lots"] for box in lot["boxes"]}

    assert (modes, wish["trustees"], wish["k"]) == ({"bidder"}, [], 0)
    assert SECTIONS[Name.HOLDERS].fill(wish)["mode"] == "bidder"
    back = {"mode": "shared", "holder_ORG-A": "on", "holder_ORG-B": "on", "k": "2"}
    SECTIONS[Name.HOLDERS].read(Answers(back), wish)
    assert {box["mode"] for lot in wish["lots"] for box in lot["boxes"]} == {"shared"}
    assert (len(wish["trustees"]), wish["k"]) == (2, 2)
    wrong = Answers({**back, "mode": "nobody"})
    SECTIONS[Name.HOLDERS].read(wrong, wish)
    assert [error.place for error in wrong.errors] == ["mode"]


def test_a_lot_has_a_deadline_of_its_own_and_keeps_it_when_it_is_saved_again() -> None:
    wish = two_lots()
    given = SECTIONS[Name.TIMES].fill(wish) | {"shape": Shape.TWO}
    usual = sections.first_deadline(DEMO, NOW)
    later = usual + timedelta(days=7)
    given |= typed_moment("deadline_2", later)
    early = Answers(given)
    SECTIONS[Name.TIMES].read(early, wish)
    assert [error.place for error in early.errors] == ["opens_2_y"]  # those for all come first
    answers = Answers(given | typed_moment("opens_2", later + timedelta(minutes=1)))
    SECTIONS[Name.TIMES].read(answers, wish)

    assert answers.errors == []
    assert [box.deadline for lot in as_draft(wish).lots for box in lot.boxes] == [
        *(usual, usual),
        *(later, later),
    ]
    assert times.is_uniform(wish)
    before, again = deepcopy(wish), SECTIONS[Name.TIMES].fill(wish)
    assert again["deadline_2_d"] == typed_moment("x", later)["x_d"]
    SECTIONS[Name.TIMES].read(Answers(again), wish)
    assert wish == before
    SECTIONS[Name.TIMES].read(
        Answers({name: "" if times.is_of_a_lot(name) else one for name, one in again.items()}),
        wish,
    )
    assert as_draft(wish).lots[1].boxes == as_draft(wish).lots[0].boxes


def test_a_secret_limit_is_pasted_as_its_program_prints_it() -> None:
    wish, kept = two_lots(), draw_up("reference", Fen(1_250_000_000), system_entropy)
    printed = canonical.dumps(shape.write(kept.limit)).decode()
    given = SECTIONS[Name.LOTS].fill(wish)
    for said in (printed, f" {kept.limit.commit} "):
        answers = Answers(given | {"lot_2_secret_reference": said})
        SECTIONS[Name.LOTS].read(answers, wish)
        assert answers.errors == []
        assert [lot.limits for lot in as_draft(wish).lots] == [(), (kept.limit,)]
    for wrong in (printed.replace("reference", "minimum"), kept.limit.commit[1:]):
        answers = Answers(given | {"lot_2_secret_reference": wrong})
        SECTIONS[Name.LOTS].read(answers, wish)
        assert [error.place for error in answers.errors] == ["lot_2_secret_reference"]

    assert may_be_secret(LAW) == ("reference",)
    assert may_be_secret(rule_set("replay/2026-11")) == ("reference", "ceiling", "minimum")
    SECTIONS[Name.LOTS].read(Answers(given | {"lot_2_secret_reference": printed}), wish)
    assert [lot["limits"] for lot in sections.again(wish, "GC-2", LAW, NOW)["lots"]] == [[], []]


def test_documents_of_one_name_take_each_others_place() -> None:
    wish = two_lots()
    for digest in "ab":
        given = {"documents": "1", "path_1": "a.txt", "sha256_1": 64 * digest, "size_1": "5"}
        SECTIONS[Name.DOCUMENTS].read(Answers(given), wish)

    assert wish["documents"] == [{"path": "a.txt", "sha256": 64 * "b", "size": 5}]
    sections.without_document(wish, 64 * "b")
    assert wish["documents"] == []


def test_another_tender_has_all_but_number_and_times() -> None:
    model = two_lots()
    model["lots"][1]["ceiling_fen"] = "500"
    wish = sections.again(model, "GC-2", LAW, NOW)

    assert wish["tender"] == "GC-2"
    assert wish["lots"][1]["ceiling_fen"] == "500"
    assert as_draft(wish).deadline == sections.first_deadline(LAW, NOW)


def test_an_amount_is_shown_as_it_may_be_typed() -> None:
    assert typed_yuan(120_000_050) == "1,200,000.50"
    assert asked(x=typed_yuan(120_000_050)).fen("x") == "120000050"


def test_words_are_short_enough_in_both_languages() -> None:
    fits = Answers({"reason_zh": "路", "reason_en": "x" * 1000})
    assert fits.words("reason", "say why") == {"zh": "路", "en": "x" * 1000}
    assert not fits.errors

    long = Answers({"reason_zh": "路", "reason_en": "x" * 1001})
    long.words("reason", "say why")
    assert [one.place for one in long.errors] == ["reason_en"]
