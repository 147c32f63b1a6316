"""`hall bench`: every benchmark runs against real halls, at a small scale, and says its figures."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.web.halls import a_home
from web import settings
from web.bench import measure
from web.bench.measure import Measured, Scale
from web.commands import bench
from web.settings import Settings

SMALL = Scale(runs=1, seconds=0.1, bids=4, watchers=20, events=2)


def of(home: Path) -> Settings:
    return settings.load({"HALL_HOME": str(home), "HALL_LISTEN": "localhost:0"}, home)


@pytest.mark.parametrize(
    ("names", "figures"),
    [
        (["act"], ["act", "act-alone"]),
        pytest.param(
            ["submit", "fanout"],
            ["submit", "fanout"],
            marks=[pytest.mark.nightly, pytest.mark.alone],
        ),
    ],
)
async def test_a_benchmark_measures_both_sides(names: list[str], figures: list[str]) -> None:
    with a_home() as home:
        found = await bench.bench(of(home), names, SMALL)
        left = {path.name for path in home.iterdir() if path.name.startswith("bench-")}

    assert list(found) == figures
    for one in found.values():
        assert one.value > 0
        assert one.ratio == pytest.approx(one.value / one.limit, rel=0.05)
    assert left == set()


async def test_sides_are_measured_in_turn_and_the_ratio_is_the_median_of_the_runs() -> None:
    asked: list[str] = []
    fast, slow = iter([10.0, 90.0, 20.0]), iter([100.0, 100.0, 50.0])

    async def value() -> float:
        asked.append("value")
        return next(fast)

    async def limit() -> float:
        asked.append("limit")
        return next(slow)

    found = await measure.compare(value, limit, unit="x/s", runs=3, tell=lambda _said: None)

    assert asked == ["value", "limit", "limit", "value", "value", "limit"]
    assert found == Measured(value=20.0, limit=100.0, ratio=0.4, unit="x/s", runs=3)


async def test_a_rate_counts_what_all_lanes_do() -> None:
    lanes: set[int] = set()

    async def act(lane: int) -> None:
        lanes.add(lane)
        await asyncio.sleep(0.01)

    found = await measure.rate(act, lanes=4, seconds=0.2)

    assert lanes == {0, 1, 2, 3}
    assert 100 < found < 400


@pytest.mark.nightly
def test_the_figures_come_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_home() as home:
        monkeypatch.setenv("HALL_HOME", str(home))
        monkeypatch.setattr(bench, "FULL", SMALL)
        done = CliRunner().invoke(bench.command, ["sequencer", "--json", "-"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert list(told) == ["sequencer"]
    assert list(told["sequencer"]) == ["value", "limit", "ratio", "unit", "runs"]
