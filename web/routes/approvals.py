"""From agency to purchaser: a draft handed over, read whole, approved by a signature."""

from aiohttp import web

from bidding import keyholders, keys
from notary import identity
from notary.identity import Actor, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from trading import counting, handing, lawbook, service
from trading.rules.approval import TenderUnknown
from trading.types import Drafted
from web import access, answers, drafting, forms, idempotency, refusals, sheet
from web.access import API, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.names import N_
from web.pressing import press
from web.views_desk import ApprovalView, DraftShown
from web.views_house import Refused

BY_THEMSELVES = frozenset({"policy.keys_missing"})
"""Refusals that pass without anybody's press: key holders' programs answer within seconds."""


async def hand_over(request: web.Request) -> web.Response:
    """Hand a draft to its purchaser."""
    actor, once = access.require(request, Role.AGENCY), idempotency.of(request)
    tender = request.match_info["tender"]
    answer = await handing.hand_over(request.app[DATABASE], request.app[HALL], actor, once, tender)
    request.app[BELL].ring()
    return answers.done(request, answer)


async def press_hand_over(request: web.Request) -> web.Response:
    """Hand a draft over by the button of its page."""
    actor, tender = access.require(request, Role.AGENCY), request.match_info["tender"]
    given = await forms.fields(request, "key")
    database, hall = request.app[DATABASE], request.app[HALL]
    response = await press(
        request,
        given,
        lambda once: handing.hand_over(database, hall, actor, once, tender),
        f"/desk/tenders/{tender}",
    )
    request.app[BELL].ring()
    return response


async def hand_back(request: web.Request) -> web.Response:
    """Hand a draft back to its agency."""
    actor, given = access.require(request, Role.PURCHASER), forms.json(request)
    done = await _hand_back(request, actor, idempotency.of(request), str(given["text"]))
    return answers.done(request, done)


async def press_hand_back(request: web.Request) -> web.Response:
    """Hand a draft back by the form beside its approval."""
    actor = access.require(request, Role.PURCHASER)
    given = await forms.fields(request, "key", "text")
    onward = f"/desk/tenders/{request.match_info['tender']}/notice"
    return await press(
        request, given, lambda once: _hand_back(request, actor, once, given["text"]), onward
    )


async def _hand_back(request: web.Request, actor: Actor, once: Once, note: str) -> Answer:
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    answer = await handing.hand_back(database, hall, actor, once, tender, note)
    request.app[BELL].ring()
    return answer


async def notice(request: web.Request) -> web.Response:
    """Show the notice that a draft leads to, whole; its purchaser approves it here."""
    actor = access.require(request)
    drafted = await draft_of(request, actor)
    database, hall = request.app[DATABASE], request.app[HALL]
    handed = await handing.handed_over(database, [drafted])
    back = await handing.handed_back(database, [drafted])
    refused: Refused | None = None
    shown = ""
    try:
        made = await service.draft_notice(
            database, hall, actor, drafted.draft.tender, keys.policies
        )
        shown = drafting.undated_sha256(str(made["json"]))
    except Refusal as refusal:
        refused = told(refusal)
    try:
        limits = (await counting.of_draft(database, hall, actor, drafted.draft.tender)).limits
    except Refusal:  # the notice cannot be made either, and says why
        limits = ()
    view = ApprovalView(
        draft=await draft_shown(request, drafted),
        signs=Role.PURCHASER in actor.roles and drafted.draft.purchaser == actor.org,
        handed_at=handed.get(drafted.draft.tender),
        handed_back=back.get(drafted.draft.tender),
        shown=shown,
        limits=tuple(drafting.limit(one) for one in limits),
        refused=refused,
        awaited=refused is not None and refused.code in BY_THEMSELVES,
    )
    return await sheet.page(request, view)


async def draft_of(request: web.Request, actor: Actor) -> Drafted:
    """Return the draft that an address names, where it is one of the actor's body."""
    tender = request.match_info["tender"]
    for drafted in await service.drafts_of(request.app[DATABASE], actor):
        if drafted.draft.tender == tender:
            return drafted
    raise TenderUnknown(tender=tender)


async def draft_shown(request: web.Request, drafted: Drafted) -> DraftShown:
    """Gather what a page shows of a draft."""
    database = request.app[DATABASE]
    answered = await keyholders.answered(database, drafted.draft)
    async with database.transaction() as tx:
        found = {
            org: await identity.organisation(tx, org) for org in sorted(drafting.bodies_in(drafted))
        }
        person = await identity.name_of(tx, drafted.drafted_by)
        rules = await lawbook.named(tx, request.app[HALL], drafted.draft.rules)
    bodies = {org: body for org, body in found.items() if body is not None}
    return drafting.draft_shown(drafted, person or drafted.drafted_by, bodies, answered, rules)


def told(refusal: Refusal) -> Refused:
    """Return a refusal as pages show it."""
    return Refused(
        code=refusal.code,
        facts=refusal.facts,
        article=refusals.article(refusal),
        law=refusals.is_law(refusal),
    )


_PURCHASER = frozenset({Role.PURCHASER})
_AGENCY, _BOTH = frozenset({Role.AGENCY}), frozenset({Role.AGENCY, Role.PURCHASER})
_AGAIN = "It can be drafted again until it is published."
_ALL_THE_SAME = N_("It can be approved all the same.")

ROUTES = (
    Route(
        "GET",
        "/desk/tenders/{tender}/notice",
        notice,
        summary="The notice that a draft leads to, for approval",
        roles=_BOTH,
        does=Does.READ,
    ),
    Route(
        "POST",
        f"{API}/tenders/{{tender}}/handover",
        hand_over,
        summary="Hand a draft to its purchaser",
        roles=_AGENCY,
        does=Does.ACT,
        back=_AGAIN,
        gives="handed-over",
        status=201,
    ),
    Route(
        "POST",
        "/desk/tenders/{tender}/handover",
        press_hand_over,
        summary="Hand a draft to its purchaser",
        roles=_AGENCY,
        does=Does.ACT,
        back=_AGAIN,
    ),
    Route(
        "POST",
        f"{API}/tenders/{{tender}}/handback",
        hand_back,
        summary="Hand a draft back to its agency, with what is to be changed",
        roles=_PURCHASER,
        does=Does.ACT,
        back=_ALL_THE_SAME,
        takes="said",
        gives="handed-back",
        status=201,
    ),
    Route(
        "POST",
        "/desk/tenders/{tender}/handback",
        press_hand_back,
        summary="Hand a draft back to its agency",
        roles=_PURCHASER,
        does=Does.ACT,
        back=_ALL_THE_SAME,
        status=303,
    ),
)
