"""The page of a contract: for everybody to read, with the forms of its two sides."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from aiohttp import web

from bidding import contracts, standing
from bidding.rules import BoxUnknown
from bidding.standing import Scene
from notary.identity import Actor
from notary.refusal import Refusal
from trading import lawbook
from web import access, contract_form, contract_page, drafting, lot_rows, sheet
from web.access import PUBLIC, Does, Route
from web.contract_page import Known
from web.keys import DATABASE, HALL
from web.routes.approvals import told
from web.routes.contracts import text_of
from web.typed import typed_yuan
from web.views.contracts import Asks, ContractView, Draft


async def page(request: web.Request) -> web.Response:
    """Show the contract of an awarded lot, and how far it is performed."""
    database, tender = request.app[DATABASE], request.match_info["tender"]
    scenes = await standing.of_tender(database, tender)
    lot = request.query.get("lot", scenes[0].standing.box.key.lot)
    scene = lot_rows.of_lot(scenes, lot)
    if scene is None:
        raise BoxUnknown
    agreed = (await contracts.of_tender(database, tender)).get(lot)
    async with database.transaction() as tx:
        known = Known(
            scene=scene,
            law=await lawbook.of_tender(tx, tender),
            contract=agreed,
            actor=access.actor(request),
            now=await request.app[HALL].clock(tx),
        )
    others = dict.fromkeys(one.standing.box.key.lot for one in scenes if _is_won(one))
    view = contract_page.contract_view(known, None, tuple(one for one in others if one != lot))
    if view.states and known.actor is not None:
        view = replace(view, draft=await _draft(request, known.actor, view))
    return await sheet.page(request, view)


def _is_won(scene: Scene) -> bool:
    return any(one.step == "awarded" and one.winner for one in scene.standing.awards)


async def _draft(request: web.Request, actor: Actor, view: ContractView) -> Draft | None:
    """Return the form that the agency has asked for: blank, wrong, or with its text to sign."""
    wished = request.query.get("asks")
    if view.signed is None:
        asks: Asks = "contract"
    elif wished in {"change", "end"}:
        asks = cast("Asks", wished)
    else:
        return None
    given = {name: said for name, said in request.query.items() if name in contract_form.QUERY}
    if not contract_form.is_sent(given) or wished != asks:
        return contract_form.blank(asks, _usual(view))
    if "again" in request.query:
        return contract_form.blank(asks, given)
    answers, asked = contract_form.read(asks, given)
    draft = Draft(asks=asks, given=given, errors=tuple(answers.errors))
    return draft if answers.errors else await _checked(request, actor, view.lot, draft, asked)


def _usual(view: ContractView) -> dict[str, str]:
    """Return what stands in a form before anybody types: what holds, or the price awarded."""
    held = view.in_force
    days = "" if held is None else str(held.days)
    amount = view.award_fen if held is None else held.amount_fen
    return {"amount": typed_yuan(amount), "days": days}


async def _checked(
    request: web.Request, actor: Actor, lot: str, draft: Draft, asked: Mapping[str, str]
) -> Draft:
    """Return a form that is right with the text that follows, or with why there is none."""
    try:
        drafted = await text_of(request, actor, draft.asks, asked, lot)
    except Refusal as refusal:
        return replace(draft, refused=told(refusal))
    return replace(
        draft,
        source=contract_form.source(draft.asks, asked, request.match_info["tender"], lot),
        shown=drafting.undated_sha256(str(drafted["json"])),
        asked=asked,
    )


ROUTES = (
    Route(
        "GET",
        "/tenders/{tender}/contract",
        page,
        summary="The contract of an awarded lot, and its performance",
        roles=PUBLIC,
        does=Does.READ,
        query={
            "lot": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
            "again": "1",
            **contract_form.QUERY,
        },
    ),
)
