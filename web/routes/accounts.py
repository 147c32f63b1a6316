"""Coming in: log-in by password and code, enrolment, duty statements."""

import re

from aiohttp import hdrs, web

from notary import credentials, duty, enrolment, identity, sessions
from notary.canonical import Json
from notary.credentials import LogInBarred, LogInRefused
from notary.refusal import Refusal
from notary.ways_in import Revocation
from web import access, answers, forms, idempotency, passkeys, problems, session, sheet
from web.access import ANYBODY, API, FINAL, PUBLIC, Does, NotYours, Route
from web.keys import DATABASE, FACTOR_KEY, HALL, SETTINGS
from web.views.house import CodeView, LoginView, Refused

_DESK = "/desk"
# An address of this hall and no other's: `//host` and `/\host` lead away.
_ONWARD = r"/(?:[^/\\\x00-\x1f][^\\\x00-\x1f]{0,500})?"
_FORM_KEY_BYTES = 16


class DemoOnly(Refusal):
    """Acting as somebody else was asked for in a hall that is no demonstration.

    Source: people.md 7: a demo hall has a bar "act as …".
    """

    code = "demo.only"


async def login_page(request: web.Request) -> web.Response:
    """Ask for name and password or, of whoever has given them, for the code."""
    halfway = "" if "again" in request.query else session.token(request) or ""
    async with request.app[DATABASE].transaction() as tx:
        person = await sessions.person_halfway(tx, request.app[HALL], halfway)
    return await _login_page(request, person, request.query.get("onward", _DESK), None)


async def log_in(request: web.Request) -> web.Response:
    """Take name and password, and ask for the code."""
    given = await forms.fields(request, "name", "password", "onward")
    application, onward = request.app, _onward(given["onward"])
    database, hall, key = application[DATABASE], application[HALL], application[FACTOR_KEY]
    try:
        person = await credentials.check_password(
            database, hall, key, given["name"], given["password"]
        )
    except (LogInBarred, LogInRefused) as refusal:
        return await _login_page(request, None, onward, refusal)
    async with database.transaction() as tx:
        halfway = await sessions.begin_halfway(tx, hall, person)
    response = await _login_page(request, person, onward, None)
    session.give(request, response, halfway)
    return response


async def log_in_by_code(request: web.Request) -> web.Response:
    """Take the code, begin a session and go on."""
    given = await forms.fields(request, "code", "onward")
    application, onward = request.app, _onward(given["onward"])
    database, hall, key = application[DATABASE], application[HALL], application[FACTOR_KEY]
    halfway = session.token(request) or ""
    async with database.transaction() as tx:
        person = await sessions.person_halfway(tx, hall, halfway)
    if person is None:
        raise web.HTTPSeeOther("/login")
    try:
        await credentials.check_code(database, hall, key, person, given["code"])
    except (LogInBarred, LogInRefused) as refusal:
        return await _login_page(request, person, onward, refusal)
    async with database.transaction() as tx:
        await credentials.hold(tx, person)
        if await sessions.person_halfway(tx, hall, halfway) != person:  # ended since
            raise web.HTTPSeeOther("/login")
        await sessions.end(tx, halfway)
        fresh = await sessions.begin(tx, hall, person)
    response = web.Response(status=303, headers={hdrs.LOCATION: onward})
    session.give(request, response, fresh)
    return response


async def log_out(request: web.Request) -> web.Response:
    """End the session and take its cookie back."""
    async with request.app[DATABASE].transaction() as tx:
        await sessions.end(tx, session.token(request) or "")
    response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
    session.take(request, response)
    return response


async def code_page(request: web.Request) -> web.Response:
    """Show the current code of a person: in a demo hall, and nowhere else."""
    hall, person = request.app[HALL], request.match_info["person"]
    if not hall.demo:
        raise web.HTTPNotFound
    async with request.app[DATABASE].transaction() as tx:
        secret = await credentials.secret_of(tx, request.app[FACTOR_KEY], person)
        at = await hall.clock(tx)
    if secret is None:
        raise web.HTTPNotFound
    code, until = credentials.current_code(secret, at)
    return await sheet.page(request, CodeView(name=person, code=code, until=until))


async def act_as(request: web.Request) -> web.Response:
    """Begin a session for a player of the demonstration: in a demo hall, and nowhere else."""
    hall = request.app[HALL]
    if not hall.demo:
        raise DemoOnly
    person = (await forms.fields(request, "person"))["person"]
    if person not in {name for name, _ in sheet.PLAYERS}:
        raise NotYours
    async with request.app[DATABASE].transaction() as tx:
        if await identity.actor_of(tx, person, await hall.clock(tx)) is None:
            raise NotYours
        await sessions.end(tx, session.token(request) or "")
        fresh = await sessions.begin(tx, hall, person)
    response = web.Response(status=303, headers={hdrs.LOCATION: _DESK})
    session.give(request, response, fresh)
    return response


async def me(request: web.Request) -> web.Response:
    """Say who the hall takes the sender for."""
    actor = access.require(request)
    roles: list[Json] = [*sorted(actor.roles)]
    return answers.json(
        {"person": actor.person, "org": actor.org, "roles": roles, "branch": actor.branch}
    )


async def enrol(request: web.Request) -> web.Response:
    """Enrol the firm that signed the body."""
    statement, p7s = forms.signed(request)
    once = idempotency.of(request)
    answer = await enrolment.enrol_firm(
        request.app[DATABASE], request.app[HALL], once, statement, p7s
    )
    return answers.done(request, answer)


async def state_duty(request: web.Request) -> web.Response:
    """Take a body's statement for a duty certificate."""
    statement, p7s = forms.signed(request)
    certificate = forms.octets(forms.json(request), "certificate")
    once = idempotency.of(request)
    answer = await duty.state_duty(
        request.app[DATABASE], request.app[HALL], once, statement, p7s, certificate
    )
    return answers.done(request, answer)


async def revoke(request: web.Request) -> web.Response:
    """Stop taking a certificate."""
    actor = access.require(request)
    certificate = request.match_info["certificate"]
    reason = Revocation(str(forms.json(request)["reason"]))
    once = idempotency.of(request)
    answer = await enrolment.revoke_certificate(
        request.app[DATABASE], request.app[HALL], actor, once, certificate, reason
    )
    return answers.done(request, answer)


async def _login_page(
    request: web.Request,
    name: str | None,
    onward: str,
    refusal: LogInBarred | LogInRefused | None,
) -> web.Response:
    hall = request.app[HALL]
    view = LoginView(
        key=hall.entropy(_FORM_KEY_BYTES).hex(),
        name=name,
        onward=onward,
        refused=None if refusal is None else Refused(refusal.code, refusal.facts, "", law=False),
        code_at=f"/login/code/{name}" if name is not None and hall.demo else None,
        can_use_passkeys=passkeys.possible(request.app[SETTINGS]),
    )
    status = 200 if refusal is None else problems.STATUS[refusal.code]
    return await sheet.page(request, view, status=status)


def _onward(given: str) -> str:
    return given if re.fullmatch(_ONWARD, given) else _DESK


ROUTES = (
    Route(
        "GET",
        "/login",
        login_page,
        summary="Log in",
        roles=PUBLIC,
        does=Does.READ,
        query={"onward": _ONWARD, "again": "1"},
    ),
    Route("POST", "/login", log_in, summary="Name and password", roles=PUBLIC, does=Does.SESSION),
    Route(
        "POST",
        "/login/code",
        log_in_by_code,
        summary="Second factor",
        roles=PUBLIC,
        does=Does.SESSION,
    ),
    Route("POST", "/logout", log_out, summary="Log out", roles=PUBLIC, does=Does.SESSION),
    Route(
        "POST",
        "/act-as",
        act_as,
        summary="Act as a player, in a demo hall",
        roles=PUBLIC,
        does=Does.SESSION,
    ),
    Route(
        "GET",
        "/login/code/{person}",
        code_page,
        summary="Current code, in a demo hall",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"{API}/me",
        me,
        summary="Who the hall takes the sender for",
        roles=ANYBODY,
        does=Does.READ,
        gives="me",
    ),
    Route(
        "POST",
        f"{API}/enrolments",
        enrol,
        summary="Enrol a firm by its own signature",
        roles=PUBLIC,
        does=Does.ACT,
        back="The certificate can be revoked at any time.",
        takes="signed",
        gives="enrolled",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/duties",
        state_duty,
        summary="State what a duty certificate may sign for a body",
        roles=PUBLIC,
        does=Does.ACT,
        back="A newer statement for the same certificate counts.",
        takes="duty",
        gives="duty-stated",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/certificates/{{certificate:[0-9a-f]{{64}}}}/revocation",
        revoke,
        summary="Stop taking a certificate",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
        takes="revocation",
        gives="revoked",
    ),
)
