"""What supervision holds up: each rule one unit before its limit and at it."""

from datetime import UTC, datetime, timedelta

import pytest

from notary.refusal import Refusal
from trading.rules import stays
from trading.rules.sets import rule_set
from trading.rules.stays import StayKind, StayReason
from trading.types import TenderFacts, TenderId

T = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UNTIL = T + timedelta(minutes=15)


def facts(**changes: object) -> TenderFacts:
    standing: dict[str, object] = {
        "tender_id": TenderId("GC-2026-0918"),
        "published_at": T - timedelta(days=30),
        "deadline": T,
        "candidates_at": None,
        "awarded_at": None,
        "ended_at": None,
    }
    return TenderFacts(**{**standing, **changes})  # type: ignore[arg-type]  # members of the facts


PAUSED = facts(paused_at=T, paused_until=UNTIL, pause_reason="order", pauses=1)
HALTED = facts(halted_at=T, halt_reason="evidence")


def test_a_pause_lapses_after_the_minutes_of_the_rule() -> None:
    assert stays.pause_ends(rule_set("construction/2026-11"), T) == UNTIL
    standing = stays.stay(PAUSED, UNTIL - MICROSECOND)
    assert standing is not None
    assert (standing.kind, standing.reason, standing.until) == (
        StayKind.PAUSED,
        StayReason.ORDER,
        UNTIL,
    )
    assert stays.stay(PAUSED, UNTIL) is None


def test_a_halt_stands_until_it_is_lifted_and_goes_before_a_pause() -> None:
    both = facts(
        paused_at=T,
        paused_until=UNTIL,
        pause_reason="order",
        halted_at=T,
        halt_reason="evidence",
    )

    standing = stays.stay(both, T + timedelta(days=400))

    assert standing is not None
    assert (standing.kind, standing.until) == (StayKind.HALTED, None)


def test_one_pause_lapses_before_another_begins() -> None:
    with pytest.raises(stays.AlreadyStayed):
        stays.require_pausable(PAUSED, UNTIL - MICROSECOND)
    stays.require_pausable(PAUSED, UNTIL)
    with pytest.raises(stays.AlreadyStayed):
        stays.require_pausable(HALTED, T)


def test_a_pause_may_become_a_halt_and_a_halt_not_another() -> None:
    stays.require_haltable(PAUSED, T)
    with pytest.raises(stays.AlreadyStayed):
        stays.require_haltable(HALTED, T)


@pytest.mark.parametrize(
    "over", [{"published_at": None}, {"awarded_at": T}, {"ended_at": T}, {"cancelled_at": T}]
)
def test_what_is_a_draft_or_over_is_not_held_up(over: dict[str, object]) -> None:
    for require in (stays.require_pausable, stays.require_haltable):
        with pytest.raises(stays.NothingToStay):
            require(facts(**over), T)


def test_only_what_is_held_up_is_lifted() -> None:
    with pytest.raises(stays.NothingStayed):
        stays.require_stayed(facts(), T)
    with pytest.raises(stays.NothingStayed):
        stays.require_stayed(PAUSED, UNTIL)
    assert stays.require_stayed(PAUSED, UNTIL - MICROSECOND).kind is StayKind.PAUSED


def test_nothing_of_a_halted_tender_is_concluded() -> None:
    stays.require_going(PAUSED)
    with pytest.raises(Refusal) as refused:
        stays.require_going(HALTED)
    assert refused.value.code == "tender.halted"
