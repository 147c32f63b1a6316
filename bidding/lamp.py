"""How a contract stands, as one word: computed from its facts and the clock, never set by anybody.

Pure.

Source: docs/decisions/0007; Civil Code, art. 201 and 203.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bidding.contract import Agreed, Contract, Ending, Milestone
from trading import calendar
from trading.calendar import BEIJING, YearMissing

NEAR = timedelta(days=7)
"""A week before something is due the lamp says so: a setting of this hall, no law."""

_DAY = timedelta(days=1)


class Lamp(StrEnum):
    """The words."""

    ON_TIME = "on_time"
    NEAR = "near"
    OVERDUE = "overdue"
    FINISHED = "finished"
    TERMINATED = "terminated"


def over_at(day: date) -> datetime:
    """Return the first instant after `day`, or after the next day that is none of rest.

    Where nobody knows yet which days of that year are free, it is the day itself.
    """
    try:
        while not calendar.is_working_day(day):
            day += _DAY
    except YearMissing:
        pass  # told of a day that is far: by then its year is known
    return begins(day + _DAY)


def begins(day: date) -> datetime:
    """Return the instant at which a day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def performed_by(signed: Contract, days: int) -> datetime:
    """Return when the performance is due that counts `days` from the day after the signature."""
    return over_at(signed.signed_on + days * _DAY)


def due(contract: Agreed) -> datetime:
    """Return the next instant at which something of a running contract is late."""
    open_ = [over_at(one.due_on) for one in contract.milestones if one.report is None]
    return min([*open_, performed_by(contract.signed, contract.days)])


def light(contract: Agreed, now: datetime) -> Lamp:
    """Return the word for a contract at `now`."""
    if contract.end is not None:
        finished = contract.end.ending is Ending.FINISHED
        return Lamp.FINISHED if finished else Lamp.TERMINATED
    return against(due(contract), now)


def against(by: datetime | None, now: datetime) -> Lamp:
    """Return the word for what is due `by` then; None: nobody has to be in time."""
    if by is None or now < by - NEAR:
        return Lamp.ON_TIME
    return Lamp.NEAR if now < by else Lamp.OVERDUE


def of_milestone(one: Milestone, now: datetime) -> Lamp:
    """Return the word for a milestone: finished once both sides say that it was reached."""
    if one.is_reached:
        return Lamp.FINISHED
    return Lamp.ON_TIME if one.report is not None else against(over_at(one.due_on), now)
