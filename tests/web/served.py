"""A house that is served: the whole application over a socket."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer, unused_port
from aiohttp.web import Application, Request

from notary import credentials, devices
from notary.devices import DeviceAuthority
from notary.entropy import system_entropy
from notary.hall import Hall
from notary.register import Newcomer
from notary.rooms import Doorbell
from notary.vault import DirectoryVault, Vault
from sql.database import Database
from tests.authorities import AT
from tests.people import House, a_house, enrolment, signed
from web import client, settings
from web.access import Route
from web.app import AREAS, Parts, build
from web.assets import Assets
from web.client import Client, SigningPair

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a hall that lives for one test
SECRET = b"12345678901234567890"
FACTOR_KEY = bytes(range(32))
ASSETS = Assets(
    {
        f"{name}.{kind}": f"{name}.{kind}"
        for kind, names in (
            ("css", "app wall"),
            ("js", "hall sign ways-in editor submit verify room replay"),
            ("js", "seal-page receipt-page desk-bids alarm-sound seal-worker"),
        )
        for name in names.split()
    }
)

Browser = TestClient[Request, Application]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served(House):
    """What a test speaks to: the house behind its web origin, and a browser on one of its pages."""

    origin: str
    browser: Browser

    @asynccontextmanager
    async def client(self, pair: SigningPair | None = None) -> AsyncIterator[Client]:
        """Give a client of the command line."""
        async with client.connect(self.origin, system_entropy, pair) as made:
            yield made

    async def enrol(self, org: str) -> SigningPair:
        """Enrol a firm by its own signature, over the wire."""
        pair = self.pair(org)
        async with self.client() as sender:
            await sender.send("POST", "/enrolments", signed(enrolment(org, pair), pair))
        return pair

    async def take_in_with_password(self, newcomer: Newcomer) -> None:
        """Enrol somebody who logs in by PASSWORD and codes of SECRET."""
        await self.take_in(newcomer)
        async with self.database.transaction() as tx:
            await credentials.set_password(
                tx, system_entropy, FACTOR_KEY, newcomer.person, PASSWORD, SECRET
            )

    async def log_in(self, person: str) -> None:
        """Log in by both steps."""
        first = {"name": person, "password": PASSWORD, "onward": "/desk"}
        await self.browser.post("/login", data=first)
        code, _ = credentials.current_code(SECRET, self.clock.now)
        second = {"code": code, "onward": "/desk"}
        async with self.browser.post("/login/code", data=second, allow_redirects=False) as answer:
            assert answer.status == 303


@asynccontextmanager
async def serving(
    database: Database,
    hall: Hall,
    vault: Vault,
    *routes: Route,
    assets: Assets = ASSETS,
    vouching: DeviceAuthority | None = None,
    shared: tuple[settings.Network, ...] | None = None,
    host: str = "127.0.0.1",
    **changed: str,
) -> AsyncIterator[tuple[str, Browser]]:
    """Serve a hall with further `routes`; give its web origin and a browser on one of its pages.

    `shared`: whose addresses stand for many, with this machine's own unless told otherwise.
    `assets`: names of the built files, where a real browser asks for them. `vouching`: the
    authority for devices that the hall trusts. `host`: what its address is called; browsers make
    passkeys only for a name.
    """
    port = unused_port()
    origin = changed.get("HALL_ORIGIN", f"http://{host}:{port}")
    told = settings.load({"HALL_ORIGIN": origin, **changed}, Path("/nowhere"))
    parts = Parts(
        settings=told if shared is None else replace(told, shared_addresses=shared),
        database=database,
        hall=hall,
        vault=vault,
        bell=Doorbell(),
        assets=assets,
        devices=vouching or devices.create(system_entropy, AT),
        factor_key=FACTOR_KEY,
    )
    # What a browser says with every form of one of our pages.
    ours = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    async with TestClient(
        TestServer(build(parts, (*AREAS, routes)), port=port), headers=ours
    ) as browser:
        yield origin, browser


@asynccontextmanager
async def served(database: Database, *routes: Route, **changed: str) -> AsyncIterator[Served]:
    """Serve a house of its own, with further `routes`; `changed`: settings that differ."""
    house = a_house(database)
    with tempfile.TemporaryDirectory() as folder:
        vault = DirectoryVault(Path(folder))
        async with serving(
            database,
            house.hall,
            vault,
            *routes,
            assets=ASSETS,
            vouching=None,
            shared=None,
            **changed,
        ) as (origin, browser):
            yield Served(
                hall=house.hall,
                clock=house.clock,
                database=database,
                authority=house.authority,
                origin=origin,
                browser=browser,
            )
