"""The agency's page of an opened lot: rejections by form, candidates and award by signature."""

from collections.abc import Mapping

from aiohttp import web

from bidding import award, rejecting, standing, voiding
from bidding.rules import BoxUnknown
from bidding.standing import Scene
from notary.identity import Role
from notary.refusal import Refusal
from trading import lawbook
from web import access, drafting, evaluating, forms, schema, sheet
from web.access import FINAL, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.pressing import press
from web.routes.approvals import told
from web.showing import newest


async def page(request: web.Request) -> web.Response:
    """Show an opened lot to its agency."""
    scenes = await _scenes(request)
    return await _page(request, scenes)


async def reject(request: web.Request) -> web.Response:
    """Reject a bid by the form of the page."""
    actor = access.require(request, Role.AGENCY)
    given = await forms.fields(request, "key", "envelope", "ground", "article", "reason")
    said = _said("rejection", given)
    tender, lot = request.match_info["tender"], request.match_info["lot"]
    database, hall = request.app[DATABASE], request.app[HALL]
    response = await press(
        request,
        given,
        lambda once: rejecting.reject(database, hall, actor, once, tender, lot, **said),
        f"/desk/tenders/{tender}/lots/{lot}",
    )
    request.app[BELL].ring()
    return response


async def _page(request: web.Request, scenes: list[Scene]) -> web.Response:
    actor = access.require(request, Role.AGENCY)
    database, hall = request.app[DATABASE], request.app[HALL]
    key = scenes[-1].standing.box.key
    refused, shown, void = None, "", False
    try:
        made = await award.draft(database, hall, actor, key.tender, key.lot)
        shown = drafting.undated_sha256(str(made["json"]))
        void = made["void"] is True and not _is_awarded(scenes)
    except Refusal as refusal:
        refused = told(refusal)
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        rules = await lawbook.pinned(tx, newest(scenes[-1]).rules)
    view = evaluating.evaluation_view(scenes, rules, now, refused=refused, shown=shown, void=void)
    return await sheet.page(request, view)


def _is_awarded(scenes: list[Scene]) -> bool:
    return any(one.step == "awarded" for one in scenes[-1].standing.awards)


async def overturn(request: web.Request) -> web.Response:
    """Set a rejection aside by the form of the page."""
    actor = access.require(request, Role.AGENCY)
    given = await forms.fields(request, "key", "envelope", "article")
    said = _said("overturning", given)
    tender, lot = request.match_info["tender"], request.match_info["lot"]
    database, hall = request.app[DATABASE], request.app[HALL]
    response = await press(
        request,
        given,
        lambda once: rejecting.overturn(database, hall, actor, once, tender, lot, **said),
        f"/desk/tenders/{tender}/lots/{lot}",
    )
    request.app[BELL].ring()
    return response


async def void(request: web.Request) -> web.Response:
    """Declare a lot void by the form of the page, because every bid was rejected."""
    actor = access.require(request, Role.AGENCY)
    given = await forms.fields(request, "key", "article", "reason")
    said = _said("voiding", {**given, "ground": voiding.ALL_REJECTED})
    tender, lot = request.match_info["tender"], request.match_info["lot"]
    database, hall = request.app[DATABASE], request.app[HALL]
    response = await press(
        request,
        given,
        lambda once: voiding.void(database, hall, actor, once, tender, lot, **said),
        f"/desk/tenders/{tender}/lots/{lot}",
    )
    request.app[BELL].ring()
    return response


def _said(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a form says, if the API's act would take it too: the schema `name`."""
    said = {one: " ".join(text.split()) for one, text in given.items() if one != "key"}
    schema.require(name, dict(said))
    return said


async def _scenes(request: web.Request) -> list[Scene]:
    """Return the boxes of the lot, in their order, where the lot is one of the actor's body."""
    actor, lot = access.require(request, Role.AGENCY), request.match_info["lot"]
    found = [
        scene
        for scene in await standing.of_tender(request.app[DATABASE], request.match_info["tender"])
        if scene.standing.box.key.lot == lot
    ]
    if not found or newest(found[0]).agency != actor.org:
        raise BoxUnknown
    if not any(scene.standing.box.finished_at for scene in found):
        raise BoxUnknown
    return sorted(found, key=lambda scene: (scene.standing.box.open_at, scene.standing.box.room))


_AGENCY = frozenset({Role.AGENCY})
_LOT = "/desk/tenders/{tender}/lots/{lot}"

ROUTES = (
    Route("GET", _LOT, page, summary="An opened lot", roles=_AGENCY, does=Does.READ),
    Route(
        "POST",
        f"{_LOT}/rejections",
        reject,
        summary="Reject a bid, with its reason",
        roles=_AGENCY,
        does=Does.ACT,
        back="Until candidates are public it can be set aside.",
    ),
    Route(
        "POST",
        f"{_LOT}/overturnings",
        overturn,
        summary="Set a rejection aside",
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
    ),
    Route(
        "POST",
        f"{_LOT}/voidings",
        void,
        summary="Declare an opened lot void",
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
    ),
)
