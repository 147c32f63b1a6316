"""Announcements: the list, and the same query as a feed, a table and open data."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from aiohttp import hdrs, web

from trading import service as trading
from web import answers, branches, feeds, finding, publishing, sheet
from web import search as searches
from web.access import PUBLIC, Does, Handler, Route
from web.keys import DATABASE, HALL, PAGES, SETTINGS
from web.search import HALL_ITSELF, PATH, Sort
from web.views.lists import AtomView, ListView, NoticeRow

QUERY = MappingProxyType(
    {
        "q": ".{0,200}",
        "kind": "[a-z]{1,20}",
        "stage": "[a-z]{1,20}",
        "branch": "[A-Za-z0-9._-]{1,64}",
        "agency": "[A-Za-z0-9._-]{1,64}",
        "from": ".{0,20}",
        "to": ".{0,20}",
        "min": ".{0,20}",
        "max": ".{0,20}",
        "sort": "[a-z]{0,20}",
        "page": "[0-9]{0,6}",
    }
)
MANY = frozenset({"kind", "stage", "branch", "agency"})
"""Parameters that may be given several times."""


async def listing(request: web.Request) -> web.Response:
    """Show the announcements that fit the query of the address."""
    database, hall = request.app[DATABASE], request.app[HALL]
    wanted = searches.Search.parse(request.query.items())
    branch = await branches.of(request)
    found = await trading.search(database, hall, finding.asked(wanted, branch))
    last = finding.pages(found)
    if wanted.page > last:
        wanted = wanted.on_page(last)
        found = await trading.search(database, hall, finding.asked(wanted, branch))
    async with database.transaction() as tx:
        named = await finding.names(tx, {*found.by_branch, *wanted.branches} - {HALL_ITSELF})
    view = ListView(
        search=wanted,
        facets=finding.facets(wanted, found, named, within=branch),
        total=found.total,
        pages=last,
        rows=tuple(await finding.rows(database, found.tenders, found.at)),
        nearest=None if found.total else await finding.nearest(database, hall, wanted, branch),
    )
    return await sheet.page(request, view)


async def atom(request: web.Request) -> web.Response:
    """Give the newest announcements of the query as a feed."""
    wanted = replace(searches.Search.parse(request.query.items()).lasting, sort=Sort.NEWEST)
    branch = await branches.of(request)
    asked = finding.asked(wanted, branch, feeds.FEED_ROWS)
    at, rows = await feeds.rows(request.app[DATABASE], request.app[HALL], asked)
    return await feed(request, wanted.lasting, tuple(rows), at)


async def feed(
    request: web.Request, search: searches.Search, rows: tuple[NoticeRow, ...], at: datetime
) -> web.Response:
    """Answer with a feed of these rows; `at`: now."""
    view = AtomView(
        own=str(request.rel_url),
        page=f"{branches.prefix(request)}{search.address}",
        search=search,
        updated=max((one.updated for one in rows), default=at),
        rows=rows,
    )
    response = await sheet.page(request, view)
    response.content_type = "application/atom+xml"
    return response


async def table(request: web.Request) -> web.Response:
    """Give the announcements of the query as a table for spreadsheets."""
    wanted = replace(searches.Search.parse(request.query.items()), page=1)
    asked = finding.asked(wanted, await branches.of(request), feeds.TABLE_ROWS)
    _, rows = await feeds.rows(request.app[DATABASE], request.app[HALL], asked)
    words = request.app[PAGES].words[sheet.language(request)]
    return web.Response(
        body=feeds.table(rows, words, request.app[SETTINGS].origin),
        content_type="text/csv",
        charset="utf-8",
        headers={hdrs.CONTENT_DISPOSITION: 'attachment; filename="announcements.csv"'},
    )


async def releases(request: web.Request) -> web.Response:
    """Give what is public of the query's tenders as an OCDS release package."""
    database, hall = request.app[DATABASE], request.app[HALL]
    package = await feeds.releases(
        database,
        hall,
        publishing.publisher(request.app[SETTINGS], hall),
        searches.Search.parse(request.query.items()),
        await branches.of(request),
        request.path,
    )
    if package is None:
        return web.Response(status=web.HTTPNoContent.status_code)
    return web.Response(body=package, content_type=answers.JSON)


def _read(path: str, handler: Handler, summary: str) -> Route:
    return Route(
        "GET",
        path,
        handler,
        summary=summary,
        roles=PUBLIC,
        does=Does.READ,
        query=QUERY,
        many=MANY,
    )


ROUTES = (
    _read(PATH, listing, "Announcements"),
    _read(f"{PATH}.atom", atom, "Announcements as an Atom feed"),
    _read(f"{PATH}.csv", table, "Announcements as a table"),
    _read(f"{PATH}.json", releases, "Announcements as OCDS releases"),
)
