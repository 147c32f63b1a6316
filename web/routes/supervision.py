"""What supervisors do: pause a tender, halt it by two persons, let it go on."""

from aiohttp import web

from bidding import standing, supervising
from notary import identity
from notary.identity import Role
from notary.once import Answer, Once
from sql.database import Tx
from trading import lawbook, staying
from trading.rules.stays import StayReason
from web import access, doors, sheet, showing
from web.access import Does, Route
from web.doors import Asked
from web.keys import DATABASE, HALL
from web.views.stays import AskedHalt, Halt, SupervisionView

_SUPERVISOR = frozenset({Role.SUPERVISOR})
_TENDER = "/tenders/{tender}"
_WITH_REASON = {"reason": doors.one_of(StayReason)}


async def page(request: web.Request) -> web.Response:
    """Show what holds a tender up, and the buttons of a supervisor."""
    actor = access.require(request, Role.SUPERVISOR)
    database, hall = request.app[DATABASE], request.app[HALL]
    tender = request.match_info["tender"]
    (scene, *_) = await standing.of_tender(database, tender)
    asked = (await staying.asked_halts(database, [tender])).get(tender)
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        rules = await lawbook.of_tender(tx, tender)
        body = None if asked is None else await identity.organisation(tx, asked.asked_org)
        halts = [await _approved(tx, one) for one in await staying.halts(tx, tender)]
    around = scene.standing.around
    stay = around.stay(now)
    view = SupervisionView(
        tender=tender,
        title=showing.text(scene.notices[-1].notice.title),
        room=scene.standing.box.room,
        state=showing.state(scene.standing, now),
        reason=None if stay is None else stay.reason,
        since=None if stay is None else stay.since,
        until=None if stay is None else stay.until,
        pauses=around.tender.pauses,
        minutes=rules.number("hall.pause_min"),
        asked=None
        if asked is None
        else AskedHalt(
            reason=asked.reason,
            by=asked.asked_org if body is None else body.name,
            at=asked.asked_at,
            own=asked.asked_by == actor.person,
        ),
        halts=tuple(halts),
        reasons=tuple(StayReason),
    )
    return await sheet.page(request, view)


async def _approved(tx: Tx, one: staying.Halt) -> Halt:
    return Halt(
        reason=one.reason,
        asked=await _who(tx, one.asked_by, one.asked_org),
        approved=await _who(tx, one.approved_by, one.approved_org),
        at=one.halted_at,
    )


async def _who(tx: Tx, person: str, org: str) -> tuple[str, str]:
    body = await identity.organisation(tx, org)
    return await identity.name_of(tx, person) or person, org if body is None else body.name


async def _pause(asked: Asked, once: Once) -> Answer:
    tender, reason = asked.place["tender"], StayReason(str(asked.given["reason"]))
    return await supervising.pause(asked.database, asked.hall, asked.actor, once, tender, reason)


async def _ask_halt(asked: Asked, once: Once) -> Answer:
    tender, reason = asked.place["tender"], StayReason(str(asked.given["reason"]))
    return await supervising.ask_halt(asked.database, asked.hall, asked.actor, once, tender, reason)


async def _halt(asked: Asked, once: Once) -> Answer:
    tender = asked.place["tender"]
    return await supervising.halt(asked.database, asked.hall, asked.actor, once, tender)


async def _drop_halt(asked: Asked, once: Once) -> Answer:
    tender = asked.place["tender"]
    return await supervising.drop_halt(asked.database, asked.hall, asked.actor, once, tender)


async def _resume(asked: Asked, once: Once) -> Answer:
    tender = asked.place["tender"]
    return await supervising.resume(asked.database, asked.hall, asked.actor, once, tender)


def _onward(asked: Asked) -> str:
    return f"/tenders/{asked.place['tender']}/supervision"


ROUTES = (
    Route(
        "GET",
        f"{_TENDER}/supervision",
        page,
        summary="What supervision holds up",
        roles=_SUPERVISOR,
        does=Does.READ,
    ),
    *doors.both(
        _pause,
        f"{_TENDER}/pauses",
        page=f"{_TENDER}/pause",
        summary="Pause a tender",
        roles=_SUPERVISOR,
        back="It lapses by itself, and a supervisor can resume at any time.",
        takes="stay",
        gives="paused",
        fields=_WITH_REASON,
        onward=_onward,
    ),
    *doors.both(
        _ask_halt,
        f"{_TENDER}/halts",
        page=f"{_TENDER}/halt",
        summary="Ask for a halt",
        roles=_SUPERVISOR,
        back="Drop it.",
        takes="stay",
        gives="halt-asked",
        fields=_WITH_REASON,
        onward=_onward,
    ),
    *doors.both(
        _halt,
        f"{_TENDER}/halts/approval",
        page=f"{_TENDER}/halt/approval",
        summary="Approve the halt another asked for",
        roles=_SUPERVISOR,
        back="A supervisor can resume at any time.",
        gives="halted",
        onward=_onward,
    ),
    *doors.both(
        _drop_halt,
        f"{_TENDER}/halts/removal",
        page=f"{_TENDER}/halt/removal",
        summary="Drop a halt nobody approved",
        roles=_SUPERVISOR,
        back="Ask again.",
        gives="dropped",
        onward=_onward,
    ),
    *doors.both(
        _resume,
        f"{_TENDER}/resumption",
        summary="Let a tender go on",
        roles=_SUPERVISOR,
        back="Pause or halt again.",
        gives="resumed",
        onward=_onward,
    ),
)
