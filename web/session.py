"""Who is logged in, by the cookie; the rows are `notary.sessions`. Source: web.md 5.

The cookie is `__Host-hall` under TLS. On a loopback http origin it is `hall`, without Secure: other
browsers than Chromium refuse the prefix there.
"""

from aiohttp import web

from notary import identity, sessions
from web import access
from web.keys import DATABASE, HALL, SETTINGS

RENEWS = "renews"
"""Parameter of a page that is read again by itself: nobody need sit before it."""

_HEX_DIGITS = sessions.TOKEN_BYTES * 2


def token(request: web.Request) -> str | None:
    """Return the session token that a request brings, good or not."""
    given = request.cookies.get(_name(request))
    return given if given is not None and len(given) == _HEX_DIGITS else None


async def identify(request: web.Request) -> None:
    """Find out who is logged in, if anybody is."""
    given = token(request)
    if given is None:
        return
    find = sessions.onlooker_of if RENEWS in request.query else sessions.person_of
    async with request.app[DATABASE].transaction() as tx:
        person = await find(tx, request.app[HALL], given)
        at = await request.app[HALL].clock(tx)
        known = None if person is None else await identity.actor_of(tx, person, at)
    if known is not None:
        access.remember(request, known)


def give(request: web.Request, response: web.Response, fresh: str) -> None:
    """Give the browser the token of a session that has just begun."""
    response.set_cookie(
        _name(request),
        fresh,
        path="/",
        secure=request.app[SETTINGS].is_https,
        httponly=True,
        samesite="Lax",
    )


def take(request: web.Request, response: web.Response) -> None:
    """Take the cookie back from the browser."""
    response.del_cookie(
        _name(request),
        path="/",
        secure=request.app[SETTINGS].is_https,
        httponly=True,
        samesite="Lax",
    )


def _name(request: web.Request) -> str:
    return "__Host-hall" if request.app[SETTINGS].is_https else "hall"
