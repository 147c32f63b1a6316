"""Answers on the wire: the same bytes for the same answer, fresh or remembered."""

from aiohttp import hdrs, web

from notary import canonical
from notary.canonical import Json
from notary.once import Answer
from web import access

JSON = "application/json"


def done(request: web.Request, answer: Answer) -> web.Response:
    """Answer an act, with status and location of its route's entry."""
    route = access.route_of(request)
    if route is None:
        raise LookupError("an act without an entry in the table")
    response = json(answer, status=route.status)
    if route.location is not None:
        response.headers[hdrs.LOCATION] = route.location.format_map(answer)
    return response


def json(body: Json, *, status: int = 200) -> web.Response:
    """Answer a read of the API."""
    return web.Response(body=canonical.dumps(body), status=status, content_type=JSON)
