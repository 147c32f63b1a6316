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
from web import access, doors, drafting, refusals, sheet
from web.access import Does, Route
from web.doors import Asked
from web.keys import DATABASE, HALL
from web.names import N_
from web.views.desk import ApprovalView, DraftShown
from web.views.house import Refused

BY_THEMSELVES = frozenset({"policy.keys_missing"})
"""Refusals that pass without anybody's press: key holders' programs answer within seconds."""


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


async def _hand_over(asked: Asked, once: Once) -> Answer:
    tender = asked.place["tender"]
    return await handing.hand_over(asked.database, asked.hall, asked.actor, once, tender)


async def _hand_back(asked: Asked, once: Once) -> Answer:
    tender, note = asked.place["tender"], str(asked.given["text"])
    return await handing.hand_back(asked.database, asked.hall, asked.actor, once, tender, note)


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
    *doors.both(
        _hand_over,
        "/tenders/{tender}/handover",
        page="/desk/tenders/{tender}/handover",
        summary="Hand a draft to its purchaser",
        roles=_AGENCY,
        back=_AGAIN,
        gives="handed-over",
        onward=lambda asked: f"/desk/tenders/{asked.place['tender']}",
    ),
    *doors.both(
        _hand_back,
        "/tenders/{tender}/handback",
        page="/desk/tenders/{tender}/handback",
        summary="Hand a draft back to its agency, with what is to be changed",
        roles=_PURCHASER,
        back=_ALL_THE_SAME,
        takes="said",
        gives="handed-back",
        fields={"text": doors.words},
        onward=lambda asked: f"/desk/tenders/{asked.place['tender']}/notice",
    ),
)
