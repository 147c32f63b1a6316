from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.refusal import Refusal
from tests.trading.house import DEADLINE
from tests.trading.notices import (
    DEMO,
    LAW,
    a_notice,
    box_in,
    due,
    with_box,
    with_prequalification,
)
from tests.trading.shelves import as_whole_set
from trading.rules import limits, notices, sets
from trading.rules.limits import Counted
from trading.rules.sets import RuleSet
from trading.types import Notice, Stage

SECOND = timedelta(seconds=1)


def of(notice: Notice, rule_id: str, rules: RuleSet = LAW) -> Counted:
    """Return the one limit of this rule."""
    [limit] = [one for one in limits.counted(notice, None, rules) if one.rule.id == rule_id]
    return limit


def test_a_lawful_notice_is_counted_whole_and_kept() -> None:
    found = limits.counted(a_notice(), None, LAW)

    assert all(limit.is_kept for limit in found)
    assert [limit.rule.id for limit in found] == [
        "tender.min_days_documents_offered",
        "tender.cap_published",
        "tender.min_days_issue_to_deadline",
        "tender.min_days_objection_documents",
        "tender.min_days_change_before_deadline",
        "tender.min_bidders",
        "tender.opening_at_deadline",
        "tender.max_deposit_permille",
    ]


def test_each_limit_says_from_when_to_when_and_what_there_is() -> None:
    notice = a_notice(deposit_fen="1999")

    issue = of(notice, "tender.min_days_issue_to_deadline")
    assert (issue.needs, issue.has, issue.lot, issue.stage) == (20, 21, "1", "single")
    assert (issue.first, issue.last) == (date(2026, 11, 2), date(2026, 11, 23))
    assert issue.earliest == date(2026, 11, 23)  # the 22nd is a Sunday
    objection = of(notice, "tender.min_days_objection_documents")
    assert (objection.first, objection.last) == (date(2026, 11, 2), date(2026, 11, 13))
    assert of(notice, "tender.min_days_change_before_deadline").last == date(2026, 11, 8)
    deposit = of(notice, "tender.max_deposit_permille")
    assert (deposit.needs, deposit.has) == (20, 20)  # 19.99, and never less than it is


def test_what_is_counted_and_what_is_refused_are_one() -> None:
    broken = a_notice(deadline="2026-11-20T01:30:00Z", deposit_fen="2001", ceiling_fen="100000")
    refusals = [one.refusal for one in limits.counted(broken, None, LAW) if not one.is_kept]

    assert [type(one) for one in refusals] == [limits.DeadlineTooSoon, limits.DepositTooHigh]
    with pytest.raises(limits.DeadlineTooSoon) as refused:
        notices.require_lawful(broken, None, LAW)
    assert refusals[0] is not None
    assert refused.value.facts == refusals[0].facts


def test_days_count_from_the_first_issue_and_not_from_a_revision() -> None:
    notice = a_notice(published=datetime(2026, 11, 16, 1, tzinfo=UTC))

    notices.require_lawful(notice, None, LAW, issued=datetime(2026, 11, 2, 1, tzinfo=UTC))
    with pytest.raises(limits.DeadlineTooSoon):
        notices.require_lawful(notice, None, LAW)


@pytest.mark.parametrize(
    ("deadline", "refusal"),
    [
        # Issued on Monday the 2nd: on offer until the 9th, for the 7th is a Saturday; five days
        # more end on Saturday the 14th, and so on Monday.
        (datetime(2026, 11, 15, 15, 59, 59, tzinfo=UTC), limits.PrequalificationTooSoon),
        (datetime(2026, 11, 15, 16, tzinfo=UTC), None),
        (datetime(2026, 11, 8, 15, 59, 59, tzinfo=UTC), limits.OfferTooShort),
        (datetime(2026, 11, 8, 16, tzinfo=UTC), limits.PrequalificationTooSoon),
    ],
)
def test_applications_have_the_days_of_the_offer_and_five_more(
    deadline: datetime, refusal: type[Refusal] | None
) -> None:
    found = limits.counted(with_prequalification(deadline), None, LAW)

    first = next((one.refusal for one in found if not one.is_kept), None)
    assert type(first) is (refusal or type(None))
    ids = {one.rule.id for one in found if one.stage is Stage.QUALIFICATION}
    assert "tender.min_days_issue_to_deadline" not in ids
    assert "tender.min_days_objection_prequal" in ids


def test_a_qualification_handed_in_with_the_bid_is_no_prequalification() -> None:
    notice = a_notice()
    together = replace(box_in(notice), stage=Stage.QUALIFICATION)
    price = replace(box_in(notice), stage=Stage.PRICE, after=Stage.QUALIFICATION)
    [lot] = with_box(notice, together, price).lots

    assert not limits.prequalifies(lot, together)
    [lot] = with_box(notice, together, due(price, DEADLINE + SECOND)).lots
    assert limits.prequalifies(lot, together)


@pytest.mark.parametrize(("least", "refused"), [(2, True), (3, False)])
def test_a_box_is_not_opened_with_fewer_than_three(least: int, refused: bool) -> None:  # noqa: FBT001
    notice = a_notice()
    limit = of(with_box(notice, replace(box_in(notice), min_envelopes=least)), "tender.min_bidders")

    assert isinstance(limit.refusal, limits.OpensWithTooFew) is refused


def test_a_reference_price_is_one_of_the_limits() -> None:
    notice = a_notice(limits=[{"name": "reference", "commit": "0" * 64}])

    assert of(notice, "tender.reference_price").is_kept


def test_a_demonstration_has_no_days_to_keep() -> None:
    at_once = a_notice(DEMO, deadline="2026-11-02T01:01:30Z")

    assert all(limit.is_kept for limit in limits.counted(at_once, None, DEMO))
    assert of(at_once, "tender.min_days_issue_to_deadline", DEMO).needs == 0


@pytest.mark.parametrize(("ceiling", "refused"), [("49999", False), ("50000", True)])
def test_owners_alone_open_below_the_amount_that_a_set_names(ceiling: str, refused: bool) -> None:  # noqa: FBT001
    name = "construction/2027-01"
    rules = sets.parse(name, as_whole_set(LAW, hall__sealing_mode_max_fen=50000))
    limit = of(
        a_notice(rules, mode="bidder", ceiling_fen=ceiling), "hall.sealing_mode_max_fen", rules
    )

    assert isinstance(limit.refusal, limits.OwnerModeForbidden) is refused
    assert (limit.needs, limit.has) == (50000, int(ceiling))


@given(st.integers(0, 40 * 86400), st.integers(0, 10 * 86400))
def test_a_later_deadline_never_breaks_what_an_earlier_one_keeps(wait: int, more: int) -> None:
    notice = a_notice()
    first = notice.published + wait * SECOND
    [lot] = notice.lots
    early, late = (
        limits.issue_to_deadline(lot, due(box_in(notice), at), notice.published, LAW)
        for at in (first, first + more * SECOND)
    )

    assert late.is_kept or not early.is_kept
    assert early.last is not None
    assert early.earliest is not None
    assert early.is_kept == (early.last >= early.earliest)
