"""A tender to be measured with, in a demo hall that serves, and sealed bids to it.

All over the public interface, with the players of `web.replay`.
"""

import itertools
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bidding.clients import sealing
from bidding.clients.duty import enveloped
from bidding.clients.offer import Offer
from bidding.clients.sealing import Invitation, SealedFiles
from notary.canonical import Json, dumps, sha256_hex
from notary.entropy import system_entropy
from web import acts, bidder
from web.bidder import BoxName
from web.demo.tender import LOT, STAGE, read_tender
from web.replay.play import Venue, enrol

_OPEN_FOR = timedelta(days=1)
_PATIENCE_S = 60.0
_SECRET_BYTES = 32
_ID_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyBid:
    """A sealed bid as it goes over the wire: one part, then the envelope with its signature."""

    part: bytes
    part_sha256: str
    envelope: bytes


async def enter(stack: AsyncExitStack, origin: str, home: Path) -> Venue:
    """Open the clients of agency and purchaser; firms are called like nobody before."""
    venue = await Venue.enter(stack, origin, home)
    first = int.from_bytes(system_entropy(_ID_BYTES))
    return replace(venue, numbers=itertools.count(first))


async def publish(venue: Venue) -> Offer:
    """Publish a tender that takes bids for a day, and return what bids are sealed to."""
    tender, number = read_tender(), f"BENCH-{system_entropy(_ID_BYTES).hex()}"
    deadline = (await venue.agency.now() + _OPEN_FOR).replace(microsecond=0)
    await acts.put_document(venue.agency, tender.document)
    await venue.agency.send("POST", "/tenders", tender.draft(number, deadline))
    await acts.publish(venue.purchaser, number, patience_s=_PATIENCE_S)
    name = BoxName(tender=number, lot=LOT, stage=STAGE)
    return await bidder.fetch_offer(venue.hall, name, venue.authorities, venue.log)


async def ready_bid(venue: Venue, offer: Offer) -> ReadyBid:
    """Enrol a firm and seal and sign its bid; nothing of it is sent."""
    firm = await enrol(venue)
    bid = sealing.seal_bid(
        Invitation(
            notice_sha256=offer.newest.notice_sha256, terms=offer.terms, policy=offer.policy
        ),
        firm.bidder,
        {"bidder_name": firm.org, "price_fen": "100000000", "days": "120"},
        SealedFiles(files_key=system_entropy(_SECRET_BYTES)),
        earlier=[],
        entropy=system_entropy,
        at=await venue.hall.now(),
    )
    body: Json = dict(enveloped(bid.seal, firm.sign(bid.seal)))
    return ReadyBid(part=bid.part_0, part_sha256=sha256_hex(bid.part_0), envelope=dumps(body))
