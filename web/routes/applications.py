"""Coming into the hall as a firm: by its certificate at once, without one by two people."""

import re
from collections.abc import Mapping
from functools import partial

from aiohttp import hdrs, web

from notary import applications, canonical, credit_code, enrolment, invitations, shape
from notary.applications import Asked
from notary.canonical import BadJson, Json
from notary.identity import Role
from notary.once import Answer, Once
from notary.signature import Malformed
from web import access, answers, doors, forms, idempotency, pressing, schema, sheet
from web.access import API, PUBLIC, Does, Route
from web.keys import DATABASE, FACTOR_KEY, HALL, SETTINGS
from web.names import N_
from web.views.people import AdmissionView, ApplicationView, EnrolView

_FIELDS = ("org", "org_name", "person_name", "contact")
_LONGEST_SIGNED = 16_384
_ORG = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


async def page(request: web.Request) -> web.Response:
    """Show the ways in for a firm."""
    view = EnrolView(
        keys={one: pressing.fresh_key(request) for one in ("apply", "signed")},
        origin=request.app[HALL].origin,
        enrolled=request.query.get("enrolled"),
    )
    return await sheet.page(request, view)


async def apply(request: web.Request) -> web.Response:
    """Take the application of a firm without a certificate, and lead to its page."""
    given = await forms.fields(request, *_FIELDS, "key")
    typed = {one: given[one].strip() for one in _FIELDS}
    asked = _asked(typed | {"org": credit_code.of_typed(typed["org"])})
    act = partial(applications.ask, request.app[DATABASE], request.app[HALL], asked=asked)
    answer = await pressing.done(request, given, act)
    where = applications.link(request.app[FACTOR_KEY], str(answer["application"]))
    return web.Response(status=303, headers={hdrs.LOCATION: where})


async def enrol_signed(request: web.Request) -> web.Response:
    """Enrol the firm that signed what the form brings."""
    given = await forms.fields(request, "signed", "key")
    statement, p7s = _signed(given["signed"])
    act = partial(
        enrolment.enrol_firm,
        request.app[DATABASE],
        request.app[HALL],
        statement=statement,
        p7s=p7s,
    )
    answer = await pressing.done(request, given, act)
    return web.Response(status=303, headers={hdrs.LOCATION: f"/enrol?enrolled={answer['org']}"})


async def standing(request: web.Request) -> web.Response:
    """Show an applicant how far its application is; in the end, its person's link."""
    key = request.app[FACTOR_KEY]
    async with request.app[DATABASE].transaction() as tx:
        known = await applications.of_link(tx, key, request.path)
    view = ApplicationView(
        application=known,
        link=None
        if known.invitation is None
        else request.app[SETTINGS].origin + invitations.link(key, known.invitation),
    )
    return await sheet.page(request, view)


async def admission(request: web.Request) -> web.Response:
    """Show an officer or an operator who asks to come in."""
    actor = access.require(request)
    async with request.app[DATABASE].transaction() as tx:
        known = await applications.of_id(tx, request.match_info["application"])
    role = Role.OFFICER if Role.OFFICER in actor.roles else Role.OPERATOR
    view = AdmissionView(
        application=known,
        decides=known.awaits(role),
        keys={one: pressing.fresh_key(request) for one in ("approve", "refuse")},
    )
    return await sheet.page(request, view)


async def apply_by_api(request: web.Request) -> web.Response:
    """Take the application of a firm without a certificate."""
    asked, once = _asked(forms.json(request)), idempotency.of(request)
    answer = await applications.ask(request.app[DATABASE], request.app[HALL], once, asked)
    return answers.done(request, answer)


async def _approve(asked: doors.Asked, once: Once) -> Answer:
    application = asked.place["application"]
    return await applications.approve(asked.database, asked.hall, asked.actor, once, application)


async def _refuse(asked: doors.Asked, once: Once) -> Answer:
    application, reason = asked.place["application"], str(asked.given["reason"])
    return await applications.refuse(
        asked.database, asked.hall, asked.actor, once, application, reason
    )


def _to_application(asked: doors.Asked) -> str:
    return f"/desk/applications/{asked.place['application']}"


def _asked(given: Mapping[str, Json]) -> Asked:
    try:
        return shape.read(Asked, dict(given))
    except ValueError as error:
        raise Malformed(why=str(error)) from error


def _reason(typed: str) -> str:
    given = typed.strip()
    if not re.fullmatch(r"[^\x00-\x1f\x7f]{1,500}", given):
        raise Malformed(why="reason")
    return given


def _signed(text: str) -> tuple[bytes, bytes]:
    """Read an enrolment file: what `hall key enrol --out` or a token's bridge has signed."""
    try:
        given = canonical.loads(text.strip().encode(), limit=_LONGEST_SIGNED)
    except BadJson as error:
        raise Malformed(why=str(error)) from error
    schema.require("signed", given)
    assert isinstance(given, dict)  # noqa: S101 - the schema says so
    return canonical.dumps(given["object"]), forms.octets(given, "p7s")


_ID = "{application:[0-9a-f]{32}}"
_TWO = frozenset({Role.OFFICER, Role.OPERATOR})
_NOTHING_YET = N_("Nothing exists of the firm unless two people approve.")
_ENDS = N_("A role can be ended at once; what was done in it stays.")
_AGAIN = N_("The firm can apply again at any time.")

ROUTES = (
    Route(
        "GET",
        "/enrol",
        page,
        summary="Bring a firm into the hall",
        roles=PUBLIC,
        does=Does.READ,
        query={"enrolled": _ORG},
    ),
    Route(
        "POST",
        "/enrol",
        apply,
        summary="Apply for a firm without a certificate",
        roles=PUBLIC,
        does=Does.ACT,
        back=_NOTHING_YET,
    ),
    Route(
        "POST",
        "/enrol/signed",
        enrol_signed,
        summary="Enrol a firm by a signed file",
        roles=PUBLIC,
        does=Does.ACT,
        back=N_("The certificate can be revoked at any time."),
    ),
    Route(
        "GET",
        f"/enrol/{_ID}/{{token:[0-9a-f]{{32}}}}",
        standing,
        summary="How far an application is",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"/desk/applications/{_ID}",
        admission,
        summary="A firm that asks to come in",
        roles=_TWO,
        does=Does.READ,
    ),
    Route(
        "POST",
        f"{API}/applications",
        apply_by_api,
        summary="Apply for a firm without a certificate",
        roles=PUBLIC,
        does=Does.ACT,
        back=_NOTHING_YET,
        takes="application",
        gives="applied",
        status=201,
    ),
    *doors.both(
        _approve,
        f"/applications/{_ID}/approval",
        page=f"/desk/applications/{_ID}/approval",
        summary="Approve a firm without a certificate, as officer or operator",
        roles=_TWO,
        back=_ENDS,
        gives="application-decided",
        status=200,
        onward=_to_application,
    ),
    *doors.both(
        _refuse,
        f"/applications/{_ID}/refusal",
        page=f"/desk/applications/{_ID}/refusal",
        summary="Refuse a firm without a certificate, with the reason",
        roles=_TWO,
        back=_AGAIN,
        takes="application-refusal",
        gives="application-decided",
        status=200,
        fields={"reason": _reason},
        onward=_to_application,
    ),
)
