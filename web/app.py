"""The application: the only place where objects meet.

A further area of routes is one line in `AREAS`; a further object is a member of `Parts` with a key
of `web.keys`. Whatever is registered here has its entry in the access table.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

import structlog
from aiohttp import web

from notary import sessions
from notary.devices import DeviceAuthority
from notary.hall import Hall
from notary.rooms import Doorbell
from notary.shelf import Shelf
from notary.vault import Vault
from sql.database import Database
from web import access, forms, headers, idempotency, limits, origin, problems, who
from web.access import Route
from web.assets import Assets
from web.keys import (
    ASSETS,
    BELL,
    DATABASE,
    DEVICES,
    FACTOR_KEY,
    GALLERY,
    HALL,
    PAGES,
    PAINTER,
    RECORDS,
    SETTINGS,
    SHELF,
    STARTED_AT,
    VAULT,
)
from web.pages import Pages
from web.painter import Painter
from web.records import Records
from web.rooms import Gallery
from web.routes import (
    accounts,
    administration,
    alarms,
    amendments,
    announcements,
    applications,
    approvals,
    assets,
    awards,
    bidders,
    bids,
    branches,
    changes,
    complaints,
    contract_pages,
    contracts,
    devices,
    editor,
    evaluations,
    firm,
    holdings,
    house,
    ledger,
    ledger_pages,
    messages,
    meta,
    objections,
    offices,
    open_house,
    openings,
    outages,
    pages,
    papers,
    passkeys,
    questions,
    rooms,
    rulesets,
    setup,
    sitemap,
    stages,
    subjects,
    submissions,
    subscriptions,
    supervision,
    tenders,
    trustees,
    watch,
)
from web.settings import Settings

AREAS = (
    meta.ROUTES,
    assets.ROUTES,
    accounts.ROUTES,
    offices.ROUTES,
    applications.ROUTES,
    passkeys.ROUTES,
    devices.ROUTES,
    approvals.ROUTES,
    changes.ROUTES,
    editor.ROUTES,
    evaluations.ROUTES,
    tenders.ROUTES,
    amendments.ROUTES,
    questions.ROUTES,
    bids.ROUTES,
    submissions.ROUTES,
    bidders.ROUTES,
    trustees.ROUTES,
    awards.ROUTES,
    rulesets.ROUTES,
    objections.ROUTES,
    complaints.ROUTES,
    contracts.ROUTES,
    contract_pages.ROUTES,
    outages.ROUTES,
    supervision.ROUTES,
    watch.ROUTES,
    alarms.ROUTES,
    stages.ROUTES,
    pages.ROUTES,
    papers.ROUTES,
    announcements.ROUTES,
    openings.ROUTES,
    sitemap.ROUTES,
    open_house.ROUTES,
    subjects.ROUTES,
    branches.ROUTES,
    rooms.ROUTES,
    ledger.ROUTES,
    ledger_pages.ROUTES,
    house.ROUTES,
    messages.ROUTES,
    subscriptions.ROUTES,
    firm.ROUTES,
    holdings.ROUTES,
    setup.ROUTES,
    administration.ROUTES,
)

# From the outside in: each stands on what those before it have settled.
MIDDLEWARES = (
    problems.answer,  # whatever is raised becomes an answer
    origin.fence,  # no page of another site makes a browser act
    who.find_out,  # who it is, by signature or cookie
    limits.cap,  # how much an unknown address may ask at a time
    access.check,  # whether the entry of the route lets them in
    forms.read,  # what is asked, strictly
    idempotency.keep,  # done once, however often it is sent
)

_SWEEP_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a running hall is made of, opened by whoever starts it."""

    settings: Settings
    database: Database
    hall: Hall
    vault: Vault
    bell: Doorbell
    assets: Assets
    devices: DeviceAuthority
    factor_key: bytes = field(repr=False)


def build(parts: Parts, areas: Iterable[Iterable[Route]] = AREAS) -> web.Application:
    """Put the application together, with the routes of `areas`."""
    application = web.Application(middlewares=MIDDLEWARES)
    application[SETTINGS] = parts.settings
    application[DATABASE] = parts.database
    application[HALL] = parts.hall
    application[VAULT] = parts.vault
    application[BELL] = parts.bell
    routes = tuple(chain.from_iterable(areas))
    application[PAGES] = Pages(parts.assets, routes)
    application[ASSETS] = parts.assets
    application[PAINTER] = Painter.fresh(parts.database, application[PAGES])
    application[GALLERY] = Gallery(
        parts.database, parts.bell, parts.hall.clock, application[PAINTER].paint
    )
    application[RECORDS] = Records(parts.settings.home)
    application[SHELF] = Shelf(parts.settings.home / "cache" / "log")
    application[FACTOR_KEY] = parts.factor_key
    application[DEVICES] = parts.devices
    application[limits.COUNTS] = Counter()
    access.register(application, routes)
    application.on_response_prepare.append(headers.put)
    application.on_startup.append(_note_start)
    application.cleanup_ctx.append(_sweeping)
    application.on_shutdown.append(_say_goodbye)
    return application


async def _note_start(application: web.Application) -> None:
    """Remember since when this process serves."""
    async with application[DATABASE].transaction() as tx:
        application[STARTED_AT] = await application[HALL].clock(tx)


async def _say_goodbye(application: web.Application) -> None:
    """Tell everybody in the rooms that the server is going: they come back by themselves."""
    await application[GALLERY].close()


async def _sweeping(application: web.Application) -> AsyncIterator[None]:
    """Sweep away what the web need not remember, as long as the application runs."""
    task = asyncio.create_task(_sweep(application))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _sweep(application: web.Application) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        try:
            async with application[DATABASE].transaction() as tx:
                await sessions.sweep(tx, await application[HALL].clock(tx))
        except Exception:  # a database that is away now is swept the next time
            log.exception("sweep.failed")
