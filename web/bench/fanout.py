"""`fanout`: from an event to the last of 2,000 watchers, against a loop that does nothing else.

The gallery is the real one, over real sockets and with the room's rows in the hall's database; its
time runs from the commit of the event. The limit is the same server library writing one ready frame
of the same size to as many transports. Source: `runtime.md` 3.
"""

import asyncio
import logging
import statistics
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection

import structlog
from aiohttp import web

from bidding.keys import room_of
from notary import rooms
from notary.canonical import Json, dumps
from web import visiting
from web.app import Parts, build
from web.assets import Assets
from web.bench import tenders
from web.bench.crowd import Crowd
from web.bench.measure import Measured, Scale, Tell, compare
from web.bench.stands import Stand, listening, standing, until_asked
from web.house import enter_house
from web.rooms import frame, millis
from web.settings import Settings

KIND = "bidding.release-promised.v1"
TOLD: dict[str, Json] = {"group": "officer", "promise": "0" * 64, "more": "0" * 80}
"""About 300 bytes with the rest of its frame, as most events have."""

_MILLI = 1000


async def run(settings: Settings, scale: Scale, tell: Tell) -> dict[str, Measured]:
    """Measure milliseconds to the last watcher, of the gallery / of the bare loop."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(visiting.demo_hall(settings))
        tell("publishing a tender")
        venue = await tenders.enter(stack, origin, settings.home)
        room = room_of((await tenders.publish(venue)).box)
        gallery = await stack.enter_async_context(standing(serve_gallery, settings, room))
        bare = await stack.enter_async_context(standing(serve_bare))
        sides = []
        for stand in (gallery, bare):
            tell(f"{scale.watchers} watchers come")
            crowd = await stack.enter_async_context(
                Crowd.gathered(stand.port, f"/rooms/{room}/socket?after=0", scale.watchers)
            )
            sides.append(partial(_to_the_last, stand, crowd, scale.events))
        value, limit = sides
        measured = await compare(value, limit, unit="ms", runs=scale.runs, tell=tell)
    return {"fanout": measured}


async def _to_the_last(stand: Stand, crowd: Crowd, events: int) -> float:
    """Return the median time of so many events, in milliseconds."""
    return statistics.median([await _one(stand, crowd) * _MILLI for _ in range(events)])


async def _one(stand: Stand, crowd: Crowd) -> float:
    last = crowd.next_event()
    began = await stand.ask()
    return await last - began


async def serve_gallery(pipe: "Connection[object, object]", settings: Settings, room: str) -> None:
    """Serve the galleries of a hall that runs, as a process beside it; each word tells an event."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    loop = asyncio.get_running_loop()
    async with enter_house(settings) as house:
        parts = Parts(
            settings=settings,
            database=house.database,
            hall=house.hall,
            vault=house.vault,
            bell=house.bell,
            assets=Assets({}),
            devices=house.devices,
            factor_key=house.factor_key,
        )
        async with listening(web.AppRunner(build(parts), access_log=None)) as port:
            pipe.send(port)
            while await until_asked(pipe):
                async with house.database.transaction() as tx:
                    at = await house.hall.clock(tx)
                    await rooms.tell(tx, room, at=at, kind=KIND, data=TOLD)
                committed = loop.time()
                house.bell.ring()
                pipe.send(committed)


async def serve_bare(pipe: "Connection[object, object]") -> None:
    """Serve sockets that are only written to; each word writes one ready frame to all of them."""
    transports: list[asyncio.WriteTransport] = []

    async def socket(request: web.BaseRequest) -> web.WebSocketResponse:
        opened = web.WebSocketResponse(compress=False)
        await opened.prepare(request)
        assert isinstance(request.transport, asyncio.WriteTransport)  # noqa: S101 - it was opened
        transports.append(request.transport)
        async for _ in opened:
            break
        return opened

    ready = frame(_payload(datetime.fromisoformat("2026-11-22T00:00:00Z")))
    async with listening(web.ServerRunner(web.Server(socket, access_log=None))) as port:
        pipe.send(port)
        while await until_asked(pipe):
            began = asyncio.get_running_loop().time()
            for transport in transports:
                transport.write(ready)
            pipe.send(began)


def _payload(at: datetime) -> bytes:
    return dumps({"seq": 1, "at": millis(at), "kind": KIND, "entry": None, "data": TOLD})
