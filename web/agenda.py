"""The calendar of openings: its lines, and its events for calendars elsewhere."""

from datetime import date, datetime, timedelta

from aiohttp import web

from bidding import standing
from bidding.standing import Scene, Standing
from trading import notice as notices
from trading import service as trading
from trading.types import Notice
from web import beijing, branches, showing
from web.icalendar import Event
from web.keys import DATABASE, HALL, SETTINGS
from web.letterhead import Lang
from web.views import public
from web.words import Words


async def of_days(request: web.Request, *, past: bool) -> list[Standing]:
    """Return the boxes that come, or those that were; below a branch only its own."""
    found = await standing.of_days(request.app[DATABASE], request.app[HALL], past=past)
    return await _own(request, found)


async def of_day(request: web.Request, day: date) -> list[Standing]:
    """Return the boxes that open on a day of Beijing's, soonest first."""
    since = beijing.midnight(day)
    found = await standing.between(request.app[DATABASE], since, since + timedelta(days=1))
    return await _own(request, found)


async def row(request: web.Request, one: Standing, now: datetime) -> public.OpeningRow:
    """Return the line of an opening."""
    record = await trading.record(request.app[DATABASE], request.app[HALL], one.box.key.tender)
    return showing.opening_row(record.notices[-1].notice, one, now)


async def events(request: web.Request, found: list[Standing], words: Words) -> list[Event]:
    """Return the events of openings, each with where to watch it."""
    made = []
    for one in found:
        record = await trading.record(request.app[DATABASE], request.app[HALL], one.box.key.tender)
        newest = record.notices[-1]
        made.append(_event(request, one, newest.notice, newest.at, words))
    return made


def events_of(request: web.Request, scenes: list[Scene], words: Words) -> list[Event]:
    """Return the events of one tender's openings."""
    return [
        _event(request, one.standing, one.notices[-1].notice, one.notices[-1].at, words)
        for one in scenes
    ]


def _event(
    request: web.Request, one: Standing, notice: Notice, changed: datetime, words: Words
) -> Event:
    box, origin = one.box, request.app[SETTINGS].origin
    title = notice.title.zh if words.lang is Lang.ZH else notice.title.en
    several = len(notice.lots) > 1
    lot = notices.lot_of(notice, box.key.lot)
    lot_title = "" if lot is None else lot.title.zh if words.lang is Lang.ZH else lot.title.en
    said = words.gettext("Opening: %(title)s") % {"title": title}
    return Event(
        uid=f"{box.room}@{request.app[HALL].origin.partition('/')[0]}",
        at=box.open_at,
        summary=f"{said}{words.gettext(', ')}{lot_title}" if several else said,
        description=words.gettext("Tender %(number)s. Anyone may watch, without an account.")
        % {"number": notice.tender},
        url=f"{origin}/rooms/{box.room}",
        sequence=notice.revision - 1,
        changed=changed,
        cancelled=box.cancelled_at is not None,
    )


async def _own(request: web.Request, found: list[Standing]) -> list[Standing]:
    branch = await branches.of(request)
    if branch is None:
        return found
    where = await trading.branches(request.app[DATABASE], [one.box.key.tender for one in found])
    return [one for one in found if where[one.box.key.tender] == branch]
