"""The page of a contract: for everybody to read, with the forms of its two sides."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from aiohttp import web

from bidding import contracting, contracts, standing
from bidding.rules import BoxUnknown
from bidding.standing import Scene
from notary.identity import Actor
from notary.once import Answer
from notary.refusal import Refusal
from trading import lawbook
from web import access, contract_form, contract_page, drafting, lot_rows, sheet
from web.access import PUBLIC, Does, Route
from web.contract_page import Known
from web.keys import DATABASE, HALL
from web.routes.approvals import told
from web.typed import Answers, Typed, typed_yuan
from web.views.contracts import Asks, ContractView, Draft


async def page(request: web.Request) -> web.Response:
    """Show the contract of an awarded lot, and how far it is performed."""
    return await _page(request, request.query.get("lot"), None)


async def plan_again(request: web.Request, asked: Answers) -> web.Response:
    """Show the form of a milestone with what is wrong in it."""
    return await _again(request, f"plan-{asked.given['milestone'] or 'new'}-", asked)


async def report_again(request: web.Request, asked: Answers) -> web.Response:
    """Show the form of a report with what is wrong in it."""
    return await _again(request, f"report-{request.match_info['milestone']}-", asked)


async def _again(request: web.Request, form: str, asked: Answers) -> web.Response:
    errors = tuple(replace(one, place=form + one.place) for one in asked.errors)
    typed = Typed(form=form, given=asked.given, errors=errors)
    return await _page(request, request.match_info["lot"], typed)


async def _page(request: web.Request, asked_lot: str | None, typed: Typed | None) -> web.Response:
    """Show a lot, else the first. `typed`: the form of a milestone that comes back."""
    database, tender = request.app[DATABASE], request.match_info["tender"]
    scenes = await standing.of_tender(database, tender)
    lot = asked_lot or scenes[0].standing.box.key.lot
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
    view = replace(view, typed=typed)
    return await sheet.page(request, view, status=200 if typed is None else 422)


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


async def text_of(
    request: web.Request, actor: Actor, asks: Asks, asked: Mapping[str, str], lot: str
) -> Answer:
    """Return the text that follows from what is `asked`; raises ValueError, KeyError."""
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    if asks == "end":
        said = contract_form.ended(asked)
        return await contracting.draft_end(database, hall, actor, tender, lot, said)
    draft_of = contracting.draft_change if asks == "change" else contracting.draft_contract
    return await draft_of(database, hall, actor, tender, lot, contract_form.paper(asked))


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
