from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notary import instant, times
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
