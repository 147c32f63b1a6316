"""Passkeys and CA tokens: challenges, log-in, a person's passkeys, and links to log in."""

from functools import partial

from aiohttp import web

from notary import canonical, challenges, invitations, passkeys, presence, sessions
from notary.canonical import Json
from notary.challenges import Purpose
from web import access, answers, forms, idempotency, session
from web import passkeys as brought
from web.access import ANYBODY, API, PUBLIC, Does, Route
from web.keys import DATABASE, FACTOR_KEY, HALL, SETTINGS
from web.names import N_
from web.pressing import press


async def to_log_in(request: web.Request) -> web.Response:
    """Give a challenge to whoever wants to log in by a passkey or a CA token."""
    return answers.json(await _challenge(request, Purpose.LOG_IN, None))


async def to_confirm(request: web.Request) -> web.Response:
    """Give a challenge to somebody who confirms an act."""
    actor = access.require(request)
    return answers.json(await _challenge(request, Purpose.CONFIRM, actor.person))


async def log_in_by_passkey(request: web.Request) -> web.Response:
    """Take a passkey's answer and begin a session."""
    database, hall = request.app[DATABASE], request.app[HALL]
    given = forms.json(request)
    return await _begin(
        request, await passkeys.log_in(database, hall, brought.party(request), given)
    )


async def log_in_by_token(request: web.Request) -> web.Response:
    """Take a CA token's answer and begin a session."""
    statement, p7s = forms.signed(request)
    database, hall = request.app[DATABASE], request.app[HALL]
    return await _begin(request, await presence.log_in(database, hall, statement, p7s))


async def to_make(request: web.Request) -> web.Response:
    """Give whoever confirms it what a browser needs to make a passkey."""
    actor = access.require(request)
    confirm = brought.confirmation(request, forms.json(request)["confirmation"])
    database, hall = request.app[DATABASE], request.app[HALL]
    options = await passkeys.to_make(database, hall, brought.party(request), confirm, actor)
    return answers.json({"options": options})


async def enrol(request: web.Request) -> web.Response:
    """Take the passkey that a browser has made."""
    actor, once, given = access.require(request), idempotency.of(request), forms.json(request)
    made = given["made"]
    assert isinstance(made, dict)  # noqa: S101 - the schema says so
    database, hall = request.app[DATABASE], request.app[HALL]
    answer = await passkeys.enrol(
        database, hall, brought.party(request), actor, once, str(given["name"]), made
    )
    return answers.done(request, answer)


async def revoke(request: web.Request) -> web.Response:
    """Take a passkey no more, by a button."""
    actor, passkey = access.require(request), request.match_info["passkey"]
    given = await forms.fields(request, "key")
    act = partial(passkeys.revoke, request.app[DATABASE], request.app[HALL], actor, passkey=passkey)
    return await press(request, given, act, "/firm#devices")


async def revoke_by_api(request: web.Request) -> web.Response:
    """Take a passkey no more."""
    actor, once = access.require(request), idempotency.of(request)
    passkey = request.match_info["passkey"]
    database, hall = request.app[DATABASE], request.app[HALL]
    return answers.done(request, await passkeys.revoke(database, hall, actor, once, passkey))


async def ask_link(request: web.Request) -> web.Response:
    """Make a link to log in for whoever signs by a CA certificate; the answer has its id."""
    actor, once = access.require(request), idempotency.of(request)
    answer = await invitations.ask(request.app[DATABASE], request.app[HALL], actor, once)
    return answers.done(request, answer)


async def own_link(request: web.Request) -> web.Response:
    """Give whoever has asked for it the whole link."""
    actor, invitation = access.require(request), request.match_info["invitation"]
    database, hall, key = request.app[DATABASE], request.app[HALL], request.app[FACTOR_KEY]
    path = await invitations.own_link(database, hall, key, actor, invitation)
    return answers.json({"link": request.app[SETTINGS].origin + path})


async def _challenge(request: web.Request, purpose: Purpose, person: str | None) -> dict[str, Json]:
    """Return one challenge in both forms: for a passkey, and as the text that a token signs."""
    database, hall = request.app[DATABASE], request.app[HALL]
    challenge = await challenges.make(database, hall, purpose, person)
    statement: dict[str, Json] = {
        "v": "hall-presence/v1",
        "origin": hall.origin,
        "challenge": challenge.hex(),
        "purpose": purpose,
    }
    return {
        "options": passkeys.to_answer(brought.party(request), challenge),
        "token": canonical.dumps(statement).decode(),
    }


async def _begin(request: web.Request, person: str) -> web.Response:
    """Begin a session of its own for a person, whoever was logged in before."""
    async with request.app[DATABASE].transaction() as tx:
        await sessions.end(tx, session.token(request) or "")
        fresh = await sessions.begin(tx, request.app[HALL], person)
    response = answers.json({"person": person})
    session.give(request, response, fresh)
    return response


_PASSKEY = "{passkey:[0-9a-f]{64}}"
_ANOTHER = "A new passkey can be made at any time."
_REVOKED = N_("The passkey can be revoked at any time.")

ROUTES = (
    Route(
        "POST",
        "/login/challenge",
        to_log_in,
        summary="Challenge for a log-in",
        roles=PUBLIC,
        does=Does.SESSION,
    ),
    Route(
        "POST",
        "/login/passkey",
        log_in_by_passkey,
        summary="Log in by a passkey",
        roles=PUBLIC,
        does=Does.SESSION,
        takes="passkey-answer",
    ),
    Route(
        "POST",
        "/login/token",
        log_in_by_token,
        summary="Log in by a CA token",
        roles=PUBLIC,
        does=Does.SESSION,
        takes="signed",
    ),
    Route(
        "POST",
        f"{API}/challenges",
        to_confirm,
        summary="Challenge for the confirmation of an act, by a passkey or a CA token",
        roles=ANYBODY,
        does=Does.SESSION,
        gives="passkey-options",
    ),
    Route(
        "POST",
        f"{API}/passkeys/challenges",
        to_make,
        summary="Challenge for a new passkey, confirmed",
        roles=ANYBODY,
        does=Does.SESSION,
        takes="passkey-wish",
        gives="passkey-options",
    ),
    Route(
        "POST",
        f"{API}/passkeys",
        enrol,
        summary="Enrol a passkey of the sender",
        roles=ANYBODY,
        does=Does.ACT,
        back=_REVOKED,
        takes="passkey",
        gives="passkey-enrolled",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/passkeys/{_PASSKEY}/revocation",
        revoke_by_api,
        summary="Take a passkey no more: the own or, as the head of a body, a colleague's",
        roles=ANYBODY,
        does=Does.ACT,
        back=_ANOTHER,
        gives="passkey-enrolled",
    ),
    Route(
        "POST",
        f"/firm/passkeys/{_PASSKEY}/revocation",
        revoke,
        summary="Take a passkey no more",
        roles=ANYBODY,
        does=Does.ACT,
        back=_ANOTHER,
    ),
    Route(
        "POST",
        f"{API}/links",
        ask_link,
        summary="Make the sender, who signs by a CA certificate, a link to log in",
        roles=ANYBODY,
        does=Does.ACT,
        back="The link can be left unused; it dies after 72 hours.",
        gives="link-made",
        status=201,
    ),
    Route(
        "GET",
        f"{API}/links/{{invitation:[0-9a-f]{{32}}}}",
        own_link,
        summary="A link to log in that the sender has asked for",
        roles=ANYBODY,
        does=Does.READ,
        gives="link",
    ),
)
