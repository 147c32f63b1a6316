"""Everything that somebody can read of a hall, walked from its access table, byte for byte.

A route that is added is read from the next run on; one with a path parameter that is not known
here fails the walk, so that nobody forgets to say what its values are.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

import aiohttp
from aiohttp import WSMsgType, hdrs

from tests.assurance import bodies, raw
from tests.assurance.ground import Ground
from tests.assurance.raw import Answer, Request
from web.access import TABLE, Does, Route, Table

LANGUAGES = ("zh-CN", "en")
STREAM_S = 0.15
"""An event stream says at once what there is, and then waits."""

Values = Mapping[str, Sequence[str]]
"""Values of path parameters by name."""

# Values of query parameters by name: each is asked for alone.
QUERIES: Values = {
    "after": ("0", "2"),
    "again": ("1",),
    "as": ("html",),
    "from": ("2026-11-01",),
    "kind": ("construction", "works"),
    "lot": ("1",),
    "new": ("1",),
    "old": ("1",),
    "onward": ("/desk",),
    "order": ("newest", "deadline", "amount"),
    "page": ("1", "2"),
    "phase": ("bidding", "awarded"),
    "q": ("GC", "FIRM-1"),
    "sort": ("newest", "amount"),
    "stage": ("open", "result"),
    "tender": ("GC-2026-0918",),
    "to": ("2026-12-01",),
    "wait": ("0",),
}

_PARAMETER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who reads (None: nobody the hall knows), what, and as what."""

    reader: str | None
    method: str
    address: str
    language: str
    accept: str


def addresses(route: Route, path: str, values: Values) -> Iterator[str]:
    """Give every address of a route: with no query, and with each value of each parameter."""
    names = _PARAMETER.findall(path)
    for chosen in product(*(values[name] for name in names)):
        filled = path
        for name, value in zip(names, chosen, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        yield filled
        for parameter in sorted(route.query.keys() - {"lang"}):
            for value in QUERIES.get(parameter, (bodies.matching(route.query[parameter]),)):
                yield f"{filled}?{parameter}={value}"


def requests(table: Table, values: Values, readers: Sequence[str]) -> Iterator[Asked]:
    """Give what is asked: every public read by anybody, every read of the API by `readers`.

    Pages are asked for in both languages, and once as a program asks.
    """
    for (_, path), route in sorted(table.items(), key=lambda row: row[0]):
        if route.does is not Does.READ or path.endswith("/socket"):
            continue
        for address in addresses(route, path, values):
            if route.is_api:
                for reader in readers:
                    yield Asked(reader, hdrs.METH_GET, address, "zh-CN", raw.JSON)
            if not route.roles:
                for language in LANGUAGES:
                    yield Asked(None, hdrs.METH_GET, address, language, "text/html")
                yield Asked(None, hdrs.METH_GET, address, "en", "*/*")
                yield Asked(None, hdrs.METH_HEAD, address, "en", "text/html")


async def read_all(
    ground: Ground, values: Values, readers: Sequence[str], desks: Mapping[str, str]
) -> dict[str, Answer | list[str]]:
    """Read everything once, with clock and entropy held; `desks`: cookies by who is logged in."""
    application = ground.browser.app
    assert application is not None
    found: dict[str, Answer | list[str]] = {}
    ground.entropy.held = True
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            for asked in requests(application[TABLE], values, readers):
                found[str(asked)] = await raw.send(http, _request(ground, asked))
            for reader, cookie in desks.items():
                desk = Request(hdrs.METH_GET, f"{ground.origin}/desk", {hdrs.COOKIE: cookie})
                found[f"desk of {reader}"] = await raw.send(http, desk)
            for room in values["room"]:
                address = f"{ground.origin}/rooms/{room}"
                found[f"stream {room}"] = await stream(http, f"{address}/events")
                for query in ("after=0", "after=0&as=html&lang=en", "after=999"):
                    found[f"socket {room}?{query}"] = await frames(
                        http, f"{address}/socket?{query}"
                    )
    finally:
        ground.entropy.held = False
    return found


def _request(ground: Ground, asked: Asked) -> Request:
    request = Request(
        asked.method,
        ground.origin + asked.address,
        {hdrs.ACCEPT: asked.accept, hdrs.ACCEPT_LANGUAGE: asked.language},
    )
    if asked.reader is not None:
        raw.sign(request, ground.pair(asked.reader), ground.town.clock.now)
    return request


async def stream(http: aiohttp.ClientSession, address: str) -> list[str]:
    """Return what an event stream says at once."""
    said: list[str] = []
    async with http.get(address, headers={hdrs.ACCEPT: "text/event-stream"}) as response:
        with suppress(TimeoutError):
            async with asyncio.timeout(STREAM_S):
                while line := await response.content.readline():
                    said.append(line.decode())
    return said


async def frames(http: aiohttp.ClientSession, address: str) -> list[str]:
    """Return what a socket says until it has answered a ping, or how it was closed."""
    said: list[str] = []
    async with http.ws_connect(address) as socket:
        with suppress(ConnectionResetError):
            await socket.send_json({"ping": 1})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                said.append(message.data)
                if "pong" in message.data:
                    return said
        said.append(str(socket.close_code))
    return said
