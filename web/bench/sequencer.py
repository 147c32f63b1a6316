"""`sequencer`: how much faster the sequencer places entries than acts can append them.

Both sides share one pass: live appending fills the queue, then one drain empties it. Source:
`ledger.md` 11, "drain / live append rate".
"""

import asyncio
from functools import partial

from notary import ledger
from notary.sequencer import Sequencer
from web.bench.grounds import own_house
from web.bench.measure import Measured, Scale, Tell, compare, rate
from web.house import House
from web.settings import Settings

LANES = 8

_KIND = "trading.clarified.v1"
_TENDER = "BENCH"


async def run(settings: Settings, scale: Scale, tell: Tell) -> dict[str, Measured]:
    """Measure entries a second, placed / appended."""
    async with own_house(settings) as house:
        sequencer = Sequencer(house.database, house.hall.clock, house.signer, house.bell)

        async def appended() -> float:
            await sequencer.drain()
            return await rate(partial(_append, house), lanes=LANES, seconds=scale.seconds)

        async def placed() -> float:
            await appended()
            loop = asyncio.get_running_loop()
            began = loop.time()
            drained = await sequencer.drain()
            return drained / (loop.time() - began)

        measured = await compare(placed, appended, unit="entries/s", runs=scale.runs, tell=tell)
    return {"sequencer": measured}


async def _append(house: House, lane: int) -> None:
    async with house.database.transaction() as tx:
        await ledger.append(
            tx,
            house.hall,
            _KIND,
            subject=_TENDER,
            actor=_TENDER,
            at=await house.hall.clock(tx),
            fields={"tender": _TENDER, "n": lane + 1, "text_sha256": "0" * 64},
        )
