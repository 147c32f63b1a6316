from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notary import entry, instant, times
from notary.entry import BadEntry
from tests.notary import golden


def judge(case: dict[str, Any]) -> times.Dated:
    closing, held = case["closing"], None
    if closing is not None and case["index"] < closing["index"]:
        published, closed = case["published"], closing["at"]
        held = times.Bounds(instant.parse_micros(published), instant.parse_micros(closed))
    timeline = times.Timeline(map(tuple, case["checkpoints"]))
    inception = instant.parse_micros(case["inception"])
    return timeline.judge(case["index"], instant.parse_micros(case["at"]), inception, held)


def test_the_golden_times_are_judged_alike() -> None:
    for case in golden.log()["times"]:
        if case["expect"] == "at":
            with pytest.raises(BadEntry) as error:
                judge(case)
            assert error.value.reason == "at"
        else:
            assert judge(case) == case["expect"], case["name"]


def test_a_held_entry_without_cosignatures_is_proved_in_order_only() -> None:
    published = datetime(2026, 11, 1, tzinfo=UTC)
    held = times.Bounds(published, published + timedelta(days=2))

    dated = times.Timeline([(9, None)]).judge(5, published + timedelta(days=1), published, held)

    assert dated is times.Dated.ORDER


def test_a_held_entry_is_bounded_by_the_closing_of_its_own_box() -> None:
    log = golden.log()
    entries = {
        each["index"]: entry.Opened(b"", (), each["fields"])
        for each in log["entries"]
        if each["index"] in {1, 6, 7, 8}
    }
    other_box = {**log["entries"][8]["fields"], "lot": "2"}

    bounded = times.date(entries, [(11, 1_796_092_000)])
    unbounded = times.date({**entries, 8: entry.Opened(b"", (), other_box)}, [(11, 1_796_092_000)])

    assert (bounded[6], bounded[7]) == (times.Dated.OK, times.Dated.OK)
    assert (unbounded[6], unbounded[7]) == (times.Dated.SINCE, times.Dated.SINCE)


def test_a_cancellation_lets_out_every_box_of_its_tender() -> None:
    log = golden.log()
    cancelled = {**log["entries"][3]["fields"], "kind": "trading.cancelled.v1", "revision": 3}
    entries = {
        1: entry.Opened(b"", (), log["entries"][1]["fields"]),
        6: entry.Opened(b"", (), log["entries"][6]["fields"]),
        8: entry.Opened(b"", (), {**cancelled, "at": log["entries"][8]["fields"]["at"]}),
    }

    assert times.date(entries, [(11, 1_796_092_000)])[6] is times.Dated.OK
