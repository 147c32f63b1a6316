"""`submit`: small sealed bids a second, against a handler that only keeps their bytes.

Eight clients send bids that were sealed before: each part, then the manifest that names it, over
HTTP to a hall in its own process. The limit is a bare handler of the same server library that takes
the same bytes in one request, hashes them, writes and syncs a file, and inserts a row into the same
PostgreSQL. Source: `runtime.md` 5.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from http import HTTPStatus
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from aiohttp import hdrs, web

from notary.entropy import system_entropy
from sql import postgres
from sql.bare import BareTable
from sql.postgres import OWNER
from web import visiting
from web.access import API
from web.answers import JSON
from web.bench import tenders
from web.bench.measure import Measured, Scale, Tell, compare
from web.bench.stands import LOOPBACK, listening, standing, until_asked
from web.bench.tenders import ReadyBid
from web.demo.cast import BIDDERS
from web.idempotency import HEADER
from web.settings import BadSetting, Settings

CLIENTS = 8

_KEY_BYTES = 16
_OCTETS = "application/octet-stream"
_OF_A_PAGE = {"Sec-Fetch-Site": "same-origin"}

Send = Callable[[aiohttp.ClientSession, ReadyBid], Awaitable[None]]


async def run(settings: Settings, scale: Scale, tell: Tell) -> dict[str, Measured]:
    """Measure bids a second, of the hall / of the bare handler."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(visiting.demo_hall(settings))
        tell("publishing a tender")
        venue = await tenders.enter(stack, origin, settings.home)
        offer = await tenders.publish(venue)
        bids = []
        for n in range(scale.runs * scale.bids):
            tell(f"sealing {n + 1} of {scale.runs * scale.bids} bids")
            bids.append(await tenders.ready_bid(venue, offer))
        bare = await stack.enter_async_context(
            standing(serve_bare, owner_dsn(settings), settings.home)
        )
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CLIENTS),
                cookie_jar=aiohttp.CookieJar(unsafe=True),  # the hall's name may be an address
                headers=_OF_A_PAGE,
            )
        )
        await _log_in(http, origin)
        unsent = iter([bids[n :: scale.runs] for n in range(scale.runs)])

        async def value() -> float:
            return await _all(http, next(unsent), lambda *bid: _submit(origin, *bid))

        async def limit() -> float:
            address = f"http://{LOOPBACK}:{bare.port}/"
            return await _all(http, bids[: scale.bids], lambda *bid: _keep(address, *bid))

        measured = await compare(value, limit, unit="bids/s", runs=scale.runs, tell=tell)
    return {"submit": measured}


def owner_dsn(settings: Settings) -> str:
    """Return the address of the hall's database as its owner, who may make a table in it."""
    if settings.database_url is not None:
        if settings.database_owner_url is None:
            raise BadSetting("HALL_DATABASE_OWNER_URL: the bare table is made by the owner")
        return settings.database_owner_url
    socket = postgres.running_socket(settings.home)
    assert socket is not None  # noqa: S101 - the hall that serves has started it
    return postgres.dsn(socket, OWNER)


async def _all(http: aiohttp.ClientSession, bids: Sequence[ReadyBid], send: Send) -> float:
    """Send all bids by the clients, each its next one when its last is answered; bids a second."""
    loop, left = asyncio.get_running_loop(), iter(bids)

    async def client() -> None:
        for bid in left:
            await send(http, bid)

    began = loop.time()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(bids) / (loop.time() - began)


async def _log_in(http: aiohttp.ClientSession, origin: str) -> None:
    """Come as a bidder of the demonstration: nobody else sends parts before a bid."""
    player = {"person": BIDDERS[0].name}
    async with http.post(f"{origin}/act-as", data=player, allow_redirects=False) as answer:
        await _require(answer, HTTPStatus.SEE_OTHER)


async def _submit(origin: str, http: aiohttp.ClientSession, bid: ReadyBid) -> None:
    part_headers: dict[str, str] = {hdrs.CONTENT_TYPE: _OCTETS}
    part = f"{origin}{API}/parts/{bid.part_sha256}"
    async with http.put(part, data=bid.part, headers=part_headers) as answer:
        await _require(answer, HTTPStatus.OK)
    act_headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: JSON,
        HEADER: system_entropy(_KEY_BYTES).hex(),
    }
    envelopes = f"{origin}{API}/envelopes"
    async with http.post(envelopes, data=bid.envelope, headers=act_headers) as answer:
        await _require(answer, HTTPStatus.CREATED)


async def _keep(address: str, http: aiohttp.ClientSession, bid: ReadyBid) -> None:
    async with http.post(address, data=bid.part + bid.envelope) as answer:
        await _require(answer, HTTPStatus.OK)


async def _require(answer: aiohttp.ClientResponse, status: HTTPStatus) -> None:
    said = await answer.read()
    if answer.status != status:
        raise ValueError(f"{answer.url} answers {answer.status}: {said.decode()}")


async def serve_bare(pipe: "Connection[object, object]", dsn: str, home: Path) -> None:
    """Serve a handler that keeps bytes durably and knows nothing of them."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as folder:
        async with BareTable.made(dsn, CLIENTS) as table:

            async def keep(request: web.BaseRequest) -> web.Response:
                body = await request.read()
                sha256 = hashlib.sha256(body).hexdigest()
                await asyncio.to_thread(_write, Path(folder, sha256), body)
                await table.insert(sha256, body)
                return web.Response(text=sha256)

            async with listening(web.ServerRunner(web.Server(keep, access_log=None))) as port:
                pipe.send(port)
                await until_asked(pipe)


def _write(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
