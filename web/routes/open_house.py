"""The pages about the hall's own openness: statistics, help, the accessibility statement."""

from aiohttp import web

from bidding import standing
from bidding.facts import Bought, Opened
from trading import service as trading
from web import sheet, showing
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL
from web.views.open import HELPED, AccessibilityView, HelpView, KindFigures, StatisticsView

MONTHS = 12
"""Months of publications that are shown."""


async def statistics(request: web.Request) -> web.Response:
    """Show counts and sums, and every way to take the data."""
    hall = request.app[HALL]
    async with request.app[DATABASE].transaction() as tx:
        announced, months = await trading.totals(tx, await hall.clock(tx), MONTHS)
        opened, bought = await standing.totals(tx)
    counted = {one.kind: one for one in opened}
    paid = {(one.kind, one.currency): one for one in bought}
    first = {one.kind: one.currency for one in reversed(announced)}
    view = StatisticsView(
        kinds=tuple(
            KindFigures(
                kind=showing.KINDS[one.kind],
                currency=one.currency,
                tenders=one.tenders,
                taking=one.taking,
                awarded=one.awarded,
                ended=one.ended,
                ceilings_fen=one.ceilings_fen,
                # Openings are counted once, whatever the currencies of their kind.
                **_opened(counted.get(one.kind) if first[one.kind] == one.currency else None),
                **_bought(paid.get((one.kind, one.currency))),
            )
            for one in announced
        ),
        months=tuple((one.month, one.tenders) for one in months),
        log=f"/log/{hall.origin.rpartition('/')[2]}",
    )
    return await sheet.page(request, view)


def _opened(one: Opened | None) -> dict[str, int]:
    if one is None:
        return {"opened": 0, "bids": 0, "single": 0}
    return {"opened": one.boxes, "bids": one.bids, "single": one.single}


def _bought(one: Bought | None) -> dict[str, int]:
    if one is None:
        return {"lots": 0, "prices_fen": 0}
    return {"lots": one.lots, "prices_fen": one.prices_fen}


async def help_(request: web.Request) -> web.Response:
    """Show how the hall is used, for everybody or for one role."""
    return await sheet.page(request, HelpView(role=request.match_info.get("role")))


async def accessibility(request: web.Request) -> web.Response:
    """Show for whom the pages were tried, and for whom not yet."""
    return await sheet.page(request, AccessibilityView())


ROUTES = tuple(
    Route("GET", path, handler, summary=summary, roles=PUBLIC, does=Does.READ)
    for path, handler, summary in (
        ("/statistics", statistics, "Statistics and open data"),
        ("/help", help_, "Help"),
        (f"/help/{{role:{'|'.join(HELPED)}}}", help_, "Help for one role"),
        ("/accessibility", accessibility, "The accessibility statement"),
    )
)
