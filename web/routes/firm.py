"""My firm and I: its people and their rights, devices, stand-ins; and coming in by a link."""

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web

from notary import (
    colleagues,
    credentials,
    enrolment,
    identity,
    invitations,
    passkeys,
    sessions,
    shape,
    stand_ins,
)
from notary.canonical import Json
from notary.colleagues import ColleagueWish
from notary.entropy import Entropy
from notary.identity import Line
from notary.invitations import Acceptance, CodeWrong, Factor, Invitation
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.signature import Malformed
from notary.stand_ins import StandInWish
from notary.ways_in import Revocation
from web import access, answers, beijing, forms, idempotency, pressing, problems, qr, session, sheet
from web import passkeys as brought
from web.access import ANYBODY, API, FINAL, PUBLIC, Does, Route
from web.keys import DATABASE, FACTOR_KEY, HALL, SETTINGS
from web.typed import Answers, Typed
from web.views.house import Refused
from web.views.people import FirmView, WelcomeView

T = TypeVar("T")

_FORMS = ("invite", "right", "leave", "revoke", "passkey", "stand", "end")


async def page(request: web.Request) -> web.Response:
    """Show the reader's body."""
    return await _page(request, None)


async def _page(request: web.Request, typed: Typed | None) -> web.Response:
    """Show the reader's body. `typed`: the form of a stand-in, where something is wrong in it."""
    actor, hall = access.require(request), request.app[HALL]
    async with request.app[DATABASE].transaction() as tx:
        at = await hall.clock(tx)
        body = await identity.organisation(tx, actor.org)
        head = await identity.head_of(tx, actor.org)
        people = await colleagues.of_body(tx, actor.org)
        devices = await colleagues.devices_of(tx, actor.org)
        kept = await passkeys.of_body(tx, actor.org)
        has_password = await credentials.is_set(tx, actor.person)
        lasting = await stand_ins.of_body(tx, actor.org, at)
        invited = await invitations.open_of_body(tx, actor.org, at)
    assert body is not None  # noqa: S101 - the reader acts for it
    is_head = head == actor.person
    view = FirmView(
        name=body.name,
        line=body.line,
        branch=body.branch,
        reader=actor.person,
        is_head=is_head,
        is_firm=body.line is Line.NONE,
        keys={one: pressing.fresh_key(request) for one in _FORMS},
        people=tuple(people),
        devices=tuple(devices),
        passkeys=tuple(kept),
        can_make_passkeys=brought.possible(request.app[SETTINGS]),
        has_password=has_password,
        stand_ins=tuple(lasting),
        invited=tuple(_invited(request, one) for one in invited) if is_head else (),
        today=beijing.today(at),
        typed=typed,
    )
    return await sheet.page(request, view, status=200 if typed is None else 422)


async def invite(request: web.Request) -> web.Response:
    """Ask a colleague in by a form."""
    actor = access.require(request)
    given = await forms.fields(request, "person", "name", "right", "key")
    wish = _read(ColleagueWish, {one: given[one] for one in ("person", "name", "right")})
    act = partial(colleagues.invite, request.app[DATABASE], request.app[HALL], actor, wish=wish)
    return await pressing.press(request, given, act, "/firm#invited")


async def set_right(request: web.Request) -> web.Response:
    """Let a colleague submit, or only prepare."""
    actor, person = access.require(request), request.match_info["person"]
    given = await forms.fields(request, "right", "key")
    act = partial(
        colleagues.set_right,
        request.app[DATABASE],
        request.app[HALL],
        actor,
        person=person,
        right="submit" if given["right"] == "submit" else "prepare",
    )
    return await pressing.press(request, given, act, "/firm")


async def let_go(request: web.Request) -> web.Response:
    """Let a colleague leave."""
    actor, person = access.require(request), request.match_info["person"]
    given = await forms.fields(request, "key")
    act = partial(colleagues.let_go, request.app[DATABASE], request.app[HALL], actor, person=person)
    return await pressing.press(request, given, act, "/firm")


async def revoke(request: web.Request) -> web.Response:
    """Stop taking one device or certificate of the reader's body."""
    actor, certificate = access.require(request), request.match_info["certificate"]
    given = await forms.fields(request, "key")
    act = partial(
        enrolment.revoke_certificate,
        request.app[DATABASE],
        request.app[HALL],
        actor,
        cert_sha256=certificate,
        reason=Revocation.LOST,
    )
    return await pressing.press(request, given, act, "/firm#devices")


async def grant(request: web.Request) -> web.Response:
    """Name a stand-in by a form: whole days, in Beijing."""
    actor = access.require(request)
    days = (f"{name}_{part}" for name in ("from", "to") for part in "ymd")
    given = await forms.fields(request, "absent", "person", "role", "reason", "key", *days)
    asked = Answers(given)
    since, until = asked.midnight("from"), asked.midnight("to", later=1)
    if asked.errors:
        return await _page(request, Typed(given=given, errors=tuple(asked.errors)))
    wish = _read(
        StandInWish,
        {
            **{one: given[one] for one in ("person", "role", "reason")},
            "absent": given["absent"] or actor.person,
            "from": since,
            "to": until,
        },
    )
    act = partial(stand_ins.grant, request.app[DATABASE], request.app[HALL], actor, wish=wish)
    return await pressing.press(request, given, act, "/firm#stand-ins")


async def end(request: web.Request) -> web.Response:
    """End a stand-in now."""
    actor, stand_in = access.require(request), request.match_info["stand_in"]
    given = await forms.fields(request, "key")
    act = partial(stand_ins.end, request.app[DATABASE], request.app[HALL], actor, stand_in=stand_in)
    return await pressing.press(request, given, act, "/firm#stand-ins")


async def welcome(request: web.Request) -> web.Response:
    """Show whoever has the link how to come in."""
    return await _welcome_page(request, None, None)


async def come_in(request: web.Request) -> web.Response:
    """Take in the person whose link it is and begin a session, or show what is wrong.

    Password and code are not asked for twice; a repeated press finds its act done, and begins none.
    """
    given = await forms.fields(request, "name", "password", "code", "factor", "key")
    acceptance = Acceptance(
        name=given["name"].strip(),
        password=given["password"],
        code=given["code"].strip(),
        factor=given["factor"],
    )
    database, hall, key = request.app[DATABASE], request.app[HALL], request.app[FACTOR_KEY]
    fresh: list[str] = []

    async def accept(once: Once) -> Answer:
        answer = await invitations.accept(
            database, hall, key, once, path=request.path, given=acceptance
        )
        async with database.transaction() as tx:
            await sessions.end(tx, session.token(request) or "")
            fresh.append(await sessions.begin(tx, hall, str(answer["person"])))
        return answer

    # What is kept of the request is a hash, but of a password not even that.
    asked = {**given, "password": "", "code": "", "factor": ""}
    try:
        response = await pressing.press(request, asked, accept, "/desk")
    except (invitations.PasswordShort, invitations.CodeWrong) as refusal:
        return await _welcome_page(request, refusal, given["factor"])
    for token in fresh:
        session.give(request, response, token)
    return response


async def invite_by_api(request: web.Request) -> web.Response:
    """Ask a colleague in; the answer has the id of the link."""
    actor, once = access.require(request), idempotency.of(request)
    wish = _read(ColleagueWish, forms.json(request))
    answer = await colleagues.invite(request.app[DATABASE], request.app[HALL], actor, once, wish)
    return answers.done(request, answer)


async def let_go_by_api(request: web.Request) -> web.Response:
    """Let a colleague leave: devices, roles, stand-ins, sessions."""
    actor, once = access.require(request), idempotency.of(request)
    person = request.match_info["person"]
    answer = await colleagues.let_go(request.app[DATABASE], request.app[HALL], actor, once, person)
    return answers.done(request, answer)


async def grant_by_api(request: web.Request) -> web.Response:
    """Name a stand-in."""
    actor, once = access.require(request), idempotency.of(request)
    wish = _read(StandInWish, forms.json(request))
    answer = await stand_ins.grant(request.app[DATABASE], request.app[HALL], actor, once, wish)
    return answers.done(request, answer)


async def end_by_api(request: web.Request) -> web.Response:
    """End a stand-in now."""
    actor, once = access.require(request), idempotency.of(request)
    stand_in = request.match_info["stand_in"]
    answer = await stand_ins.end(request.app[DATABASE], request.app[HALL], actor, once, stand_in)
    return answers.done(request, answer)


async def _welcome_page(
    request: web.Request, refusal: Refusal | None, sealed: str | None
) -> web.Response:
    """Show the form; whoever mistyped finds the second factor that stands in the authenticator."""
    hall, key = request.app[HALL], request.app[FACTOR_KEY]
    async with request.app[DATABASE].transaction() as tx:
        invited = await invitations.of_link(tx, key, request.path, await hall.clock(tx))
    newcomer = invited.newcomer
    factor = _factor(key, hall.entropy, invited.invitation, sealed)
    secret = base64.b32encode(factor.secret).decode()
    issuer = hall.origin.partition("/")[0]
    label, issued = quote(f"{issuer}:{newcomer.person}"), quote(issuer)
    otpauth = f"otpauth://totp/{label}?secret={secret}&issuer={issued}"
    view = WelcomeView(
        key=pressing.fresh_key(request),
        action=request.path,
        person=newcomer.person,
        name="" if newcomer.person_name == newcomer.person else newcomer.person_name,
        org=newcomer.org_name,
        roles=newcomer.roles,
        secret=secret,
        factor=factor.sealed,
        otpauth=otpauth,
        qr=qr.code(otpauth),
        good_until=invited.good_until,
        refused=None if refusal is None else Refused(refusal.code, refusal.facts, "", law=False),
    )
    status = 200 if refusal is None else problems.STATUS[refusal.code]
    return await sheet.page(request, view, status=status)


def _factor(key: bytes, entropy: Entropy, invitation: str, sealed: str | None) -> Factor:
    try:
        if sealed is not None:
            return invitations.factor_of(key, invitation, sealed)
    except CodeWrong:
        pass  # none of the hall's: the page begins anew
    return invitations.new_factor(key, entropy, invitation)


def _invited(request: web.Request, one: Invitation) -> tuple[str, str, datetime]:
    path = invitations.link(request.app[FACTOR_KEY], one.invitation)
    return f"{request.app[SETTINGS].origin}{path}", one.newcomer.person_name, one.good_until


def _read(type_: type[T], given: Mapping[str, Json]) -> T:
    try:
        return shape.read(type_, dict(given))
    except ValueError as error:
        raise Malformed(why=str(error)) from error


_PERSON = "{person:[A-Za-z0-9][A-Za-z0-9._-]{0,63}}"
_STAND_IN = "{stand_in:[0-9a-f]{32}}"
_LINK = "/welcome/{invitation:[0-9a-f]{32}}/{token:[0-9a-f]{32}}"
_UNUSED = "The link can be left unused; it dies after 72 hours."
_LEFT = FINAL  # another enrolment under another id is a new person
_ENDS = "It can be ended at any time, and ends by itself."
_GRANTED_AGAIN = "Another one can be granted at any time."

ROUTES = (
    Route("GET", "/firm", page, summary="My firm and I", roles=ANYBODY, does=Does.READ),
    Route(
        "POST",
        "/firm/colleagues",
        invite,
        summary="Ask a colleague in",
        roles=ANYBODY,
        does=Does.ACT,
        back=_UNUSED,
    ),
    Route(
        "POST",
        f"/firm/colleagues/{_PERSON}/right",
        set_right,
        summary="What a colleague may do",
        roles=ANYBODY,
        does=Does.ACT,
        back="Can be changed again at any time.",
    ),
    Route(
        "POST",
        f"/firm/colleagues/{_PERSON}/leaving",
        let_go,
        summary="A colleague leaves",
        roles=ANYBODY,
        does=Does.ACT,
        back=_LEFT,
    ),
    Route(
        "POST",
        "/firm/devices/{certificate:[0-9a-f]{64}}/revocation",
        revoke,
        summary="A device is lost",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
    ),
    Route(
        "POST",
        "/firm/stand-ins",
        grant,
        summary="Name a stand-in",
        roles=ANYBODY,
        does=Does.ACT,
        back=_ENDS,
    ),
    Route(
        "POST",
        f"/firm/stand-ins/{_STAND_IN}/end",
        end,
        summary="End a stand-in",
        roles=ANYBODY,
        does=Does.ACT,
        back=_GRANTED_AGAIN,
    ),
    Route("GET", _LINK, welcome, summary="Come in by a link", roles=PUBLIC, does=Does.READ),
    Route(
        "POST", _LINK, come_in, summary="Come in by a link", roles=PUBLIC, does=Does.ACT, back=FINAL
    ),
    Route(
        "POST",
        f"{API}/colleagues",
        invite_by_api,
        summary="Ask a colleague of a firm in",
        roles=ANYBODY,
        does=Does.ACT,
        back=_UNUSED,
        takes="colleague",
        gives="invited",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/colleagues/{_PERSON}/leaving",
        let_go_by_api,
        summary="Let a colleague leave: devices, roles, stand-ins and sessions end",
        roles=ANYBODY,
        does=Does.ACT,
        back=_LEFT,
        gives="left",
    ),
    Route(
        "POST",
        f"{API}/stand-ins",
        grant_by_api,
        summary="Name a stand-in for a person of the sender's body",
        roles=ANYBODY,
        does=Does.ACT,
        back=_ENDS,
        takes="stand-in",
        gives="stand-in-granted",
        status=201,
    ),
    Route(
        "DELETE",
        f"{API}/stand-ins/{_STAND_IN}",
        end_by_api,
        summary="End a stand-in now",
        roles=ANYBODY,
        does=Does.ACT,
        back=_GRANTED_AGAIN,
        gives="stand-in-granted",
    ),
)
