"""The supervisor's page: alarms, today's openings, who is on duty; also for a wall."""

from aiohttp import web

from bidding import contested, copied, standing, vigil
from notary import offices
from notary.identity import Actor, Role
from trading import complaints, lawbook, objections, staying
from web import access, agenda, alarms, beijing, desk_after, desk_stays, sheet
from web.access import Does, Route
from web.desk_after import Aftermath
from web.desk_stays import Stays
from web.keys import DATABASE, HALL
from web.views import State
from web.views_house import DeskRow
from web.views_watch import Keys, Tile, WatchView, WatchWallView

_OVER = {State.OPENED, State.CANDIDATES, State.AWARDED, State.VOID, State.NOT_OPENED}
_STAYED = {State.PAUSED, State.HALTED, State.CANCELLED}


async def page(request: web.Request) -> web.Response:
    """Show what is wrong and what opens today."""
    actor = access.require(request, Role.SUPERVISOR)
    rows = await _rows(request, actor)
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
        vigils = alarms.alive(await vigil.vigils(tx, now))
        duty = await offices.held(tx, now, [Role.SUPERVISOR])
    tiles = []
    for one in await agenda.of_day(request, beijing.today(now)):
        row, watched = await agenda.row(request, one, now), vigils.get(one.box.room)
        over = row.state in _OVER
        tiles.append(
            Tile(
                opening=row,
                keys=None
                if watched is None or over or not watched.k
                else Keys(
                    alive=watched.alive,
                    all=len({holder.group for holder in watched.watchers}),
                    enough=watched.k,
                ),
                stayable=not over and row.state not in _STAYED,
            )
        )
    on_a_wall = "screen" in request.query
    view = (WatchWallView if on_a_wall else WatchView)(
        alarms=alarms.alarms(rows, tiles, now), tiles=tuple(tiles), duty=tuple(duty), now=now
    )
    return await sheet.page(request, view)


async def _rows(request: web.Request, actor: Actor) -> list[DeskRow]:
    """Return what stands on a supervisor's desk about disputes, copies and stays."""
    database, hall = request.app[DATABASE], request.app[HALL]
    scenes, own = await standing.for_desk(database, hall, actor.org)
    tenders = sorted({one.standing.box.key.tender for one in scenes})
    halts = await staying.asked_halts(database, tenders)
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        after = Aftermath(
            actor=actor,
            now=now,
            scenes=scenes,
            rules={one: await lawbook.of_tender(tx, one) for one in tenders},
            objections=await objections.waiting(tx),
            rooms=await contested.waiting_in_rooms(tx),
            complaints=await complaints.made(tx, actor),
            copied=await copied.copied(tx, hall, now),
            questions=(),
            proposed=(),
        )
    stays = Stays(actor=actor, now=now, scenes=scenes, own=own.live, shown=own.shown, halts=halts)
    return [*desk_after.rows(after), *desk_stays.rows(stays)]


ROUTES = (
    Route(
        "GET",
        "/supervision",
        page,
        summary="Alarms, today's openings, who is on duty",
        roles=frozenset({Role.SUPERVISOR}),
        does=Does.READ,
        query={"screen": "1"},
    ),
)
