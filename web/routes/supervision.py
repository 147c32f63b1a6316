"""What supervisors do: pause a tender, halt it by two persons, let it go on."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bidding import standing, supervising
from notary import identity
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import lawbook, staying
from trading.rules.stays import StayReason
from web import access, answers, forms, idempotency, schema, sheet, showing
from web.access import API, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.pressing import press
from web.views_stays import AskedHalt, Halt, SupervisionView

_SUPERVISOR = frozenset({Role.SUPERVISOR})
_TENDER = "/tenders/{tender}"
_LAPSES = "It lapses by itself, and a supervisor can resume at any time."
_LIFTS = "A supervisor can resume at any time."
_AGAIN = "Pause or halt again."

ReasonedAct = Callable[[Database, Hall, Actor, Once, str, StayReason], Awaitable[Answer]]
PlainAct = Callable[[Database, Hall, Actor, Once, str], Awaitable[Answer]]


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
        halts = [await _halt(tx, one) for one in await staying.halts(tx, tender)]
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


async def _halt(tx: Tx, one: staying.Halt) -> Halt:
    return Halt(
        reason=one.reason,
        asked=await _who(tx, one.asked_by, one.asked_org),
        approved=await _who(tx, one.approved_by, one.approved_org),
        at=one.halted_at,
    )


async def _who(tx: Tx, person: str, org: str) -> tuple[str, str]:
    body = await identity.organisation(tx, org)
    return await identity.name_of(tx, person) or person, org if body is None else body.name


async def pause(request: web.Request) -> web.Response:
    """Pause a tender."""
    return await _reasoned(request, supervising.pause)


async def press_pause(request: web.Request) -> web.Response:
    """Pause a tender by the button of its page."""
    return await _press_reasoned(request, supervising.pause)


async def ask_halt(request: web.Request) -> web.Response:
    """Ask for a halt."""
    return await _reasoned(request, supervising.ask_halt)


async def press_ask_halt(request: web.Request) -> web.Response:
    """Ask for a halt by the button of the page."""
    return await _press_reasoned(request, supervising.ask_halt)


async def halt(request: web.Request) -> web.Response:
    """Approve the halt that another person asked for."""
    return await _plain(request, supervising.halt)


async def press_halt(request: web.Request) -> web.Response:
    """Approve a halt by the button of the page."""
    return await _press_plain(request, supervising.halt)


async def drop_halt(request: web.Request) -> web.Response:
    """Drop a halt that nobody approved."""
    return await _plain(request, supervising.drop_halt)


async def press_drop_halt(request: web.Request) -> web.Response:
    """Drop a halt by the button of the page."""
    return await _press_plain(request, supervising.drop_halt)


async def resume(request: web.Request) -> web.Response:
    """Let a tender go on."""
    return await _plain(request, supervising.resume)


async def press_resume(request: web.Request) -> web.Response:
    """Let a tender go on by the button of its page."""
    return await _press_plain(request, supervising.resume)


async def _reasoned(request: web.Request, act: ReasonedAct) -> web.Response:
    actor, given = access.require(request, Role.SUPERVISOR), forms.json(request)
    reason, once = StayReason(str(given["reason"])), idempotency.of(request)
    return answers.done(request, await _done(request, _with(act, reason), actor, once))


async def _press_reasoned(request: web.Request, act: ReasonedAct) -> web.Response:
    actor, given = access.require(request), await forms.fields(request, "key", "reason")
    if given["reason"] not in set(StayReason):
        raise schema.BadBody(place="reason")
    with_reason = _with(act, StayReason(given["reason"]))
    return await press(
        request, given, lambda once: _done(request, with_reason, actor, once), _onward(request)
    )


async def _plain(request: web.Request, act: PlainAct) -> web.Response:
    actor, once = access.require(request, Role.SUPERVISOR), idempotency.of(request)
    return answers.done(request, await _done(request, act, actor, once))


async def _press_plain(request: web.Request, act: PlainAct) -> web.Response:
    actor, given = access.require(request), await forms.fields(request, "key")
    return await press(
        request, given, lambda once: _done(request, act, actor, once), _onward(request)
    )


def _with(act: ReasonedAct, reason: StayReason) -> PlainAct:
    """Bind an act to its reason."""

    async def bound(database: Database, hall: Hall, actor: Actor, once: Once, name: str) -> Answer:
        return await act(database, hall, actor, once, name, reason)

    return bound


async def _done(request: web.Request, act: PlainAct, actor: Actor, once: Once) -> Answer:
    application, tender = request.app, request.match_info["tender"]
    answer = await act(application[DATABASE], application[HALL], actor, once, tender)
    application[BELL].ring()
    return answer


def _onward(request: web.Request) -> str:
    return f"/tenders/{request.match_info['tender']}/supervision"


def _api(path: str, handler: access.Handler, summary: str, back: str, **more: str) -> Route:
    return Route(
        "POST",
        f"{API}{_TENDER}{path}",
        handler,
        summary=summary,
        roles=_SUPERVISOR,
        does=Does.ACT,
        back=back,
        takes=more.get("takes"),
        gives=more["gives"],
        status=201,
    )


def _button(path: str, handler: access.Handler, summary: str, back: str) -> Route:
    return Route(
        "POST",
        f"{_TENDER}{path}",
        handler,
        summary=summary,
        roles=_SUPERVISOR,
        does=Does.ACT,
        back=back,
        status=303,
    )


ROUTES = (
    Route(
        "GET",
        f"{_TENDER}/supervision",
        page,
        summary="What supervision holds up",
        roles=_SUPERVISOR,
        does=Does.READ,
    ),
    _api("/pauses", pause, "Pause a tender", _LAPSES, takes="stay", gives="paused"),
    _api("/halts", ask_halt, "Ask for a halt", "Drop it.", takes="stay", gives="halt-asked"),
    _api("/halts/approval", halt, "Approve the halt another asked for", _LIFTS, gives="halted"),
    _api("/halts/removal", drop_halt, "Drop a halt nobody approved", "Ask again.", gives="dropped"),
    _api("/resumption", resume, "Let a tender go on", _AGAIN, gives="resumed"),
    _button("/pause", press_pause, "Pause a tender", _LAPSES),
    _button("/halt", press_ask_halt, "Ask for a halt", "Drop it."),
    _button("/halt/approval", press_halt, "Approve the halt another asked for", _LIFTS),
    _button("/halt/removal", press_drop_halt, "Drop a halt nobody approved", "Ask again."),
    _button("/resumption", press_resume, "Let a tender go on", _AGAIN),
)
