"""Measuring two sides in turn, so that what disturbs the machine disturbs both."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass

Side = Callable[[], Awaitable[float]]
"""Does one side once and returns its figure."""

Tell = Callable[[str], None]
"""Hears what is being measured now."""

_DECIMALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is done: `seconds` a side of a run, `bids` a run, `events` a run."""

    runs: int
    seconds: float
    bids: int
    watchers: int
    events: int


FULL = Scale(runs=9, seconds=0.8, bids=50, watchers=2000, events=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians of `runs` runs. `ratio`: value / limit, the median of the runs' own ratios."""

    value: float
    limit: float
    ratio: float
    unit: str
    runs: int

    def members(self) -> dict[str, float | int | str]:
        """Return the members of its JSON object."""
        return asdict(self)


async def compare(value: Side, limit: Side, *, unit: str, runs: int, tell: Tell) -> Measured:
    """Measure both sides `runs` times in turn; who begins changes from run to run."""
    pairs: list[tuple[float, float]] = []
    for run in range(runs):
        tell(f"run {run + 1} of {runs}")
        if run % 2:
            below = await limit()
            pairs.append((await value(), below))
        else:
            above = await value()
            pairs.append((above, await limit()))
    return Measured(
        value=_median(above for above, _ in pairs),
        limit=_median(below for _, below in pairs),
        ratio=_median(above / below for above, below in pairs),
        unit=unit,
        runs=runs,
    )


def _median(figures: Iterable[float]) -> float:
    return round(statistics.median(figures), _DECIMALS)


async def rate(act: Callable[[int], Awaitable[object]], *, lanes: int, seconds: float) -> float:
    """Do `act` on so many lanes at once, again and again for so long; return acts a second.

    `act` is told its lane.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def run(lane: int) -> int:
        done = 0
        while loop.time() < began + seconds:
            await act(lane)
            done += 1
        return done

    done = await asyncio.gather(*map(run, range(lanes)))
    return sum(done) / (loop.time() - began)
