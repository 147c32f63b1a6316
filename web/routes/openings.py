"""The openings: as a list, as a day, and as events for calendars elsewhere."""

from datetime import date, timedelta

from aiohttp import hdrs, web

from bidding import standing
from web import agenda, beijing, branches, icalendar, sheet
from web.access import PUBLIC, Does, Route
from web.icalendar import Event
from web.keys import DATABASE, HALL, PAGES
from web.search import read_day
from web.views import public
from web.words import Words

PATH = "/openings"

_ONE_DAY = timedelta(days=1)


async def openings(request: web.Request) -> web.Response:
    """Show the openings that come and those that were, or those of one day."""
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
    day = read_day(request.query.get("day", ""))
    if day is not None:
        return await _day(request, day, beijing.today(now))
    coming = await agenda.of_days(request, past=False)
    past = await agenda.of_days(request, past=True)
    begun = [await agenda.row(request, one, now) for one in past]
    to_come = [await agenda.row(request, one, now) for one in coming]
    under_way = [row for row in reversed(begun) if row.state not in public.OVER]
    view = public.OpeningsView(
        coming=(*under_way, *to_come), past=tuple(row for row in begun if row.state in public.OVER)
    )
    return await sheet.page(request, view)


async def _day(request: web.Request, day: date, today: date) -> web.Response:
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
    found = await agenda.of_day(request, day)
    view = public.DayView(
        day=day,
        before=day - _ONE_DAY,
        after=day + _ONE_DAY,
        today=today,
        rows=tuple([await agenda.row(request, one, now) for one in found]),
    )
    return await sheet.page(request, view)


async def calendar(request: web.Request) -> web.Response:
    """Give the openings that come, and the last ones, as a calendar to subscribe to."""
    await branches.of(request)
    found = await agenda.of_days(request, past=False) + await agenda.of_days(request, past=True)
    return _answer(request, await agenda.events(request, found, _words(request)), "openings")


async def of_tender(request: web.Request) -> web.Response:
    """Give the openings of one tender as a calendar."""
    named = request.match_info["tender"]
    scenes = await standing.of_tender(request.app[DATABASE], named)
    return _answer(request, agenda.events_of(request, scenes, _words(request)), named)


def _answer(request: web.Request, events: list[Event], name: str) -> web.Response:
    hall = sheet.NAME.zh if _words(request).lang == "zh-CN" else sheet.NAME.en
    title = f"{hall}{_words(request).gettext(': ')}{_words(request).gettext('Openings')}"
    return web.Response(
        body=icalendar.calendar(title, events),
        content_type=icalendar.TYPE,
        charset="utf-8",
        headers={hdrs.CONTENT_DISPOSITION: f'inline; filename="{name}.ics"'},
    )


def _words(request: web.Request) -> Words:
    return request.app[PAGES].words[sheet.language(request)]


LISTS = (
    Route(
        "GET",
        PATH,
        openings,
        summary="Openings",
        roles=PUBLIC,
        does=Does.READ,
        query={"day": "[0-9-]{0,10}"},
    ),
    Route(
        "GET",
        f"{PATH}.ics",
        calendar,
        summary="Openings as a calendar",
        roles=PUBLIC,
        does=Does.READ,
    ),
)

ROUTES = (
    *LISTS,
    Route(
        "GET",
        "/tenders/{tender}/openings.ics",
        of_tender,
        summary="The openings of a tender as a calendar",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
