"""The supervisor's pages: alarms, today's openings, running matters; also for a wall."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from bidding.vigil import Vigil
from notary import identity, offices
from notary.identity import Role
from oversight.supervision.types import Timeliness
from trading import service as trading
from web import access, agenda, beijing, lookout, matters, session, sheet
from web.access import Does, Route
from web.keys import DATABASE, HALL
from web.lookout import Lookout
from web.matters import Running
from web.views.public import OpeningRow
from web.views.public import State as OpeningState
from web.views.watch import Keys, MattersView, PlaceRow, Tile, WatchView, WatchWallView

_SUPERVISOR = frozenset({Role.SUPERVISOR})
_OVER = {
    OpeningState.OPENED,
    OpeningState.CANDIDATES,
    OpeningState.AWARDED,
    OpeningState.VOID,
    OpeningState.NOT_OPENED,
}
_STAYED = {OpeningState.PAUSED, OpeningState.HALTED, OpeningState.CANCELLED}
HALL_ITSELF = "-"
"""Names in an address what belongs to no branch."""

_MOST_MATTERS = 200
"""Rows that a page of running matters shows; a narrower one shows the rest."""


async def page(request: web.Request) -> web.Response:
    """Show what is wrong, what opens today and what runs late."""
    actor = access.require(request, Role.SUPERVISOR)
    seen = await lookout.look(request.app[DATABASE], request.app[HALL], actor)
    where = await _branches(request, seen)
    tiles = await _tiles(request, seen)
    runs = matters.running(seen.ground, where)
    async with request.app[DATABASE].transaction() as tx:
        duty = await offices.held(tx, seen.ground.now, [Role.SUPERVISOR])
        names = await identity.branches(tx)
    on_a_wall = "screen" in request.query
    view = (WatchWallView if on_a_wall else WatchView)(
        alarms=seen.open,
        closed=seen.closed,
        tiles=tiles,
        counts=matters.counted(runs),
        places=tuple(_place(one, names, seen, tiles, runs, where) for one in (None, *names)),
        duty=tuple(duty),
        now=seen.ground.now,
    )
    return await sheet.page(request, view)


async def running(request: web.Request) -> web.Response:
    """Show the matters that run, those of a state or a place alone where it is named."""
    actor = access.require(request, Role.SUPERVISOR)
    seen = await lookout.look(request.app[DATABASE], request.app[HALL], actor)
    runs = matters.running(seen.ground, await _branches(request, seen))
    state, place = request.query.get("state"), request.query.get("place")
    async with request.app[DATABASE].transaction() as tx:
        names = await identity.branches(tx)
    found = [
        one
        for one in runs
        if state in {None, one.state} and place in {None, one.branch or HALL_ITSELF}
    ]
    view = MattersView(
        state=None if state is None else Timeliness(state),
        place=place,
        name=names.get(place or ""),
        rows=tuple(found[:_MOST_MATTERS]),
        more=len(found[_MOST_MATTERS:]),
    )
    return await sheet.page(request, view)


async def _branches(request: web.Request, seen: Lookout) -> Mapping[str, str | None]:
    """Return the branches of the tenders that are seen."""
    return await trading.branches(request.app[DATABASE], list(seen.titles))


async def _tiles(request: web.Request, seen: Lookout) -> tuple[Tile, ...]:
    """Return the openings of today."""
    vigils, now = {one.box.room: one for one in seen.ground.vigils}, seen.ground.now
    found = await agenda.of_day(request, beijing.today(now))
    return tuple([_tile(await agenda.row(request, one, now), vigils) for one in found])


def _tile(row: OpeningRow, vigils: Mapping[str, Vigil]) -> Tile:
    watched, over = vigils.get(row.room), row.state in _OVER
    awaited = None if over or watched is None or not watched.k else watched
    return Tile(
        opening=row,
        keys=None
        if awaited is None
        else Keys(
            alive=awaited.alive,
            all=len({holder.group for holder in awaited.watchers}),
            enough=awaited.k,
        ),
        stayable=not over and row.state not in _STAYED,
    )


def _place(
    code: str | None,
    names: Mapping[str, str],
    seen: Lookout,
    tiles: Sequence[Tile],
    runs: Sequence[Running],
    where: Mapping[str, str | None],
) -> PlaceRow:
    """Count what is the hall's own (`code` None), or a branch's."""
    return PlaceRow(
        code=code or HALL_ITSELF,
        name=names.get(code or ""),
        alarms=sum(where.get(one.tender) == code for one in seen.open),
        openings=sum(where.get(one.opening.tender) == code for one in tiles),
        counts=matters.counted([one for one in runs if one.branch == code]),
    )


ROUTES = (
    Route(
        "GET",
        "/supervision",
        page,
        summary="Alarms, today's openings, what runs late, who is on duty",
        roles=_SUPERVISOR,
        does=Does.READ,
        query={"screen": "1", session.RENEWS: "1"},
    ),
    Route(
        "GET",
        "/supervision/matters",
        running,
        summary="Matters that run, by what ends first",
        roles=_SUPERVISOR,
        does=Does.READ,
        query={"state": "|".join(Timeliness), "place": f"{HALL_ITSELF}|[a-z][a-z0-9-]{{0,31}}"},
    ),
)
