"""Objections: to documents and candidates, in the opening room; their answers; confirmations."""

from aiohttp import web

from bidding import contested, objecting
from notary.identity import Role
from notary.once import Answer, Once
from trading import lawbook, objections
from trading.rules.objections import ObjectionUnknown
from web import access, disputing, doors, sheet
from web.access import ANYBODY, FINAL, Does, Route
from web.doors import Asked
from web.keys import DATABASE

_BIDDER = frozenset({Role.BIDDER})
_TENDERERS = frozenset({Role.AGENCY, Role.PURCHASER})
_HOSTS = frozenset({Role.OPERATOR, Role.AGENCY})
_OBJECTION = "/objections/{objection:[0-9a-f]{32}}"
_ROOM = "/rooms/{room:o-[0-9a-f]{16}}"
_WITHDRAWN = "Until its answer it can be withdrawn."
_AGAIN = "While objections are taken another one can be raised."
_DIGITS = 4
"""Of the number of an objection in its room: more than anybody raises."""


async def page(request: web.Request) -> web.Response:
    """Show one objection to whom it concerns, with the form for its answer."""
    actor = access.require(request)
    database = request.app[DATABASE]
    found, notice = await objections.read(database, actor, request.match_info["objection"])
    async with database.transaction() as tx:
        rules = await lawbook.pinned(tx, notice.rules)
    return await sheet.page(request, disputing.objection_view(found, notice, rules, actor))


async def _object(asked: Asked, once: Once) -> Answer:
    tender, lot, text = asked.place["tender"], asked.given["lot"], str(asked.given["text"])
    if lot is None:
        return await objections.object_to_documents(
            asked.database,
            asked.hall,
            asked.actor,
            once,
            tender,
            text,
            tell=contested.tell_suspension,
        )
    return await objections.object_to_candidates(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        tender,
        str(lot),
        text,
        publicity=contested.publicity_until,
    )


async def _answer(asked: Asked, once: Once) -> Answer:
    return await objections.answer(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["objection"],
        str(asked.given["text"]),
        tell=contested.tell_suspension,
    )


async def _withdraw(asked: Asked, once: Once) -> Answer:
    return await objections.withdraw(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["objection"],
        tell=contested.tell_suspension,
    )


async def _object_in_room(asked: Asked, once: Once) -> Answer:
    room = asked.place["room"]
    return await objecting.raise_objection(
        asked.database, asked.hall, asked.actor, once, room, str(asked.given["text"])
    )


async def _answer_in_room(asked: Asked, once: Once) -> Answer:
    room = asked.place["room"]
    n = str(asked.given.get("n") or asked.place["n"])  # a form asks for it, an address names it
    return await objecting.answer(
        asked.database, asked.hall, asked.actor, once, room, int(n), str(asked.given["text"])
    )


async def _confirm(asked: Asked, once: Once) -> Answer:
    room = asked.place["room"]
    return await objecting.confirm(asked.database, asked.hall, asked.actor, once, room)


def _number(typed: str) -> str:
    if not typed.isascii() or not typed.isdecimal() or len(typed) > _DIGITS:
        raise ObjectionUnknown
    return typed


def _to_list(asked: Asked) -> str:
    tender, lot = asked.place["tender"], asked.given["lot"]
    page = f"/tenders/{tender}" if lot is None else f"/tenders/{tender}/result?lot={lot}"
    return f"{page}#objections"


def _to_objection(asked: Asked) -> str:
    return f"/objections/{asked.place['objection']}"


def _to_room(asked: Asked) -> str:
    return f"/rooms/{asked.place['room']}"


ROUTES = (
    *doors.both(
        _object,
        "/tenders/{tender}/objections",
        summary="Object to the documents of a tender, or to the candidates of a lot",
        roles=_BIDDER,
        back=_WITHDRAWN,
        takes="objection",
        gives="objected",
        fields={"lot": doors.words_or_none, "text": doors.words},
        onward=_to_list,
    ),
    Route("GET", _OBJECTION, page, summary="An objection", roles=ANYBODY, does=Does.READ),
    *doors.both(
        _answer,
        f"{_OBJECTION}/answer",
        summary="Answer an objection",
        roles=_TENDERERS,
        back=FINAL,
        takes="said",
        gives="answered",
        fields={"text": doors.words},
        onward=_to_objection,
    ),
    *doors.both(
        _withdraw,
        f"{_OBJECTION}/withdrawal",
        summary="Withdraw an objection of one's own before its answer",
        roles=_BIDDER,
        back=_AGAIN,
        gives="objection-withdrawn",
        onward=_to_objection,
    ),
    *doors.both(
        _object_in_room,
        f"{_ROOM}/objections",
        summary="Object in an opening room",
        roles=_BIDDER,
        back=FINAL,
        takes="said",
        gives="heard",
        fields={"text": doors.words},
        onward=_to_room,
    ),
    *doors.both(
        _answer_in_room,
        f"{_ROOM}/objections/{{n:[1-9][0-9]{{0,3}}}}/answer",
        page=f"{_ROOM}/answers",
        summary="Answer an objection of an opening room, as its host",
        roles=_HOSTS,
        back=FINAL,
        takes="said",
        gives="heard",
        fields={"n": _number, "text": doors.words},
        onward=_to_room,
    ),
    *doors.both(
        _confirm,
        f"{_ROOM}/confirmation",
        summary="Confirm what was read out of the own bid",
        roles=_BIDDER,
        back=FINAL,
        gives="confirmed",
        onward=_to_room,
    ),
)
