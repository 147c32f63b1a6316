"""The first days of a hall: nine things, each said or skipped; some need a second person."""

import asyncio
from functools import partial

from aiohttp import web

from notary import settling
from notary.identity import Role
from notary.once import Answer, Once
from notary.settling import Thing
from web import access, forms, pressing, setup, sheet
from web.access import Does, Route
from web.keys import DATABASE, HALL, SETTINGS
from web.views.people import SetupView


async def page(request: web.Request) -> web.Response:
    """Show what was said, what was skipped, what is open."""
    actor = access.require(request)
    async with request.app[DATABASE].transaction() as tx:
        known = await settling.newest(tx)
    view = SetupView(
        reader=actor.person,
        keys={thing: pressing.fresh_key(request) for thing in Thing},
        things=tuple((thing, known.get(thing)) for thing in Thing),
        two_persons=settling.TWO_PERSONS,
    )
    return await sheet.page(request, view)


async def say(request: web.Request) -> web.Response:
    """Say a thing, or skip it."""
    actor, thing = access.require(request), Thing(request.match_info["thing"])
    given = await forms.fields(request, "words", "skip", "key")
    words = None if given["skip"] else given["words"].strip().replace("\r\n", "\n")
    if words is not None:
        hall = request.app[HALL]
        demo = hall.demo or request.app[SETTINGS].practice
        setup.require_good(thing, words, hall.rules, demo=demo)

    async def act(once: Once) -> Answer:
        kept = None if words is None else setup.without_password(thing, words)
        answer = await settling.settle(
            request.app[DATABASE], request.app[HALL], actor, once, thing, kept
        )
        if words is not None and thing not in settling.TWO_PERSONS:
            await _apply(request, thing, words)
        return answer

    return await pressing.press(request, given, act, f"/setup#{thing}")


async def agree(request: web.Request) -> web.Response:
    """Agree as the second person."""
    actor, settled = access.require(request), int(request.match_info["settled"])
    given = await forms.fields(request, "key")
    agreeing = partial(
        settling.agree, request.app[DATABASE], request.app[HALL], actor, settled=settled
    )

    async def act(once: Once) -> Answer:
        answer = await agreeing(once)
        thing = Thing(str(answer["thing"]))
        async with request.app[DATABASE].transaction() as tx:
            found = await settling.in_force(tx, thing)
        if found is not None and found.words is not None:
            await _apply(request, thing, found.words)
        return answer

    return await pressing.press(request, given, act, "/setup")


async def _apply(request: web.Request, thing: Thing, words: str) -> None:
    """Let what is in force reach the home; saying it again repeats it."""
    await asyncio.to_thread(setup.apply, request.app[SETTINGS].home, thing, words)


_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_OFFICES = frozenset({Role.ADMINISTRATOR, Role.OFFICER})
_THINGS = "|".join(Thing)

ROUTES = (
    Route("GET", "/setup", page, summary="The nine things", roles=_OFFICES, does=Does.READ),
    Route(
        "POST",
        f"/setup/{{thing:{_THINGS}}}",
        say,
        summary="Say or skip one of the nine things",
        roles=_ADMINISTRATORS,
        does=Does.ACT,
        back="Can be said again at any time; the newest word counts.",
    ),
    Route(
        "POST",
        "/setup/{settled:[0-9]{1,18}}/agreement",
        agree,
        summary="Agree as the second person",
        roles=_OFFICES,
        does=Does.ACT,
        back="A newer word takes the place of this one.",
    ),
)
