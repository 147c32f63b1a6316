from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.trading.notices import DEMO, LAW, a_notice, with_prequalification
from trading import calendar
from trading.rules import objections, periods
from trading.types import Notice

# Beijing's midnight is 16:00 in UTC.
MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 4, 1, tzinfo=UTC)


def night(month: int, day: int) -> datetime:
    """Return 24:00 of a day in Beijing."""
    return datetime(2026, month, day, 16, tzinfo=UTC)


def close(month: int, day: int) -> datetime:
    """Return 17:00 of a day in Beijing."""
    return datetime(2026, month, day, 9, tzinfo=UTC)


DEADLINE = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def test_ten_days_before_the_deadline_end_with_the_tenth_day_before_it() -> None:
    assert periods.objection_documents_until(LAW, DEADLINE) == night(11, 13)
    assert periods.objection_prequal_until(LAW, DEADLINE) == night(11, 21)  # a Saturday stays


def test_no_days_before_the_deadline_are_until_the_deadline() -> None:
    assert periods.objection_documents_until(DEMO, DEADLINE) == DEADLINE
    assert periods.objection_prequal_until(DEMO, DEADLINE) == DEADLINE


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (periods.answer_objection_by(LAW, MONDAY), night(11, 5)),
        (periods.answer_objection_by(LAW, WEDNESDAY), night(11, 9)),  # the 7th is a Saturday
        (periods.publicity_begins_by(LAW, MONDAY), night(11, 5)),
        (periods.publicity_until(LAW, MONDAY), night(11, 5)),
        (periods.publicity_until(LAW, WEDNESDAY), night(11, 9)),
        (periods.complaint_until(LAW, MONDAY), night(11, 12)),
        (periods.contract_by(LAW, MONDAY), night(12, 2)),
        (periods.report_by(LAW, MONDAY), night(11, 17)),
        (periods.accept_complaint_by(LAW, WEDNESDAY), close(11, 9)),
        (periods.decide_complaint_by(LAW, MONDAY), close(12, 14)),
    ],
)
def test_a_period_ends_with_its_last_day(until: datetime, expected: datetime) -> None:
    assert until == expected


@pytest.mark.parametrize(
    ("notice", "until", "rule"),
    [
        (a_notice(), night(11, 13), periods.OBJECTION_DOCUMENTS),
        # Applications by the 12th: two days before it is the 10th, and bids are still far away.
        (with_prequalification(close(11, 12)), night(11, 13), periods.OBJECTION_DOCUMENTS),
        (with_prequalification(close(11, 17)), night(11, 15), periods.OBJECTION_PREQUAL),
    ],
)
def test_objections_to_documents_end_with_the_set(
    notice: Notice, until: datetime, rule: str
) -> None:
    second = timedelta(seconds=1)

    objections.require_about_documents(LAW, notice, until - second)
    with pytest.raises(objections.ObjectionTooLate) as refused:
        objections.require_about_documents(LAW, notice, until)
    assert refused.value.facts["rule"] == rule


def test_a_period_over_a_holiday_ends_after_it() -> None:
    # The National Day of 2026 lasts to 7 October; the 10th is a working Saturday.
    assert periods.publicity_until(LAW, datetime(2026, 9, 29, 1, tzinfo=UTC)) == night(10, 8)
    assert periods.complaint_until(LAW, datetime(2026, 9, 30, 1, tzinfo=UTC)) == night(10, 10)


def test_calendar_days_are_no_working_days() -> None:
    """Front ends in use count days and call them working days: ours do neither."""
    friday = datetime(2026, 11, 6, 1, tzinfo=UTC)

    assert periods.answer_objection_by(LAW, friday) == night(11, 9)
    assert periods.accept_complaint_by(LAW, friday) == close(11, 11)


def test_the_time_of_an_objection_does_not_count() -> None:
    raised, answered = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)

    assert periods.complaint_until(LAW, MONDAY, (raised, answered)) == night(11, 16)
    assert periods.complaint_until(LAW, MONDAY, (raised, raised)) == night(11, 12)


def test_the_time_of_experts_does_not_count() -> None:
    friday = datetime(2026, 11, 6, 1, tzinfo=UTC)
    asked, told = friday, friday + timedelta(days=3)

    assert periods.decide_complaint_by(LAW, MONDAY, (asked, told)) == close(12, 15)
    assert calendar.working_days_between(asked, told) == 1


def test_a_longest_period_of_no_days_bounds_nothing() -> None:
    assert periods.answer_objection_by(DEMO, MONDAY) is None
    assert periods.publicity_begins_by(DEMO, MONDAY) is None
    assert periods.complaint_until(DEMO, MONDAY, (MONDAY, MONDAY)) is None
    assert periods.accept_complaint_by(DEMO, MONDAY) is None
    assert periods.decide_complaint_by(DEMO, MONDAY) is None
    assert periods.contract_by(DEMO, MONDAY) is None
    assert periods.report_by(DEMO, MONDAY) is None
    assert periods.publicity_until(DEMO, MONDAY) == MONDAY


def test_a_contract_is_filed_and_public_within_working_days_where_a_set_says_so() -> None:
    days = {periods.CONTRACT_FILED: 7, periods.CONTRACT_PUBLIC: 2}
    model = LAW.rules[periods.ACCEPT_COMPLAINT]
    known = {one: replace(model, id=one, value=count) for one, count in days.items()}
    bought = replace(LAW, rules={**LAW.rules, **known})

    assert periods.contract_filed_by(bought, MONDAY) == close(11, 11)
    assert periods.contract_public_by(bought, MONDAY) == close(11, 4)
    assert periods.contract_filed_by(LAW, MONDAY) is None
    assert periods.contract_public_by(LAW, MONDAY) is None
    assert periods.deposit_back_by(LAW, MONDAY) == night(11, 9)  # the seventh is a Saturday
