"""What an outage does to a deadline: each rule one unit before its limit and at it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notary.pulse import Gap, Heart, Run
from trading.rules import outages
from trading.rules.outages import Exposed, Interruption, OutageTooEarly, OutageTooShort
from trading.rules.sets import rule_set
from trading.types import Box, Mode, Stage

LAW = rule_set("construction/2026-11")
DEMO = rule_set("demo/2026-11")
RULE = outages.outage_rule(LAW)
WITHOUT_HOURS = outages.outage_rule(DEMO)
T = datetime(2026, 12, 2, 1, 30, tzinfo=UTC)
PUBLISHED = T - timedelta(days=21)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BOX = Exposed(deadline=T, published_at=PUBLISHED, judged_at=None)
TERMS = Box(
    stage=Stage.SINGLE,
    mode=Mode.SHARED,
    policy_sha256="ab" * 32,
    after=None,
    deadline=T,
    parts_by=T,
    open_at=T,
    release_by=T + 30 * MINUTE,
    owner_by=datetime(2026, 12, 7, 9, tzinfo=UTC),
    close_slack_s=60,
    gate_wait_min=15,
    min_envelopes=3,
    max_bytes=1,
    form=(),
    reseal=True,
)


def silent(began: datetime, ended: datetime | None) -> list[Run]:
    """Return the beats of a hall that stood still once."""
    before = Run(heart=Heart.CLERK, began=PUBLISHED, last=began)
    after = [] if ended is None else [Run(heart=Heart.CLERK, began=ended, last=ended + 9 * HOUR)]
    return [before, *after]


def held_up(
    began: datetime, ended: datetime | None, now: datetime, box: Exposed = BOX
) -> Interruption | None:
    return outages.interruption(RULE, box, silent(began, ended), now)


def test_a_gap_interrupts_when_it_is_longer_than_the_rule() -> None:
    began = T - 20 * MINUTE
    just, longer = began + 30 * SECOND, began + 30 * SECOND + MICROSECOND

    assert held_up(began, just, T - 15 * MINUTE) is None
    assert held_up(began, longer, T - 15 * MINUTE) is not None


def test_what_was_over_before_the_last_hour_changes_nothing() -> None:
    watched = T - HOUR

    assert held_up(watched - 5 * MINUTE, watched, T - 55 * MINUTE) is None
    assert held_up(watched - 5 * MINUTE, watched + MICROSECOND, T - 55 * MINUTE) is not None


def test_before_the_publication_nobody_waited() -> None:
    young = replace(BOX, published_at=T - 40 * MINUTE)
    began = T - 45 * MINUTE

    assert held_up(began, young.published_at, T - 39 * MINUTE, young) is None
    assert held_up(began, young.published_at + MICROSECOND, T - 39 * MINUTE, young) is not None


def test_what_begins_at_the_deadline_interrupts_nobody() -> None:
    assert held_up(T, T + 5 * MINUTE, T + 5 * MINUTE) is None
    assert held_up(T - MICROSECOND, T + 5 * MINUTE, T + 5 * MINUTE) is not None


def test_a_heart_that_stands_interrupts_without_an_end() -> None:
    began = T - 20 * MINUTE

    assert held_up(began, None, began + 30 * SECOND) is None
    standing = held_up(began, None, began + 30 * SECOND + MICROSECOND)
    assert standing == Interruption(gaps=[Gap(began=began, ended=None)], until=None, by_rule=False)


def test_the_rule_judges_what_touches_the_last_minutes_and_people_the_rest() -> None:
    began, last = T - 20 * MINUTE, T - 10 * MINUTE
    before, touching = held_up(began, last, last), held_up(began, last + MICROSECOND, T)

    assert before is not None
    assert (before.by_rule, before.until) == (False, last + 30 * MINUTE)
    assert touching is not None
    assert (touching.by_rule, touching.until) == (True, None)


def test_an_interruption_that_nobody_judges_ends_by_itself() -> None:
    began, ended = T - 40 * MINUTE, T - 25 * MINUTE
    end = ended + 30 * MINUTE

    assert held_up(began, ended, end - MICROSECOND) is not None
    assert held_up(began, ended, end) is None


def test_a_gap_that_was_judged_interrupts_no_more() -> None:
    began, ended = T - 20 * MINUTE, T - 5 * MINUTE

    assert held_up(began, ended, T, replace(BOX, judged_at=ended)) is None
    assert held_up(began, ended, T, replace(BOX, judged_at=ended - MICROSECOND)) is not None


def moved(began: datetime, ended: datetime, published: datetime | None = None) -> Box:
    gap = Gap(began=began, ended=ended)
    return outages.moved_by_rule(LAW, TERMS, [gap], published or ended)


def test_a_long_outage_gives_a_day_and_a_shorter_one_two_hours() -> None:
    ended = T + 20 * MINUTE
    short, long = moved(ended - 2 * HOUR, ended), moved(ended - 2 * HOUR - MICROSECOND, ended)

    assert (short.deadline, short.open_at) == (ended + 2 * HOUR, ended + 3 * HOUR)
    assert (long.deadline, long.open_at) == (ended + 24 * HOUR, ended + 25 * HOUR)


def test_all_times_of_a_box_follow_its_deadline_and_none_moves_earlier() -> None:
    found = moved(T - 10 * MINUTE, T + 20 * MINUTE)

    assert found.parts_by == found.deadline
    assert found.release_by == found.open_at + 30 * MINUTE
    assert found.owner_by >= TERMS.owner_by
    assert found.reseal is False
    assert (
        replace(
            found,
            deadline=T,
            parts_by=T,
            open_at=T,
            release_by=TERMS.release_by,
            owner_by=TERMS.owner_by,
            reseal=True,
        )
        == TERMS
    )


def test_a_moved_deadline_has_whole_seconds_and_is_never_shortened() -> None:
    found = moved(T - 10 * MINUTE, T + MICROSECOND)

    assert found.deadline == T + SECOND + 2 * HOUR


def test_a_moved_deadline_lies_ahead_of_the_revision_that_moves_it() -> None:
    ended = T + 20 * MINUTE
    late = ended + 3 * HOUR

    assert moved(T - 10 * MINUTE, ended, late).deadline == late + 30 * SECOND


def test_two_outages_move_the_deadline_by_the_one_that_moves_it_most() -> None:
    first = Gap(began=T - 4 * HOUR, ended=T - 20 * MINUTE)
    second = Gap(began=T - 9 * MINUTE, ended=T - MINUTE)

    found = outages.moved_by_rule(LAW, TERMS, [first, second], T)

    assert found.deadline == T - 20 * MINUTE + 24 * HOUR


def test_without_hours_in_the_set_the_rule_gives_the_length_of_a_gap() -> None:
    """A demonstration's extensions are 0 hours: what ended before the deadline moves nothing."""
    near = T - 30 * SECOND
    over = Gap(began=T - 5 * MINUTE, ended=near)
    moves = Gap(began=T - 5 * MINUTE, ended=near + SECOND)

    assert outages.interruption(WITHOUT_HOURS, BOX, silent(over.began, over.ended), near) is None
    assert outages.moved_by_rule(DEMO, TERMS, [over], near).deadline == T
    found = outages.interruption(WITHOUT_HOURS, BOX, silent(moves.began, moves.ended), T)
    assert found is not None
    assert found.by_rule
    assert outages.moved_by_rule(DEMO, TERMS, [moves], near).deadline == T + SECOND


def test_people_give_back_at_least_what_the_heartbeat_shows_as_missing() -> None:
    gap = Gap(began=T - 40 * MINUTE, ended=T - 25 * MINUTE)
    least = T + 15 * MINUTE

    with pytest.raises(OutageTooShort) as refused:
        outages.moved_by_act(LAW, TERMS, least - SECOND, [gap], T - 20 * MINUTE)
    assert refused.value.facts["lost"] == 900
    found = outages.moved_by_act(LAW, TERMS, least, [gap], T - 20 * MINUTE)
    assert (found.deadline, found.open_at) == (least, least)


def test_people_give_a_deadline_that_lies_ahead() -> None:
    at = T + 5 * MINUTE
    least = at + 30 * SECOND

    with pytest.raises(OutageTooShort):
        outages.moved_by_act(LAW, TERMS, least - SECOND, [], at)
    assert outages.moved_by_act(LAW, TERMS, least, [], at).deadline == least


def test_before_the_last_hour_the_notice_is_amended_instead() -> None:
    with pytest.raises(OutageTooEarly):
        outages.require_watched(BOX, T - HOUR - MICROSECOND)
    outages.require_watched(BOX, T - HOUR)
