"""One tender of a running hall: published, bid for, watched, verified, over HTTP alone."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from bidding.clients import sealing
from bidding.clients.offer import Offer
from bidding.clients.sealing import Invitation, SealedBid, SealedFiles
from bidding.keys import room_of
from bidding.sealed.objects import Bidder
from notary import canonical, cms, receipt
from notary.canonical import Json, sha256_hex
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.receipt import Receipt
from notary.verify import LogFacts, Trust, verify_export
from tests.assurance import raw
from tests.assurance.ground import a_draft_until
from tests.assurance.running import RunningHall, patiently, until
from web import acts, bidder, client, watching
from web.access import API
from web.bidder import BoxName
from web.client import Client
from web.demo.cast import folder_of
from web.idempotency import HEADER
from web.key_folder import body_of, pin_log, read_authorities

PATIENCE_S = 60.0
FINISHED = "bidding.box-finished.v1"


@dataclass(slots=True)
class Sent:
    """A submission under its key, and what is known of its outcome."""

    name: str
    bid: SealedBid
    key: str = field(default_factory=lambda: system_entropy(16).hex())
    receipt: Receipt | None = None


@dataclass(slots=True)
class Tender:
    """A tender that takes bids, and everything that was sent to it."""

    hall: RunningHall
    number: str
    offer: Offer
    deadline: datetime
    sent: list[Sent] = field(default_factory=list)
    told: list[watching.Told] = field(default_factory=list)

    @property
    def room(self) -> str:
        """Where it is opened."""
        return room_of(self.offer.box)

    @property
    def kinds(self) -> Counter[str]:
        """How often each kind of event was told."""
        return Counter(
            str(one.kind).removeprefix("bidding.").removesuffix(".v1") for one in self.told
        )

    def sealed(
        self,
        name: str,
        price_fen: int,
        bidder_name: str | None = None,
        files: SealedFiles | None = None,
    ) -> SealedBid:
        """Seal a bid of somebody of the cast, in place of the accepted ones before."""
        earlier = [one.bid.envelope_id for one in self.sent if one.name == name]
        return sealing.seal_bid(
            Invitation(
                notice_sha256=self.offer.newest.notice_sha256,
                terms=self.offer.terms,
                policy=self.offer.policy,
            ),
            self._bidder(name),
            {"bidder_name": bidder_name or name, "price_fen": str(price_fen)},
            files or SealedFiles(files_key=system_entropy(32)),
            earlier=earlier,
            entropy=system_entropy,
            at=machine_clock(),
        )

    async def upload(self, part: bytes) -> None:
        """Send one part as a bidder, again where the hall is away."""
        pair = self.hall.pair("jia")
        async with client.connect(self.hall.origin, system_entropy, pair) as sender:
            await sender.send("PUT", f"/parts/{sha256_hex(part)}", part)

    async def submit(
        self,
        name: str,
        price_fen: int,
        bidder_name: str | None = None,
        files: SealedFiles | None = None,
    ) -> Sent:
        """Seal, upload and submit a bid, and keep its receipt."""
        bid = self.sealed(name, price_fen, bidder_name, files)
        await self.upload(bid.part_0)
        return await self.resolve(self.note(name, bid))

    def note(self, name: str, bid: SealedBid) -> Sent:
        """Note a bid that is about to be submitted."""
        self.sent.append(Sent(name=name, bid=bid))
        return self.sent[-1]

    async def try_once(self, sent: Sent) -> raw.Answer | None:
        """Submit without trying again; None: no answer came, and the outcome is unknown."""
        request = raw.Request(
            "POST",
            f"{self.hall.origin}{API}/envelopes",
            {HEADER: sent.key, "Content-Type": raw.JSON},
            canonical.dumps(self._signed(sent)),
        )
        try:
            async with aiohttp.ClientSession() as http:
                return await raw.send(http, request)
        except aiohttp.ClientError:
            return None

    async def resolve(self, sent: Sent) -> Sent:
        """Ask twice under the same key: both times the same outcome; keep its receipt."""
        async with client.connect(self.hall.origin, system_entropy) as sender:
            first, second = [
                await sender.send("POST", "/envelopes", self._signed(sent), key=sent.key)
                for _ in range(2)
            ]
        assert first == second
        assert isinstance(first, dict)
        sent.receipt = receipt.parse(str(first["receipt"]).encode())
        return sent

    async def withdraw(self, name: str) -> None:
        """Take somebody's last envelope back."""
        pair = self.hall.pair(name)
        last = [one.bid.envelope_id for one in self.sent if one.name == name][-1]
        async with client.connect(self.hall.origin, system_entropy) as sender:
            await bidder.withdraw(sender, pair, self.offer.box, last)

    def _bidder(self, name: str) -> Bidder:
        certificate = self.hall.pair(name).certificate
        return Bidder(id=body_of(certificate), cert_sha256=cms.cert_sha256(certificate))

    def _signed(self, sent: Sent) -> dict[str, Json]:
        pair = self.hall.pair(sent.name)
        p7s = cms.sign(sent.bid.seal, pair.key, pair.certificate)
        return {
            "object": canonical.loads(sent.bid.seal),
            "p7s": base64.b64encode(p7s).decode(),
        }

    async def watch(self) -> None:
        """Follow the room through every break, until its box is finished."""
        async with aclosing(watching.follow(self.hall.origin, self.room, system_entropy)) as frames:
            async for frame in frames:
                if isinstance(frame, watching.Told):
                    self.told.append(frame)
                    if frame.kind == FINISHED:
                        return

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Watch for as long as the context lasts."""
        task = asyncio.create_task(self.watch())
        yield task
        task.cancel()

    async def until_told(self, kind: str, times: int = 1) -> None:
        """Wait until the watcher has heard of events of a kind."""

        async def is_told() -> bool:
            return self.kinds[kind] >= times

        await patiently(is_told)

    async def exported(self, folder: Path) -> LogFacts:
        """Export and verify by the command line, and return what is proved of the log.

        An export stands on a published checkpoint: one that covers the last event is waited for.
        """
        last = next(one.entry for one in reversed(self.told) if one.entry is not None)
        async with self.hall.connection() as connection:
            await until(
                connection,
                """
                SELECT EXISTS (SELECT
                                 FROM notary.ledger_entry AS entry
                                 JOIN notary.ledger_checkpoint AS checkpoint
                                   ON checkpoint.size > entry.idx
                                WHERE entry.leaf_hash = $1)
                """,
                bytes.fromhex(last),
            )
        for words in (("export", str(folder)), ("verify", str(folder))):
            code, said = await self.hall.command(*words)
            assert code == 0, said
        return verify_export(folder, Trust()).log


async def a_tender(hall: RunningHall, number: str, ahead: timedelta) -> Tender:
    """Draft and publish a tender whose deadline is so far ahead."""
    async with (
        client.connect(hall.origin, system_entropy, hall.pair("drafter")) as agency,
        client.connect(hall.origin, system_entropy, hall.pair("approver")) as purchaser,
    ):
        deadline = (await agency.now() + ahead).replace(microsecond=0)
        await agency.send("POST", "/tenders", a_draft_until(number, deadline))
        await acts.publish(purchaser, number, patience_s=PATIENCE_S)
        offer = await _offer(hall, agency, number)
    return Tender(hall=hall, number=number, offer=offer, deadline=deadline)


async def _offer(hall: RunningHall, reader: Client, number: str) -> Offer:
    name = BoxName(tender=number, lot="1", stage="single")
    authorities = read_authorities(hall.home / "authorities")
    log = await pin_log(reader, folder_of(hall.home, "drafter"))
    return await bidder.fetch_offer(reader, name, authorities, log)
