"""One table says who may do what: a route is an entry of it, and there is no other way to have one.

The same entry makes the OpenAPI document, the desk's rows and the words before a press ("can be
taken back until …", or final), so none of them can say something else. Source: style.md 5,
people.md 5.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from aiohttp import hdrs, web

from notary.identity import Actor, Role
from notary.refusal import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Middleware = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

API = "/api/v1"
FINAL = "final"
"""The way back of an act that has none."""

PUBLIC: frozenset[Role] = frozenset()
"""Nobody need say who he is; where a body is signed, the body says it."""

ANYBODY = frozenset(Role)
"""Whoever is known to the hall, in whatever role."""

_KILOBYTE = 1024
_DEFAULT_LIMIT = 256 * _KILOBYTE


class NotKnown(Refusal):
    """The act or page needs somebody who is logged in, or a signed request.

    Source: architecture.md, "Who".
    """

    code = "access.unknown"


class NotYours(Refusal):
    """Nobody of these roles may do or see this.

    Source: architecture.md, "Who".
    """

    code = "access.not_yours"


class Does(StrEnum):
    """What a route does to the hall."""

    READ = "read"  # nothing
    ACT = "act"  # an act: one transaction, one entry, one key, one outcome
    UPLOAD = "upload"  # streams bytes to the address of their digest; repeating it changes nothing
    SESSION = "session"  # the reader's own log-in and nothing else


@dataclass(frozen=True, slots=True)
class Route:
    """One entry: a method and a path, who may, what it does, its way back, what goes in and out.

    `back`: FINAL, or the id of the words that say how an act is taken back; empty for what is no
    act. `takes`, `gives`: names of JSON Schemas in `web/schemas`. `query`: name and pattern of
    every parameter; an unknown one is refused, and one given twice unless it is in `many`.
    `location`: address of what an act has made, with `{members}` of its answer. `limit`: bytes of
    a body.
    """

    method: str
    path: str
    handler: Handler
    summary: str = field(kw_only=True)
    roles: frozenset[Role] = field(kw_only=True)
    does: Does = field(kw_only=True)
    back: str = field(kw_only=True, default="")
    takes: str | None = field(kw_only=True, default=None)
    gives: str | None = field(kw_only=True, default=None)
    query: Mapping[str, str] = field(kw_only=True, default_factory=lambda: MappingProxyType({}))
    many: frozenset[str] = field(kw_only=True, default=frozenset())
    status: int = field(kw_only=True, default=200)
    location: str | None = field(kw_only=True, default=None)
    limit: int = field(kw_only=True, default=_DEFAULT_LIMIT)

    def __post_init__(self) -> None:
        is_read = self.does is Does.READ
        if is_read != (self.method == hdrs.METH_GET):
            raise ValueError(f"{self.path}: a read is a GET, and nothing else is")
        if (self.does is Does.ACT) != bool(self.back):
            raise ValueError(f"{self.path}: an act names its way back, or is final")
        if self.does is Does.ACT and self.is_api and self.gives is None:
            raise ValueError(f"{self.path}: an act of the API says what it answers")
        if self.does is Does.UPLOAD and "{digest" not in self.path:
            raise ValueError(f"{self.path}: an upload goes to the address of its digest")

    @property
    def is_api(self) -> bool:
        """Whether programs speak to it; else it is a page, or a form of one."""
        return self.path.startswith(f"{API}/")


Table = Mapping[tuple[str, str], Route]
"""By method and path as written in the entry."""

TABLE = web.AppKey("table", Table)
_ACTOR = web.RequestKey("actor", Actor)


def register(application: web.Application, routes: Iterable[Route]) -> None:
    """Give the application exactly these routes, and the table of them."""
    table: dict[tuple[str, str], Route] = {}
    for route in routes:
        added = application.router.add_route(route.method, route.path, route.handler)
        if route.does is Does.READ:  # RFC 9110, section 9.3.2: HEAD answers as GET without a body
            application.router.add_route(hdrs.METH_HEAD, route.path, route.handler)
        assert added.resource is not None  # noqa: S101 - only system routes have none
        table[route.method, added.resource.canonical] = route
    application[TABLE] = MappingProxyType(table)


def route_of(request: web.Request) -> Route | None:
    """Return the entry of a request, None where its address leads nowhere."""
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = hdrs.METH_GET if request.method == hdrs.METH_HEAD else request.method
    return request.app[TABLE].get((method, resource.canonical))


def remember(request: web.Request, actor: Actor) -> None:
    """Note who sent the request, once that is proved."""
    request[_ACTOR] = actor


def actor(request: web.Request) -> Actor | None:
    """Return who sent the request, None for a reader nobody knows."""
    return request.get(_ACTOR)


def require(request: web.Request, *roles: Role) -> Actor:
    """Return who acts, in one of `roles`; none named: whoever the route's entry lets in.

    Raises NotKnown, NotYours. Roles that the entry does not have are a fault of the handler.
    """
    route = route_of(request)
    allowed = frozenset(roles) or (ANYBODY if route is None else route.roles)
    if route is None or not allowed <= route.roles:
        raise LookupError(f"{request.path}: its handler lets in others than its entry")
    known = actor(request)
    if known is None:
        raise NotKnown
    if not known.roles & allowed:
        raise NotYours
    return known


@web.middleware
async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through who may: before a body is read, before the handler runs."""
    route = route_of(request)
    if route is not None and route.roles:
        require(request)
    return await handler(request)
