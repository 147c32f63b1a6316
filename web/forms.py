"""What a request asks: its parameters and its body, read strictly, before any handler runs.

JSON comes in only by the loader of `notary.canonical` and by the schema that the route names; a
parameter that the route does not name is refused, so that a slip is not an answer to another
question. Source: assurance.md 4.
"""

import base64
import binascii
import re
from urllib.parse import parse_qsl, quote

from aiohttp import hdrs, web

from notary import canonical
from notary.canonical import BadJson, Json
from notary.refusal import Refusal
from trading.rules.stays import StayReason
from web import access, body, schema
from web.access import Does, Handler, Route

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
# Every page exists in both languages; the choice is part of its address.
_EVERY_PAGE_TAKES = {"lang": "zh-CN|en"}
_AT_LENGTH = ("text", "words", "asked", "answer", "reason")  # what a textarea of ours is called
_CHOSEN = frozenset(StayReason)  # a reason from a list is no text of anybody
_MOST_FIELDS = 1000  # a tender of a hundred lots, row by row

_BODY = web.RequestKey("body", dict)


class UnknownParameter(Refusal):
    """The address has a parameter that its page or act does not have, twice, or of another form.

    Source: assurance.md 4.
    """

    code = "request.unknown_parameter"


class NotJson(Refusal):
    """The body is not strict JSON.

    Source: assurance.md 4: the loader of `notary.canonical`.
    """

    code = "request.not_json"


class WrongType(Refusal):
    """The body is of a type that its route does not take.

    Source: RFC 9110, section 15.5.16.
    """

    code = "request.wrong_type"


@web.middleware
async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read and check what a route takes; what does not fit never reaches its handler."""
    route = access.route_of(request)
    if route is not None:
        _require_parameters(request, route)
        if route.does is not Does.READ:
            body.require_plain(request)
        if route.takes is not None:
            request[_BODY] = await _json(request, route.takes, route.limit)
        elif route.does is Does.ACT and route.is_api and await body.read(request, route.limit):
            raise WrongType(type=_shown(request.content_type))
    return await handler(request)


def json(request: web.Request) -> dict[str, Json]:
    """Return the body, of the form that the route's schema says."""
    return request[_BODY]


def signed(request: web.Request) -> tuple[bytes, bytes]:
    """Return the canonical bytes of a signed object and its signature (schema `signed`)."""
    given = json(request)
    return canonical.dumps(given["object"]), octets(given, "p7s")


def octets(given: dict[str, Json], name: str) -> bytes:
    """Return a member that is base64, or refuse the body."""
    try:
        return base64.b64decode(str(given[name]), validate=True)
    except binascii.Error as error:
        raise schema.BadBody(place=f"$.{name}") from error


async def fields(request: web.Request, *names: str) -> dict[str, str]:
    """Return the fields `names` of a form that was posted; one that is missing is empty."""
    found = await every(request)
    return {name: found.get(name, "") for name in names}


async def every(request: web.Request) -> dict[str, str]:
    """Return all fields of a form that was posted, of which a button's is one."""
    if request.content_type != _FORM:
        raise WrongType(type=_shown(request.content_type))
    route = access.route_of(request)
    raw = await body.read(request, 0 if route is None else route.limit)
    try:
        given = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise WrongType(type=_FORM) from error
    found = dict(given)
    if any("\x00" in value for value in found.values()):
        raise WrongType(type=_FORM)
    return {"key": "", **found}


async def written(request: web.Request) -> tuple[str, ...]:
    """Return what a person wrote at length into a form that was posted."""
    if request.content_type != _FORM or request.method != hdrs.METH_POST:
        return ()
    given = await fields(request, *_AT_LENGTH)
    return tuple(text for text in given.values() if text.strip() and text not in _CHOSEN)


async def _json(request: web.Request, name: str, limit: int) -> dict[str, Json]:
    if request.content_type != _JSON:
        raise WrongType(type=_shown(request.content_type))
    try:
        given = canonical.loads(await body.read(request, limit), limit=limit)
    except BadJson as error:
        raise NotJson(why=str(error)) from error
    schema.require(name, given)
    if not isinstance(given, dict):
        raise schema.BadBody(place="$")
    return given


def _require_parameters(request: web.Request, route: Route) -> None:
    if not all(piece.isprintable() for piece in request.match_info.values()):
        raise web.HTTPNotFound  # nothing has such a name, and no query may hold it
    known = dict(route.query) if route.is_api else {**_EVERY_PAGE_TAKES, **route.query}
    single = [name for name, _ in request.query.items() if name not in route.many]
    if len(single) != len(set(single)):
        raise UnknownParameter(name=_shown(request.rel_url.raw_query_string))
    for name, value in request.query.items():
        # No text of the database can hold U+0000, so nothing can be found by it.
        if name not in known or "\x00" in value or re.fullmatch(known[name], value) is None:
            raise UnknownParameter(name=_shown(name))


def wants_html(request: web.Request) -> bool:
    """Tell whether a person reads the answer: a page was asked for, and HTML is taken."""
    route = access.route_of(request)
    if route.is_api if route is not None else request.path.startswith(access.API):
        return False
    return "text/html" in request.headers.get(hdrs.ACCEPT, "")


def _shown(given: str) -> str:
    """Write a word of the sender so that it can stand in an answer, whatever it holds."""
    return quote(given[:64], safe="/;= ", errors="backslashreplace")
