"""Who may do what about an alarm, how far it is, and how a matter stands with its time."""

from datetime import UTC, datetime, timedelta

import pytest

from oversight.supervision import rules
from oversight.supervision.types import (
    Act,
    Alarm,
    Case,
    Finding,
    Rule,
    Severity,
    State,
    Step,
    Timeliness,
)

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WATCH = {"wang", "li"}

Taken = tuple[Act, dict[str, object]]
"""An act about an alarm with what it states."""


def an_alarm(**facts: object) -> Alarm:
    told: dict[str, object] = {
        "rule": Rule.COPIED,
        "subject": "GC-1/1/single",
        "moment": NOON,
        "severity": Severity.RED,
        "tender": "GC-1",
        **facts,
    }
    return Alarm(**told)  # type: ignore[arg-type]


def a_case(*acts: Taken) -> Case:
    steps = [
        Step(n=n, act=act, at=NOON, person="wang", org="ORG", **facts)  # type: ignore[arg-type]
        for n, (act, facts) in enumerate(acts, 1)
    ]
    return Case(alarm=an_alarm(), steps=tuple(steps))


CLAIM: Taken = (Act.ASSIGNED, {"to_person": "wang"})
GIVEN: Taken = (Act.ASSIGNED, {"to_person": "li", "text": "Yours."})
ASKED: Taken = (Act.INQUIRED, {"to_org": "AGENCY", "text": "Why?"})
CLOSED: Taken = (Act.CLOSED, {"finding": Finding.FALSE, "text": "A counter."})


def answered(n: int) -> Taken:
    return Act.ANSWERED, {"answers": n, "text": "So."}


def test_an_alarm_is_named_by_its_fact_and_by_nothing_else() -> None:
    named = an_alarm().alarm

    assert named == an_alarm(severity=Severity.YELLOW).alarm
    others = (
        an_alarm(rule=Rule.SILENT),
        an_alarm(subject="GC-1/2/single"),
        an_alarm(moment=NOON + MICROSECOND),
    )
    assert named not in {one.alarm for one in others}
    assert len({one.alarm for one in others}) == 3


@pytest.mark.parametrize(
    ("acts", "state", "holder"),
    [
        ((), State.UNCLAIMED, None),
        ((CLAIM,), State.CLAIMED, "wang"),
        ((CLAIM, GIVEN), State.CLAIMED, "li"),
        ((CLAIM, ASKED), State.ASKED, "wang"),
        ((CLAIM, ASKED, ASKED, answered(2)), State.ASKED, "wang"),
        ((CLAIM, ASKED, ASKED, answered(2), answered(3)), State.EXPLAINED, "wang"),
        ((CLAIM, ASKED, answered(2), CLOSED), State.CLOSED, None),
        ((CLAIM, ASKED, answered(2), CLOSED, GIVEN), State.CLAIMED, "li"),
    ],
)
def test_how_far_an_alarm_is_follows_from_its_steps(
    acts: tuple[Taken, ...], state: State, holder: str | None
) -> None:
    case = a_case(*acts)

    assert (case.state, case.holder) == (state, holder)


def test_what_somebody_has_is_claimed_by_nobody_else_while_he_supervises() -> None:
    rules.require_claimable(a_case(), "li", WATCH)
    rules.require_claimable(a_case(CLAIM, CLOSED), "li", WATCH)
    rules.require_claimable(a_case(CLAIM), "li", {"li"})

    with pytest.raises(rules.AlarmTaken):
        rules.require_claimable(a_case(CLAIM), "li", WATCH)
    with pytest.raises(rules.AlarmHeld):
        rules.require_claimable(a_case(CLAIM), "wang", WATCH)


def test_an_alarm_goes_from_who_has_it_to_another_who_supervises() -> None:
    rules.require_handed_on(a_case(), "wang", {"wang"}, "li", WATCH)
    rules.require_handed_on(a_case(CLAIM), "wang", {"wang"}, "li", WATCH)
    rules.require_handed_on(a_case(CLAIM), "zhou", {"zhou", "wang"}, "li", WATCH)

    for case, to, refusal in (
        (a_case(CLAIM), "drafter", rules.NoSupervisor),
        (a_case(CLAIM), "wang", rules.NoSupervisor),
        (a_case(CLAIM, GIVEN), "zhou", rules.AlarmNotYours),
        (a_case(CLAIM, CLOSED), "li", rules.AlarmNotYours),
    ):
        with pytest.raises(refusal):
            rules.require_handed_on(case, "wang", {"wang"}, to, WATCH)


def test_only_who_has_it_asks_and_closes_or_who_stands_in() -> None:
    rules.require_own(a_case(CLAIM), {"wang"})
    rules.require_own(a_case(CLAIM), {"zhou", "wang"})

    for case in (a_case(), a_case(CLAIM, GIVEN), a_case(CLAIM, CLOSED)):
        with pytest.raises(rules.AlarmNotYours):
            rules.require_own(case, {"wang"})


def test_a_question_is_answered_once_by_the_body_that_was_asked() -> None:
    assert rules.require_unanswered(a_case(CLAIM, ASKED), 2, "AGENCY").text == "Why?"

    for n, org in ((1, "AGENCY"), (2, "OPERATOR"), (3, "AGENCY")):
        with pytest.raises(rules.InquiryUnknown):
            rules.require_unanswered(a_case(CLAIM, ASKED), n, org)
    with pytest.raises(rules.InquiryAnswered):
        rules.require_unanswered(a_case(CLAIM, ASKED, answered(2)), 2, "AGENCY")


def test_words_are_there_and_not_endless() -> None:
    assert rules.written(" So.\r\nYes. ") == "So.\nYes."
    assert rules.written("x" * rules.LONGEST)

    for text in ("", " \n ", "x" * (rules.LONGEST + 1)):
        with pytest.raises(rules.NothingWritten):
            rules.written(text)


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (rules.NEAR + MICROSECOND, Timeliness.FINE),
        (rules.NEAR, Timeliness.NEAR),
        (MICROSECOND, Timeliness.NEAR),
        (timedelta(0), Timeliness.OVERDUE),
        (-MICROSECOND, Timeliness.OVERDUE),
    ],
)
def test_a_matter_is_near_from_a_day_before_and_overdue_at_its_end(
    left: timedelta, state: Timeliness
) -> None:
    assert rules.timeliness(NOON + left, NOON) is state


def test_a_matter_without_an_end_is_never_late() -> None:
    assert rules.timeliness(None, NOON) is Timeliness.FINE
