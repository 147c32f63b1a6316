"""Changes of a published tender for programs: amend, recall, cancel; each with its text to sign."""

from aiohttp import web

from bidding.moving import end_boxes, move_boxes
from bidding.parts import drop_tender
from notary.identity import Role
from notary.shape import read
from trading import amending, cancelling
from trading.amendments import Act
from trading.types import Signed, Words
from web import access, answers, forms, idempotency
from web.access import API, FINAL, Does, Route
from web.keys import BELL, DATABASE, HALL, VAULT
from web.names import N_

_AGENCY, _PURCHASER = frozenset({Role.AGENCY}), frozenset({Role.PURCHASER})
_TENDER = f"{API}/tenders/{{tender}}"
_LIMIT = 2 * 1024 * 1024


async def draft_amendment(request: web.Request) -> web.Response:
    """Prepare a change of a published tender, or prepare it again."""
    actor, once = access.require(request, Role.AGENCY), idempotency.of(request)
    database, hall, vault = request.app[DATABASE], request.app[HALL], request.app[VAULT]
    tender, wish = request.match_info["tender"], forms.json(request)
    answer = await amending.draft_amendment(database, hall, vault, actor, once, tender, wish)
    request.app[BELL].ring()
    return answers.done(request, answer)


async def amendment(request: web.Request) -> web.Response:
    """Give the exact revision that the purchaser signs, and what it does."""
    return await _proposal(request, "amend")


async def amend(request: web.Request) -> web.Response:
    """Publish a prepared change by the purchaser's signature over the whole revision."""
    actor, once = access.require(request, Role.PURCHASER), idempotency.of(request)
    database, hall, vault = request.app[DATABASE], request.app[HALL], request.app[VAULT]
    tender, signed = request.match_info["tender"], Signed(*forms.signed(request))
    answer = await amending.amend(
        database, hall, vault, actor, once, tender, signed, move_boxes=move_boxes
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def draft_cancellation(request: web.Request) -> web.Response:
    """Prepare the end of a tender, with its reason."""
    actor, once = access.require(request, Role.AGENCY), idempotency.of(request)
    tender, reason = request.match_info["tender"], read(Words, forms.json(request)["reason"])
    answer = await cancelling.draft_cancellation(
        request.app[DATABASE], request.app[HALL], actor, once, tender, reason
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def cancellation(request: web.Request) -> web.Response:
    """Give the last revision, which the purchaser signs, and what it does."""
    return await _proposal(request, "cancel")


async def cancel(request: web.Request) -> web.Response:
    """End a tender as it was prepared."""
    return await _end(request, cancelling.cancel)


async def draft_recall(request: web.Request) -> web.Response:
    """Give the text by whose signature the publisher takes the notice back."""
    actor = access.require(request, Role.PURCHASER)
    tender = request.match_info["tender"]
    return answers.json(
        await cancelling.draft_recall(request.app[DATABASE], request.app[HALL], actor, tender)
    )


async def recall(request: web.Request) -> web.Response:
    """Take a notice back within minutes of its publication."""
    return await _end(request, cancelling.recall)


async def _proposal(request: web.Request, act: Act) -> web.Response:
    actor = access.require(request, Role.AGENCY, Role.PURCHASER)
    tender = request.match_info["tender"]
    found = await amending.proposal(request.app[DATABASE], request.app[HALL], actor, tender, act)
    return answers.json(amending.told(found))


async def _end(request: web.Request, act: cancelling.Ending) -> web.Response:
    actor, once = access.require(request, Role.PURCHASER), idempotency.of(request)
    database, hall, vault = request.app[DATABASE], request.app[HALL], request.app[VAULT]
    tender, signed = request.match_info["tender"], Signed(*forms.signed(request))
    boxes = cancelling.Boxes(move=move_boxes, end=end_boxes, drop_parts=drop_tender)
    answer = await act(database, hall, vault, actor, once, tender, signed, boxes)
    request.app[BELL].ring()
    return answers.done(request, answer)


ROUTES = (
    Route(
        "POST",
        f"{_TENDER}/draft-amendment",
        draft_amendment,
        summary="Prepare a change of a published tender, or prepare it again",
        roles=_AGENCY,
        does=Does.ACT,
        back="It can be prepared again until it is signed; nothing of it is public before.",
        takes="change",
        gives="drafted",
        status=201,
        location=f"{_TENDER}/draft-amendment",
    ),
    Route(
        "GET",
        f"{_TENDER}/draft-amendment",
        amendment,
        summary="The exact revision for the purchaser to sign, and what it does to bids",
        roles=_AGENCY | _PURCHASER,
        does=Does.READ,
        gives="amendment-draft",
    ),
    Route(
        "POST",
        f"{_TENDER}/amendments",
        amend,
        summary="Amend a tender by the purchaser's signature over the whole revision",
        roles=_PURCHASER,
        does=Does.ACT,
        back=N_("Another amendment; times only move later."),
        takes="signed-long",
        gives="published",
        status=201,
        location=_TENDER,
        limit=_LIMIT,
    ),
    Route(
        "POST",
        f"{_TENDER}/draft-cancellation",
        draft_cancellation,
        summary="Prepare the end of a tender, with its reason",
        roles=_AGENCY,
        does=Does.ACT,
        back="Prepare a change instead; nothing of it is public before it is signed.",
        takes="cancellation",
        gives="drafted",
        status=201,
        location=f"{_TENDER}/draft-cancellation",
    ),
    Route(
        "GET",
        f"{_TENDER}/draft-cancellation",
        cancellation,
        summary="The last revision for the purchaser to sign, and what it does to bids",
        roles=_AGENCY | _PURCHASER,
        does=Does.READ,
        gives="amendment-draft",
    ),
    Route(
        "POST",
        f"{_TENDER}/cancellations",
        cancel,
        summary="End a tender before anything of it is opened",
        roles=_PURCHASER,
        does=Does.ACT,
        back=FINAL,
        takes="signed-long",
        gives="published",
        status=201,
        location=_TENDER,
        limit=_LIMIT,
    ),
    Route(
        "GET",
        f"{_TENDER}/draft-recall",
        draft_recall,
        summary="The text by whose signature the publisher takes the notice back",
        roles=_PURCHASER,
        does=Does.READ,
        gives="draft-notice",
    ),
    Route(
        "POST",
        f"{_TENDER}/recalls",
        recall,
        summary="Take a notice back within minutes of its publication",
        roles=_PURCHASER,
        does=Does.ACT,
        back=FINAL,
        takes="signed-long",
        gives="published",
        status=201,
        location=_TENDER,
        limit=_LIMIT,
    ),
)
