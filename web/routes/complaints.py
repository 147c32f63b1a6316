"""Complaints to the supervisor: the form, the numbers of one's own, the API's act."""

from collections.abc import Mapping

from aiohttp import web

from bidding import contested
from notary import identity
from notary.identity import Actor, Role
from notary.once import Answer, Once
from trading import complaints, lawbook, service
from trading.complaints import Wish
from trading.disputes import Matter
from web import access, answers, disputing, forms, idempotency, schema, sheet
from web.access import ANYBODY, API, FINAL, PUBLIC, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.pressing import press

LAW = "construction/2026-11"
"""The set whose periods the form names, whatever the rules of the tender that it is about."""

_SUPERVISOR = frozenset({Role.SUPERVISOR})
_COMPLAINT = "/complaints/{number:TS-[0-9]{8}-[0-9A-F]{8}}"
_TENDER = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


async def form(request: web.Request) -> web.Response:
    """Show the form, the law's ways and clocks, and why a name is wanted."""
    database, hall = request.app[DATABASE], request.app[HALL]
    tender = request.query.get("tender")
    record = None if tender is None else await service.record(database, hall, tender)
    async with database.transaction() as tx:
        law = await lawbook.named(tx, hall, LAW)
    return await sheet.page(request, disputing.complaint_form(record, law))


async def mine(request: web.Request) -> web.Response:
    """Show the complaints of the reader's body; to supervisors all of them."""
    actor, database = access.require(request), request.app[DATABASE]
    found = await complaints.seen_by(database, actor)
    async with database.transaction() as tx:
        names = {one: await identity.organisation(tx, one) for one in {row.org for row in found}}
    bodies = {one: body for one, body in names.items() if body is not None}
    return await sheet.page(request, disputing.complaints_view(found, bodies, actor))


async def complain(request: web.Request) -> web.Response:
    """Complain."""
    actor, given = access.require(request), forms.json(request)
    wish = Wish(
        tender=str(given["tender"]),
        about=Matter(str(given["about"])),
        known_on=str(given["known_on"]),
        text=str(given["text"]),
    )
    done = await _complain(request, actor, idempotency.of(request), wish)
    return answers.done(request, done)


async def press_complain(request: web.Request) -> web.Response:
    """Complain by the form."""
    actor = access.require(request)
    given = await forms.fields(request, "key", "tender", "about", "known_on", "text")
    if given["about"] not in set(Matter):
        raise schema.BadBody(place="about")
    wish = Wish(
        tender=given["tender"],
        about=Matter(given["about"]),
        known_on=given["known_on"],
        text=given["text"],
    )
    return await press(
        request, given, lambda once: _complain(request, actor, once, wish), "/complaints"
    )


async def _complain(request: web.Request, actor: Actor, once: Once, wish: Wish) -> Answer:
    database, hall = request.app[DATABASE], request.app[HALL]
    done = await complaints.complain(
        database, hall, actor, once, wish, in_the_room=contested.objected_in_rooms
    )
    request.app[BELL].ring()
    return done


async def consider(request: web.Request) -> web.Response:
    """Say whether a complaint is taken."""
    actor, given = access.require(request), forms.json(request)
    once, text = idempotency.of(request), str(given["text"])
    taken = given["accepted"] is True
    return answers.done(request, await _consider(request, actor, once, text, accepted=taken))


async def press_consider(request: web.Request) -> web.Response:
    """Say it by the form of the page."""
    actor = access.require(request)
    given = await forms.fields(request, "key", "accepted", "text")
    taken = _yes(given, "accepted")
    return await press(
        request,
        given,
        lambda once: _consider(request, actor, once, given["text"], accepted=taken),
        _row(request),
    )


async def _consider(
    request: web.Request, actor: Actor, once: Once, text: str, *, accepted: bool
) -> Answer:
    database, hall, number = request.app[DATABASE], request.app[HALL], request.match_info["number"]
    return await complaints.consider(database, hall, actor, once, number, text, accepted=accepted)


async def decide(request: web.Request) -> web.Response:
    """Decide a complaint that was taken."""
    actor, given = access.require(request), forms.json(request)
    once, text = idempotency.of(request), str(given["text"])
    upheld = given["upheld"] is True
    return answers.done(request, await _decide(request, actor, once, text, upheld=upheld))


async def press_decide(request: web.Request) -> web.Response:
    """Decide by the form of the page."""
    actor = access.require(request)
    given = await forms.fields(request, "key", "upheld", "text")
    upheld = _yes(given, "upheld")
    return await press(
        request,
        given,
        lambda once: _decide(request, actor, once, given["text"], upheld=upheld),
        _row(request),
    )


async def _decide(
    request: web.Request, actor: Actor, once: Once, text: str, *, upheld: bool
) -> Answer:
    database, hall, number = request.app[DATABASE], request.app[HALL], request.match_info["number"]
    return await complaints.decide(database, hall, actor, once, number, text, upheld=upheld)


def _yes(given: Mapping[str, str], place: str) -> bool:
    """Return which of two answers was pressed. Raises BadBody."""
    if given[place] not in {"yes", "no"}:
        raise schema.BadBody(place=place)
    return given[place] == "yes"


def _row(request: web.Request) -> str:
    return f"/complaints#{request.match_info['number']}"


ROUTES = (
    Route(
        "POST",
        f"{API}{_COMPLAINT}/consideration",
        consider,
        summary="Say whether a complaint is taken, and why",
        roles=_SUPERVISOR,
        does=Does.ACT,
        back=FINAL,
        takes="complaint-consideration",
        gives="complaint-considered",
        status=201,
    ),
    Route(
        "POST",
        f"{_COMPLAINT}/consideration",
        press_consider,
        summary="Say whether a complaint is taken, and why",
        roles=_SUPERVISOR,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "POST",
        f"{API}{_COMPLAINT}/decision",
        decide,
        summary="Decide a complaint that was taken",
        roles=_SUPERVISOR,
        does=Does.ACT,
        back=FINAL,
        takes="complaint-decision",
        gives="complaint-decided",
        status=201,
    ),
    Route(
        "POST",
        f"{_COMPLAINT}/decision",
        press_decide,
        summary="Decide a complaint that was taken",
        roles=_SUPERVISOR,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "GET",
        "/complaints/new",
        form,
        summary="Complain to the supervisor",
        roles=PUBLIC,
        does=Does.READ,
        query={"tender": _TENDER},
    ),
    Route("GET", "/complaints", mine, summary="My complaints", roles=ANYBODY, does=Does.READ),
    Route(
        "POST",
        "/complaints",
        press_complain,
        summary="Complain to the supervisor",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "POST",
        f"{API}/complaints",
        complain,
        summary="Complain to the supervisor",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
        takes="complaint",
        gives="complained",
        status=201,
    ),
)
