from datetime import UTC, datetime, timedelta

from notary import pulse
from notary.pulse import Gap, Heart, Run

T = datetime(2026, 11, 2, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGER = timedelta(seconds=30)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def run(began: float, last: float, heart: Heart = Heart.CLERK) -> Run:
    return Run(heart=heart, began=at(began), last=at(last))


def test_a_gap_counts_when_it_is_longer_and_not_when_it_is_as_long() -> None:
    just = [run(0, 10), run(40, 100)]
    longer = [run(0, 10), Run(heart=Heart.CLERK, began=at(40) + MICROSECOND, last=at(100))]

    assert pulse.gaps(just, at(100), LONGER) == []
    assert pulse.gaps(longer, at(100), LONGER) == [Gap(began=at(10), ended=at(40) + MICROSECOND)]


def test_a_heart_that_stands_has_a_gap_without_an_end() -> None:
    runs = [run(0, 10)]

    assert pulse.gaps(runs, at(40), LONGER) == []
    assert pulse.gaps(runs, at(40) + MICROSECOND, LONGER) == [Gap(began=at(10), ended=None)]


def test_a_hall_that_never_beat_has_missed_nothing() -> None:
    assert pulse.gaps([], at(1000), LONGER) == []


def test_gaps_of_two_hearts_that_meet_are_one() -> None:
    runs = [
        run(0, 10),
        run(60, 200),
        run(0, 50, Heart.SEQUENCER),
        run(100, 200, Heart.SEQUENCER),
    ]

    assert pulse.gaps(runs, at(200), LONGER) == [Gap(began=at(10), ended=at(100))]


def test_an_outage_is_not_over_before_every_heart_beats() -> None:
    runs = [run(0, 10), run(60, 61), run(0, 10, Heart.SEQUENCER)]

    assert pulse.gaps(runs, at(61), LONGER) == [Gap(began=at(10), ended=None)]


def test_two_gaps_apart_stay_two() -> None:
    runs = [run(0, 10), run(50, 60), run(100, 110)]

    assert pulse.gaps(runs, at(110), LONGER) == [
        Gap(began=at(10), ended=at(50)),
        Gap(began=at(60), ended=at(100)),
    ]
