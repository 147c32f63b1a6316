"""The agency's acts between the stages of a lot: rejections set aside, void lots, secret limits."""

from aiohttp import web

from bidding import limits, rejecting, voiding
from notary.canonical import Json
from notary.identity import Role
from notary.shape import Fen
from web import access, answers, forms, idempotency
from web.access import API, FINAL, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.routes.awards import LOT
from web.routes.trustees import WAIT, waited

_AGENCY = frozenset({Role.AGENCY})


async def overturn(request: web.Request) -> web.Response:
    """Set a rejection aside, by the decision that the article names."""
    actor = access.require(request, Role.AGENCY)
    given, named = forms.json(request), request.match_info
    answer = await rejecting.overturn(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        named["tender"],
        named["lot"],
        envelope=str(given["envelope"]),
        article=str(given["article"]),
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def void(request: web.Request) -> web.Response:
    """Declare an opened lot void."""
    actor = access.require(request, Role.AGENCY)
    given, named = forms.json(request), request.match_info
    answer = await voiding.void(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        named["tender"],
        named["lot"],
        ground=str(given["ground"]),
        article=str(given["article"]),
        reason=str(given["reason"]),
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def wanted(request: web.Request) -> web.Response:
    """Say which secret limits the agency has to open now, as soon as there is one."""
    actor = access.require(request, Role.AGENCY)

    async def look() -> list[Json]:
        return [
            {
                **one.box._asdict(),
                "name": one.limit.name,
                "commit": one.limit.commit,
            }
            for one in await limits.wanted(request.app[DATABASE], actor)
        ]

    return answers.json({"limits": await waited(request, look)})


async def open_limit(request: web.Request) -> web.Response:
    """Open a secret limit that the notice is bound to."""
    actor = access.require(request, Role.AGENCY)
    given, named = forms.json(request), request.match_info
    answer = await limits.open_limit(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        named["tender"],
        named["lot"],
        name=str(given["name"]),
        fen=Fen(int(str(given["fen"]))),
        salt=bytes.fromhex(str(given["salt"])),
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


ROUTES = (
    Route(
        "POST",
        f"{LOT}/overturnings",
        overturn,
        summary="Set a rejection aside",
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
        takes="overturning",
        gives="rejected",
        status=201,
    ),
    Route(
        "POST",
        f"{LOT}/voidings",
        void,
        summary="Declare an opened lot void",
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
        takes="voiding",
        gives="voided",
        status=201,
    ),
    Route(
        "GET",
        f"{API}/agency/limits",
        wanted,
        summary="Secret limits that the agency has to open now",
        roles=_AGENCY,
        does=Does.READ,
        query=WAIT,
        gives="secret-limits",
    ),
    Route(
        "POST",
        f"{LOT}/limits",
        open_limit,
        summary="Open a secret limit",
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
        takes="limit",
        gives="receipted",
        status=201,
    ),
)
