"""What the clerk does next with a box that an outage or supervision holds up."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bidding import steps
from bidding.facts import BoxFacts
from bidding.steps import Progress, Step
from notary.pulse import Gap
from tests.bidding.test_steps import (
    ASKED,
    BOX,
    CLOSED,
    CLOSING,
    LISTED,
    MICROSECOND,
    NOTHING,
    all_told,
    pair,
    result,
)
from trading.rules.outages import Interruption
from trading.rules.stays import Stay, StayKind, StayReason

GAPS = [Gap(began=BOX.deadline - timedelta(minutes=9), ended=BOX.deadline)]
BY_RULE = Interruption(gaps=GAPS, until=None, by_rule=True)
BY_PEOPLE = Interruption(gaps=GAPS, until=BOX.owner_by, by_rule=False)
TOLD = replace(BOX, told_interrupted=True)


def a_stay(kind: StayKind) -> Stay:
    until = None if kind is StayKind.HALTED else BOX.owner_by
    return Stay(kind=kind, reason=StayReason.ORDER, since=BOX.deadline, until=until)


PAUSED, HALTED = a_stay(StayKind.PAUSED), a_stay(StayKind.HALTED)


def due(box: BoxFacts, progress: Progress, at: datetime, **changes: object) -> Step | None:
    changed = replace(progress, **changes)  # type: ignore[arg-type]  # members of the progress
    return steps.next_step(box, changed, at)


def test_the_room_hears_first_and_then_the_rule_moves_the_times() -> None:
    assert due(BOX, NOTHING, BOX.deadline, interruption=BY_RULE) is Step.TELL
    assert due(TOLD, NOTHING, BOX.deadline, interruption=BY_RULE) is Step.EXTEND


def test_an_interrupted_box_is_never_closed() -> None:
    assert due(TOLD, NOTHING, BOX.owner_by, interruption=BY_PEOPLE) is None
    assert due(TOLD, NOTHING, BOX.owner_by) is Step.TELL
    assert pair(BOX, NOTHING, BOX.parts_by) == [None, Step.CLOSE]


def test_an_objection_without_an_answer_does_not_keep_the_rule_from_moving_times() -> None:
    since = {"suspended_since": BOX.deadline}

    assert due(TOLD, NOTHING, BOX.parts_by, interruption=BY_RULE, **since) is Step.EXTEND
    assert due(BOX, NOTHING, BOX.parts_by, **since) is None


@pytest.mark.parametrize("stay", [PAUSED, HALTED])
def test_what_is_held_up_is_closed_and_listed_but_not_asked_for(stay: Stay) -> None:
    covered = replace(LISTED, published=8)

    assert due(BOX, NOTHING, BOX.parts_by, stay=stay) is Step.CLOSE
    assert due(CLOSING, NOTHING, BOX.parts_by, stay=stay, sequenced=True) is Step.LIST
    assert due(CLOSED, covered, BOX.open_at) is Step.ASK
    assert due(CLOSED, covered, BOX.open_at, stay=stay) is None
    assert due(CLOSED, replace(covered, listed=2), BOX.parts_by, stay=stay) is None


@pytest.mark.parametrize("stay", [PAUSED, HALTED])
def test_what_is_held_up_is_not_read_out_while_files_are_checked_as_ever(stay: Stay) -> None:
    openable = replace(LISTED, openable=True)
    unchecked = replace(openable, results=[result(1, BOX.open_at, checked_at=None)])

    assert due(ASKED, openable, BOX.open_at, stay=stay) is None
    assert due(ASKED, unchecked, BOX.open_at, stay=stay) is Step.CHECK
    assert steps.until_next_bid(ASKED, replace(openable, stay=stay), BOX.open_at) is None


def test_a_halt_holds_back_the_end_and_a_pause_does_not() -> None:
    told = all_told(BOX.open_at)

    assert due(ASKED, told, BOX.owner_by, stay=PAUSED) is Step.FINISH
    assert due(ASKED, told, BOX.owner_by, stay=HALTED) is None


def test_a_pause_that_lapsed_is_told_once() -> None:
    paused = replace(BOX, told_paused=True)

    assert due(paused, NOTHING, BOX.deadline, stay=PAUSED) is None
    assert due(paused, NOTHING, BOX.deadline) is Step.TELL
    assert due(BOX, NOTHING, BOX.deadline) is None


def test_a_postponement_is_told_again_when_release_by_has_moved() -> None:
    missing = replace(LISTED, awaited=["officer"])
    told = BOX.release_by + MICROSECOND
    before = replace(ASKED, postponed_at=told, release_by=told - MICROSECOND)
    moved = replace(before, release_by=told)

    assert due(before, missing, BOX.owner_by) is None
    assert pair(moved, missing, told + MICROSECOND) == [None, Step.POSTPONE]
