"""Objections: to documents and candidates, in the opening room; their answers; confirmations."""

from aiohttp import web

from bidding import contested, objecting
from notary.identity import Actor, Role
from notary.once import Answer, Once
from trading import lawbook, objections
from trading.rules.objections import ObjectionUnknown
from web import access, answers, disputing, forms, idempotency, sheet
from web.access import ANYBODY, API, FINAL, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.pressing import press

_BIDDER = frozenset({Role.BIDDER})
_TENDERERS = frozenset({Role.AGENCY, Role.PURCHASER})
_HOSTS = frozenset({Role.OPERATOR, Role.AGENCY})
_OBJECTION = "/objections/{objection:[0-9a-f]{32}}"
_ROOM = "/rooms/{room:o-[0-9a-f]{16}}"
_WITHDRAWN = "Until its answer it can be withdrawn."
_AGAIN = "While objections are taken another one can be raised."
_DIGITS = 4
"""Of the number of an objection in its room: more than anybody raises."""


# To documents and candidates


async def object_(request: web.Request) -> web.Response:
    """Object to documents or candidates."""
    actor, given = access.require(request), forms.json(request)
    lot = given["lot"]
    answer = await _object(
        request,
        actor,
        idempotency.of(request),
        None if lot is None else str(lot),
        str(given["text"]),
    )
    return answers.done(request, answer)


async def press_object(request: web.Request) -> web.Response:
    """Object by the form of a page."""
    actor = access.require(request)
    given = await forms.fields(request, "key", "lot", "text")
    tender, lot = request.match_info["tender"], given["lot"] or None
    page = f"/tenders/{tender}" if lot is None else f"/tenders/{tender}/result?lot={lot}"
    return await press(
        request,
        given,
        lambda once: _object(request, actor, once, lot, given["text"]),
        f"{page}#objections",
    )


async def _object(
    request: web.Request, actor: Actor, once: Once, lot: str | None, text: str
) -> Answer:
    database, hall = request.app[DATABASE], request.app[HALL]
    tender = request.match_info["tender"]
    if lot is None:
        done = await objections.object_to_documents(
            database, hall, actor, once, tender, text, tell=contested.tell_suspension
        )
        request.app[BELL].ring()
        return done
    return await objections.object_to_candidates(
        database, hall, actor, once, tender, lot, text, publicity=contested.publicity_until
    )


async def page(request: web.Request) -> web.Response:
    """Show one objection to whom it concerns, with the form for its answer."""
    actor = access.require(request)
    database = request.app[DATABASE]
    found, notice = await objections.read(database, actor, request.match_info["objection"])
    async with database.transaction() as tx:
        rules = await lawbook.pinned(tx, notice.rules)
    return await sheet.page(request, disputing.objection_view(found, notice, rules, actor))


async def answer(request: web.Request) -> web.Response:
    """Answer an objection."""
    actor, given = access.require(request), forms.json(request)
    done = await _answer(request, actor, idempotency.of(request), str(given["text"]))
    return answers.done(request, done)


async def press_answer(request: web.Request) -> web.Response:
    """Answer by the form of its page."""
    actor, given = access.require(request), await forms.fields(request, "key", "text")
    onward = f"/objections/{request.match_info['objection']}"
    return await press(
        request, given, lambda once: _answer(request, actor, once, given["text"]), onward
    )


async def _answer(request: web.Request, actor: Actor, once: Once, text: str) -> Answer:
    database, hall = request.app[DATABASE], request.app[HALL]
    done = await objections.answer(
        database,
        hall,
        actor,
        once,
        request.match_info["objection"],
        text,
        tell=contested.tell_suspension,
    )
    request.app[BELL].ring()
    return done


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw an objection of one's own body."""
    actor = access.require(request)
    return answers.done(request, await _withdraw(request, actor, idempotency.of(request)))


async def press_withdraw(request: web.Request) -> web.Response:
    """Withdraw by the button of its page."""
    actor, given = access.require(request), await forms.fields(request, "key")
    onward = f"/objections/{request.match_info['objection']}"
    return await press(request, given, lambda once: _withdraw(request, actor, once), onward)


async def _withdraw(request: web.Request, actor: Actor, once: Once) -> Answer:
    database, hall = request.app[DATABASE], request.app[HALL]
    done = await objections.withdraw(
        database,
        hall,
        actor,
        once,
        request.match_info["objection"],
        tell=contested.tell_suspension,
    )
    request.app[BELL].ring()
    return done


# In the room


async def object_in_room(request: web.Request) -> web.Response:
    """Object in the opening room."""
    actor, given = access.require(request), forms.json(request)
    done = await _object_in_room(request, actor, idempotency.of(request), str(given["text"]))
    return answers.done(request, done)


async def press_object_in_room(request: web.Request) -> web.Response:
    """Object by the button of the room."""
    actor, given = access.require(request), await forms.fields(request, "key", "text")
    return await press(
        request,
        given,
        lambda once: _object_in_room(request, actor, once, given["text"]),
        f"/rooms/{request.match_info['room']}",
    )


async def _object_in_room(request: web.Request, actor: Actor, once: Once, text: str) -> Answer:
    database, hall, room = request.app[DATABASE], request.app[HALL], request.match_info["room"]
    done = await objecting.raise_objection(database, hall, actor, once, room, text)
    request.app[BELL].ring()
    return done


async def answer_in_room(request: web.Request) -> web.Response:
    """Answer an objection of the room, as its host."""
    actor, given = access.require(request), forms.json(request)
    n, text = int(request.match_info["n"]), str(given["text"])
    return answers.done(
        request, await _answer_in_room(request, actor, idempotency.of(request), n, text)
    )


async def press_answer_in_room(request: web.Request) -> web.Response:
    """Answer by the form of the room."""
    actor, given = access.require(request), await forms.fields(request, "key", "n", "text")
    if not given["n"].isascii() or not given["n"].isdecimal() or len(given["n"]) > _DIGITS:
        raise ObjectionUnknown
    n = int(given["n"])
    return await press(
        request,
        given,
        lambda once: _answer_in_room(request, actor, once, n, given["text"]),
        f"/rooms/{request.match_info['room']}",
    )


async def _answer_in_room(
    request: web.Request, actor: Actor, once: Once, n: int, text: str
) -> Answer:
    database, hall, room = request.app[DATABASE], request.app[HALL], request.match_info["room"]
    done = await objecting.answer(database, hall, actor, once, room, n, text)
    request.app[BELL].ring()
    return done


async def confirm(request: web.Request) -> web.Response:
    """Confirm what was read out of the own bid."""
    actor = access.require(request)
    return answers.done(request, await _confirm(request, actor, idempotency.of(request)))


async def press_confirm(request: web.Request) -> web.Response:
    """Confirm by the button of the room."""
    actor, given = access.require(request), await forms.fields(request, "key")
    onward = f"/rooms/{request.match_info['room']}"
    return await press(request, given, lambda once: _confirm(request, actor, once), onward)


async def _confirm(request: web.Request, actor: Actor, once: Once) -> Answer:
    database, hall, room = request.app[DATABASE], request.app[HALL], request.match_info["room"]
    done = await objecting.confirm(database, hall, actor, once, room)
    request.app[BELL].ring()
    return done


ROUTES = (
    Route(
        "POST",
        f"{API}/tenders/{{tender}}/objections",
        object_,
        summary="Object to the documents of a tender, or to the candidates of a lot",
        roles=_BIDDER,
        does=Does.ACT,
        back=_WITHDRAWN,
        takes="objection",
        gives="objected",
        status=201,
    ),
    Route(
        "POST",
        f"{API}{_OBJECTION}/answer",
        answer,
        summary="Answer an objection",
        roles=_TENDERERS,
        does=Does.ACT,
        back=FINAL,
        takes="said",
        gives="answered",
        status=201,
    ),
    Route(
        "POST",
        f"{API}{_OBJECTION}/withdrawal",
        withdraw,
        summary="Withdraw an objection of one's own before its answer",
        roles=_BIDDER,
        does=Does.ACT,
        back=_AGAIN,
        gives="objection-withdrawn",
        status=201,
    ),
    Route(
        "POST",
        f"{API}{_ROOM}/objections",
        object_in_room,
        summary="Object in an opening room",
        roles=_BIDDER,
        does=Does.ACT,
        back=FINAL,
        takes="said",
        gives="heard",
        status=201,
    ),
    Route(
        "POST",
        f"{API}{_ROOM}/objections/{{n:[1-9][0-9]{{0,3}}}}/answer",
        answer_in_room,
        summary="Answer an objection of an opening room, as its host",
        roles=_HOSTS,
        does=Does.ACT,
        back=FINAL,
        takes="said",
        gives="heard",
        status=201,
    ),
    Route(
        "POST",
        f"{API}{_ROOM}/confirmation",
        confirm,
        summary="Confirm what was read out of the own bid",
        roles=_BIDDER,
        does=Does.ACT,
        back=FINAL,
        gives="confirmed",
        status=201,
    ),
    Route("GET", _OBJECTION, page, summary="An objection", roles=ANYBODY, does=Does.READ),
    Route(
        "POST",
        "/tenders/{tender}/objections",
        press_object,
        summary="Object to documents or candidates",
        roles=_BIDDER,
        does=Does.ACT,
        back=_WITHDRAWN,
        status=303,
    ),
    Route(
        "POST",
        f"{_OBJECTION}/answer",
        press_answer,
        summary="Answer an objection",
        roles=_TENDERERS,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "POST",
        f"{_OBJECTION}/withdrawal",
        press_withdraw,
        summary="Withdraw an objection of one's own",
        roles=_BIDDER,
        does=Does.ACT,
        back=_AGAIN,
        status=303,
    ),
    Route(
        "POST",
        f"{_ROOM}/objections",
        press_object_in_room,
        summary="Object in the room",
        roles=_BIDDER,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "POST",
        f"{_ROOM}/answers",
        press_answer_in_room,
        summary="Answer in the room",
        roles=_HOSTS,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "POST",
        f"{_ROOM}/confirmation",
        press_confirm,
        summary="Confirm in the room",
        roles=_BIDDER,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
)
