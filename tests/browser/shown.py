"""A hall that a real browser is shown: its tenders in every state, its clerk step by step."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext

from bidding import opening, rejecting, standing
from bidding.facts import BoxKey
from bidding.keys import box_of, room_of
from bidding.steps import Step
from bidding.store import envelopes
from notary import credentials, home, sessions
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.identity import Line, Role
from notary.instant import seconds
from notary.s3_vault import Bucket, S3Vault
from sql.database import Database
from sql.postgres import APPLICATION, EmbeddedPostgres
from tests.bidding.town import (
    BOX,
    DEADLINE,
    NOW,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    award_lot,
    bid,
    enrol,
    once,
    release_as,
)
from tests.databases import a_database
from tests.web import served
from tests.web.served import FACTOR_KEY, PASSWORD, SECRET, Browser
from trading import service as trading
from trading.types import Stage
from web import assets
from web.keys import BELL, RECORDS

AWARDED, SHUT, OPENING, BIDDING, DRAFT = (f"GC-2026-090{n}" for n in range(1, 6))
PERSON = {
    "agency": "drafter",
    "purchaser": "approver",
    "officer": "officer",
    "operator": "operator",
    "supervisor": "supervisor",
    "bidder": "firm-1",
    "auditor": "auditor",
    "expert": "expert",
    "administrator": "administrator",
}
"""Somebody of each role that has a desk; officer, operator and supervisor are trustees as well."""

_LATER = NOW + timedelta(days=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A town, where it is served, and its server. `beside`: what else its pages may speak to."""

    town: Town
    origin: str
    server: Browser
    beside: tuple[str, ...] = ()

    async def step(self, key: BoxKey = BOX) -> Step | None:
        """Let the clerk do one thing, however long it takes until it is due, and ring."""
        town = self.town
        while True:
            await town.settle()
            carried = await opening.carry_on(town.database, town.hall, town.vault, key)
            if carried.step is not None:
                self.ring()
                return carried.step
            if carried.wait is None:
                return None
            town.clock.move_to(town.clock.now + carried.wait)

    async def close(self, key: BoxKey, at: datetime) -> None:
        """Let the deadline pass, close the box and let two trustees release."""
        self.town.clock.move_to(at)
        while await self.step(key):
            pass
        for name in TRUSTEES[:2]:
            await release_as(self.town, name, key)

    def ring(self) -> None:
        """Wake everybody who waits for events."""
        self.server.app[BELL].ring()

    def room(self, key: BoxKey = BOX) -> str:
        """Return the address of a box's opening."""
        return f"/rooms/{room_of(box_of(self.town.hall, key))}"

    def break_connections(self) -> None:
        """Break every connection in the middle, as a network does."""
        assert self.server.server.handler is not None
        for one in self.server.server.handler.connections:
            if one.transport is not None:
                one.transport.abort()

    async def log_in(self, context: BrowserContext, person: str) -> None:
        """Give a browser the cookie of somebody who has logged in."""
        async with self.town.database.transaction() as tx:
            token = await sessions.begin(tx, self.town.hall, person)
        await context.add_cookies([{"name": "hall", "value": token, "url": self.origin}])

    async def give_password(self, person: str) -> None:
        """Let somebody log in by PASSWORD and the codes of SECRET."""
        async with self.town.database.transaction() as tx:
            await credentials.set_password(tx, system_entropy, FACTOR_KEY, person, PASSWORD, SECRET)


@asynccontextmanager
async def shown(
    postgres: EmbeddedPostgres,
    folder: Path,
    *,
    bridge: str | None = None,
    bucket: Bucket | None = None,
    lodge: str | None = None,
) -> AsyncIterator[Shown]:
    """Serve a town with the files that were built for browsers.

    `bridge`: to the CA tokens. `bucket`: of an S3 store, in which its files are. `lodge`: its
    second channel.
    """
    built = assets.read(Path(str(resources.files("web") / "static")))
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(a_database(postgres))
        database = await Database.open(postgres.dsn(APPLICATION, name))
        stack.push_async_callback(database.close)
        town = await a_town(database, folder / "home")
        if bucket is not None:
            store = stack.enter_context(closing(S3Vault(bucket, machine_clock)))
            town = replace(town, vault=store)
        origin, server = await stack.enter_async_context(
            served.serving(
                database,
                town.hall,
                town.vault,
                assets=built,
                vouching=home.device_authority(folder / "home"),
                host="localhost",
                HALL_HOME=str(folder / "home"),
                HALL_TOKEN_BRIDGE=bridge or "",
                HALL_LODGE=lodge or "",
                HALL_VAULT=f"s3+{bucket.origin}/{bucket.name}" if bucket else "",
                AWS_ACCESS_KEY_ID=bucket.keys.access if bucket else "",
                AWS_SECRET_ACCESS_KEY=bucket.keys.secret if bucket else "",
                AWS_REGION=bucket.keys.region if bucket else "",
            )
        )
        beside = (bridge, lodge, None if bucket is None else bucket.origin)
        yield Shown(
            town=town, origin=origin, server=server, beside=tuple(one for one in beside if one)
        )


def a_box(tender: str) -> BoxKey:
    """Return the one box of a tender."""
    return BoxKey(tender, "1", Stage.SINGLE)


def a_tender(number: str, deadline: datetime) -> dict[str, Any]:
    """Make the draft of a tender that takes bids until `deadline`."""
    draft = a_draft(tender=number)
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(deadline)
    return draft


async def play_a_season(hall: Shown, folder: Path) -> None:
    """Bring a tender into each state: awarded, left shut, in the middle, taking bids, a draft."""
    town = hall.town
    deadlines = {
        AWARDED: DEADLINE,
        SHUT: DEADLINE + timedelta(hours=1),
        OPENING: DEADLINE + timedelta(hours=2),
        BIDDING: _LATER,
    }
    for number, deadline in deadlines.items():
        await announce(town, a_tender(number, deadline))
    prices = (1_076_700_000, 1_088_000_000, 1_059_810_000, 1_298_000_000, 1_235_000_000)
    for n, price in enumerate(prices, start=1):
        await bid(town, f"firm-{n}", price, a_box(AWARDED))
        await bid(town, f"firm-{n}", price + n * 100, a_box(OPENING))
    await bid(town, "firm-1", prices[0], a_box(SHUT))
    await bid(town, "firm-1", prices[0], a_box(BIDDING))

    await hall.close(a_box(AWARDED), deadlines[AWARDED])
    while await hall.step(a_box(AWARDED)):
        pass
    await _reject(town, "FIRM-3", AWARDED)
    await award_lot(town, AWARDED)
    await town.settle()
    await keep_record(hall, AWARDED)

    town.clock.move_to(deadlines[SHUT])
    while await hall.step(a_box(SHUT)):
        pass

    await hall.close(a_box(OPENING), deadlines[OPENING])
    announced = 0
    while announced < 3:  # of five
        announced += await hall.step(a_box(OPENING)) is Step.ANNOUNCE

    await trading.draft(
        town.database, town.hall, town.people["drafter"].actor, once(), a_tender(DRAFT, _LATER)
    )
    for person, line, role in (
        ("auditor", Line.SUPERVISION, Role.AUDITOR),
        ("expert", Line.NONE, Role.EXPERT),
        ("administrator", Line.EXECUTION, Role.ADMINISTRATOR),
    ):
        own = home.demo_authority(folder / "home")
        org = f"ORG-{person.upper()}"
        await enrol(town.database, town.hall, own, person, org, line, (role,))
    await town.settle()


async def _reject(town: Town, org: str, tender: str) -> None:
    async with town.database.transaction() as tx:
        (envelope,) = [
            one.envelope_id
            for one in await envelopes.envelopes_of_bidder(tx, org)
            if one.key.tender == tender
        ]
    await rejecting.reject(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        tender,
        "1",
        envelope=envelope,
        ground="evaluation.not_responsive",
        article="招标投标法实施条例 51（六）",
        reason="工期 210 天，招标文件要求不超过 180 天",
    )


async def keep_record(hall: Shown, tender: str) -> None:
    """Write and verify the public record of an awarded tender, as the hall does by itself."""
    town, application = hall.town, hall.server.app
    (scene, *_) = await standing.of_tender(town.database, tender)
    await application[RECORDS].write(town.database, town.hall, town.vault, scene.standing)
