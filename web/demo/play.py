"""The play: the life of the one tender, through the public interface and with its players' keys.

Draft, keys by the duty clients, publication, sealing, submission, deadline; then the hall opens the
bids by itself while the play only watches; then the agency's reasoned rejections, the candidates,
the award.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from bidding.clients import sealing
from bidding.clients.offer import Offer
from bidding.keys import room_of
from notary import instant
from notary.entropy import system_entropy
from web import acts, bidder, client, submitting, watching
from web.acts import NothingCame
from web.bidder import BoxName
from web.client import Client, Refused, SigningPair
from web.demo.cast import folder_of
from web.demo.tender import DOCUMENT, LOT, STAGE, Bid, Tender, read_tender
from web.key_folder import pin_log, read_authorities

PATIENCE_S = 30.0
"""For what the clerk, the sequencer and the duty clients do by themselves within seconds."""

LEAST_AHEAD = timedelta(minutes=5)
"""A deadline at a full hour is at least so far ahead, else it is the one after."""

_SETTLE_S = 2.5  # more than two checkpoints: whatever was done is in the published log
_OPENED = "bidding.bid-opened.v1"
_FINISHED = "bidding.box-finished.v1"
_SHUT = "bidding.box-not-opened.v1"

Tell = Callable[[str], None]
"""Hears one line of what has happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the play goes: time from draft to deadline, pauses between bids and between acts.

    `deadline` None: the next full hour, as in a practice hall.
    """

    deadline: timedelta | None
    between_bids_s: float
    between_acts_s: float


WATCHED = Pace(deadline=timedelta(seconds=90), between_bids_s=5.0, between_acts_s=5.0)
HOURLY = Pace(deadline=None, between_bids_s=20.0, between_acts_s=5.0)
FAST = Pace(deadline=timedelta(seconds=20), between_bids_s=0.0, between_acts_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How the play ended. `first_price_s`: from the deadline until a watcher had a price."""

    tender: str
    room: str
    first_price_s: float
    winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a watcher of the room has seen: envelope by body, and when the first price came."""

    envelopes: dict[str, str]
    first_price_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Troupe:
    """The players' clients of one hall."""

    origin: str
    home: Path
    agency: Client
    purchaser: Client
    pace: Pace
    tell: Tell

    @asynccontextmanager
    async def bidder(self, name: str) -> AsyncIterator[tuple[Client, SigningPair]]:
        """Give the client of a bidder, and the pair it signs with."""
        pair = client.read_pair(folder_of(self.home, name))
        async with client.connect(self.origin, system_entropy, pair) as made:
            yield made, pair


async def played_already(origin: str) -> str | None:
    """Return the number of a tender of the play that is awarded, None where there is none."""
    async with client.connect(origin, system_entropy) as reader:
        awarded, _ = await _plays(reader)
    return awarded


async def play(origin: str, home: Path, pace: Pace, tell: Tell, tender: Tender) -> Played:
    """Play `tender` once more in the demo hall of `home` that serves at `origin`.

    Raises NothingCame where the hall does not do its part, Refused where it says no.
    """
    async with AsyncExitStack() as stack:
        agency, purchaser = [
            await stack.enter_async_context(
                client.connect(origin, system_entropy, client.read_pair(folder_of(home, name)))
            )
            for name in ("drafter", "approver")
        ]
        troupe = Troupe(
            origin=origin, home=home, agency=agency, purchaser=purchaser, pace=pace, tell=tell
        )
        _, number = await _plays(agency)
        deadline = await _publish(troupe, tender, number)
        name = BoxName(tender=number, lot=LOT, stage=STAGE)
        offer = await _offer(troupe, name)
        room = room_of(offer.box)
        watching_room = asyncio.create_task(_watch(troupe, room))
        stack.callback(watching_room.cancel)
        for bid in tender.bids:
            await _submit(troupe, offer, bid)
        tell(f"sealed until {instant.seconds(deadline)}: {origin}/rooms/{room}")
        opening = await _opened(troupe, watching_room, deadline)
        winner = await _award(troupe, tender, number, opening)
    waited = (opening.first_price_at - deadline).total_seconds()
    return Played(tender=number, room=room, first_price_s=waited, winner=winner)


async def _publish(troupe: Troupe, tender: Tender, number: str) -> datetime:
    """Draft and publish; return the deadline, a whole second ahead."""
    await acts.put_document(troupe.agency, tender.document)
    deadline = deadline_at(await troupe.agency.now(), troupe.pace)
    await troupe.agency.send("POST", "/tenders", tender.draft(number, deadline))
    troupe.tell(f"{number} drafted by the agency, with {DOCUMENT}; keys are asked for")
    await acts.publish(troupe.purchaser, number, patience_s=PATIENCE_S)
    troupe.tell(f"published by the purchaser: {troupe.origin}/tenders/{number}")
    return deadline


def deadline_at(now: datetime, pace: Pace) -> datetime:
    """Return the deadline of a tender that is drafted now, a whole second."""
    if pace.deadline is not None:
        return (now + pace.deadline).replace(microsecond=0)
    hour = (now + LEAST_AHEAD).replace(minute=0, second=0, microsecond=0)
    return hour + timedelta(hours=1)


async def _offer(troupe: Troupe, name: BoxName) -> Offer:
    """Fetch what a bid is sealed to, and verify it as every bidder does."""
    authorities = read_authorities(troupe.home / "authorities")
    log = await pin_log(troupe.agency, folder_of(troupe.home, "drafter"))
    return await bidder.fetch_offer(troupe.agency, name, authorities, log)


async def _submit(troupe: Troupe, offer: Offer, bid: Bid) -> None:
    """Seal a bid with one file, on the bidder's own machine, and submit it."""
    await asyncio.sleep(troupe.pace.between_bids_s)
    folder = folder_of(troupe.home, bid.bidder)
    form = {
        "bidder_name": bid.player.org_name,
        "price_fen": str(bid.price_fen),
        "days": str(bid.days),
    }
    async with troupe.bidder(bid.bidder) as (hall, pair):
        with tempfile.TemporaryDirectory() as desk:
            letter, sealed = Path(desk, "投标函.txt"), Path(desk, "bid.seal")
            await asyncio.to_thread(letter.write_text, bid.letter, "utf-8")
            await bidder.seal(hall, folder, pair, offer, form, [letter], sealed)
            receipt = await submitting.submit(hall, sealing.read_bid(sealed))
    troupe.tell(
        f"{bid.player.org_name} has sealed and submitted: receipt for {receipt.envelope[:16]}…"
    )


async def _watch(troupe: Troupe, room: str) -> Opening:
    """Watch the room to its end, as anybody can."""
    envelopes: dict[str, str] = {}
    first_price_at: datetime | None = None
    async with aclosing(watching.follow(troupe.origin, room, system_entropy)) as frames:
        async for frame in frames:
            if not isinstance(frame, watching.Told):
                continue
            if frame.kind == _OPENED:
                first_price_at = first_price_at or await troupe.agency.now()
                envelopes[str(frame.data["org"])] = str(frame.data["envelope"])
                troupe.tell(_announced(frame))
            elif frame.kind in {_FINISHED, _SHUT} and first_price_at is not None:
                return Opening(envelopes=envelopes, first_price_at=first_price_at)
            else:
                troupe.tell(f"  {frame.seq}. {frame.kind}")
    raise AssertionError  # a room is followed for ever


def _announced(frame: watching.Told) -> str:
    price = int(str(frame.data["price_fen"] or 0))
    what = f"{price // 100:,}.{price % 100:02}" if price else str(frame.data["verdict"])
    return f"  {frame.seq}. {frame.data['place']}/{frame.data['of']} {frame.data['bidder']} {what}"


async def _opened(
    troupe: Troupe, watching_room: "asyncio.Task[Opening]", deadline: datetime
) -> Opening:
    """Wait until the room is closed, with nobody pressing anything."""
    left = (deadline - await troupe.agency.now()).total_seconds()
    try:
        async with asyncio.timeout(left + 2 * PATIENCE_S):
            opening = await watching_room
    except TimeoutError as error:
        raise NothingCame("the room of the opening does not come to its end") from error
    waited = (opening.first_price_at - deadline).total_seconds()
    troupe.tell(f"first price {waited:.1f} s after the deadline, nobody pressed")
    return opening


async def _award(troupe: Troupe, tender: Tender, number: str, opening: Opening) -> str:
    """Reject with reasons, publish the candidates, award; return the winner's name."""
    agency, lot = troupe.agency, f"/tenders/{number}/lots/{LOT}"
    for bid in tender.bids:
        if bid.rejected is not None:
            await asyncio.sleep(troupe.pace.between_acts_s)
            await acts.reject(
                agency, lot, opening.envelopes[bid.player.org], bid.rejected.rejection
            )
            troupe.tell(f"{bid.player.org_name} rejected: {bid.rejected.reason}")
    await asyncio.sleep(troupe.pace.between_acts_s)
    text, award = await acts.reckon(agency, lot, patience_s=PATIENCE_S)
    await acts.sign_step(agency, lot, "candidates", text)
    troupe.tell(f"{len(award.ranking)} candidates published, in the order of their prices")
    await asyncio.sleep(troupe.pace.between_acts_s)
    await acts.sign_step(agency, lot, "awards", text)
    names = {opening.envelopes[bid.player.org]: bid.player.org_name for bid in tender.bids}
    winner = names.get(str(award.winner), "another firm")  # somebody who practises
    troupe.tell(f"awarded to {winner}")
    await asyncio.sleep(_SETTLE_S)
    return winner


async def _plays(reader: Client) -> tuple[str | None, str]:
    """Return the number of an awarded tender of the play, if any, and the first free number."""
    first, n, awarded = read_tender().number, 1, None
    while True:
        number = first if n == 1 else f"{first}-{n}"
        phase = await _phase(reader, number)
        if phase is None:
            return awarded, number
        if phase == "awarded":
            awarded = number
        n += 1


async def _phase(reader: Client, number: str) -> str | None:
    """Return the phase of a published tender, None where there is none of this number."""
    try:
        answer = await reader.send("GET", f"/tenders/{number}")
    except Refused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        return None
    match answer:
        case {"tender": {"phase": str(phase)}}:
            return phase
        case _:
            raise NothingCame(f"{number}: the hall does not say its phase")
