"""The hall about itself: its clock, and the description of its API."""

from aiohttp import web

from notary import instant
from web import answers, openapi
from web.access import API, PUBLIC, TABLE, Does, Route
from web.keys import DATABASE, HALL, SETTINGS


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
