"""Whether an award has heard everybody, over entries alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bidding.proof.folder import Fact, Ledger
from bidding.proof.heard import DRAFTED, require_heard
from bidding.sealed.statements import Answered, Award, Void
from bidding.types import Finding
from notary.canonical import Json
from trading import calendar
from trading.rules.sets import RuleSet, rule_set
from trading.types import Pin

MICROSECOND = timedelta(microseconds=1)
SHOWN = datetime(2026, 11, 23, 2, tzinfo=UTC)
UNTIL = datetime(2026, 11, 26, 16, tzinfo=UTC)
"""24:00 in Beijing of the third day after SHOWN, whose own day does not count."""

LAW = rule_set("construction/2026-11")


def an_award(**changes: object) -> Award:
    usual = Award(
        origin="hall.example/log/0123abcd",
        tender="T",
        lot="1",
        rules=Pin(set=LAW.name, sha256=LAW.sha256),
        opening_sha256=64 * "0",
        limits=(),
        rejected=(),
        ranking=(),
        tied=False,
        candidates_until=UNTIL,
        objections=(),
        winner=None,
        void=None,
    )
    return replace(usual, **changes)  # type: ignore[arg-type] # the names are Award's


def fact(index: int, kind: str, at: datetime = SHOWN, **fields: Json) -> Fact:
    return Fact(index=index, kind=kind, at=at, fields={"tender": "T", "lot": "1", **fields})


def judge(award: Award, *facts: Fact, at: datetime = UNTIL, rules: RuleSet | None = LAW) -> None:
    shown = fact(1, "bidding.candidates-published")
    published = fact(9, "bidding.awarded", at)
    ledger = Ledger([shown, *facts, published], whole=True)
    require_heard(ledger, award, published, rules, awarded=True)


def test_an_award_at_the_end_of_the_publicity_is_right_and_one_before_it_is_not() -> None:
    judge(an_award())
    with pytest.raises(Finding, match="before the publicity"):
        judge(an_award(), at=UNTIL - MICROSECOND)


def test_candidates_are_on_display_for_what_the_rule_set_demands() -> None:
    judge(an_award())
    with pytest.raises(Finding, match="less than the rule set demands"):
        judge(an_award(candidates_until=UNTIL - MICROSECOND))
    judge(an_award(candidates_until=SHOWN), rules=None)
    assert timedelta() < DRAFTED < timedelta(hours=1)


def test_a_year_whose_days_of_rest_nobody_knows_ends_in_one_plain_sentence() -> None:
    year = calendar.known_until().year + 1
    shown = fact(1, "bidding.candidates-published", datetime(year, 3, 2, 2, tzinfo=UTC))
    award = an_award(candidates_until=datetime(year, 3, 9, 16, tzinfo=UTC))
    published = fact(9, "bidding.awarded", datetime(year, 3, 10, tzinfo=UTC))

    with pytest.raises(ValueError, match=rf"days of rest of {year} are not known") as unknown:
        require_heard(Ledger([shown, published], whole=True), award, published, LAW, awarded=True)
    assert "\n" not in str(unknown.value)
    demo = rule_set("demo/2026-11")  # whose periods are of no days
    require_heard(Ledger([shown, published], whole=True), award, published, demo, awarded=True)


def test_nobody_is_awarded_without_candidates_but_a_void_lot() -> None:
    published = fact(9, "bidding.awarded", UNTIL)
    ledger = Ledger([published], whole=True)
    with pytest.raises(Finding, match="no candidates"):
        require_heard(ledger, an_award(), published, LAW, awarded=True)
    void = an_award(void=Void(ground="all_rejected", article="招标投标法 42", entry=3))
    require_heard(ledger, void, published, LAW, awarded=True)


def test_every_objection_before_it_has_its_answer_in_it() -> None:
    raised = fact(2, "trading.objection-raised", objection="a")
    answered = fact(4, "trading.objection-answered", objection="a")
    listed = an_award(objections=(Answered(entry=2, answer=4),))

    judge(listed, raised, answered)
    judge(an_award(), fact(10, "trading.objection-raised", objection="b"))  # came afterwards
    for wrong, facts in (
        ("entry 2 has no answer", (raised, answered)),
        ("entry 3 has no answer", (fact(3, "bidding.objection-raised", stage="price", n=1),)),
    ):
        with pytest.raises(Finding, match=wrong):
            judge(an_award(), *facts)


def test_an_answer_is_that_of_its_objection_and_comes_between() -> None:
    raised = fact(5, "bidding.objection-raised", stage="price", n=1)
    listed = an_award(objections=(Answered(entry=5, answer=6),))
    other = fact(6, "bidding.objection-answered", stage="price", n=2)
    with pytest.raises(Finding, match="entry 6 is not"):
        judge(listed, raised, other)
    with pytest.raises(Finding, match="entry 5 is not"):
        judge(listed, other)

    early = fact(4, "bidding.objection-answered", stage="price", n=1)
    with pytest.raises(Finding, match="not answered before"):
        judge(an_award(objections=(Answered(entry=5, answer=4),)), raised, early)
