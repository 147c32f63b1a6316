"""What the law demands of a notice before it may be published.

Every decision reads its number from the rule set that the notice pins, and a refusal names rule,
article, value and count.
"""

from datetime import datetime, timedelta

from notary.refusal import Refusal
from trading import calendar
from trading.rules.sets import RuleSet, cited
from trading.types import PERMILLE, Box, Lot, Method, Mode, Notice


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


class DeadlineTooSoon(Refusal):
    """From the day the documents are issued to the deadline there are too few days.

    Source: Tendering and Bidding Law, art. 24.
    """

    code = "tender.min_days_issue_to_deadline"


class TooFewInvited(Refusal):
    """An invited tender has too few on its list.

    Source: Tendering and Bidding Law, art. 17.
    """

    code = "tender.min_invitees"


class CeilingNotPublished(Refusal):
    """A lot has no ceiling price in its documents.

    Source: Implementing Regulations of the Tendering and Bidding Law, art. 27.
    """

    code = "tender.cap_published"


class LimitForbidden(Refusal):
    """A lot has a floor price, or keeps its ceiling secret.

    Source: Implementing Regulations of the Tendering and Bidding Law, art. 27.
    """

    code = "tender.limit_forbidden"


class OpeningNotAtDeadline(Refusal):
    """A box that waits for no other opens at another time than its deadline.

    Source: Tendering and Bidding Law, art. 34.
    """

    code = "tender.opening_at_deadline"


class DepositTooHigh(Refusal):
    """The bid deposit is more than the permitted share of the ceiling prices.

    Source: Implementing Regulations of the Tendering and Bidding Law, art. 26.
    """

    code = "tender.max_deposit_permille"


class OwnerModeForbidden(Refusal):
    """Only below an amount that the hall sets may bids be opened by their owners alone.

    Source: `people.md` 4; `rules.md` 8, `sealing_mode_max_fen`.
    """

    code = "hall.sealing_mode_max_fen"


def require_pinnable(rules: RuleSet, notice: Notice, *, demo: bool) -> None:
    """Refuse a set that this hall, this kind of trade or this day does not allow."""
    if rules.is_demonstration and not demo:
        raise DemonstrationOnly(set=rules.name)
    if not rules.is_demonstration and rules.kind != notice.kind:
        raise WrongRuleSet(set=rules.name, kind=notice.kind)
    day = calendar.local_date(notice.published)
    if not rules.is_in_force(day):
        raise RulesNotInForce(set=rules.name, day=day.isoformat())


def require_lawful(notice: Notice, invited: frozenset[str] | None, rules: RuleSet) -> None:
    """Refuse a notice that breaks a rule of its set; `invited` are the ids behind its commitment.

    Deadlines are judged from `notice.published`, on which the documents are first issued.
    """
    if notice.method is Method.INVITED:
        _require_invitees(invited or frozenset(), rules)
    for lot in notice.lots:
        _require_open_ceiling(lot, rules)
        for box in lot.boxes:
            _require_days(notice.published, box.deadline, rules)
            _require_opening_at_deadline(lot, box, rules)
            _require_trusteeship(lot, box, rules)
    _require_deposit(notice, rules)


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


def _require_days(issued: datetime, deadline: datetime, rules: RuleSet) -> None:
    """Count from the day of issue, which does not count, to the day of the deadline."""
    needed = rules.number(DeadlineTooSoon.code)
    earliest = calendar.last_day(issued, needed)
    if calendar.local_date(deadline) < earliest:
        raise cited(
            DeadlineTooSoon,
            rules,
            DeadlineTooSoon.code,
            has=calendar.days_between(issued, deadline),
            first=calendar.local_date(issued).isoformat(),
            last=calendar.local_date(deadline).isoformat(),
            earliest=earliest.isoformat(),
        )


def _require_invitees(invited: frozenset[str], rules: RuleSet) -> None:
    if TooFewInvited.code not in rules.rules:
        return
    if len(invited) < rules.number(TooFewInvited.code):
        raise cited(TooFewInvited, rules, TooFewInvited.code, has=len(invited))


def _require_open_ceiling(lot: Lot, rules: RuleSet) -> None:
    """Where ceilings are published, no amount but a reference price may be kept secret."""
    if not rules.holds(CeilingNotPublished.code):
        return
    if lot.ceiling_fen is None:
        raise cited(CeilingNotPublished, rules, CeilingNotPublished.code, lot=lot.lot)
    for limit in lot.limits:
        if limit.name != "reference":
            raise cited(
                LimitForbidden, rules, CeilingNotPublished.code, lot=lot.lot, limit=limit.name
            )


def _require_opening_at_deadline(lot: Lot, box: Box, rules: RuleSet) -> None:
    if box.after is not None or not rules.holds(OpeningNotAtDeadline.code):
        return
    if not box.deadline == box.parts_by == box.open_at:
        raise cited(
            OpeningNotAtDeadline, rules, OpeningNotAtDeadline.code, lot=lot.lot, stage=box.stage
        )


def _require_trusteeship(lot: Lot, box: Box, rules: RuleSet) -> None:
    if box.mode is not Mode.BIDDER:
        return
    limit = rules.number(OwnerModeForbidden.code)
    if lot.ceiling_fen is None or lot.ceiling_fen >= limit:
        raise cited(
            OwnerModeForbidden, rules, OwnerModeForbidden.code, lot=lot.lot, value_fen=limit
        )


def _require_deposit(notice: Notice, rules: RuleSet) -> None:
    """Judge the deposit by the published ceilings: the only estimate that everybody has."""
    ceilings = sum(lot.ceiling_fen or 0 for lot in notice.lots)
    permille = rules.number(DepositTooHigh.code)
    if notice.deposit_fen * PERMILLE > ceilings * permille:
        raise cited(
            DepositTooHigh,
            rules,
            DepositTooHigh.code,
            has_fen=notice.deposit_fen,
            most_fen=ceilings * permille // PERMILLE,
        )
