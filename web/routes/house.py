"""The pages of the house: desk, status, verify, submit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import metadata
from itertools import chain

from aiohttp import web

from bidding import contested, contracts, keys, losses, standing, vigil
from bidding.rules import BoxUnknown, KeysMissing, TrusteesTooClose
from bidding.standing import Scene
from notary import (
    applications,
    canonical,
    enrolment,
    identity,
    ledger,
    messages,
    published,
    settling,
    stand_ins,
)
from notary.clock import machine_clock
from notary.identity import Actor, Role
from notary.settling import Thing
from notary.tiles import tiles_of
from trading import (
    amending,
    clarifying,
    complaints,
    confirming,
    handing,
    lawbook,
    objections,
    staying,
)
from trading import service as trading
from trading.notice import box_of
from trading.types import Drafted
from web import (
    access,
    desk,
    health,
    lights,
    lookout,
    lot_rows,
    notices,
    sheet,
    showing,
    verifying,
)
from web.access import ANYBODY, PUBLIC, Does, Route
from web.desk_after import Aftermath
from web.desk_contracts import Contracts
from web.desk_running import Running, with_lost_keys
from web.desk_stays import Stays
from web.keys import DATABASE, HALL, SETTINGS, STARTED_AT, VAULT
from web.lights import Ground
from web.names import ENTRIES
from web.views.house import BoxToSeal, ReadinessView, StatusView, SubmitView, VerifyView

_MOST_CALLS = 1000
_ON_STATUS = (Thing.LEVEL, Thing.ABOVE, Thing.DAYS)
_MOST_TENDERS = 1000
_USUAL = {"bidder_name": "text", "price_fen": "fen"}
_ANSWERS = {"text": "…", "fen": "1076700000", "int": "180", "date": "2026-11-30"}


async def my_desk(request: web.Request) -> web.Response:
    """Show what the reader has to do."""
    actor = access.require(request)
    database, hall = request.app[DATABASE], request.app[HALL]
    drafts = await trading.drafts_of(database, actor)
    scenes, own = await standing.for_desk(database, hall, actor.org)
    watches = Role.SUPERVISOR in actor.roles
    ids = {one.draft.purchaser for one in drafts} | {one.agency for one in drafts}
    ids |= {trustee.org for one in drafts for trustee in one.draft.trustees}
    changes = await _changes(request, actor)
    ids |= {one.tender.purchaser for one in changes}
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        bodies = {one: await identity.organisation(tx, one) for one in sorted(ids)}
        lasting = await stand_ins.of_body(tx, actor.org, now)
        known = await settling.newest(tx) if Role.ADMINISTRATOR in actor.roles else None
        lets_in = actor.roles & {Role.OFFICER, Role.OPERATOR}
        asking = await applications.waiting(tx) if lets_in else ()
    seen = await lookout.look(database, hall, actor) if watches else None
    missing = [one.draft.tender for one in drafts if await _lacks_keys(request, one, now)]
    facts = desk.Desk(
        actor=actor,
        now=now,
        drafts=drafts,
        keys_missing=frozenset(missing),
        handed=await handing.handed_over(database, drafts),
        handed_back=await handing.handed_back(database, drafts),
        changes=changes,
        scenes=scenes,
        own=own.live,
        voided=own.voided,
        incomplete=own.incomplete,
        names={one: body.name for one, body in bodies.items() if body is not None},
        after=await _aftermath(request, actor, scenes),
        stays=await _stays(request, actor, scenes if seen is None else seen.ground.scenes, own),
        running=await _running(request, actor, scenes),
        contracts=await _contracts(request, actor),
        confirming=await confirming.all_waiting(database) if Role.OFFICER in actor.roles else (),
        applications=asking,
        alarms=() if seen is None else seen.open,
        inquiries=await lookout.inquiries(database, actor),
    )
    own_stand_ins = [one for one in lasting if actor.person in {one.person, one.absent}]
    settled = sum(one.is_in_force for one in (known or {}).values())
    view = replace(
        desk.view(facts),
        stand_ins=tuple(own_stand_ins),
        # A demonstration has settled everything by itself.
        unsettled=0 if known is None or hall.demo else len(settling.Thing) - settled,
    )
    return await sheet.page(request, view)


async def _changes(request: web.Request, actor: Actor) -> list[desk.Changing]:
    """Return what waits for a signature of published tenders of the actor's body."""
    database = request.app[DATABASE]
    async with database.transaction() as tx:
        waiting = await amending.prepared_for(tx, actor)
    if not waiting:
        return []
    known = await handing.tenders_of(database, actor, take=_MOST_TENDERS)
    tenders = {str(one.facts.tender_id): one for one in known}
    return [desk.Changing(tenders[one.tender], one) for one in waiting if one.tender in tenders]


async def _aftermath(request: web.Request, actor: Actor, scenes: Sequence[Scene]) -> Aftermath:
    """Gather what is known of openings, objections and complaints."""
    database, hall = request.app[DATABASE], request.app[HALL]
    # Before the transaction below: who holds a connection and waits for another may wait for ever.
    questions = (
        await clarifying.unanswered(database, hall, actor) if Role.AGENCY in actor.roles else ()
    )
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        tenders = {one.standing.box.key.tender for one in scenes}
        return Aftermath(
            actor=actor,
            now=now,
            scenes=scenes,
            rules=await lawbook.of_tenders(tx, tenders),
            objections=await objections.waiting(tx),
            rooms=await contested.waiting_in_rooms(tx),
            complaints=await complaints.made(tx, actor),
            questions=questions,
            proposed=await enrolment.waiting(tx)
            if actor.roles & {Role.ADMINISTRATOR, Role.OFFICER}
            else (),
        )


async def _stays(
    request: web.Request, actor: Actor, scenes: Sequence[Scene], own: standing.Own
) -> Stays:
    """Read what may hold the tenders up that a reader's desk knows of."""
    database, hall = request.app[DATABASE], request.app[HALL]
    async with database.transaction() as tx:
        now = await hall.clock(tx)
    tenders = sorted({scene.standing.box.key.tender for scene in scenes})
    supervises = Role.SUPERVISOR in actor.roles
    halts = await staying.asked_halts(database, tenders) if supervises else {}
    return Stays(actor=actor, now=now, scenes=scenes, own=own.live, shown=own.shown, halts=halts)


async def _contracts(request: web.Request, actor: Actor) -> Contracts:
    """Read the contracts of the actor's body that somebody has to look at."""
    async with request.app[DATABASE].transaction() as tx:
        return Contracts(
            actor=actor,
            now=await request.app[HALL].clock(tx),
            running=await contracts.running_for(tx, actor.org),
        )


async def _running(request: web.Request, actor: Actor, scenes: Sequence[Scene]) -> Running:
    """Gather what goes on by itself, and the drills that are due before it."""
    database, hall = request.app[DATABASE], request.app[HALL]
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        holds = Role.TRUSTEE in actor.roles
        drills = await vigil.drills_due(tx, now, actor.org) if holds else frozenset[str]()
    found = [await losses.renewed(database, one) for one in with_lost_keys(actor, scenes)]
    renewed = frozenset(chain.from_iterable(found))
    return Running(actor=actor, now=now, scenes=scenes, drills=drills, renewed=renewed)


async def _lacks_keys(request: web.Request, drafted: Drafted, now: datetime) -> bool:
    try:
        await keys.policies(request.app[DATABASE], request.app[HALL], drafted.draft.tender, now)
    except (KeysMissing, TrusteesTooClose):
        return True
    return False


async def status(request: web.Request) -> web.Response:
    """Show whether the hall is well."""
    application = request.app
    async with application[DATABASE].transaction() as tx:
        said = {thing: await settling.in_force(tx, thing) for thing in _ON_STATUS}
    readings = await health.readings(application[DATABASE], application[HALL], application[VAULT])
    view = StatusView(
        readings=readings,
        started_at=application[STARTED_AT],
        version=metadata.version("trading-hall"),
        level=_lines(said[Thing.LEVEL]),
        above=next(iter(_lines(said[Thing.ABOVE])), None),
        days=_lines(said[Thing.DAYS]),
    )
    return await sheet.page(request, view)


def _lines(said: settling.Settled | None) -> tuple[str, ...]:
    return () if said is None or said.words is None else tuple(said.words.splitlines())


async def readiness(request: web.Request) -> web.Response:
    """Show what a day of openings needs, the red lights first."""
    application = request.app
    hall, database = application[HALL], application[DATABASE]
    ground = Ground(
        home=application[SETTINGS].home,
        database=database,
        hall=hall,
        vault=application[VAULT],
        origin=application[SETTINGS].origin,
        ways=notices.ways_of(application[SETTINGS], demo=hall.demo),
        clock=machine_clock,
    )
    found = await lights.look(ground)
    async with database.transaction() as tx:
        waiting = await messages.to_call(tx, await hall.clock(tx), _MOST_CALLS)
    view = ReadinessView(
        findings=tuple(sorted(found, key=lambda one: one.good)), calls=len(waiting)
    )
    return await sheet.page(request, view)


async def verify(request: web.Request) -> web.Response:
    """Show how a stranger checks a record at home."""
    hall, origin = request.app[HALL], request.app[SETTINGS].origin
    prefix = f"{origin}/log/{hall.origin.rpartition('/')[2]}"
    past = await standing.of_days(request.app[DATABASE], hall, past=True)
    async with request.app[DATABASE].transaction() as tx:
        first, newest = await ledger.entry_at(tx, 0), await published.newest(tx)
    written = [] if newest is None else tiles_of(newest.size)
    finished = next((one for one in past if one.box.finished_at is not None), None)
    view = VerifyView(
        log_origin=hall.origin,
        vkey="" if first is None else str(first.fields["vkey"]),
        checkpoint=f"{prefix}/checkpoint",
        tile=f"{prefix}/{written[0][0].path}" if written else None,
        example=None if finished is None else finished.box.key.tender,
        kinds=verifying.kinds(),
        families=tuple(ENTRIES),
    )
    return await sheet.page(request, view)


async def submit(request: web.Request) -> web.Response:
    """Show how a sealed bid comes to the hall."""
    tender = request.query.get("tender")
    if tender is None:
        return await sheet.page(
            request, SubmitView(tender=None, title=None, deadline=None, form=_example(_USUAL))
        )
    scenes = await standing.of_tender(request.app[DATABASE], tender)
    if not scenes:
        raise BoxUnknown
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
    scene = lot_rows.foremost(scenes, now)
    view = SubmitView(
        tender=tender,
        title=showing.text(showing.newest(scene).title),
        deadline=scene.standing.box.deadline,
        form=_example_of(scene),
        boxes=tuple(_to_seal(one) for one in lot_rows.in_order(scenes)) if scenes[1:] else (),
    )
    return await sheet.page(request, view)


def _to_seal(scene: Scene) -> BoxToSeal:
    box = scene.standing.box
    return BoxToSeal(
        path="/".join(box.key),
        lot=box.key.lot,
        stage=box.key.stage,
        deadline=box.deadline,
        form=_example_of(scene),
    )


def _example_of(scene: Scene) -> str:
    """Return what a bid may answer to the form of a box."""
    key = scene.standing.box.key
    terms = box_of(showing.newest(scene), key.lot, key.stage)
    return _example(_USUAL if terms is None else {one.name: one.type for one in terms.form})


def _example(fields: Mapping[str, str]) -> str:
    """Return what a bid may answer to these fields, types by their names, as JSON."""
    return canonical.dumps({name: _ANSWERS[type_] for name, type_ in fields.items()}).decode()


ROUTES = (
    Route("GET", "/desk", my_desk, summary="My desk", roles=ANYBODY, does=Does.READ),
    Route(
        "GET",
        "/readiness",
        readiness,
        summary="Is everything there that a day of openings needs",
        roles=frozenset({Role.OPERATOR, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.OFFICER}),
        does=Does.READ,
    ),
    Route("GET", "/status", status, summary="Is the hall well", roles=PUBLIC, does=Does.READ),
    Route("GET", "/verify", verify, summary="Check a record", roles=PUBLIC, does=Does.READ),
    Route(
        "GET",
        "/submit",
        submit,
        summary="How a sealed bid comes in",
        roles=PUBLIC,
        does=Does.READ,
        query={"tender": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
    ),
)
