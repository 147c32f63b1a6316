"""The hall about itself: its name and key, its clock, and the description of its API."""

from aiohttp import web

from notary import instant, ledger
from web import answers, openapi
from web.access import API, PUBLIC, TABLE, Does, Route
from web.keys import DATABASE, HALL, SETTINGS


async def hall(request: web.Request) -> web.Response:
    """Tell the origin and the key of the log, which a client pins when it first comes."""
    async with request.app[DATABASE].transaction() as tx:
        first = await ledger.entry_at(tx, 0)
    if first is None:
        raise web.HTTPNotFound
    made = request.app[HALL]
    return answers.json({"origin": made.origin, "vkey": first.fields["vkey"], "demo": made.demo})


async def time(request: web.Request) -> web.Response:
    """Tell the hall's time, by which a client signs whatever its own clock says."""
    async with request.app[DATABASE].transaction() as tx:
        at = await request.app[HALL].clock(tx)
    return answers.json({"time": instant.micros(at)})


async def description(request: web.Request) -> web.Response:
    """Describe the API."""
    return answers.json(openapi.document(request.app[TABLE], request.app[SETTINGS].origin))


ROUTES = (
    Route(
        "GET",
        f"{API}/hall",
        hall,
        summary="Origin and key of the hall's log",
        roles=PUBLIC,
        does=Does.READ,
        gives="hall",
    ),
    Route(
        "GET",
        f"{API}/time",
        time,
        summary="The hall's time",
        roles=PUBLIC,
        does=Does.READ,
        gives="time",
    ),
    Route(
        "GET",
        f"{API}/openapi.json",
        description,
        summary="This document",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
