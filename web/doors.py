"""The two doors of an act: programs come by `/api/v1`, people by a form of a page.

Behind both is one act. The fields of the form become the body that the API takes, so that the act
sees one shape, whichever way it was asked. Source: web.md 4, "Addresses".
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from aiohttp import web

from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.once import Answer, Once
from sql.database import Database
from web import access, answers, forms, idempotency, schema
from web.access import API, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.pressing import press
from web.typed import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, by either door: by whom, and what address (`place`) and body (`given`) say."""

    database: Database
    hall: Hall
    actor: Actor
    place: Mapping[str, str]
    given: Mapping[str, Json]


Act = Callable[[Asked, Once], Awaitable[Answer]]
Onward = Callable[[Asked], str]
"""Where the form leads when its act is done."""

Again = Callable[[web.Request, Answers], Awaitable[web.Response]]
"""Shows a form again, with what was typed and what is wrong."""

Field = Callable[[str], Json]
"""Makes the member of a body of what was typed; raises ValueError."""

_NO_FIELDS: Mapping[str, Field] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Members that a form asks for in three boxes each: year, month and day.

    `again`: where one is no day.
    """

    names: tuple[str, ...]
    again: Again


def both(
    act: Act,
    path: str,
    *,
    summary: str,
    roles: frozenset[Role],
    back: str,
    gives: str,
    onward: Onward,
    takes: str | None = None,
    fields: Mapping[str, Field] = _NO_FIELDS,
    days: Days | None = None,
    page: str | None = None,
    status: int = 201,
    location: str | None = None,
) -> tuple[Route, Route]:
    """Return the routes of an act: `path` below `/api/v1`, and that of its form.

    `page`: the form's address where it is not `path`. The rest is as in `access.Route`.
    """
    named = () if days is None else days.names

    async def by_program(request: web.Request) -> web.Response:
        asked = _asked(request, {} if takes is None else forms.json(request))
        done = await act(asked, idempotency.of(request))
        request.app[BELL].ring()
        return answers.done(request, done)

    async def by_form(request: web.Request) -> web.Response:
        boxes = (f"{name}_{part}" for name in named for part in "ymd")
        typed = await forms.fields(request, "key", *fields, *boxes)
        given = {name: _member(name, one, typed[name]) for name, one in fields.items()}
        read = Answers(typed)
        given |= {name: str(read.day(name)) for name in named}
        if days is not None and read.errors:
            return await days.again(request, read)
        asked = _asked(request, given)
        done = await press(request, typed, lambda once: act(asked, once), onward(asked))
        request.app[BELL].ring()
        return done

    return (
        Route(
            "POST",
            f"{API}{path}",
            by_program,
            summary=summary,
            roles=roles,
            does=Does.ACT,
            back=back,
            takes=takes,
            gives=gives,
            status=status,
            location=location,
        ),
        Route(
            "POST",
            path if page is None else page,
            by_form,
            summary=summary,
            roles=roles,
            does=Does.ACT,
            back=back,
            status=303,
        ),
    )


def words(typed: str) -> Json:
    """Read words; the act says which it does not take."""
    return typed


def words_or_none(typed: str) -> Json:
    """Read words that may be left out."""
    return typed or None


def ticked(typed: str) -> Json:
    """Read a box that is ticked or not."""
    return typed == "yes"


def yes_or_no(typed: str) -> Json:
    """Read which of two answers was chosen."""
    if typed not in {"yes", "no"}:
        raise ValueError(typed)
    return typed == "yes"


def one_of(choices: type[StrEnum]) -> Field:
    """Read a choice among the members of an enumeration."""

    def read(typed: str) -> Json:
        return str(choices(typed))

    return read


def _asked(request: web.Request, given: Mapping[str, Json]) -> Asked:
    return Asked(
        database=request.app[DATABASE],
        hall=request.app[HALL],
        actor=access.require(request),
        place=request.match_info,
        given=given,
    )


def _member(name: str, read: Field, typed: str) -> Json:
    try:
        return read(typed)
    except ValueError as error:
        raise schema.BadBody(place=name) from error
