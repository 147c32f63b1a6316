"""A tender from key to opening by the functions of the command line, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bidding import keys
from bidding.clients import rehearsing, sealing, trustee
from bidding.clients.duty import Duty, Grounds, Refused
from bidding.clients.offer import Withheld
from bidding.sealed.objects import Body
from bidding.sealed.seal import read_manifest
from bidding.store import results
from notary import authority, cms, receipt
from notary.canonical import sha256_hex
from notary.entropy import system_entropy
from sql.database import Database
from tests.bidding.town import BOX, DEADLINE, TENDER, TRUSTEES, Town, a_draft, a_town, once
from tests.web.served import serving
from trading import service as trading
from trading.types import Signed
from web import bidder, client, duty_folder, key_folder, submitting
from web.bidder import parse_box
from web.client import CERTIFICATE_FILE, KEY_FILE, Client
from web.duty_folder import Trustee
from web.lodging import notice_beside
from web.terminal import Refusing

HERE = parse_box(TENDER)


@dataclass(frozen=True, kw_only=True)
class Fair:
    """A served town: its origin, and a folder for everybody's keys."""

    town: Town
    origin: str
    folder: Path

    def key_folder(self, name: str) -> Path:
        """Return the key folder of somebody who is enrolled."""
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir()
            person = self.town.people[name]
            authority.save_key(folder / KEY_FILE, person.key)
            pem = person.certificate.public_bytes(Encoding.PEM)
            (folder / CERTIFICATE_FILE).write_bytes(pem)
        return folder

    @asynccontextmanager
    async def client(self, folder: Path | None = None) -> AsyncIterator[Client]:
        """Give a client that signs with a folder's key, or with none."""
        pair = None if folder is None else client.read_pair(folder)
        async with client.connect(self.origin, system_entropy, pair) as made:
            yield made

    def now(self) -> datetime:
        """Tell the time by everybody's machine here."""
        return self.town.clock.now

    @property
    def authorities(self) -> Path:
        """The folder of the authorities that everybody here trusts."""
        return self.folder / "authorities"

    async def seal(self, name: str, price_fen: int, out: Path, *sources: Path) -> sealing.SealedBid:
        """Seal a price as `hall seal` does."""
        folder = self.key_folder(name)
        trusted = key_folder.read_authorities(self.authorities)
        async with self.client(folder) as hall:
            log = await key_folder.pin_log(hall, folder)
            offer = await bidder.fetch_offer(hall, HERE, trusted, log)
            return await bidder.seal(
                hall,
                folder,
                client.read_pair(folder),
                offer,
                {"bidder_name": name, "price_fen": str(price_fen)},
                sources,
                out,
                clock=self.now,
            )

    async def submit(self, path: Path) -> submitting.Submission:
        """Submit a sealed bid; whose key signs the requests does not matter."""
        async with self.client(self.key_folder("firm-1")) as hall:
            return await submitting.submit(hall, sealing.read_bid(path))

    async def bid(self, name: str, price_fen: int) -> submitting.Submission:
        """Seal and submit."""
        out = self.folder / f"{name}.seal"
        await self.seal(name, price_fen, out)
        return await self.submit(out)

    @asynccontextmanager
    async def duty(self, name: str) -> AsyncIterator[Duty]:
        """Give the duty client of a trustee, armed for the day."""
        body = self.key_folder(name)
        folder = body / "duty"
        async with self.client(body) as hall:
            await key_folder.pin_log(hall, body)
            if not folder.exists():
                org = f"ORG-{name.upper()}"
                duty_folder.new(
                    folder,
                    Trustee(body=Body(id=org, name=org), member="chief", duty="armed"),
                    log=(body / key_folder.LOG_FILE).read_bytes(),
                    authorities=self.authorities,
                    passphrase=None,
                    clock=self.now,
                )
                async with self.client() as unsigned:
                    await duty_folder.state_duty(unsigned, folder, client.read_pair(body))
                duty_folder.arm(folder, [DEADLINE.date()])
        async with self.client(folder) as hall:
            permit = duty_folder.armed_permit(folder, self.now)
            root = duty_folder.unlock(folder)
            yield duty_folder.duty_of(folder, root, hall, permit, clock=self.now)

    async def publish(self) -> None:
        """Publish the draft, once its keys are there."""
        town, approver = self.town, self.town.people["approver"]
        asked = await trading.draft_notice(
            town.database, town.hall, approver.actor, TENDER, keys.policies
        )
        text = str(asked["json"]).encode()
        await trading.publish(
            town.database,
            town.hall,
            town.vault,
            approver.actor,
            once(),
            TENDER,
            Signed(json=text, p7s=approver.sign(text)),
            set_boxes=keys.set_boxes,
        )

    async def announce(self) -> None:
        """Draft, let the duty clients answer, publish; the log is yet to follow."""
        town = self.town
        drafter = town.people["drafter"].actor
        await trading.draft(town.database, town.hall, drafter, once(), a_draft())
        for name in TRUSTEES:
            async with self.duty(name) as duty:
                outcomes = await rehearsing.answer_requests(duty)
                assert outcomes == ["ok"]
        await self.publish()


@asynccontextmanager
async def a_fair(database: Database, folder: Path) -> AsyncIterator[Fair]:
    town = await a_town(database, folder)
    await town.settle()
    async with serving(database, town.hall, town.vault) as (origin, _):
        yield Fair(town=town, origin=origin, folder=folder)


async def test_keys_bids_and_shares_go_all_the_way_with_nobody_pressing(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        given = await fair.bid("firm-1", 1_300_000_000)
        for name, price in (("firm-2", 1_200_000_000), ("firm-3", 1_250_000_000)):
            await fair.bid(name, price)
        fair.town.clock.move_to(DEADLINE)
        await fair.town.carry()
        async with fair.duty("officer") as officer, fair.duty("supervisor") as supervisor:
            running = [asyncio.create_task(trustee.run(one)) for one in (officer, supervisor)]
            async with asyncio.timeout(20):
                await until(lambda: released(fair), 2)
            for task in running:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await fair.town.carry()

        async with database.transaction() as tx:
            told = await results.results_of(tx, BOX)
        assert [one.price_fen for one in told] == [1_300_000_000, 1_200_000_000, 1_250_000_000]
        assert receipt.parse(given.receipt.encode()).outcome == "accepted"
        signer = cms.verify(given.receipt.encode(), given.receipt_p7s)
        assert signer == fair.town.hall.certificate


async def until(count: Callable[[], Awaitable[int]], enough: int) -> None:
    while True:
        if await count() >= enough:
            return
        await asyncio.sleep(0.1)


async def released(fair: Fair) -> int:
    async with fair.town.database.transaction() as tx:
        count: int = await tx.fetchval("SELECT count(*) FROM bidding.release")
    return count


async def test_a_new_price_takes_the_files_along_and_a_new_file_takes_a_new_key(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        plan = tmp_path / "plan.pdf"
        plan.write_bytes(b"plan")
        first = await fair.seal("firm-1", 3, tmp_path / "1.seal", plan)
        await fair.submit(tmp_path / "1.seal")
        second = await fair.seal("firm-1", 2, tmp_path / "2.seal", plan)
        await fair.submit(tmp_path / "2.seal")
        plan.write_bytes(b"another plan")
        third = await fair.seal("firm-1", 1, tmp_path / "3.seal", plan)
        await fair.submit(tmp_path / "3.seal")

        cores = [read_manifest(bid.seal).core for bid in (first, second, third)]
        assert [core.seq for core in cores] == [1, 2, 3]
        assert [core.supersedes for core in cores[1:]] == [first.envelope_id, second.envelope_id]
        assert cores[0].parts[1:] == cores[1].parts[1:] != cores[2].parts[1:]
        kept = bidder.kept_bids(tmp_path / "firm-1")
        assert [one.secret for one in kept] == [bid.secret for bid in (first, second, third)]
        modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "firm-1/bids").glob("*.json")}
        assert modes == {0o600}


async def test_the_same_bid_again_gets_its_first_receipt_also_when_parts_were_lost(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        plan = tmp_path / "plan.pdf"
        plan.write_bytes(b"plan")
        out = tmp_path / "bid.seal"
        await fair.seal("firm-1", 3, out, plan)
        core = read_manifest(sealing.read_bid(out).seal).core
        assert sha256_hex(notice_beside(out).read_bytes()) == core.notice_sha256
        parts = core.parts
        remembered = out.with_name("bid.seal.sent")
        remembered.write_text("\n".join(part.sha256 for part in parts))  # never sent, in truth

        first = await fair.submit(out)
        second = await fair.submit(out)

        assert first == second
        assert not remembered.exists()
        assert all(path.exists() for path in first.saved)
        assert [path.name for path in first.saved] == [
            "bid.receipt.json",
            "bid.receipt.p7s",
            "bid.completed.json",
            "bid.completed.p7s",
        ]


async def test_a_withdrawn_bid_can_be_followed_by_another(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        given = await fair.bid("firm-1", 3)
        folder = fair.key_folder("firm-1")
        box = bidder.kept_bids(folder)[0].box
        async with fair.client(folder) as hall:
            pair = client.read_pair(folder)
            taken_back = await bidder.withdraw(hall, pair, box, given.envelope, clock=fair.now)
        await fair.seal("firm-1", 2, tmp_path / "again.seal")
        again = await fair.submit(tmp_path / "again.seal")

        assert taken_back.envelope == given.envelope
        assert again.envelope != given.envelope


async def test_a_bidder_opens_its_own_bid_only_once_shares_are_asked_for(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        given = [await fair.bid(f"firm-{n}", 100 + n) for n in (1, 2, 3)]
        folder = fair.key_folder("firm-1")
        trusted = key_folder.read_authorities(fair.authorities)
        grounds = Grounds(log=key_folder.read_log(folder), authorities=trusted, clock=fair.now)
        box = HERE.of(grounds.origin)
        async with fair.client(folder) as hall:
            with pytest.raises(Refused, match=r"release\.not_asked"):
                await bidder.release_own(hall, folder, box, grounds)
            fair.town.clock.move_to(DEADLINE)
            await fair.town.carry()

            assert await bidder.release_own(hall, folder, box, grounds) == [given[0].envelope]
            with pytest.raises(Refusing, match="no envelope kept"):
                await bidder.release_own(hall, fair.folder / "nobody", box, grounds)


async def test_a_notice_that_is_not_in_the_log_after_a_minute_is_sealed_to_no_more(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        folder = fair.key_folder("firm-1")
        trusted = key_folder.read_authorities(fair.authorities)
        published = fair.now()
        async with fair.client(folder) as hall:
            log = await key_folder.pin_log(hall, folder)
            moments = [timedelta(seconds=60, microseconds=-1), timedelta(seconds=60)]
            at_once, later = [partial(now, published + passed) for passed in moments]

            await bidder.fetch_offer(hall, HERE, trusted, log, clock=at_once)
            with pytest.raises(Withheld, match="not published yet"):
                await bidder.fetch_offer(hall, HERE, trusted, log, clock=later)
            await fair.town.settle()
            await bidder.fetch_offer(hall, HERE, trusted, log, clock=later)


def now(at: datetime) -> datetime:
    return at


async def test_nothing_is_sealed_to_a_box_whose_authorities_the_bidder_does_not_trust(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        await fair.announce()
        await fair.town.settle()
        (tmp_path / "authorities").rename(tmp_path / "theirs")
        (tmp_path / "authorities").mkdir()

        with pytest.raises(Withheld, match="notice"):
            await fair.seal("firm-1", 3, tmp_path / "bid.seal")
        assert not (tmp_path / "bid.seal").exists()


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("T-1", ("T-1", "1", "single")),
        ("T-1/2", ("T-1", "2", "single")),
        ("T-1/2/price", ("T-1", "2", "price")),
    ],
)
def test_a_box_is_named_by_tender_lot_and_stage(text: str, box: tuple[str, str, str]) -> None:
    named = parse_box(text)

    assert (named.tender, named.lot, named.stage) == box


@pytest.mark.parametrize("text", ["", "/1", "T-1/1/nothing", "T-1/1/single/more"])
def test_what_names_no_box_is_refused(text: str) -> None:
    with pytest.raises(Refusing, match="no box"):
        parse_box(text)
