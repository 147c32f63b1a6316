"""Complaints to the supervisor: the form, the numbers of one's own, the acts."""

from aiohttp import web

from bidding import contested
from notary import identity
from notary.identity import Role
from notary.once import Answer, Once
from trading import complaints, lawbook, service
from trading.complaints import Wish
from trading.disputes import Matter
from web import access, disputing, doors, sheet
from web.access import ANYBODY, FINAL, PUBLIC, Does, Route
from web.doors import Asked
from web.keys import DATABASE, HALL

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


async def _complain(asked: Asked, once: Once) -> Answer:
    wish = Wish(
        tender=str(asked.given["tender"]),
        about=Matter(str(asked.given["about"])),
        known_on=str(asked.given["known_on"]),
        text=str(asked.given["text"]),
    )
    return await complaints.complain(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        wish,
        in_the_room=contested.objected_in_rooms,
    )


async def _consider(asked: Asked, once: Once) -> Answer:
    number = asked.place["number"]
    taken, text = asked.given["accepted"] is True, str(asked.given["text"])
    return await complaints.consider(
        asked.database, asked.hall, asked.actor, once, number, text, accepted=taken
    )


async def _decide(asked: Asked, once: Once) -> Answer:
    number = asked.place["number"]
    upheld, text = asked.given["upheld"] is True, str(asked.given["text"])
    return await complaints.decide(
        asked.database, asked.hall, asked.actor, once, number, text, upheld=upheld
    )


def _to_row(asked: Asked) -> str:
    return f"/complaints#{asked.place['number']}"


ROUTES = (
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
    *doors.both(
        _complain,
        "/complaints",
        summary="Complain to the supervisor",
        roles=ANYBODY,
        back=FINAL,
        takes="complaint",
        gives="complained",
        fields={
            "tender": doors.words,
            "about": doors.one_of(Matter),
            "known_on": doors.words,
            "text": doors.words,
        },
        onward=lambda _: "/complaints",
    ),
    *doors.both(
        _consider,
        f"{_COMPLAINT}/consideration",
        summary="Say whether a complaint is taken, and why",
        roles=_SUPERVISOR,
        back=FINAL,
        takes="complaint-consideration",
        gives="complaint-considered",
        fields={"accepted": doors.yes_or_no, "text": doors.words},
        onward=_to_row,
    ),
    *doors.both(
        _decide,
        f"{_COMPLAINT}/decision",
        summary="Decide a complaint that was taken",
        roles=_SUPERVISOR,
        back=FINAL,
        takes="complaint-decision",
        gives="complaint-decided",
        fields={"upheld": doors.yes_or_no, "text": doors.words},
        onward=_to_row,
    ),
)
