"""A served town: everybody with a key, the whole application over a socket, and bids for it."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import aiohttp

from bidding.clients import sealing
from bidding.clients.sealing import Invitation, SealedBid, SealedFiles
from bidding.facts import BoxKey
from bidding.sealed.objects import Policy, Withdrawal
from bidding.types import EnvelopeId
from notary import canonical, credentials, home
from notary.canonical import Json, sha256_hex
from notary.entropy import system_entropy
from notary.identity import Line, Role
from notary.instant import seconds
from notary.shape import dump
from sql.database import Database
from tests.bidding.town import BOX, Town, a_draft, a_town, enrol, policy_of
from tests.web.served import FACTOR_KEY, PASSWORD, SECRET, Browser, serving
from trading import notice as notices
from trading import service as trading
from web import client
from web.access import Route
from web.client import Body, SigningPair


class HeldEntropy:
    """Entropy that gives the same bytes again while it is held, as a held clock does."""

    def __init__(self) -> None:
        self.held = False

    def __call__(self, size: int) -> bytes:
        """Return `size` bytes."""
        return b"\x2a" * size if self.held else system_entropy(size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A town behind its web origin; its people send what they like."""

    town: Town
    origin: str
    browser: Browser
    entropy: HeldEntropy

    def pair(self, name: str) -> SigningPair:
        """Return what `name` signs requests with."""
        person = self.town.people[name]
        return SigningPair(key=person.key, certificate=person.certificate)

    async def send(
        self, name: str | None, method: str, path: str, body: Body = None, *, key: str | None = None
    ) -> dict[str, Any]:
        """Send a request signed by `name`, or by nobody. Raises Refused."""
        pair = None if name is None else self.pair(name)
        async with client.connect(self.origin, system_entropy, pair) as sender:
            return cast("dict[str, Any]", await sender.send(method, path, body, key=key))

    def signed(self, name: str, statement: bytes) -> dict[str, Json]:
        """Return a statement signed by `name` as the API takes it."""
        p7s = self.town.people[name].sign(statement)
        return {
            "object": canonical.loads(statement, limit=len(statement)),
            "p7s": base64.b64encode(p7s).decode(),
        }

    async def log_in(self, name: str) -> str:
        """Log in as a browser does, by both steps; return the cookie."""
        async with self.town.database.transaction() as tx:
            await credentials.set_password(tx, system_entropy, FACTOR_KEY, name, PASSWORD, SECRET)
        code, _ = credentials.current_code(SECRET, self.town.clock.now)
        ours = {"Sec-Fetch-Site": "same-origin"}
        jar = aiohttp.CookieJar(unsafe=True)  # the hall's name is an address here
        async with aiohttp.ClientSession(headers=ours, cookie_jar=jar) as http:
            first = {"name": name, "password": PASSWORD, "onward": "/desk"}
            await http.post(f"{self.origin}/login", data=first)
            second = {"code": code, "onward": "/desk"}
            async with http.post(f"{self.origin}/login/code", data=second) as desk:
                assert desk.url.path == "/desk"
            return "; ".join(f"{one.key}={one.value}" for one in jar)

    async def upload(self, part: bytes) -> None:
        """Send one sealed part, as a bidder may before its bid."""
        await self.send("firm-1", "PUT", f"/parts/{sha256_hex(part)}", part)

    async def submit(self, name: str, bid: SealedBid, *, key: str | None = None) -> dict[str, Any]:
        """Send a sealed bid whose parts are there."""
        return await self.send(None, "POST", "/envelopes", self.signed(name, bid.seal), key=key)

    async def bid(self, name: str, bid: SealedBid) -> dict[str, Any]:
        """Send the one part of a bid without files, and then the bid."""
        await self.upload(bid.part_0)
        return await self.submit(name, bid)

    async def withdraw(self, name: str, envelope: str) -> dict[str, Any]:
        """Take an envelope back."""
        return await self.send(None, "POST", "/withdrawals", self.withdrawal(name, envelope))

    def withdrawal(self, name: str, envelope: str, key: BoxKey = BOX) -> dict[str, Json]:
        """Return somebody's wish to take an envelope back, signed."""
        wish = dump(
            Withdrawal(
                origin=self.town.hall.origin,
                tender=key.tender,
                lot=key.lot,
                stage=key.stage,
                bidder=self.town.people[name].bidder,
                envelope=EnvelopeId(envelope),
                nonce=system_entropy(16).hex(),
                created=self.town.clock.now,
            )
        )
        return self.signed(name, wish)


@asynccontextmanager
async def a_ground(
    database: Database, folder: Path, *routes: Route, firms: int = 5
) -> AsyncIterator[Ground]:
    """Serve a town, with further `routes`."""
    town = await a_town(database, folder, firms)
    entropy = HeldEntropy()
    hall = replace(town.hall, entropy=entropy)
    async with serving(database, hall, town.vault, *routes) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=entropy)


async def take_in(ground: Ground, folder: Path, name: str, line: Line, *roles: Role) -> None:
    """Enrol one more person, of a body of its own."""
    town = ground.town
    town.people[name] = await enrol(
        town.database,
        town.hall,
        home.demo_authority(folder),
        name,
        f"BODY-{name.upper()}",
        line,
        roles,
    )


def a_draft_until(tender: str, deadline: datetime, **changes: Json) -> dict[str, Any]:
    """Make a draft of a tender with another deadline than the town's usual one."""
    draft = a_draft(tender=tender, **changes)
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(deadline)
    return draft


async def invitation(town: Town, key: BoxKey = BOX) -> Invitation:
    """Return what bids to a box are sealed to."""
    async with town.database.transaction() as tx:
        notice = (await trading.revisions(tx, key.tender))[-1]
    terms = notices.box_of(notice.notice, key.lot, key.stage)
    assert terms is not None
    policy: Policy = await policy_of(town, key)
    return Invitation(notice_sha256=notice.notice_sha256, terms=terms, policy=policy)


def sealed(
    town: Town,
    name: str,
    offered: Invitation,
    price_fen: int,
    earlier: Sequence[SealedBid] = (),
    files: SealedFiles | None = None,
) -> SealedBid:
    """Seal a price for one firm, and send nothing."""
    return sealing.seal_bid(
        offered,
        town.people[name].bidder,
        {"bidder_name": name, "price_fen": str(price_fen)},
        files or SealedFiles(files_key=system_entropy(32)),
        earlier=[one.envelope_id for one in earlier],
        entropy=system_entropy,
        at=town.clock.now,
    )


def chain(town: Town, name: str, offered: Invitation, length: int) -> list[SealedBid]:
    """Seal `length` bids of one firm, each in place of the one before."""
    bids: list[SealedBid] = []
    for n in range(length):
        bids.append(sealed(town, name, offered, 1_200_000_000 - n, bids))
    return bids
