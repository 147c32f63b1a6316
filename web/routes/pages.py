"""The pages that everybody reads: home, a tender, its result."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from bidding import standing
from bidding.rules import BoxUnknown
from bidding.standing import Scene, Standing
from notary import ledger
from notary.entry import kind
from trading import clarifying, lawbook, objections, repeating
from trading import service as trading
from trading.disputes import Objection
from trading.rules.sets import RuleSet
from trading.types import Found, Phase, Record
from web import (
    access,
    agenda,
    beijing,
    branches,
    finding,
    life,
    lot_rows,
    secret_limits,
    sheet,
    showing,
    tender_page,
)
from web import search as searches
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL, RECORDS, VAULT
from web.pressing import fresh_key
from web.search import Stage
from web.views import public
from web.views.life import LedgerLink, Life

LATEST = 3
"""Announcements of each kind on the home page."""


async def home(request: web.Request) -> web.Response:
    """Show what opens today and what was announced last."""
    database, hall = request.app[DATABASE], request.app[HALL]
    newest = searches.Search(sort=searches.Sort.NEWEST)
    found = await trading.search(database, hall, finding.asked(newest, await branches.of(request)))
    coming = await agenda.of_days(request, past=False)
    past = await agenda.of_days(request, past=True)
    today = beijing.today(found.at)
    openings = [
        one for one in [*reversed(past), *coming] if beijing.today(one.box.open_at) == today
    ]
    on = next((one for one in past if _is_live(one)), None)
    rows = [
        *await finding.rows(database, found.tenders, found.at),
        *await _rarer(request, found),
    ]
    view = public.HomeView(
        example=rows[0].tender if rows else None,
        shortcuts=_shortcuts(found.by_phase, openings, found.at),
        live=None if on is None else await _live(request, on, found.at),
        today=today,
        openings=tuple([await agenda.row(request, one, found.at) for one in openings]),
        kinds=tuple(
            public.KindGroup(
                group,
                found.by_kind.get(showing.TRADES[group], 0),
                tuple(row for row in rows if row.kind is group)[:LATEST],
            )
            for group in searches.Kind
        ),
        total=found.total,
    )
    return await sheet.page(request, view)


async def _rarer(request: web.Request, found: Found) -> list[public.TenderRow]:
    """Return the latest of the kinds that are in none of the newest announcements."""
    database, branch = request.app[DATABASE], await branches.of(request)
    named = {one.kind for one in found.tenders}
    rows: list[public.TenderRow] = []
    for group, trade in showing.TRADES.items():
        if trade not in named and found.by_kind[trade]:
            wanted = searches.Search(kinds=(group,), sort=searches.Sort.NEWEST)
            some = finding.asked(wanted, branch, LATEST)
            rarer = await trading.search(database, request.app[HALL], some)
            rows += await finding.rows(database, rarer.tenders, rarer.at)
    return rows


async def tender(request: web.Request) -> web.Response:
    """Show one tender."""
    database, hall = request.app[DATABASE], request.app[HALL]
    record = await trading.record(database, hall, request.match_info["tender"])
    scenes = await standing.of_tender(database, request.match_info["tender"])
    scene = lot_rows.foremost(scenes, record.at)
    entries = await _entries(request, record.tender.facts.tender_id)
    checked = await _record_of(request, lot_rows.finished(scenes))
    law, raised = await _disputes(request)
    lived = await _life(request, record)
    view = tender_page.tender_view(
        scene, record.tender.branch, entries, checked, law, raised, lived, record.at, demo=hall.demo
    )
    boxes, limits = lot_rows.rows(scenes, record.at), secret_limits.shown(lot_rows.in_order(scenes))
    bodies = _named(scene, (record.tender.purchaser, record.tender.agency))
    return await sheet.page(request, replace(view, boxes=boxes, limits=limits, bodies=bodies))


async def result(request: web.Request) -> web.Response:
    """Show the candidates or the award of a lot."""
    database, hall = request.app[DATABASE], request.app[HALL]
    record = await trading.record(database, hall, request.match_info["tender"])
    scenes = await standing.of_tender(database, request.match_info["tender"])
    scene = lot_rows.of_lot(scenes, request.query.get("lot", scenes[0].standing.box.key.lot))
    if scene is None or not scene.standing.awards:
        raise BoxUnknown
    checked = await _record_of(request, scene)
    law, raised = await _disputes(request)
    view = tender_page.result_view(scene, checked, law, raised, record.at, demo=hall.demo)
    return await sheet.page(request, replace(view, bodies=_named(scene, scene.bidders.values())))


def _named(scene: Scene, orgs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return bodies by id and name, each once."""
    return tuple((org, showing.name(scene.bodies, org)) for org in dict.fromkeys(orgs))


async def _life(request: web.Request, record: Record) -> Life:
    """Return what has happened to a tender since its publication, as the reader sees it."""
    named, actor = record.tender.facts.tender_id, access.actor(request)
    # For nobody else are they read: how many there are is not even in the time that a page takes.
    answers = actor is not None and actor.org == record.tender.agency
    async with request.app[DATABASE].transaction() as tx:
        repeats, repeated_as = await repeating.chain(tx, named)
        found = life.Found(
            clarifications=await clarifying.clarifications(tx, named),
            own=() if actor is None else await clarifying.own_questions(tx, named, actor),
            waiting=await clarifying.unanswered_of(tx, named) if answers else (),
            repeats=repeats,
            repeated_as=repeated_as,
        )
    return life.life(record, found, actor, None if actor is None else fresh_key(request))


async def _disputes(request: web.Request) -> tuple[RuleSet, list[Objection]]:
    """Return the law that a tender stands under, and what was objected to in it."""
    named = request.match_info["tender"]
    async with request.app[DATABASE].transaction() as tx:
        return await lawbook.of_tender(tx, named), await objections.of_tender(tx, named)


async def _record_of(request: web.Request, scene: Scene) -> public.Checked | None:
    """Return what the offline verifier said of the tender's public record, once it is over."""
    application = request.app
    return await application[RECORDS].offer(
        application[DATABASE], application[HALL], application[VAULT], scene.standing
    )


async def record(request: web.Request) -> web.StreamResponse:
    """Give the public record of a tender as one file."""
    scenes = await standing.of_tender(request.app[DATABASE], request.match_info["tender"])
    scene = lot_rows.finished(scenes)
    await _record_of(request, scene)
    path = request.app[RECORDS].file(scene.standing)
    if path is None:
        raise BoxUnknown
    response = web.FileResponse(path)
    response.content_type = "application/x-tar"
    name = f"{request.match_info['tender']}.tar"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _live(request: web.Request, one: Standing, now: datetime) -> public.LiveOpening:
    return showing.live(await standing.of_room(request.app[DATABASE], one.box.room), now)


def _is_live(one: Standing) -> bool:
    return one.box.asked_at is not None and one.box.finished_at is None


def _shortcuts(
    by_phase: dict[Phase, int], today: list[Standing], now: datetime
) -> tuple[public.Shortcut, ...]:
    open_, result_ = Stage.OPEN, Stage.RESULT
    day = beijing.today(now)
    return (
        public.Shortcut(
            "closing_today",
            None,
            sum(one.box.deadline > now and beijing.today(one.box.deadline) == day for one in today),
        ),
        public.Shortcut("open", searches.Search(stages=(open_,)), by_phase.get(Phase.BIDDING, 0)),
        public.Shortcut(
            "result", searches.Search(stages=(result_,)), by_phase.get(Phase.CANDIDATES, 0)
        ),
    )


async def _entries(request: web.Request, tender_id: str) -> list[LedgerLink]:
    """Return the entries about a tender that everybody may read, oldest first."""
    async with request.app[DATABASE].transaction() as tx:
        found = await ledger.entries_about(tx, tender_id)
    return [
        LedgerLink(
            kind=kind(one.kind).family,
            index=one.idx,
            at=one.at,
            href=f"/ledger/{one.idx}",
        )
        for one in found
        if kind(one.kind).plain is not None or kind(one.kind).public
    ]


ROUTES = (
    Route("GET", "/", home, summary="Home", roles=PUBLIC, does=Does.READ),
    Route("GET", "/tenders/{tender}", tender, summary="A tender", roles=PUBLIC, does=Does.READ),
    Route(
        "GET",
        "/tenders/{tender}/result",
        result,
        summary="The result of a tender",
        roles=PUBLIC,
        does=Does.READ,
        query={"lot": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
    ),
    Route(
        "GET",
        "/tenders/{tender}/record.tar",
        record,
        summary="The public record of a tender, to verify at home",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
