"""The pages of a bidder: the workspace where a bid is made, and the receipts."""

from aiohttp import web

from bidding import receipts as own_receipts
from bidding import rules, standing
from notary import identity, programs
from notary.identity import Role
from trading import service as trading
from web import access, bids, sheet, showing, tender_page, verifying
from web.access import Does, Route
from web.keys import ASSETS, DATABASE, HALL, SETTINGS
from web.views.bids import ReceiptsView, WorkspaceView

WORKER = "seal-worker.js"
_ON_THE_LIST = (
    "trading.published.v1",
    "trading.amended.v1",
    "trading.outage-recorded.v1",
    "bidding.bid-received.v1",
    "bidding.bid-completed.v1",
    "bidding.box-closed.v1",
    "bidding.box-finished.v1",
    "bidding.bid-rejected.v1",
    "bidding.list-revised.v1",
    "bidding.shares-asked.v1",
)
_BIDDER = frozenset({Role.BIDDER})


async def workspace(request: web.Request) -> web.Response:
    """Show where a bid to a tender is made."""
    actor = access.require(request, Role.BIDDER)
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    record = await trading.record(database, hall, tender)
    scenes = await standing.of_tender(database, tender)
    own = await own_receipts.of_bidder(database, hall, actor.org, tender)
    async with database.transaction() as tx:
        invited = await trading.may_bid(tx, record.tender, actor.org)
        body = await identity.organisation(tx, actor.org)
        published = await programs.index_of(tx, WORKER, request.app[ASSETS].sha256.get(WORKER, ""))
    if not invited:
        raise rules.NotInvited(tender=tender)
    boxes = bids.to_fill(scenes, own, record.at)
    if not boxes:
        deadline = max(scene.standing.box.deadline for scene in scenes)
        raise rules.BiddingClosed(deadline=deadline.isoformat(), received=record.at.isoformat())
    notice = showing.newest(scenes[0])
    view = WorkspaceView(
        tender=tender,
        title=showing.text(notice.title),
        purchaser=showing.name(scenes[0].bodies, notice.purchaser),
        currency=notice.currency,
        deposit_fen=notice.deposit_fen,
        rules=tender_page.rules(notice),
        bidder=actor.org,
        bidder_name=actor.org if body is None else body.name,
        deadline=min(box.deadline for box in boxes),
        boxes=boxes,
        program=None
        if published is None
        else (published, f"/log/{hall.origin.rpartition('/')[2]}/proof/{published}"),
    )
    return await sheet.page(request, view)


async def receipt(request: web.Request) -> web.Response:
    """Show the receipts of one's own envelopes in a tender."""
    actor = access.require(request, Role.BIDDER)
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    scenes = await standing.of_tender(database, tender)
    own = await own_receipts.of_bidder(database, hall, actor.org, tender)
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        body = await identity.organisation(tx, actor.org)
    live, earlier = bids.receipts(scenes, own, request.app[SETTINGS].origin, now)
    view = ReceiptsView(
        tender=tender,
        title=showing.text(showing.newest(scenes[0]).title),
        bidder=actor.org,
        bidder_name=actor.org if body is None else body.name,
        live=live,
        earlier=earlier,
        kinds=verifying.kinds(*_ON_THE_LIST),
    )
    return await sheet.page(request, view)


ROUTES = (
    Route(
        "GET",
        "/tenders/{tender}/bid",
        workspace,
        summary="Make a bid: files, price, one confirmation",
        roles=_BIDDER,
        does=Does.READ,
    ),
    Route(
        "GET",
        "/tenders/{tender}/receipt",
        receipt,
        summary="Receipts of one's own sealed bids to a tender",
        roles=_BIDDER,
        does=Does.READ,
    ),
)
