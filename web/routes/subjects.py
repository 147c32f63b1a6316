"""The public record of a company or an agency."""

from aiohttp import web

from bidding import subjects
from notary import identity, offices
from trading import service as trading
from web import finding, sheet
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL
from web.views.subjects import SubjectView

_MOST = 50
"""Tenders and bids that the page shows; the search and the open data have all."""


async def page(request: web.Request) -> web.Response:
    """Show what the hall has published of one body."""
    org = request.match_info["org"]
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
        body = await identity.organisation(tx, org)
        if body is None:
            raise web.HTTPNotFound
        tenders = await trading.published_by(tx, org, _MOST)
        offers = await subjects.offers(tx, org, _MOST)
        credentials = await offices.credentials(tx, org)
    view = SubjectView(
        org=org,
        name=body.name,
        line=body.line,
        tenders=tuple(await finding.rows(request.app[DATABASE], tuple(tenders), now)),
        offers=tuple(offers),
        credentials=tuple(credentials),
        now=now,
        most=_MOST,
    )
    return await sheet.page(request, view)


ROUTES = (
    Route(
        "GET",
        "/subjects/{org:[A-Za-z0-9][A-Za-z0-9._-]{0,63}}",
        page,
        summary="The public record of a body",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
