"""What the clerk does next: one decision from facts and an instant, to the microsecond."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bidding import steps
from bidding.facts import BoxFacts, BoxKey, BoxPhase, Result
from bidding.steps import Progress, Step
from trading.types import Stage

MICROSECOND = timedelta(microseconds=1)
DEADLINE = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
BOX = BoxFacts(
    key=BoxKey("GC-2026-0918", "1", Stage.SINGLE),
    room="o-0123456789abcdef",
    mode="shared",
    policy_sha256="ab" * 32,
    deadline=DEADLINE,
    parts_by=DEADLINE + timedelta(minutes=1),
    open_at=DEADLINE + timedelta(minutes=2),
    release_by=DEADLINE + timedelta(minutes=12),
    owner_by=DEADLINE + timedelta(minutes=22),
    min_envelopes=3,
    max_bytes=1,
    announce_ms=1500,
    confirm_s=60,
)
CLOSING = replace(BOX, closing_at=BOX.parts_by)
CLOSED = replace(CLOSING, closed_at=BOX.parts_by)
ASKED = replace(CLOSED, asked_at=BOX.open_at)
NOTHING = Progress(
    sequenced=False,
    listed=0,
    list_index=None,
    published=0,
    results=(),
    openable=False,
    awaited=(),
)
LISTED = replace(NOTHING, listed=3, list_index=7)


def result(place: int, at: datetime, **changes: object) -> Result:
    told = Result(
        envelope_id=f"{place:064x}",
        place=place,
        verdict="opened",
        code=None,
        fault=None,
        form=None,
        price_fen=None,
        announced_at=at,
        entry_id=place,
        checked_at=at,
    )
    return replace(told, **changes)  # type: ignore[arg-type]  # members of a result


def all_told(at: datetime, **changes: object) -> Progress:
    return replace(LISTED, results=[result(place, at, **changes) for place in (1, 2, 3)])


def pair(box: BoxFacts, progress: Progress, at: datetime) -> list[Step | None]:
    """Return what is due one microsecond before an instant, and at it."""
    return [steps.next_step(box, progress, when) for when in (at - MICROSECOND, at)]


def test_a_box_closes_when_the_time_for_parts_is_over() -> None:
    assert pair(BOX, NOTHING, BOX.parts_by) == [None, Step.CLOSE]


def test_a_list_waits_for_every_bid_to_stand_in_the_log() -> None:
    ready = replace(NOTHING, sequenced=True)

    assert steps.next_step(CLOSING, NOTHING, BOX.parts_by) is None
    assert steps.next_step(CLOSING, ready, BOX.parts_by) is Step.LIST


@pytest.mark.parametrize(("listed", "step"), [(2, Step.LEAVE_SHUT), (3, None)])
def test_too_few_bids_stay_shut(listed: int, step: Step | None) -> None:
    progress = replace(LISTED, listed=listed)

    assert steps.next_step(CLOSED, progress, BOX.parts_by) is step


def test_shares_are_asked_for_at_the_opening_once_a_checkpoint_covers_the_list() -> None:
    covered = replace(LISTED, published=8)

    assert pair(CLOSED, covered, BOX.open_at) == [None, Step.ASK]
    assert steps.next_step(CLOSED, replace(LISTED, published=7), BOX.open_at) is None
    assert steps.next_step(CLOSED, replace(covered, list_index=None), BOX.open_at) is None


def test_bids_are_announced_at_their_pace_before_any_file_is_checked() -> None:
    first = replace(LISTED, openable=True)
    unchecked = [result(1, BOX.open_at, checked_at=None)]
    second = replace(first, results=unchecked)
    turn = BOX.open_at + timedelta(milliseconds=BOX.announce_ms)

    assert steps.next_step(ASKED, first, BOX.open_at) is Step.ANNOUNCE
    assert pair(ASKED, second, turn) == [None, Step.ANNOUNCE]
    assert steps.until_next_bid(ASKED, second, BOX.open_at) == turn - BOX.open_at
    assert steps.until_next_bid(ASKED, second, turn + MICROSECOND) == timedelta()
    assert steps.until_next_bid(ASKED, LISTED, turn) is None
    assert steps.next_step(ASKED, replace(second, openable=False), BOX.open_at) is Step.CHECK


def test_an_opening_is_postponed_once_after_release_by() -> None:
    missing = replace(LISTED, awaited=["officer"])
    postponed = replace(ASKED, postponed_at=BOX.release_by + MICROSECOND)

    assert pair(ASKED, missing, BOX.release_by + MICROSECOND) == [None, Step.POSTPONE]
    assert steps.next_step(ASKED, LISTED, BOX.release_by + MICROSECOND) is None
    assert steps.next_step(postponed, missing, BOX.owner_by) is None


def test_a_box_is_finished_when_silence_has_confirmed_every_verdict() -> None:
    told = all_told(BOX.open_at)
    confirmed = BOX.open_at + timedelta(seconds=BOX.confirm_s)
    one_missing = replace(told, results=list(told.results)[:2])

    assert pair(ASKED, told, confirmed) == [None, Step.FINISH]
    assert steps.next_step(ASKED, one_missing, confirmed) is None


def test_lost_parts_are_looked_for_again_after_owner_by_and_then_final() -> None:
    lost = all_told(BOX.open_at, verdict="unopened", code="E-PART-LOST", fault="hall")
    again = all_told(BOX.open_at, code="E-PART-LOST", checked_at=BOX.owner_by + MICROSECOND)

    assert pair(ASKED, lost, BOX.owner_by + MICROSECOND) == [None, Step.CHECK]
    assert steps.next_step(ASKED, again, BOX.owner_by + MICROSECOND) is Step.FINISH


def test_nothing_is_due_at_the_end() -> None:
    finished = replace(ASKED, finished_at=BOX.owner_by)
    shut = replace(CLOSED, not_opened_at=BOX.parts_by)

    assert steps.next_step(finished, all_told(BOX.open_at), BOX.owner_by) is None
    assert steps.next_step(shut, NOTHING, BOX.owner_by) is None


def test_the_phase_of_a_box_follows_from_its_facts_and_the_clock() -> None:
    phases = [
        BOX.phase(DEADLINE - MICROSECOND),
        BOX.phase(DEADLINE),
        CLOSING.phase(BOX.parts_by),
        CLOSED.phase(BOX.open_at),
        replace(CLOSED, not_opened_at=BOX.parts_by).phase(BOX.open_at),
        ASKED.phase(BOX.open_at),
        ASKED.phase(BOX.open_at, opened=True),
        replace(ASKED, finished_at=BOX.owner_by).phase(BOX.owner_by),
    ]

    assert phases == [
        BoxPhase.TAKING,
        BoxPhase.CLOSING,
        BoxPhase.CLOSING,
        BoxPhase.CLOSED,
        BoxPhase.NOT_OPENED,
        BoxPhase.WAITING,
        BoxPhase.OPENING,
        BoxPhase.FINISHED,
    ]
