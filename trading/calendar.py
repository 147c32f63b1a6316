"""Days as the law counts them: local dates, days of rest, make-up working Saturdays.

The table is the State Council's holiday notice of each year, as published by `chinesecalendar`. A
year it does not have is a fault of this hall, never a guess.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from notary.refusal import Refusal

BEIJING = ZoneInfo("Asia/Shanghai")

# `people.md` 2: a period of working days ends at 17:00.
CLOSE_OF_BUSINESS = time(17)

_DAY = timedelta(days=1)


class YearMissing(Refusal):
    """The holiday notice of this year is not in the table: the hall cannot count its days.

    Source: `rules.md` 1, "Counting": a missing year is never guessed.
    """

    code = "calendar.year_missing"


def local_date(instant: datetime) -> date:
    """Return the date that the law counts for `instant`."""
    return instant.astimezone(BEIJING).date()


def is_working_day(day: date) -> bool:
    """Tell whether `day` is one, or raise YearMissing."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as error:
        raise YearMissing(year=day.year) from error


def known_until() -> date:
    """Return the last day whose holiday notice the table has."""
    return date(max(chinese_calendar.holidays).year, 12, 31)


def days_between(first: datetime, last: datetime) -> int:
    """Count calendar days from `first` to `last`; the first day does not count (民法典 201)."""
    return (local_date(last) - local_date(first)).days


def working_days_between(first: datetime, last: datetime) -> int:
    """Count working days from `first` to `last`; the first day does not count."""
    days = range(1, days_between(first, last) + 1)
    return sum(is_working_day(local_date(first) + n * _DAY) for n in days)


def last_day(start: datetime, days: int) -> date:
    """Return the day on which a period of `days` ends (民法典 201, 203).

    One that would end on a day of rest ends on the next day that is none. A period of no days ends
    at once, whatever day it is.
    """
    return last_day_from(local_date(start), days)


def last_day_from(first: date, days: int) -> date:
    """Return the day on which a period of `days` ends that begins on `first`, as `last_day`."""
    day = first + days * _DAY
    while days and not is_working_day(day):
        day += _DAY
    return day


def end_of(start: datetime, days: int) -> datetime:
    """Return the instant at which a period of `days` ends: 24:00, Beijing time, of its last day.

    A period of no days ends with the second in which it begins (民法典 203).
    """
    if not days:
        return start.replace(microsecond=0)
    midnight = datetime.combine(last_day(start, days) + _DAY, time(), BEIJING)
    return midnight.astimezone(UTC)


def days_after(instant: datetime, days: int) -> date:
    """Return the day from which on `instant` lies `days` back; nothing moves it (the same)."""
    return local_date(instant) + days * _DAY


def days_before(instant: datetime, days: int) -> date:
    """Return the day that lies `days` before `instant`, whose own day does not count.

    Nothing moves it to a working day: that would shorten what lies in between.
    """
    return local_date(instant) - days * _DAY


def until_days_before(instant: datetime, days: int) -> datetime:
    """Return until when something can be done `days` before `instant`: 24:00 of that day.

    No days before it is until the instant itself.
    """
    midnight = datetime.combine(days_before(instant, days) + _DAY, time(), BEIJING)
    return min(instant, midnight.astimezone(UTC))


def close_after(start: datetime, working_days: int) -> datetime:
    """Return 17:00, Beijing time, of the `working_days`-th working day after `start`."""
    day = local_date(start)
    while working_days:
        day += _DAY
        working_days -= is_working_day(day)
    return datetime.combine(day, CLOSE_OF_BUSINESS, BEIJING).astimezone(UTC)
