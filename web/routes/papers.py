"""Papers to keep or to file: receipts, opening records, notices of results, as PDF/A."""

import base64
from dataclasses import replace

from aiohttp import web

from bidding import receipts as own_receipts
from bidding import standing
from bidding.rules import BoxUnknown, EnvelopeUnknown
from notary import identity
from notary.identity import Role
from trading import lawbook, objections
from trading import notice as notices
from web import access, bids, lot_rows, papers, pdf, sheet, showing, tender_page
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL, PAGES, PAINTER, SETTINGS
from web.papers import Signed, Speaker
from web.views.bids import ReceiptsView


async def receipt(request: web.Request) -> web.Response:
    """Give the receipt of one of one's own envelopes."""
    actor = access.require(request, Role.BIDDER)
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    named = request.match_info["envelope"]
    scenes = await standing.of_tender(database, tender)
    own = await own_receipts.of_bidder(database, hall, actor.org, tender)
    mine = next((one for one in own if one.envelope.envelope_id == named), None)
    if mine is None:
        raise EnvelopeUnknown
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        body = await identity.organisation(tx, actor.org)
    live, earlier = bids.receipts(scenes, [mine], request.app[SETTINGS].origin, now)
    (shown,) = (*live, *earlier)
    scene = next(one for one in scenes if one.standing.box.key == mine.key)
    # The notice that it was sealed under: what changed later stands on later receipts.
    notice = next(
        one.notice for one in scene.notices if one.notice_sha256 == mine.core.notice_sha256
    )
    terms = notices.box_of(notice, mine.key.lot, mine.key.stage)
    assert terms is not None  # noqa: S101 - a bid to a box of that notice
    view = ReceiptsView(
        tender=tender,
        title=showing.text(notice.title),
        bidder=actor.org,
        bidder_name=actor.org if body is None else body.name,
        live=live,
        earlier=earlier,
        kinds="",  # the paper asks no browser to prove a list
    )
    given = Signed(
        name="receipt",
        json=str(mine.receipt["receipt"]).encode(),
        p7s=base64.b64decode(str(mine.receipt["receipt_p7s"])),
    )
    paper = papers.receipt(
        view,
        replace(shown, deadline=terms.deadline, open_at=terms.open_at),
        tender_page.rules(notice),
        tender_page.promised(scene, demo=hall.demo),
        given,
        await _speaker(request),
    )
    return await pdf.answer(paper, f"{tender}-{named[:16]}")


async def record(request: web.Request) -> web.Response:
    """Give the record of an opening that is over."""
    room, hall = request.match_info["room"], request.app[HALL]
    scene = await standing.of_room(request.app[DATABASE], room)
    box = scene.standing.box
    if box.finished_at is None or box.opening_json is None or box.opening_p7s is None:
        raise BoxUnknown
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[PAINTER].view(tx, room)
        last = next(one.seq for one in now.log if one.kind == "box-finished")
        view = await request.app[PAINTER].view(tx, room, until=last)
    paper = papers.record(
        view,
        tender_page.rules(showing.newest(scene)),
        tender_page.assurances(scene, demo=hall.demo),
        Signed(name="opening", json=box.opening_json, p7s=box.opening_p7s),
        box.finished_at,
        await _speaker(request),
    )
    return await pdf.answer(paper, f"{box.key.tender}-{box.key.lot}-{box.key.stage}")


async def result(request: web.Request) -> web.Response:
    """Give the notice of the result of a lot."""
    database, tender = request.app[DATABASE], request.match_info["tender"]
    scenes = await standing.of_tender(database, tender)
    scene = lot_rows.of_lot(scenes, request.query.get("lot", scenes[0].standing.box.key.lot))
    if scene is None or not scene.standing.awards:
        raise BoxUnknown
    last = scene.standing.awards[-1]
    async with database.transaction() as tx:
        law = await lawbook.of_tender(tx, tender)
        raised = await objections.of_tender(tx, tender)
    view = tender_page.result_view(scene, None, law, raised, last.at, demo=request.app[HALL].demo)
    speaker = await _speaker(request)
    told = request.app[PAGES].fragment(
        "results/five.html", "five", speaker.sheet.lang, view, last.at
    )
    five = [one.striptags() for one in told.split("</li>") if one.strip()]
    signed = Signed(name="award", json=last.json, p7s=last.p7s)
    paper = papers.award(view, five, signed, last.at, speaker)
    return await pdf.answer(paper, f"{tender}-{view.lot}-{last.step}")


async def _speaker(request: web.Request) -> Speaker:
    async with request.app[DATABASE].transaction() as tx:
        around = await sheet.letterhead(request, tx)
    return Speaker(around, request.app[PAGES].words[around.lang])


ROUTES = (
    Route(
        "GET",
        "/tenders/{tender}/receipts/{envelope:[0-9a-f]{64}}.pdf",
        receipt,
        summary="The receipt of one of one's own sealed bids, as PDF/A",
        roles=frozenset({Role.BIDDER}),
        does=Does.READ,
    ),
    Route(
        "GET",
        "/rooms/{room:o-[0-9a-f]{16}}/record.pdf",
        record,
        summary="The record of an opening, as PDF/A",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        "/tenders/{tender}/result.pdf",
        result,
        summary="The notice of a result, as PDF/A",
        roles=PUBLIC,
        does=Does.READ,
        query={"lot": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
    ),
)
