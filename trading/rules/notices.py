"""What the law demands of a notice before it may be published.

Which set it may pin is decided here; what the set's numbers say is counted in
`trading.rules.limits`, and a refusal names rule, article, value and count.
"""

from datetime import datetime, timedelta

from notary.refusal import Refusal
from trading import calendar
from trading.rules.limits import counted
from trading.rules.sets import RuleSet
from trading.types import Mode, Notice


class DemonstrationOnly(Refusal):
    """Only a demonstration hall lets a tender pin a set that is no law.

    Source: `rules.md` 1.
    """

    code = "rules.demo_only"


class WrongRuleSet(Refusal):
    """The set is one for another kind of trade.

    Source: `rules.md` 1, a set is for one kind.
    """

    code = "rules.wrong_kind"


class RulesNotInForce(Refusal):
    """Some rule of the set does not hold on the day of publication.

    Source: `rules.md` 1, `from` and `to`.
    """

    code = "rules.not_in_force"


def require_pinnable(rules: RuleSet, notice: Notice, *, demo: bool) -> None:
    """Refuse a set that this hall, this kind of trade or this day does not allow."""
    if rules.is_demonstration and not demo:
        raise DemonstrationOnly(set=rules.name)
    if not rules.is_demonstration and rules.kind != notice.kind:
        raise WrongRuleSet(set=rules.name, kind=notice.kind)
    day = calendar.local_date(notice.published)
    if not rules.is_in_force(day):
        raise RulesNotInForce(set=rules.name, day=day.isoformat())


def require_lawful(
    notice: Notice,
    invited: frozenset[str] | None,
    rules: RuleSet,
    *,
    issued: datetime | None = None,
) -> None:
    """Refuse a notice that breaks a rule of its set; `invited` are the ids behind its commitment.

    Deadlines are judged from `issued`, when the documents were issued first: with this notice,
    unless an earlier revision did. Every decision is one of `trading.rules.limits`.
    """
    for limit in counted(notice, invited, rules, issued=issued):
        if limit.refusal is not None:
            raise limit.refusal


def release_times(rules: RuleSet, mode: Mode, open_at: datetime) -> tuple[datetime, datetime]:
    """Return release_by and owner_by of a box (`sealing.md` 3).

    A demonstration counts both in minutes, a set of law the second one in working days.
    """
    if mode is Mode.BIDDER:
        end = open_at + _minutes(rules, "etender.decrypt_window_minutes")
        return end, end
    release_by = open_at + _minutes(rules, "hall.release_minutes")
    if rules.is_demonstration:
        return release_by, release_by + _minutes(rules, "hall.owner_minutes")
    return release_by, calendar.close_after(open_at, rules.number("hall.owner_wdays"))


def _minutes(rules: RuleSet, rule_id: str) -> timedelta:
    return timedelta(minutes=rules.number(rule_id))
