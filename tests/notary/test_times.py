import pytest

from notary import instant, times
from notary.entry import BadEntry
from tests.notary import golden


def test_the_golden_times_are_judged_alike() -> None:
    for case in golden.log()["times"]:
        closing = case["closing"]
        held = None
        if closing is not None and case["index"] < closing["index"]:
            held = times.Bounds(
                instant.parse_micros(case["published"]), instant.parse_micros(closing["at"])
            )

        def judge(case: dict[str, object] = case, held: times.Bounds | None = held) -> times.Dated:
            return times.judge(
                case["index"],  # type: ignore[arg-type]
                instant.parse_micros(str(case["at"])),
                inception=instant.parse_micros(str(case["inception"])),
                held=held,
                checkpoints=case["checkpoints"],  # type: ignore[arg-type]
            )

        if case["expect"] == "at":
            with pytest.raises(BadEntry) as error:
                judge()
            assert error.value.reason == "at"
        else:
            assert judge() == case["expect"], case["name"]


def test_a_held_entry_without_cosignatures_is_proved_in_order_only() -> None:
    published, at, closed = map(
        instant.parse_micros,
        (
            "2026-11-01T00:00:00.000000Z",
            "2026-11-02T00:00:00.000000Z",
            "2026-11-03T00:00:00.000000Z",
        ),
    )

    dated = times.judge(
        5, at, inception=published, held=times.Bounds(published, closed), checkpoints=[(9, None)]
    )

    assert dated is times.Dated.ORDER
