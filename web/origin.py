"""Whose page sent this: the fence against requests that another site makes a browser send.

An unsafe request needs `Sec-Fetch-Site: same-origin` or, where a browser does not send that header,
our own `Origin`. A program sends neither, and no cookie. Under `/api/v1` others may call from any
page, but never with the reader's cookie. Source: web.md 5; Fetch Metadata; RFC 6454.
"""

from aiohttp import hdrs, web

from notary.refusal import Refusal
from web import session, signed
from web.access import API, Handler
from web.keys import SETTINGS

_SITE = "Sec-Fetch-Site"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_METHODS = "GET, HEAD, POST, PUT, DELETE"
_SENT = (
    "Accept, Accept-Language, Content-Digest, Content-Type, Idempotency-Key, Signature, "
    "Signature-Input"
)
_SHOWN = "Content-Digest, Date, Location, Retry-After"
_ONE_DAY = "86400"


class ForeignOrigin(Refusal):
    """The request comes from a page of another site, or cannot show that it does not.

    Source: web.md 5; OWASP ASVS 5.0.0, 3.5.
    """

    code = "request.foreign_origin"


def require_own(request: web.Request) -> None:
    """Refuse a WebSocket handshake from another site's page: it has no `Sec-Fetch-Site`."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin != request.app[SETTINGS].origin:
        raise ForeignOrigin


@web.middleware
async def fence(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse unsafe requests of other sites; tell browsers what pages elsewhere may call."""
    is_api = request.path.startswith(f"{API}/")
    if is_api and request.method == hdrs.METH_OPTIONS:
        return _preflight()
    if request.method not in _SAFE and not signed.is_signed(request):
        _require_ours(request, is_api=is_api)
    return await handler(request)


def show(request: web.Request, response: web.StreamResponse) -> None:
    """Let pages of any origin read answers of the API, which never depend on a cookie there."""
    if request.path.startswith(f"{API}/"):
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _SHOWN


def _require_ours(request: web.Request, *, is_api: bool) -> None:
    ours = _is_ours(request)
    has_cookie = session.token(request) is not None
    if ours is None and has_cookie:
        raise ForeignOrigin
    if ours is False and (has_cookie or not is_api):
        raise ForeignOrigin


def _is_ours(request: web.Request) -> bool | None:
    """Tell whether a page of ours sent it; None: no browser has said anything."""
    site = request.headers.get(_SITE)
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get(hdrs.ORIGIN)
    return None if origin is None else origin == request.app[SETTINGS].origin


def _preflight() -> web.Response:
    """Answer a browser that asks before it sends (Fetch, "CORS-preflight request")."""
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _SENT,
            hdrs.ACCESS_CONTROL_MAX_AGE: _ONE_DAY,
        },
    )
