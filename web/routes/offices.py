"""Roles of weight: one person proposes somebody, another approves; a role is ended at once.

Programs do it by the API, people on the page of administration. Source: people.md 5; web.md 9.
"""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from aiohttp import web

from notary import credit_code, enrolment, handed_links, invitations, shape
from notary.canonical import Json
from notary.identity import Role
from notary.once import Answer, Once
from notary.register import Newcomer
from notary.signature import Malformed
from notary.ways_in import Revocation
from web import access, answers, doors, forms, idempotency, pressing, schema, sheet
from web.access import API, FINAL, Does, Route
from web.keys import BELL, DATABASE, FACTOR_KEY, HALL, SETTINGS
from web.noting import N_
from web.views.administration import LinkView

_TYPED = ("org", "org_name", "line", "branch", "person", "person_name", "certificate")
_BOXES = {f"role_{role}": role for role in Role}
_ARMOUR = re.compile(r"-----[A-Z ]+-----")
"""The first and last line of a certificate in PEM (RFC 7468, section 2)."""


async def propose(request: web.Request) -> web.Response:
    """Propose a person with privileged roles."""
    actor = access.require(request, Role.ADMINISTRATOR, Role.OFFICER)
    newcomer = _newcomer(forms.json(request))
    once = idempotency.of(request)
    answer = await enrolment.propose(
        request.app[DATABASE], request.app[HALL], actor, once, newcomer
    )
    return answers.done(request, answer)


async def propose_here(request: web.Request) -> web.Response:
    """Take the form that proposes a person, and lead to what waits."""
    actor = access.require(request, Role.ADMINISTRATOR, Role.OFFICER)
    typed = await forms.fields(request, "key", *_TYPED, *_BOXES)
    newcomer = _newcomer(_body(typed))
    database, hall = request.app[DATABASE], request.app[HALL]
    act = partial(enrolment.propose, database, hall, actor, newcomer=newcomer)
    return await pressing.press(request, typed, act, "/administration#waiting")


async def end_role(request: web.Request) -> web.Response:
    """End a person's role."""
    actor = access.require(request, Role.ADMINISTRATOR)
    person, role = request.match_info["person"], Role(request.match_info["role"])
    once = idempotency.of(request)
    answer = await enrolment.end_role(
        request.app[DATABASE], request.app[HALL], actor, once, person, role
    )
    return answers.done(request, answer)


async def end_role_here(request: web.Request) -> web.Response:
    """Take the button that ends a person's role."""
    actor = access.require(request, Role.ADMINISTRATOR)
    typed = await forms.fields(request, "key")
    person, role = request.match_info["person"], Role(request.match_info["role"])
    database, hall = request.app[DATABASE], request.app[HALL]
    act = partial(enrolment.end_role, database, hall, actor, person=person, role=role)
    done = await pressing.press(request, typed, act, "/administration#roles")
    request.app[BELL].ring()
    return done


async def revoke_here(request: web.Request) -> web.Response:
    """Take the button that revokes a certificate of any body, with its reason."""
    actor = access.require(request, Role.ADMINISTRATOR)
    typed = await forms.fields(request, "key", "reason", "of")
    schema.require("revocation", {"reason": typed["reason"]})
    act = partial(
        enrolment.revoke_certificate,
        request.app[DATABASE],
        request.app[HALL],
        actor,
        cert_sha256=request.match_info["certificate"],
        reason=Revocation(typed["reason"]),
    )
    return await pressing.press(
        request, typed, act, f"{_PAGE}?of={quote(typed['of'])}#certificates"
    )


async def _approve(asked: doors.Asked, once: Once) -> Answer:
    proposal = asked.place["proposal"]
    return await enrolment.approve(asked.database, asked.hall, asked.actor, once, proposal)


async def _withdraw(asked: doors.Asked, once: Once) -> Answer:
    proposal = asked.place["proposal"]
    return await enrolment.withdraw(asked.database, asked.hall, asked.actor, once, proposal)


async def show_link(request: web.Request) -> web.Response:
    """Give the link of somebody whom the sender has let in, in the first answer alone."""
    actor, once = access.require(request, Role.ADMINISTRATOR, Role.OFFICER), idempotency.of(request)
    invitation = request.match_info["invitation"]
    database, hall = request.app[DATABASE], request.app[HALL]
    answer = await handed_links.show(database, hall, actor, once, invitation)
    return answers.done(request, {**answer, "link": _whole(request, invitation)})


async def show_link_here(request: web.Request) -> web.Response:
    """Take the button that shows a link, and show it: the page is not there again."""
    actor = access.require(request, Role.ADMINISTRATOR, Role.OFFICER)
    typed, invitation = await forms.fields(request, "key"), request.match_info["invitation"]
    database, hall = request.app[DATABASE], request.app[HALL]
    act = partial(handed_links.show, database, hall, actor, invitation=invitation)
    await pressing.done_first(request, typed, act, handed_links.LinkShown())
    async with database.transaction() as tx:
        shown = await invitations.of_id(tx, invitation, await hall.clock(tx))
    view = LinkView(shown=shown, link=_whole(request, invitation))
    return await sheet.page(request, view)


def _whole(request: web.Request, invitation: str) -> str:
    path = invitations.link(request.app[FACTOR_KEY], invitation)
    return request.app[SETTINGS].origin + path


def _body(typed: Mapping[str, str]) -> dict[str, Json]:
    """Make of the form what the API takes, or refuse it as the API does."""
    roles: list[Json] = [str(role) for box, role in _BOXES.items() if typed[box] == "yes"]
    certificate = "".join(_ARMOUR.sub("", typed["certificate"]).split())
    made: dict[str, Json] = {
        **{name: typed[name].strip() for name in _TYPED},
        "org": credit_code.of_typed(typed["org"]),
        "branch": typed["branch"].strip() or None,
        "certificate": certificate or None,
        "roles": roles,
    }
    schema.require("newcomer", made)
    return made


def _newcomer(given: dict[str, Json]) -> Newcomer:
    try:
        return shape.read(Newcomer, given)
    except ValueError as error:
        raise Malformed(why=str(error)) from error


_TWO = frozenset({Role.ADMINISTRATOR, Role.OFFICER})
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_ROLE = "|".join(Role)
_LINK = "{invitation:[0-9a-f]{32}}"
_PAGE = "/administration"
_NOTHING_YET = N_("It can be withdrawn until another person approves; before that nothing happens.")
_ENDS = N_("A role can be ended at once; what was done in it stays.")
_PROPOSED_AGAIN = N_("The person can be proposed again.")
_AGAIN = N_("The role can be granted again by two persons.")

ROUTES = (
    Route(
        "POST",
        f"{API}/proposals",
        propose,
        summary="Propose a person with privileged roles",
        roles=_TWO,
        does=Does.ACT,
        back=_NOTHING_YET,
        takes="newcomer",
        gives="proposed",
        status=201,
    ),
    Route(
        "POST",
        f"{_PAGE}/proposals",
        propose_here,
        summary="Propose a person with privileged roles",
        roles=_TWO,
        does=Does.ACT,
        back=_NOTHING_YET,
        status=303,
    ),
    *doors.both(
        _approve,
        "/proposals/{proposal}/approval",
        summary="Approve what another person proposed",
        roles=_TWO,
        back=_ENDS,
        gives="approved",
        onward=lambda _: _PAGE,  # a link that is to be handed over stands first
        page=f"{_PAGE}/proposals/{{proposal}}/approval",
        status=200,
    ),
    *doors.both(
        _withdraw,
        "/proposals/{proposal}/withdrawal",
        summary="Withdraw a proposal that nobody has approved",
        roles=_TWO,
        back=_PROPOSED_AGAIN,
        gives="proposed",
        onward=lambda _: f"{_PAGE}#waiting",
        page=f"{_PAGE}/proposals/{{proposal}}/withdrawal",
        status=200,
    ),
    Route(
        "POST",
        f"{API}/links/{_LINK}/showing",
        show_link,
        summary="See the link of somebody whom the sender has let in, once",
        roles=_TWO,
        does=Does.ACT,
        back=FINAL,
        gives="link-shown",
    ),
    Route(
        "POST",
        f"{_PAGE}/links/{_LINK}/showing",
        show_link_here,
        summary="See the link of somebody whom the reader has let in, once",
        roles=_TWO,
        does=Does.ACT,
        back=FINAL,
    ),
    Route(
        "POST",
        f"{_PAGE}/certificates/{{certificate:[0-9a-f]{{64}}}}/revocation",
        revoke_here,
        summary="Stop taking a certificate",
        roles=_ADMINISTRATOR,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
    Route(
        "DELETE",
        f"{API}/people/{{person}}/roles/{{role:{_ROLE}}}",
        end_role,
        summary="End a role",
        roles=_ADMINISTRATOR,
        does=Does.ACT,
        back=_AGAIN,
        gives="role-ended",
    ),
    Route(
        "POST",
        f"{_PAGE}/people/{{person}}/roles/{{role:{_ROLE}}}/end",
        end_role_here,
        summary="End a role",
        roles=_ADMINISTRATOR,
        does=Does.ACT,
        back=_AGAIN,
        status=303,
    ),
)
