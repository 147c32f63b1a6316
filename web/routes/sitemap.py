"""For search engines: which pages there are, and which are for nobody to collect."""

from aiohttp import web
from markupsafe import escape

from trading import service as trading
from trading.types import Order, Search
from web import beijing
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL, SETTINGS

MOST = 40_000
"""Tenders on the map, the newest; a map holds 50,000 addresses (sitemaps.org)."""

_PAGES = (
    "/",
    "/announcements",
    "/openings",
    "/statistics",
    "/help",
    "/verify",
    "/ledger",
    "/accessibility",
)
# A query has endless forms, the API is for programs, and the rest is behind a log-in.
_NOT_COLLECTED = ("/announcements?", "/b/*/announcements?", "/api/", "/desk", "/login", "/m/")


async def sitemap(request: web.Request) -> web.Response:
    """List the pages that stay where they are."""
    database, origin = request.app[DATABASE], request.app[SETTINGS].origin
    found = await trading.search(database, request.app[HALL], Search(order=Order.NEWEST, take=MOST))
    ids = [one.facts.tender_id for one in found.tenders]
    async with database.transaction() as tx:
        changed = await trading.last_revisions(tx, ids)
    lines = [f"<url><loc>{escape(origin + path)}</loc></url>" for path in _PAGES]
    lines += [
        f"<url><loc>{escape(f'{origin}/tenders/{one}')}</loc>"
        f"<lastmod>{beijing.instant(changed[one])}</lastmod></url>"
        for one in ids
    ]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    )
    return web.Response(text=text, content_type="application/xml")


async def robots(request: web.Request) -> web.Response:
    """Say what is not to be collected (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_COLLECTED)]
    text = "\n".join([*lines, "", f"Sitemap: {request.app[SETTINGS].origin}/sitemap.xml", ""])
    return web.Response(text=text, content_type="text/plain")


ROUTES = (
    Route(
        "GET",
        "/sitemap.xml",
        sitemap,
        summary="The pages that stay where they are",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        "/robots.txt",
        robots,
        summary="What search engines do not collect",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
