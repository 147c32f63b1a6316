"""The agency's acts after the opening: rejections, candidates, award."""

from aiohttp import web

from bidding import award, rejecting
from notary.identity import Role
from web import access, answers, forms, idempotency
from web.access import API, FINAL, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.names import N_

LOT = f"{API}/tenders/{{tender}}/lots/{{lot}}"
_AGENCY = frozenset({Role.AGENCY})


async def reject(request: web.Request) -> web.Response:
    """Reject a bid at the stage that is evaluated, with its reason."""
    actor = access.require(request, Role.AGENCY)
    given, named = forms.json(request), request.match_info
    application, once = request.app, idempotency.of(request)
    answer = await rejecting.reject(
        application[DATABASE],
        application[HALL],
        actor,
        once,
        named["tender"],
        named["lot"],
        envelope=str(given["envelope"]),
        ground=str(given["ground"]),
        article=str(given["article"]),
        reason=str(given["reason"]),
    )
    application[BELL].ring()
    return answers.done(request, answer)


async def draft(request: web.Request) -> web.Response:
    """Show the award that follows now: the text to sign."""
    actor = access.require(request, Role.AGENCY)
    named = request.match_info
    return answers.json(
        await award.draft(
            request.app[DATABASE], request.app[HALL], actor, named["tender"], named["lot"]
        )
    )


async def publish_candidates(request: web.Request) -> web.Response:
    """Publish the ranked candidates."""
    return await _signed_step(request, award.publish_candidates)


async def make(request: web.Request) -> web.Response:
    """Award the lot."""
    return await _signed_step(request, award.award)


async def _signed_step(request: web.Request, act: award.SignedAct) -> web.Response:
    actor = access.require(request, Role.AGENCY)
    stated, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    answer = await act(application[DATABASE], application[HALL], actor, once, stated, p7s)
    application[BELL].ring()
    return answers.done(request, answer)


ROUTES = (
    Route(
        "POST",
        f"{LOT}/rejections",
        reject,
        summary="Reject a bid at the stage that is evaluated, with its reason",
        roles=_AGENCY,
        does=Does.ACT,
        back="Until candidates are public it can be set aside.",
        takes="rejection",
        gives="rejected",
        status=201,
    ),
    Route(
        "GET",
        f"{LOT}/award-draft",
        draft,
        summary="The award that follows now: the text to sign",
        roles=_AGENCY,
        does=Does.READ,
        gives="award-draft",
    ),
    Route(
        "POST",
        f"{LOT}/candidates",
        publish_candidates,
        summary="Publish the ranked candidates",
        roles=_AGENCY,
        does=Does.ACT,
        back=N_("Objections are heard until the publicity ends."),
        takes="signed-long",
        gives="awarded",
        status=201,
        limit=2 * 1024 * 1024,
    ),
    Route(
        "POST",
        f"{LOT}/awards",
        make,
        summary="Award the lot",
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
        takes="signed-long",
        gives="awarded",
        status=201,
        limit=2 * 1024 * 1024,
    ),
)
