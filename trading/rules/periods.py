"""Until when, and from when: the periods of the law as instants.

Each takes the rule set that the notice pins and the instants that it counts from. An instant that
something is done *until* is the first that is too late. None: a demonstration's longest period of
0 days bounds nothing. Whether an act that comes late is refused or only labelled, is the act's.

Source: `rules.md` 1, "Counting".
"""

from datetime import datetime

from trading import calendar
from trading.rules.sets import RuleSet

OBJECTION_DOCUMENTS = "tender.min_days_objection_documents"
OBJECTION_PREQUAL = "tender.min_days_objection_prequal"
ANSWER_OBJECTION = "tender.max_days_answer_objection"
REPORT_TO_PUBLICITY = "tender.max_days_report_to_publicity"
PUBLICITY = "tender.min_days_publicity"
COMPLAINT = "tender.max_days_complaint"
ACCEPT_COMPLAINT = "tender.max_wdays_accept_complaint"
DECIDE_COMPLAINT = "tender.max_wdays_decide_complaint"
CONTRACT = "tender.max_days_contract"
DEPOSIT_BACK = "tender.max_days_deposit_after_contract"
CONTRACT_FILED = "procurement.max_wdays_contract_filed"
CONTRACT_PUBLIC = "procurement.max_wdays_contract_public"
REPORT_SUPERVISOR = "tender.max_days_report_supervisor"


def objection_documents_until(rules: RuleSet, deadline: datetime) -> datetime:
    """Return until when the tender documents may be objected to (招标投标法实施条例 22)."""
    return calendar.until_days_before(deadline, rules.number(OBJECTION_DOCUMENTS))


def objection_prequal_until(rules: RuleSet, deadline: datetime) -> datetime:
    """Return until when prequalification documents may be objected to (招标投标法实施条例 22)."""
    return calendar.until_days_before(deadline, rules.number(OBJECTION_PREQUAL))


def answer_objection_by(rules: RuleSet, raised: datetime) -> datetime | None:
    """Return when an objection raised then is to be answered (招标投标法实施条例 22, 54)."""
    return _end(rules, ANSWER_OBJECTION, raised)


def publicity_begins_by(rules: RuleSet, reported: datetime) -> datetime | None:
    """Return when candidates are to be public, the report being there (招标投标法实施条例 54)."""
    return _end(rules, REPORT_TO_PUBLICITY, reported)


def publicity_until(rules: RuleSet, begun: datetime) -> datetime:
    """Return the least end of a publicity of candidates, and of its objections (the same, 54).

    It ends on a working day; in a demonstration with the second in which it begins.
    """
    return calendar.end_of(begun, rules.number(PUBLICITY))


def complaint_until(
    rules: RuleSet,
    known: datetime,
    objection: tuple[datetime, datetime] | None = None,
) -> datetime | None:
    """Return until when one may complain of what was `known` then (招标投标法实施条例 60).

    `objection`: when it was raised and answered; those days do not count.
    """
    away = 0 if objection is None else calendar.days_between(*objection)
    return _end(rules, COMPLAINT, known, away)


def accept_complaint_by(rules: RuleSet, received: datetime) -> datetime | None:
    """Return when the supervisor is to accept a complaint or not (招标投标法实施条例 61)."""
    return _close(rules, ACCEPT_COMPLAINT, received)


def decide_complaint_by(
    rules: RuleSet, accepted: datetime, without: tuple[datetime, datetime] | None = None
) -> datetime | None:
    """Return when an accepted complaint is to be decided (招标投标法实施条例 61).

    `without`: from when to when tests or experts were waited for; that does not count.
    """
    away = 0 if without is None else calendar.working_days_between(*without)
    return _close(rules, DECIDE_COMPLAINT, accepted, away)


def contract_by(rules: RuleSet, awarded: datetime) -> datetime | None:
    """Return when the contract is to be made, the award notice being out (招标投标法 46)."""
    return _end(rules, CONTRACT, awarded)


def deposit_back_by(rules: RuleSet, signed: datetime) -> datetime | None:
    """Return when deposits are to be back, the contract being signed (招标投标法实施条例 57)."""
    return _end(rules, DEPOSIT_BACK, signed)


def contract_filed_by(rules: RuleSet, signed: datetime) -> datetime | None:
    """Return when the supervisor is to have a copy of the contract (政府采购法 47)."""
    return _close(rules, CONTRACT_FILED, signed) if CONTRACT_FILED in rules.rules else None


def contract_public_by(rules: RuleSet, signed: datetime) -> datetime | None:
    """Return when the contract is to be public (政府采购法实施条例 50)."""
    return _close(rules, CONTRACT_PUBLIC, signed) if CONTRACT_PUBLIC in rules.rules else None


def report_by(rules: RuleSet, winner_fixed: datetime) -> datetime | None:
    """Return when the supervisor is to have the written report (招标投标法 47)."""
    return _end(rules, REPORT_SUPERVISOR, winner_fixed)


def _end(rules: RuleSet, rule_id: str, start: datetime, away: int = 0) -> datetime | None:
    days = rules.number(rule_id)
    return calendar.end_of(start, days + away) if days else None


def _close(rules: RuleSet, rule_id: str, start: datetime, away: int = 0) -> datetime | None:
    days = rules.number(rule_id)
    return calendar.close_after(start, days + away) if days else None
