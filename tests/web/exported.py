"""The public record of a town in which everything has happened, written once for many tests.

Opened and awarded: a bid with a file, a superseded one, a withdrawn one, an improper one, a trustee
with a duty key. Opened by invitation. Too few bids. Published, with a bid that is still held.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bidding import export, service
from bidding.clients.sealing import SealedBid, seal_files
from bidding.facts import BoxKey
from bidding.sealed import seal
from bidding.sealed.objects import Index, Withdrawal
from bidding.types import EnvelopeId
from notary import age, authority, cms, duty, home
from notary.authority import Authorities
from notary.canonical import Json, sha256_hex
from notary.duty import Body, DutyStatement, Use
from notary.entropy import system_entropy
from notary.instant import seconds
from notary.once import Answer
from notary.shape import dump, load
from sql.database import Database
from sql.postgres import ADMIN, APPLICATION, DATABASE, OWNER, EmbeddedPostgres
from tests.authorities import crl
from tests.bidding.town import (
    DEADLINE,
    NOW,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    award_lot,
    bid,
    once,
    policy_of,
    release_as,
    seal_as,
    send_part,
    submit_as,
)
from tests.notary.export import House
from trading.types import Stage
from web import ocds, publishing
from web.ocds import EXAMPLE_PREFIX, Publisher

AWARDED = "GC-2026-0918"
INVITED = "GC-2026-0919"
TOO_FEW = "GC-2026-0920"
TAKING_BIDS = "GC-2026-0921"

PRICES = {"firm-1": 1_310_000_000, "firm-2": 1_200_000_000, "firm-3": 1_250_000_000}
DRAWING = b"%PDF-1.7 the drawing of the eighth market"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Three exports of the town. `house`: the hall's own key, for a hall that lies."""

    town: Town
    house: House
    whole: Path
    with_files: Path
    one_tender: Path
    receipt: Path
    held_receipt: Path
    held: EnvelopeId
    shut: tuple[EnvelopeId, ...]  # withdrawn, superseded, too few

    @property
    def authorities(self) -> Path:
        """The folder of the authorities of the hall."""
        return self.whole.parent / "home" / "authorities"

    @property
    def ocds(self) -> Path:
        """The OCDS record package of everything published."""
        return self.whole.parent / "ocds.json"


@asynccontextmanager
async def _a_database(postgres: EmbeddedPostgres, name: str) -> AsyncIterator[Database]:
    admin = await asyncpg.connect(postgres.dsn(ADMIN, "postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE} OWNER {OWNER}")
        database = await Database.open(postgres.dsn(APPLICATION, name))
        yield database
        await database.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


def export_a_town(postgres: EmbeddedPostgres, folder: Path) -> Exported:
    """Let everything happen in a town and export it."""
    return asyncio.run(_export(postgres, folder))


async def _export(postgres: EmbeddedPostgres, folder: Path) -> Exported:
    async with _a_database(postgres, "exported_town") as database:
        town = await a_town(database, folder / "home")
        await _give_duty_key(town, "supervisor")
        shut = [*await _life_of_awarded(town, folder)]
        await announce(
            town, _draft(INVITED, method="invited", invited=["FIRM-1", "FIRM-2", "FIRM-3"])
        )
        await announce(town, _draft(TOO_FEW))
        await announce(town, _draft(TAKING_BIDS, later=timedelta(days=2)))
        taken = [await bid(town, name, PRICES[name], box(INVITED)) for name in PRICES]
        lonely = await bid(town, "firm-1", 1_000_000_000, box(TOO_FEW))
        held = await bid(town, "firm-5", 1_111_111_111, box(TAKING_BIDS))
        town = _with_revoked(town, folder / "home", 1)
        await _open(town)
        await award_lot(town, AWARDED)
        await town.settle()
        hall, vault = _with_revoked(town, folder / "home", 1, 2).hall, town.vault
        await _write_releases(database, town, folder / "ocds.json")
        await export.write(database, hall, vault, folder / "whole")
        await export.write(database, hall, vault, folder / "files", with_files=True)
        await export.write(database, hall, vault, folder / "one", tender=AWARDED)
    return Exported(
        town=town,
        house=_house(folder / "home"),
        whole=folder / "whole",
        with_files=folder / "files",
        one_tender=folder / "one",
        receipt=_keep_receipt(folder / "receipt", taken[0]),
        held_receipt=_keep_receipt(folder / "held", held),
        held=EnvelopeId(str(held["envelope"])),
        shut=(*shut, EnvelopeId(str(lonely["envelope"]))),
    )


async def _write_releases(database: Database, town: Town, file: Path) -> None:
    who = Publisher(name="大厅", origin="https://hall.example", prefix=EXAMPLE_PREFIX)
    tenders = (AWARDED, INVITED, TOO_FEW, TAKING_BIDS)
    every = [await publishing.releases(database, who, one) for one in tenders]
    file.write_bytes(ocds.record_package(who, f"{who.origin}/all", town.clock.now, every))


def box(tender: str) -> BoxKey:
    """Return the only box of a tender."""
    return BoxKey(tender, "1", Stage.SINGLE)


def _keep_receipt(folder: Path, answer: Answer) -> Path:
    folder.mkdir()
    (folder / "receipt.json").write_text(str(answer["receipt"]))
    (folder / "receipt.p7s").write_bytes(base64.b64decode(str(answer["receipt_p7s"])))
    return folder / "receipt.json"


def _house(folder: Path) -> House:
    key = authority.load_key(folder / "hall.key")
    certificate = x509.load_pem_x509_certificate((folder / "hall.pem").read_bytes())
    roots = Authorities.from_folder(folder / "authorities").roots
    [root] = [one for one in roots if one.subject == certificate.issuer]
    return House(root, key, certificate)  # type: ignore[arg-type]  # a demo hall's is on a curve


def _draft(tender: str, *, later: timedelta = timedelta(0), **changes: Json) -> dict[str, Any]:
    draft = a_draft(tender=tender, **changes)
    [lot] = draft["lots"]
    [terms] = lot["boxes"]
    terms["deadline"] = seconds(DEADLINE + later)
    return draft


async def _life_of_awarded(town: Town, folder: Path) -> list[EnvelopeId]:
    """Take bids of five firms; return those that never come onto the list."""
    await announce(town, _draft(AWARDED))
    (folder / "drawing.pdf").write_bytes(DRAWING)
    (folder / "parts").mkdir()
    files = seal_files(
        [("drawings/market.pdf", "application/pdf", folder / "drawing.pdf")],
        system_entropy(32),
        folder / "parts",
    )
    first = await bid(town, "firm-1", 1_500_000_000)
    await bid(town, "firm-1", PRICES["firm-1"])
    await submit_as(town, "firm-2", await seal_as(town, "firm-2", PRICES["firm-2"], files=files))
    await bid(town, "firm-3", PRICES["firm-3"])
    fourth = await bid(town, "firm-4", 900_000_000)
    await _withdraw(town, "firm-4", str(fourth["envelope"]))
    await submit_as(town, "firm-5", await _improper(town, "firm-5"))
    return [EnvelopeId(str(answer["envelope"])) for answer in (first, fourth)]


async def _withdraw(town: Town, name: str, envelope: str) -> None:
    person, key = town.people[name], box(AWARDED)
    text = dump(
        Withdrawal(
            origin=town.hall.origin,
            tender=key.tender,
            lot=key.lot,
            stage=key.stage,
            bidder=person.bidder,
            envelope=EnvelopeId(envelope),
            nonce="00" * 16,
            created=town.clock.now,
        )
    )
    await service.withdraw(town.database, town.hall, town.vault, once(), text, person.sign(text))


async def _improper(town: Town, name: str) -> SealedBid:
    """Seal an index that answers another question than the notice asks."""
    sound = await seal_as(town, name, 1_000_000_000)
    manifest = seal.read_manifest(sound.seal)
    index = load(Index, sound.index, limit=1 << 20)
    part = age.encrypt(dump(replace(index, form={"price": "cheap"})), manifest.core.recipient)
    first = replace(manifest.core.parts[0], size=len(part), sha256=sha256_hex(part))
    core = replace(manifest.core, parts=(first,))
    dealt = replace(
        manifest,
        core=core,
        shares=seal.deal(core, await policy_of(town, box(AWARDED)), sound.secret),
    )
    await send_part(town, part)
    return SealedBid(seal=dump(dealt), secret=sound.secret, index=sound.index, part_0=part)


def _with_revoked(town: Town, folder: Path, *serials: int) -> Town:
    """Let the authority revoke certificates that nobody here has."""
    key, root = home.demo_authority(folder)
    lists = [crl(root.subject, key, dict.fromkeys(serials, NOW), at=NOW)]
    hall = replace(town.hall, authorities=Authorities([root], lists))
    return replace(town, hall=hall)


async def _open(town: Town) -> None:
    """Pass the deadline of all tenders but the last, and open what can be opened."""
    town.clock.move_to(DEADLINE)
    for tender in (TOO_FEW, INVITED, AWARDED):
        await town.carry(box(tender))
    for tender in (INVITED, AWARDED):
        for name in TRUSTEES[1:]:
            await release_as(town, name, box(tender))
        await town.carry(box(tender))


async def _give_duty_key(town: Town, name: str) -> None:
    """Let a trustee sign with a duty certificate that its body has stated."""
    person = town.people[name]
    key = authority.new_key(system_entropy)
    certificate = authority.self_signed(
        key,
        common_name=f"{name} duty",
        organisation=person.actor.org,
        entropy=system_entropy,
        at=NOW,
        until=NOW + timedelta(days=300),
    )
    statement = dump(
        DutyStatement(
            v="hall-duty/v1",
            origin=town.hall.origin,
            body=Body(id=person.actor.org, name=person.actor.org),
            cert_sha256=cms.cert_sha256(certificate),
            uses=(Use.TRUSTEE,),
            from_=NOW,
            to=NOW + timedelta(days=300),
        )
    )
    await duty.state_duty(
        town.database,
        town.hall,
        once(),
        statement,
        person.sign(statement),
        certificate.public_bytes(Encoding.DER),
    )
    town.people[name] = replace(person, key=key, certificate=certificate)
