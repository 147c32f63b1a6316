"""Instants as people in the hall read them: Beijing time, which exists nowhere but in `web`."""

from datetime import UTC, date, datetime, time, timedelta, timezone

from web.letterhead import Lang

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def local(at: datetime) -> datetime:
    """Return the same instant in Beijing."""
    return at.astimezone(BEIJING)


def today(at: datetime) -> date:
    """Return the day it is in Beijing at this instant."""
    return local(at).date()


def iso(at: datetime) -> str:
    """Write an instant for `datetime` attributes: 2026-11-20T09:00:00+08:00."""
    return local(at).isoformat(timespec="seconds")


def instant(at: datetime) -> str:
    """Write an instant for programs: 2026-11-20T01:00:00.123Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(at: datetime) -> str:
    """Write the time of day with seconds: 09:00:00."""
    return f"{local(at):%H:%M:%S}"


def minute(at: datetime) -> str:
    """Write the time of day: 09:00."""
    return f"{local(at):%H:%M}"


def day(at: datetime | date, lang: Lang) -> str:
    """Write a day in full: 2026-11-20 星期五; Friday, 20 November 2026."""
    on = local(at).date() if isinstance(at, datetime) else at
    if lang is Lang.ZH:
        return f"{on.isoformat()} 星期{WEEKDAYS_ZH[on.weekday()]}"
    return f"{WEEKDAYS_EN[on.weekday()]}, {on.day} {MONTHS_EN[on.month - 1]} {on.year}"


def short_day(at: datetime, lang: Lang) -> str:
    """Write a day of about this year: 11-20; 20 Nov."""
    on = local(at)
    return f"{on:%m-%d}" if lang is Lang.ZH else f"{on.day} {MONTHS_EN[on.month - 1][:3]}"


def moment(at: datetime, lang: Lang) -> str:
    """Write day and minute: 11-20 09:00; 20 Nov 09:00."""
    return f"{short_day(at, lang)} {minute(at)}"


def end(at: datetime, lang: Lang) -> str:
    """Write the end of a period: 11-26 24:00 where it is midnight, as the law says it."""
    on = local(at)
    if on.time() != time():
        return moment(at, lang)
    return f"{short_day(at - timedelta(days=1), lang)} 24:00"


def left(until: datetime, now: datetime) -> tuple[int, int, int, int]:
    """Return days, hours, minutes and seconds from `now` to `until`, none of them negative."""
    seconds = max(0, int((until - now).total_seconds()))
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    return days, hours, *divmod(seconds, 60)


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING)
