"""Objections and complaints over facts and the clock: one microsecond before, exactly at."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trading.disputes import Matter, Objected
from trading.rules import complaints, objections
from trading.rules.sets import rule_set

MICROSECOND = timedelta(microseconds=1)
LAW, DEMO = rule_set("construction/2026-11"), rule_set("demo/2026-11")
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


def test_candidates_are_objected_to_while_they_are_on_display() -> None:
    objections.require_about_candidates(LAW, NOON, NOON - MICROSECOND)
    with pytest.raises(objections.ObjectionTooLate):
        objections.require_about_candidates(LAW, NOON, NOON)
    with pytest.raises(objections.NothingToObjectTo):
        objections.require_about_candidates(LAW, None, NOON)


def test_an_award_waits_for_every_answer_and_says_for_how_many() -> None:
    objections.require_answered([])
    with pytest.raises(objections.AwardSuspended) as refused:
        objections.require_answered([NOON, NOON - timedelta(days=1)])

    assert refused.value.facts == {"open": 2, "since": "2026-11-01T04:00:00+00:00"}


def test_in_a_demonstration_only_an_answer_lets_a_complaint_follow() -> None:
    raised = Objected(raised_at=NOON, answered_at=None)
    with pytest.raises(complaints.ObjectionFirst):
        complaints.require_objected(DEMO, Matter.DOCUMENTS, [raised], NOON + timedelta(days=9))
    heard = Objected(raised_at=NOON, answered_at=NOON)

    waited = complaints.require_objected(DEMO, Matter.DOCUMENTS, [raised, heard], NOON)
    assert waited == (NOON, NOON)
    assert complaints.require_objected(LAW, Matter.OTHER, [], NOON) is None


def test_a_demonstration_bounds_no_complaint() -> None:
    complaints.require_in_time(DEMO, date(2025, 11, 2), None, NOON)

    assert complaints.clocks(DEMO, NOON) == (None, None)
    with pytest.raises(complaints.KnownLater):
        complaints.require_in_time(DEMO, date(2026, 11, 3), None, NOON)
