"""The limits of the law that a notice touches, counted: each with what it needs and what there is.

What is shown before an approval and what refuses a publication come from the same decisions: a
limit that is broken carries its refusal. Every number is that of the rule set that the notice pins.

Source: `rules.md` 1, "Every refusal cites" and "Counting".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from notary.refusal import Refusal
from trading import calendar
from trading.rules import periods
from trading.rules.records import Rule
from trading.rules.sets import RuleSet, cited
from trading.types import PERMILLE, Box, Lot, Method, Mode, Notice, Stage

_REFERENCE = "tender.reference_price"
_MIN_BIDDERS = "tender.min_bidders"


class DeadlineTooSoon(Refusal):
    """From the day the documents are issued to the deadline there are too few days.

    Source: Tendering and Bidding Law, art. 24.
    """

    code = "tender.min_days_issue_to_deadline"


class OfferTooShort(Refusal):
    """The documents are on offer for too few days before the first deadline.

    Source: Implementing Regulations of the Tendering and Bidding Law, art. 16.
    """

    code = "tender.min_days_documents_offered"


class PrequalificationTooSoon(Refusal):
    """From the end of the offer to the prequalification deadline there are too few days.

    Source: Implementing Regulations of the Tendering and Bidding Law, art. 17.
    """

    code = "tender.min_days_prequal_after_sale"


class TooFewInvited(Refusal):
    """An invited tender has too few on its list.

    Source: Tendering and Bidding Law, art. 17.
    """

    code = "tender.min_invitees"


class OpensWithTooFew(Refusal):
    """A box would be opened with fewer bids than the law wants.

    Source: Tendering and Bidding Law, art. 28.
    """

    code = "notice.min_envelopes"


class ChangedTooLate(Refusal):
    """A change that affects bids comes too few days before the deadline, which stays.

    Source: Tendering and Bidding Law, art. 23; its Implementing Regulations, art. 21.
    """

    code = "tender.min_days_change_before_deadline"


class ApplicationsChangedTooLate(Refusal):
    """A change that affects prequalification comes too few days before its deadline, which stays.

    Source: Implementing Regulations of the Tendering and Bidding Law, art. 21.
    """

    code = "tender.min_days_change_before_prequal"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One limit as it stands for one notice, of the whole tender or of a `lot` or a `stage` of it.

    `needs`, `has`: in the rule's unit, amounts as the most that is allowed; None of a flag. `first`
    and `last` bound the days that were counted, or in which something may be done; `earliest` is
    the first day that would do. `refusal`: why it cannot be published so; None where it is kept.
    """

    rule: Rule
    lot: str | None = None
    stage: Stage | None = None
    needs: int | None = None
    has: int | None = None
    first: date | None = None
    last: date | None = None
    earliest: date | None = None
    refusal: Refusal | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the notice keeps the rule."""
        return self.refusal is None


def counted(
    notice: Notice,
    invited: frozenset[str] | None,
    rules: RuleSet,
    *,
    issued: datetime | None = None,
) -> tuple[Counted, ...]:
    """Count every limit of `rules` that the notice touches; `invited` are the ids behind it.

    `issued`: when the documents were issued first, if that was with an earlier revision.
    """
    first = issued or notice.published
    return (
        *_invitees(notice, invited or frozenset(), rules),
        *_offer(notice, first, rules),
        *(limit for lot in notice.lots for limit in _of_lot(lot, first, rules)),
        *_deposit(notice, rules),
    )


def may_be_secret(rules: RuleSet) -> tuple[str, ...]:
    """Return the limits that a lot may keep secret: where ceilings are published, no price but one.

    A reference price only serves to compare, wherever there is one.
    """
    if rules.holds(CeilingNotPublished.code):
        return ("reference",)
    return ("reference", "ceiling", "minimum")


def prequalifies(lot: Lot, box: Box) -> bool:
    """Tell whether applications to be let in come to this box, before there can be bids.

    A qualification that is handed in with the bid has the deadline of the bid.
    """
    return box.stage is Stage.QUALIFICATION and any(
        other.after is Stage.QUALIFICATION and other.deadline > box.deadline for other in lot.boxes
    )


def issue_to_deadline(lot: Lot, box: Box, issued: datetime, rules: RuleSet) -> Counted:
    """Count from the day of issue, which does not count, to the day of the deadline."""
    earliest = calendar.last_day(issued, rules.number(DeadlineTooSoon.code))
    span = _Span(calendar.local_date(issued), calendar.local_date(box.deadline), earliest)
    return _days(DeadlineTooSoon, rules, span, lot, box)


def change_in_time(lot: Lot, box: Box, at: datetime, rules: RuleSet) -> Counted:
    """Count from a change `at` that affects bids to the deadline, whose day does not count."""
    change = ApplicationsChangedTooLate if prequalifies(lot, box) else ChangedTooLate
    day = calendar.local_date(at)
    earliest = calendar.days_after(at, rules.number(change.code))
    return _days(change, rules, _Span(day, calendar.local_date(box.deadline), earliest), lot, box)


def _of_lot(lot: Lot, issued: datetime, rules: RuleSet) -> Iterator[Counted]:
    yield from _ceiling(lot, rules)
    for box in lot.boxes:
        if prequalifies(lot, box):
            yield from _prequalification(lot, box, issued, rules)
        else:
            yield issue_to_deadline(lot, box, issued, rules)
            yield _until(periods.OBJECTION_DOCUMENTS, lot, box, issued, rules)
            yield _until(ChangedTooLate.code, lot, box, issued, rules)
        yield from _opening(lot, box, rules)
        yield from _trusteeship(lot, box, rules)


def _invitees(notice: Notice, invited: frozenset[str], rules: RuleSet) -> Iterator[Counted]:
    rule = rules.rules.get(TooFewInvited.code)
    if notice.method is not Method.INVITED or rule is None:
        return
    needs, has = rules.number(rule.id), len(invited)
    refusal = cited(TooFewInvited, rules, rule.id, has=has) if has < needs else None
    yield Counted(rule=rule, needs=needs, has=has, refusal=refusal)


def _offer(notice: Notice, issued: datetime, rules: RuleSet) -> Iterator[Counted]:
    """Documents are on offer from the issue on, until the first deadline at which they are used."""
    until = min(box.deadline for lot in notice.lots for box in lot.boxes)
    earliest = calendar.last_day(issued, rules.number(OfferTooShort.code))
    span = _Span(calendar.local_date(issued), calendar.local_date(until), earliest)
    yield _days(OfferTooShort, rules, span)


def _prequalification(lot: Lot, box: Box, issued: datetime, rules: RuleSet) -> Iterator[Counted]:
    """Count from the end of the offer: a notice names none, so that it ends with its least time."""
    offered = calendar.last_day(issued, rules.number(OfferTooShort.code))
    earliest = calendar.last_day_from(offered, rules.number(PrequalificationTooSoon.code))
    span = _Span(offered, calendar.local_date(box.deadline), earliest)
    yield _days(PrequalificationTooSoon, rules, span, lot, box)
    yield _until(periods.OBJECTION_PREQUAL, lot, box, issued, rules)
    yield _until(ApplicationsChangedTooLate.code, lot, box, issued, rules)


def _ceiling(lot: Lot, rules: RuleSet) -> Iterator[Counted]:
    """Where ceilings are published, no amount but a reference price may be kept secret."""
    secret = [limit.name for limit in lot.limits]
    if "reference" in secret and rules.holds(_REFERENCE):
        yield Counted(rule=rules.rules[_REFERENCE], lot=lot.lot)
    if not rules.holds(CeilingNotPublished.code):
        return
    rule, refusal = rules.rules[CeilingNotPublished.code], None
    if lot.ceiling_fen is None:
        refusal = cited(CeilingNotPublished, rules, rule.id, lot=lot.lot)
    for name in secret:
        if name != "reference" and refusal is None:
            refusal = cited(LimitForbidden, rules, rule.id, lot=lot.lot, limit=name)
    yield Counted(rule=rule, lot=lot.lot, refusal=refusal)


def _opening(lot: Lot, box: Box, rules: RuleSet) -> Iterator[Counted]:
    rule = rules.rules[_MIN_BIDDERS]
    needs, has = rules.number(rule.id), box.min_envelopes
    place = {"lot": lot.lot, "stage": str(box.stage)}
    refusal = cited(OpensWithTooFew, rules, rule.id, has=has, **place) if has < needs else None
    yield Counted(rule=rule, lot=lot.lot, stage=box.stage, needs=needs, has=has, refusal=refusal)
    if box.after is not None or not rules.holds(OpeningNotAtDeadline.code):
        return
    rule, refusal = rules.rules[OpeningNotAtDeadline.code], None
    if not box.deadline == box.parts_by == box.open_at:
        refusal = cited(OpeningNotAtDeadline, rules, rule.id, **place)
    yield Counted(rule=rule, lot=lot.lot, stage=box.stage, refusal=refusal)


def _trusteeship(lot: Lot, box: Box, rules: RuleSet) -> Iterator[Counted]:
    if box.mode is not Mode.BIDDER:
        return
    rule, refusal = rules.rules[OwnerModeForbidden.code], None
    below = rules.number(rule.id)
    if lot.ceiling_fen is None or lot.ceiling_fen >= below:
        refusal = cited(OwnerModeForbidden, rules, rule.id, lot=lot.lot, value_fen=below)
    yield Counted(
        rule=rule,
        lot=lot.lot,
        stage=box.stage,
        needs=below,
        has=lot.ceiling_fen,
        refusal=refusal,
    )


def _deposit(notice: Notice, rules: RuleSet) -> Iterator[Counted]:
    """Judge the deposit by the published ceilings: the only estimate that everybody has."""
    rule, refusal = rules.rules[DepositTooHigh.code], None
    ceilings = sum(lot.ceiling_fen or 0 for lot in notice.lots)
    permille = rules.number(rule.id)
    if notice.deposit_fen * PERMILLE > ceilings * permille:
        refusal = cited(
            DepositTooHigh,
            rules,
            rule.id,
            has_fen=notice.deposit_fen,
            most_fen=ceilings * permille // PERMILLE,
        )
    # Rounded up, so that what is too much never looks as if it were not.
    share = -(-notice.deposit_fen * PERMILLE // ceilings) if ceilings else None
    yield Counted(rule=rule, needs=permille, has=share, refusal=refusal)


class _Span(NamedTuple):
    """The days that were counted, and the first last day that would do."""

    first: date
    last: date
    earliest: date


def _days(
    refusal: type[Refusal],
    rules: RuleSet,
    span: _Span,
    lot: Lot | None = None,
    box: Box | None = None,
) -> Counted:
    """Return days as they were counted; `refusal` has the code of its rule."""
    has = max(0, (span.last - span.first).days)
    facts = {name: day.isoformat() for name, day in span._asdict().items()}
    broken = span.last < span.earliest
    return Counted(
        rule=rules.rules[refusal.code],
        lot=None if lot is None else lot.lot,
        stage=None if box is None else box.stage,
        needs=rules.number(refusal.code),
        has=has,
        **span._asdict(),
        refusal=cited(refusal, rules, refusal.code, has=has, **facts) if broken else None,
    )


def _until(rule_id: str, lot: Lot, box: Box, issued: datetime, rules: RuleSet) -> Counted:
    """Return until which day something may be done, so many days before the deadline."""
    days = rules.number(rule_id)
    return Counted(
        rule=rules.rules[rule_id],
        lot=lot.lot,
        stage=box.stage,
        needs=days,
        first=calendar.local_date(issued),
        last=calendar.days_before(box.deadline, days),
    )
