from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading import calendar

DAY = timedelta(days=1)
# From January to August, so that every period ends in a year that has its holiday notice.
INSTANTS = st.integers(0, 240 * 86400).map(
    lambda offset: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=offset)
)


@given(INSTANTS, st.integers(0, 40))
def test_a_period_ends_on_a_working_day_and_never_early(start: datetime, days: int) -> None:
    last = calendar.last_day(start, days)

    assert last >= calendar.local_date(start) + days * DAY
    assert days == 0 or calendar.is_working_day(last)


@given(INSTANTS, st.integers(0, 40))
def test_longer_periods_never_end_earlier(start: datetime, days: int) -> None:
    assert calendar.last_day(start, days) <= calendar.last_day(start, days + 1)


@given(INSTANTS, st.integers(1, 20))
def test_working_days_are_counted_one_by_one(start: datetime, days: int) -> None:
    end = calendar.close_after(start, days)
    between = [
        calendar.local_date(start) + n * DAY
        for n in range(1, (calendar.local_date(end) - calendar.local_date(start)).days + 1)
    ]

    assert sum(map(calendar.is_working_day, between)) == days
    assert calendar.is_working_day(between[-1])


def test_a_make_up_saturday_is_a_working_day() -> None:
    assert calendar.is_working_day(date(2026, 10, 10))
    assert not calendar.is_working_day(date(2026, 10, 1))
    assert not calendar.is_working_day(date(2026, 10, 11))


def test_a_year_without_a_holiday_notice_is_a_fault_and_no_guess() -> None:
    with pytest.raises(calendar.YearMissing):
        calendar.is_working_day(date(2099, 1, 1))


def test_the_holiday_table_reaches_this_year() -> None:
    assert calendar.is_working_day(date(2026, 12, 31))
