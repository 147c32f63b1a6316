"""Administration: roles, settings, what was not delivered; and the search of the ledger."""

import hashlib
from datetime import timedelta

from aiohttp import web

from notary import audit, colleagues, enrolment, handed_links, messages, offices, sessions, settling
from notary.audit import Wanted
from notary.enrolment import Proposed
from notary.entry import kind, kinds
from notary.identity import Actor, Role
from trading import calendar
from web import access, beijing, sheet
from web.access import Does, Route
from web.keys import DATABASE, HALL
from web.names import NAMES
from web.search import read_day
from web.views.administration import AdministrationView, AuditView, WaitingRow

_MOST_CALLS = 1000
_MOST = 100
"""Entries that a search shows; a narrower one shows the rest."""

_MINUTE = timedelta(minutes=1)
_DICTIONARIES = ("kind", "state", "ground", "stay", "matter", "alarm", "role", "line")
"""Closed lists that the hall speaks in; a change of one is a change of the program."""

_HELD = frozenset(one for one in kinds() if kind(one).held)


async def page(request: web.Request) -> web.Response:
    """Show who holds which role and who is to, the settings, what reached nobody."""
    actor = access.require(request, Role.ADMINISTRATOR, Role.OFFICER)
    ends, of = Role.ADMINISTRATOR in actor.roles, request.query.get("of", "").strip()
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
        known = await settling.newest(tx)
        view = AdministrationView(
            offices=tuple(await offices.held(tx, now, _OFFICES)),
            waiting=tuple(_waiting(one, actor) for one in await enrolment.waiting(tx)),
            links=tuple(await handed_links.to_show(tx, actor, now)),
            of=of,
            certificates=tuple(await colleagues.devices_of(tx, of)) if ends else (),
            ends=ends,
            settled=tuple((thing, known.get(thing)) for thing in settling.Thing),
            calls=len(await messages.to_call(tx, now, _MOST_CALLS)),
            known_until=calendar.known_until(),
            kept={name: span // _MINUTE for name, span in sessions.KEPT.items()},
            dictionaries={name: tuple(NAMES[name]) for name in _DICTIONARIES},
        )
    return await sheet.page(request, view)


async def traces(request: web.Request) -> web.Response:
    """Search the ledger by kind, actor, subject and day."""
    since, until = (read_day(request.query.get(name, "")) for name in ("since", "until"))
    wanted = Wanted(
        kind=request.query.get("kind", ""),
        actor=request.query.get("actor", "").strip(),
        subject=request.query.get("subject", "").strip(),
        since=None if since is None else beijing.midnight(since),
        until=None if until is None else beijing.midnight(until + timedelta(days=1)),
    )
    async with request.app[DATABASE].transaction() as tx:
        found = await audit.search(tx, wanted, _HELD, _MOST)
    view = AuditView(
        kind=wanted.kind,
        actor=wanted.actor,
        subject=wanted.subject,
        since=since,
        until=until,
        families=tuple(NAMES["audited"]),
        traces=tuple(found),
        most=_MOST,
    )
    return await sheet.page(request, view)


def _waiting(one: Proposed, actor: Actor) -> WaitingRow:
    der = one.newcomer.certificate
    return WaitingRow(
        one=one,
        certificate=None if der is None else hashlib.sha256(der).hexdigest(),
        own=one.proposed_by == actor.person,
    )


_OFFICES = frozenset(Role) - {Role.BIDDER, Role.EXPERT}
"""Roles that carry the hall; bidders and experts are listed elsewhere, if at all."""

_WORD = "[A-Za-z0-9._-]{0,64}"
_DAY = "[0-9-]{0,10}"

ROUTES = (
    Route(
        "GET",
        "/administration",
        page,
        summary="Roles, settings, what was not delivered",
        roles=frozenset({Role.ADMINISTRATOR, Role.OFFICER}),
        does=Does.READ,
        query={"of": _WORD},
    ),
    Route(
        "GET",
        "/audit",
        traces,
        summary="Search the ledger by kind, actor, subject and day",
        roles=frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR}),
        does=Does.READ,
        query={
            "kind": "[a-z0-9.-]{0,64}",
            "actor": _WORD,
            "subject": _WORD,
            "since": _DAY,
            "until": _DAY,
        },
    ),
)
