from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.trading.house import DEADLINE
from tests.trading.notices import (
    DEMO,
    LAW,
    a_document,
    a_notice,
    box_in,
    due,
    with_box,
    with_prequalification,
)
from trading.rules import changes, limits
from trading.types import Fen, Notice, Stage

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# The deadline is on 23 November: the 8th, in Beijing, is the fifteenth day before it.
LAST = datetime(2026, 11, 8, 15, 59, 59, tzinfo=UTC)
BEFORE = a_notice()


def with_documents(notice: Notice) -> Notice:
    return replace(notice, documents=(a_document(),))


def test_a_change_that_affects_bids_comes_fifteen_days_before_the_deadline() -> None:
    after = with_documents(BEFORE)

    changes.require_change_in_time(BEFORE, after, LAST, LAW)
    with pytest.raises(limits.ChangedTooLate) as refused:
        changes.require_change_in_time(BEFORE, after, LAST + SECOND, LAW)

    facts = refused.value.facts
    assert (facts["needs"], facts["has"]) == (15, 14)
    assert (facts["first"], facts["last"]) == ("2026-11-09", "2026-11-23")
    assert facts["article"] == "招标投标法 23、招标投标法实施条例 21"
    assert facts["earliest"] == "2026-11-24"


def test_a_moved_deadline_makes_room_for_the_change() -> None:
    late = LAST + SECOND
    [moved, short] = [
        with_box(with_documents(BEFORE), due(box_in(BEFORE), deadline))
        for deadline in (
            datetime(2026, 11, 23, 16, tzinfo=UTC),
            datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC),
        )
    ]

    changes.require_change_in_time(BEFORE, moved, late, LAW)
    with pytest.raises(limits.ChangedTooLate):
        changes.require_change_in_time(BEFORE, short, late, LAW)


def test_applications_have_their_own_days() -> None:
    before = with_prequalification(datetime(2026, 11, 16, 1, 30, tzinfo=UTC))
    [applications, bids] = before.lots[0].boxes
    after = with_box(before, replace(applications, max_bytes=2048), bids)
    last = datetime(2026, 11, 13, 15, 59, 59, tzinfo=UTC)

    changes.require_change_in_time(before, after, last, LAW)
    with pytest.raises(limits.ApplicationsChangedTooLate) as refused:
        changes.require_change_in_time(before, after, last + SECOND, LAW)
    assert (refused.value.facts["needs"], refused.value.facts["has"]) == (3, 2)


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, revision=2, title=replace(BEFORE.title, en="Another")),
        with_box(BEFORE, replace(box_in(BEFORE), policy_sha256="71" * 32)),
        with_box(BEFORE, due(box_in(BEFORE), DEADLINE + DAY)),
    ],
    ids=["a title", "a key", "a later deadline"],
)
def test_what_bidders_need_not_know_needs_no_days(after: Notice) -> None:
    assert changes.affected(BEFORE, after, LAST + SECOND) == ()
    assert changes.counted(BEFORE, after, LAST + SECOND, LAW) == ()


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, deposit_fen=Fen(100)),
        replace(BEFORE, lots=(replace(BEFORE.lots[0], ceiling_fen=Fen(90000)),)),
        with_box(BEFORE, replace(box_in(BEFORE), form=())),
        with_box(BEFORE, replace(box_in(BEFORE), reseal=True)),
        with_box(BEFORE, due(box_in(BEFORE), DEADLINE - DAY)),
    ],
    ids=["deposit", "ceiling", "form", "reseal", "an earlier deadline"],
)
def test_what_bids_are_made_by_needs_its_days(after: Notice) -> None:
    [limit] = changes.counted(BEFORE, after, LAST + SECOND, LAW)

    assert isinstance(limit.refusal, limits.ChangedTooLate)


def test_a_box_that_comes_with_the_change_is_issued_with_it() -> None:
    price = replace(box_in(BEFORE), stage=Stage.PRICE)
    after = with_box(BEFORE, box_in(BEFORE), price)
    first = datetime(2026, 11, 3, 15, 59, 59, tzinfo=UTC)

    changes.require_change_in_time(BEFORE, after, first, LAW)
    with pytest.raises(limits.DeadlineTooSoon):
        changes.require_change_in_time(BEFORE, after, first + SECOND, LAW)


def test_a_closed_box_is_beyond_any_change() -> None:
    after = with_documents(BEFORE)

    assert changes.counted(BEFORE, after, DEADLINE, LAW) == ()
    assert changes.counted(BEFORE, after, DEADLINE - SECOND, LAW) != ()


def test_a_demonstration_changes_until_the_deadline() -> None:
    before = a_notice(DEMO)

    changes.require_change_in_time(before, with_documents(before), DEADLINE - SECOND, DEMO)
