from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.house import DEADLINE, NOW
from trading.rules import phases
from trading.types import Phase, TenderFacts, TenderId


def facts(**members: datetime | None) -> TenderFacts:
    """Make the facts of a published tender; `members` differ."""
    usual = {
        "published_at": NOW,
        "deadline": DEADLINE,
        "candidates_at": None,
        "awarded_at": None,
        "ended_at": None,
    }
    return TenderFacts(tender_id=TenderId("T-1"), **{**usual, **members})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("members", "now", "phase"),
    [
        ({"published_at": None}, NOW, Phase.DRAFT),
        ({"published_at": None}, DEADLINE, Phase.DRAFT),
        ({}, NOW, Phase.BIDDING),
        ({}, DEADLINE - timedelta(microseconds=1), Phase.BIDDING),
        ({}, DEADLINE, Phase.OPENING),
        ({"candidates_at": DEADLINE}, DEADLINE, Phase.CANDIDATES),
        ({"candidates_at": DEADLINE, "awarded_at": DEADLINE}, DEADLINE, Phase.AWARDED),
        ({"ended_at": DEADLINE}, DEADLINE, Phase.ENDED),
        ({"cancelled_at": NOW}, NOW, Phase.CANCELLED),
    ],
)
def test_the_phase_follows_from_facts_and_clock(
    members: dict[str, datetime | None], now: datetime, phase: Phase
) -> None:
    assert phases.phase(facts(**members), now) is phase


STEPS = ["published_at", "deadline", "candidates_at", "awarded_at"]


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=5, unique=True))
def test_a_tender_never_goes_back(offsets: list[int]) -> None:
    *instants, first = (NOW + timedelta(seconds=offset) for offset in sorted(offsets)[::-1])
    known = dict(zip(STEPS, sorted(instants), strict=True))
    order = list(Phase)

    seen = []
    for now in [first, *sorted(instants)]:
        happened = {
            name: at if name == "deadline" or at <= now else None for name, at in known.items()
        }
        seen.append(order.index(phases.phase(facts(**happened), now)))

    assert seen == sorted(seen)
    assert seen[0] == order.index(Phase.DRAFT)
    assert seen[-1] == order.index(Phase.AWARDED)


@pytest.mark.parametrize("phase", list(Phase))
def test_only_a_draft_is_drafted_again(phase: Phase) -> None:
    reached = {
        Phase.DRAFT: facts(published_at=None),
        Phase.BIDDING: facts(),
        Phase.OPENING: facts(deadline=NOW),
        Phase.CANDIDATES: facts(candidates_at=NOW),
        Phase.AWARDED: facts(awarded_at=NOW),
        Phase.ENDED: facts(ended_at=NOW),
        Phase.CANCELLED: facts(cancelled_at=NOW),
    }[phase]

    if phase is Phase.DRAFT:
        phases.require_draft(reached, NOW)
    else:
        with pytest.raises(phases.AlreadyPublished):
            phases.require_draft(reached, NOW)
