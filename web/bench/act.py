"""`act`: what the entry in the ledger costs a business act.

The act is the smallest whole one of this house: it reads the clock, tells what it did, and keeps
its answer, in one transaction; with its entry, and without. Source: `ledger.md` 11.
"""

from functools import partial
from itertools import count

from notary import ledger, rooms
from notary.once import Once
from web.bench.grounds import own_house
from web.bench.measure import Measured, Scale, Tell, compare, rate
from web.house import House
from web.settings import Settings

LANES = {"act": 8, "act-alone": 1}
"""Connections at work at the same time, by the name of the figure."""

_KIND = "bidding.bid-rejected.v1"
_TENDER = "BENCH"
_NUMBERS = count(1)


async def run(settings: Settings, scale: Scale, tell: Tell) -> dict[str, Measured]:
    """Measure acts a second, with their entry / without."""
    async with own_house(settings) as house:
        return {
            name: await compare(
                partial(
                    rate, partial(act, house, with_entry=True), lanes=lanes, seconds=scale.seconds
                ),
                partial(
                    rate, partial(act, house, with_entry=False), lanes=lanes, seconds=scale.seconds
                ),
                unit="acts/s",
                runs=scale.runs,
                tell=tell,
            )
            for name, lanes in LANES.items()
        }


async def act(house: House, lane: int, *, with_entry: bool) -> None:
    """Do one act; each lane has a room of its own, so that none waits for another's."""
    once = Once(actor=_TENDER, key=f"{next(_NUMBERS):016}", request_sha256=bytes(32))
    async with house.database.transaction() as tx:
        at = await house.hall.clock(tx)
        leaf = None
        if with_entry:
            entry = await ledger.append(
                tx,
                house.hall,
                _KIND,
                subject=_TENDER,
                actor=_TENDER,
                at=at,
                fields={
                    "tender": _TENDER,
                    "lot": str(lane),
                    "bidder": _TENDER,
                    "ground": _TENDER,
                    "article": "-",
                },
            )
            leaf = entry.leaf_hash
        seq = await rooms.tell(tx, f"{_TENDER}-{lane}", at=at, kind=_KIND, data={}, leaf=leaf)
        await once.keep(tx, {"seq": seq})
