"""The play of one release: enrolled, drafted, published, sealed, opened, rejected, awarded.

All of it goes over the public interface of a demo hall. Bidders enrol themselves by their own
signature; the duty clients of the hall are its trustees; what a tender has come to is read in its
room, as every watcher reads it.

Source: architecture.md, "Replay".
"""

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from bidding.clients import sealing
from bidding.clients.offer import Offer
from bidding.clients.sealing import Invitation, SealedFiles
from bidding.keys import room_of
from bidding.sealed.objects import Bidder
from bidding.sealed.statements import Award
from notary import authority, cms, home
from notary.authority import Authorities
from notary.canonical import Json
from notary.entropy import system_entropy
from notary.instant import seconds
from notary.policy import Policy as LogPolicy
from web import acts, bidder, client, key_folder, watching
from web.acts import NothingCame, Rejection
from web.bidder import BoxName
from web.client import Client, Refused, SigningPair
from web.demo.cast import PURCHASER, folder_of
from web.demo.tender import trustees
from web.replay.compare import Likeness, Outcome, likeness
from web.replay.lines import Release

RULES = "replay/2026-11"
LOT = "1"
STAGE = "single"

DEADLINE = timedelta(seconds=40)
"""From draft to deadline; 30 to 60 seconds (architecture.md)."""

PREPARING = 4
"""Tenders between draft and last submission at a time: each has to be through by its deadline."""

UNDER_WAY = 48
"""Tenders between draft and award at a time."""

PATIENCE_S = 540.0
"""For what others do by themselves: until shares are called late (`rules.md` 1, demonstrations)."""

_SECRET_BYTES = 32
_LIFE = timedelta(days=30)
_BEFORE = timedelta(minutes=5)  # two machines never have quite the same time
_MOST_BYTES = 1024 * 1024
_OPENED = "bidding.bid-opened.v1"
_SHUT = "bidding.box-not-opened.v1"
_FINISHED = "bidding.box-finished.v1"
_TOO_FEW = "tender.min_bidders"

_SOURCE = Rejection(
    ground="replay.source", article="演示规则", reason="The source disqualified this bid."
)
_ABOVE_CEILING = Rejection(
    ground="price.above_ceiling", article="演示规则", reason="The price is above the ceiling."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A bidder of one bid, by its number in this hall's replays."""

    org: str
    pair: SigningPair

    @property
    def bidder(self) -> Bidder:
        """As a bid names it."""
        return Bidder(id=self.org, cert_sha256=cms.cert_sha256(self.pair.certificate))

    def sign(self, text: bytes) -> bytes:
        """Return the detached signature of a text."""
        return cms.sign(text, self.pair.key, self.pair.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """The hall that is played in, and who plays: made once for all tenders."""

    home: Path
    hall: Client
    agency: Client
    purchaser: Client
    authorities: Authorities
    log: LogPolicy
    certifying: tuple[ec.EllipticCurvePrivateKey, x509.Certificate]
    numbers: Iterator[int]
    preparing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PREPARING))
    under_way: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UNDER_WAY))

    @classmethod
    async def enter(cls, stack: AsyncExitStack, origin: str, hall_home: Path) -> Self:
        """Open the clients of agency and purchaser, and one that signs no requests."""
        pairs = [
            None,
            *(client.read_pair(folder_of(hall_home, name)) for name in ("drafter", "approver")),
        ]
        hall, agency, purchaser = [
            await stack.enter_async_context(client.connect(origin, system_entropy, pair))
            for pair in pairs
        ]
        return cls(
            home=hall_home,
            hall=hall,
            agency=agency,
            purchaser=purchaser,
            authorities=key_folder.read_authorities(hall_home / "authorities"),
            log=await key_folder.pin_log(hall, folder_of(hall_home, "drafter")),
            certifying=home.demo_authority(hall_home),
            numbers=itertools.count(1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the room of a tender has shown: envelope by body, and whether it stayed shut."""

    envelopes: Mapping[str, str]
    shut: bool


async def play(venue: Venue, release: Release) -> Outcome:
    """Play one release; what the hall refuses ends the tender with the hall's code."""
    async with venue.under_way:
        try:
            return await _play(venue, release)
        except Refused as refused:
            if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return Outcome(ocid=release.ocid, code=refused.code)


async def _play(venue: Venue, release: Release) -> Outcome:
    async with venue.preparing:
        firms = [await enrol(venue) for _ in release.bids]
        deadline = await _publish(venue, release, firms)
        offer = await bidder.fetch_offer(
            venue.hall,
            BoxName(tender=release.ocid, lot=LOT, stage=STAGE),
            venue.authorities,
            venue.log,
        )
        for firm, bid in zip(firms, release.bids, strict=True):
            await _submit(venue, offer, firm, bid.price_fen)
    left = (deadline - await venue.hall.now()).total_seconds()
    await asyncio.sleep(max(left, 0.0))
    seen = await _seen(venue, room_of(offer.box))
    if seen.shut:
        return Outcome(ocid=release.ocid, bids=len(firms), code=_TOO_FEW)
    lowest = await _award(venue, release, firms, seen)
    return Outcome(
        ocid=release.ocid,
        bids=len(firms),
        opened=len(seen.envelopes),
        likeness=likeness(release, lowest) if lowest else Likeness.DIFFERS,
    )


async def enrol(venue: Venue) -> Firm:
    """Make a key, have it certified by the demo's authority, and enrol by its own signature."""
    org = f"R-{next(venue.numbers)}"
    key = authority.new_key(system_entropy)
    at = await venue.hall.now()
    certificate = authority.issue(
        *venue.certifying,
        common_name=org,
        organisation=org,
        organization_identifier=org,
        public_key=key.public_key(),
        entropy=system_entropy,
        at=at - _BEFORE,
        until=at + _LIFE,
    )
    pair = SigningPair(key=key, certificate=certificate)
    await key_folder.enrol_pair(venue.hall, venue.log, pair)
    return Firm(org=org, pair=pair)


async def _publish(venue: Venue, release: Release, firms: list[Firm]) -> datetime:
    deadline = (await venue.hall.now() + DEADLINE).replace(microsecond=0)
    await venue.agency.send("POST", "/tenders", _draft(release, firms, deadline))
    await acts.publish(venue.purchaser, release.ocid, patience_s=PATIENCE_S)
    return deadline


async def _submit(venue: Venue, offer: Offer, firm: Firm, price_fen: int) -> None:
    invitation = Invitation(
        notice_sha256=offer.newest.notice_sha256, terms=offer.terms, policy=offer.policy
    )
    bid = sealing.seal_bid(
        invitation,
        firm.bidder,
        {"bidder_name": firm.org, "price_fen": str(price_fen)},
        SealedFiles(files_key=system_entropy(_SECRET_BYTES)),
        earlier=[],
        entropy=system_entropy,
        at=await venue.hall.now(),
    )
    await acts.submit(venue.hall.as_another(firm.pair), bid, firm.sign(bid.seal))


async def _seen(venue: Venue, room: str) -> Seen:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _watch(venue, room)
    except TimeoutError as error:
        raise NothingCame(f"{room} does not come to its end") from error


async def _watch(venue: Venue, room: str) -> Seen:
    """Watch the room until its box is finished or stays shut."""
    envelopes: dict[str, str] = {}
    async with aclosing(watching.follow(venue.hall.origin, room, system_entropy)) as frames:
        async for frame in frames:
            if not isinstance(frame, watching.Told):
                continue
            if frame.kind == _OPENED:
                envelopes[str(frame.data["org"])] = str(frame.data["envelope"])
            elif frame.kind in {_SHUT, _FINISHED}:
                return Seen(envelopes=envelopes, shut=frame.kind == _SHUT)
    raise AssertionError  # a room is followed until somebody stops


async def _award(venue: Venue, release: Release, firms: list[Firm], seen: Seen) -> list[int]:
    """Reject, publish the candidates, award; return the numbers of the lowest accepted bids."""
    lot = f"/tenders/{release.ocid}/lots/{LOT}"
    for n, firm in enumerate(firms):
        rejection = _rejection(release, n)
        if rejection is not None:
            await acts.reject(venue.agency, lot, seen.envelopes[firm.org], rejection)
    text, award = await acts.reckon(venue.agency, lot, patience_s=PATIENCE_S)
    if award.ranking:
        await acts.sign_step(venue.agency, lot, "candidates", text)
    if award.winner is not None:
        await acts.sign_step(venue.agency, lot, "awards", text)
    return _lowest(award, [seen.envelopes[firm.org] for firm in firms])


def _rejection(release: Release, n: int) -> Rejection | None:
    bid = release.bids[n]
    if release.ceiling_fen is not None and bid.price_fen > release.ceiling_fen:
        return _ABOVE_CEILING
    return _SOURCE if bid.disqualified else None


def _lowest(award: Award, envelopes: list[str]) -> list[int]:
    first = {ranked.envelope for ranked in award.ranking if ranked.rank == 1}
    return [n for n, envelope in enumerate(envelopes) if envelope in first]


def _draft(release: Release, firms: list[Firm], deadline: datetime) -> dict[str, Json]:
    words: dict[str, Json] = {"zh": release.title, "en": release.title}
    invited: list[Json] = [firm.org for firm in firms]
    box: dict[str, Json] = {
        "stage": STAGE,
        "mode": "shared",
        "after": None,
        "deadline": seconds(deadline),
        "max_bytes": _MOST_BYTES,
        "form": [
            {"name": "bidder_name", "type": "text", "label": {"zh": "投标人", "en": "Bidder"}},
            {"name": "price_fen", "type": "fen", "label": {"zh": "报价", "en": "Price"}},
        ],
    }
    lot: dict[str, Json] = {
        "lot": LOT,
        "title": words,
        "draw": False,
        "ceiling_fen": None if release.ceiling_fen is None else str(release.ceiling_fen),
        "limits": [],
        "boxes": [box],
    }
    return {
        "tender": release.ocid,
        "title": words,
        "kind": "construction",
        "purchaser": PURCHASER,
        "method": "invited",
        "invited": invited,
        "rules": RULES,
        "currency": release.currency,
        "deposit_fen": "0",
        "documents": [],
        "lots": [lot],
        "trustees": trustees(),
        "k": 2,
    }
