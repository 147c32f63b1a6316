"""A hall with its log, three trustees and five firms, and the whole way of a tender through it."""

import hashlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from bidding import award, keys, opening, releases, service
from bidding.clients import sealing
from bidding.clients.sealing import Invitation, SealedBid, SealedFiles
from bidding.facts import BoxKey
from bidding.sealed import lists, seal
from bidding.sealed.objects import Bidder, Holder, Policy, TrusteeKey
from bidding.sealed.policy import find_group, read_policy
from bidding.sealed.statements import Checkpoint, ComplaintItem, Promise, Release, ShareItem
from bidding.steps import Step
from bidding.store import boxes, envelopes, trustees
from bidding.types import Box, Complaint, EnvelopeId
from notary import age, authority, cms, home, ledger, published, register
from notary.canonical import sha256_hex
from notary.entropy import system_entropy
from notary.hall import Hall
from notary.identity import Actor, Line, Role
from notary.once import Answer, Once
from notary.register import Newcomer
from notary.rooms import Doorbell
from notary.sequencer import Sequencer
from notary.shape import dump
from notary.vault import DirectoryVault, Vault
from sql.database import Database
from tests.bidding.drafts import DEADLINE as DEADLINE  # noqa: PLC0414 - its tests take it here
from tests.bidding.drafts import TENDER as TENDER  # noqa: PLC0414 - its tests take it here
from tests.bidding.drafts import TRUSTEES as TRUSTEES  # noqa: PLC0414 - its tests take it here
from tests.bidding.drafts import a_draft as a_draft  # noqa: PLC0414 - its tests take it here
from tests.fakeclock import FakeClock
from trading import notice as notices
from trading import service as trading
from trading.types import Signed, Stage

BOX = BoxKey(TENDER, "1", Stage.SINGLE)
NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a key; a trustee has a root as well."""

    actor: Actor
    key: ec.EllipticCurvePrivateKey
    certificate: Certificate
    root: bytes = field(default_factory=lambda: system_entropy(32))

    @property
    def bidder(self) -> Bidder:
        """Who bids, in a manifest or a withdrawal."""
        return Bidder(id=self.actor.org, cert_sha256=cms.cert_sha256(self.certificate))

    def sign(self, text: bytes) -> bytes:
        """Sign an object, detached."""
        return cms.sign(text, self.key, self.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Everything that a tender needs, with a clock that moves when it is told."""

    database: Database
    hall: Hall
    vault: Vault
    clock: FakeClock
    sequencer: Sequencer
    people: dict[str, Person]

    async def settle(self) -> None:
        """Let the log catch up with what was done."""
        await self.sequencer.drain()
        await self.sequencer.publish()

    async def carry(self, key: BoxKey = BOX) -> list[Step]:
        """Let the clerk do all that is due now."""
        done = []
        while True:
            await self.settle()
            carried = await opening.carry_on(self.database, self.hall, self.vault, key)
            if carried.step is not None:
                done.append(carried.step)
            elif carried.wait is not None:
                self.clock.move_to(self.clock.now + carried.wait)
            else:
                return done

    async def open_box(self, key: BoxKey = BOX, trustees_: tuple[str, ...] = TRUSTEES[:2]) -> None:
        """Close the box, let these trustees release, and carry it to its end."""
        self.clock.move_to(DEADLINE)
        await self.carry(key)
        for name in trustees_:
            await release_as(self, name, key)
        await self.carry(key)


async def a_town(database: Database, folder: Path, firms: int = 5) -> Town:
    """Open a demonstration hall and enrol everybody."""
    clock = FakeClock(NOW)
    hall, signer = await home.open_hall(
        folder,
        database,
        host="hall.example",
        demo=True,
        clock=clock,
        entropy=system_entropy,
        authorities=None,
    )
    own = home.demo_authority(folder)
    bodies = [
        ("drafter", "ORG-AGENCY", Line.EXECUTION, (Role.AGENCY,)),
        ("approver", "ORG-PURCHASER", Line.EXECUTION, (Role.PURCHASER,)),
        ("officer", "ORG-OFFICER", Line.DECISION, (Role.OFFICER, Role.TRUSTEE)),
        ("operator", "ORG-OPERATOR", Line.EXECUTION, (Role.OPERATOR, Role.TRUSTEE)),
        ("supervisor", "ORG-SUPERVISOR", Line.SUPERVISION, (Role.SUPERVISOR, Role.TRUSTEE)),
        *((f"firm-{n}", f"FIRM-{n}", Line.NONE, (Role.BIDDER,)) for n in range(1, firms + 1)),
    ]
    people = {
        name: await enrol(database, hall, own, name, org, line, roles)
        for name, org, line, roles in bodies
    }
    return Town(
        database=database,
        hall=hall,
        vault=DirectoryVault(folder / "vault"),
        clock=clock,
        sequencer=Sequencer(database, clock, signer, Doorbell()),
        people=people,
    )


async def enrol(
    database: Database,
    hall: Hall,
    own: tuple[ec.EllipticCurvePrivateKey, Certificate],
    name: str,
    org: str,
    line: Line,
    roles: tuple[Role, ...],
) -> Person:
    """Enrol somebody with a certificate of the demonstration's authority, `own`."""
    key = authority.new_key(system_entropy)
    certificate = authority.issue(
        *own,
        common_name=name,
        organisation=org,
        organization_identifier=org,
        public_key=key.public_key(),
        entropy=system_entropy,
        at=NOW,
        until=NOW + timedelta(days=365),
    )
    newcomer = Newcomer(
        org=org,
        org_name=f"{org} 单位",
        line=line,
        branch=None,
        person=name,
        person_name=name,
        roles=roles,
        certificate=certificate.public_bytes(Encoding.DER),
    )
    async with database.transaction() as tx:
        await register.take_in(tx, hall, newcomer, by="hall", proposed_by=None, at=NOW)
    actor = Actor(person=name, org=org, roles=frozenset(roles), branch=None)
    return Person(actor=actor, key=key, certificate=certificate)


def once(person: str = "somebody") -> Once:
    """Make a request that was never made before."""
    return Once(actor=person, key=f"key-of-a-test-{next(_numbers):04}", request_sha256=bytes(32))


async def announce(town: Town, draft: dict[str, Any] | None = None) -> str:
    """Draft, have the trustees answer with keys, and publish."""
    wish = a_draft() if draft is None else draft
    tender = str(wish["tender"])
    drafter, approver = town.people["drafter"], town.people["approver"]
    await trading.draft(town.database, town.hall, drafter.actor, once(), wish)
    for name in TRUSTEES:
        await give_keys(town, name)
    asked = await trading.draft_notice(
        town.database, town.hall, approver.actor, tender, keys.policies
    )
    text = str(asked["json"]).encode()
    await trading.publish(
        town.database,
        town.hall,
        town.vault,
        approver.actor,
        once(),
        tender,
        Signed(json=text, p7s=approver.sign(text)),
        set_boxes=keys.set_boxes,
    )
    return tender


async def give_keys(town: Town, name: str, member: str = "chief") -> None:
    """Answer every request for keys of one trustee, and its test envelopes."""
    person = town.people[name]
    for asked in await keys.requests(town.database, town.hall, person.actor):
        secret = seal.box_key(person.root, asked.box, asked.group, member, asked.gen)
        box = asked.box
        key = dump(
            TrusteeKey(
                origin=box.origin,
                tender=box.tender,
                lot=box.lot,
                stage=Stage(box.stage),
                group=asked.group,
                member=member,
                holder=Holder(
                    id=person.actor.org,
                    name=person.actor.org,
                    cert_sha256=cms.cert_sha256(person.certificate),
                ),
                gen=asked.gen,
                recipient=age.recipient_of(secret),
                duty="armed",
                release_not_before=asked.release_not_before,
            )
        )
        answer = await keys.answer(
            town.database, town.hall, person.actor, once(), key, person.sign(key)
        )
        await keys.rehearse(
            town.database, town.hall, person.actor, once(), str(answer["key_sha256"]), "ok"
        )


async def seal_as(
    town: Town,
    name: str,
    price_fen: int,
    key: BoxKey = BOX,
    files: SealedFiles | None = None,
) -> SealedBid:
    """Seal a price for one firm where the form asks for one, and send the parts."""
    person = town.people[name]
    async with town.database.transaction() as tx:
        notice = (await trading.revisions(tx, key.tender))[-1]
        policy = await policy_of(town, key)
        own = [
            EnvelopeId(one.envelope_id)
            for one in await envelopes.envelopes_of_bidder(tx, person.actor.org)
            if one.key == key
        ]
    terms = notices.box_of(notice.notice, key.lot, key.stage)
    assert terms is not None
    sealed = sealing.seal_bid(
        Invitation(notice_sha256=notice.notice_sha256, terms=terms, policy=policy),
        person.bidder,
        {field.name: str(price_fen) if field.name == "price_fen" else name for field in terms.form},
        files or SealedFiles(files_key=system_entropy(32)),
        earlier=own,
        entropy=system_entropy,
        at=town.clock.now,
    )
    await send_part(town, sealed.part_0)
    for path in () if files is None else files.paths:
        await send_part(town, path.read_bytes())
    return sealed


async def policy_of(town: Town, key: BoxKey) -> Policy:
    async with town.database.transaction() as tx:
        box = await boxes.box(tx, key)
        assert box is not None
        return read_policy((await trustees.policies_of(tx, key))[box.policy_sha256])


async def send_part(town: Town, part: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield part

    digest = hashlib.sha256(part).hexdigest()
    sender = town.people["firm-1"].actor
    await service.upload(town.database, town.hall, town.vault, sender, digest, chunks())


async def submit_as(town: Town, name: str, sealed: SealedBid) -> Answer:
    return await service.submit(
        town.database,
        town.hall,
        town.vault,
        once(""),
        sealed.seal,
        town.people[name].sign(sealed.seal),
    )


async def bid(town: Town, name: str, price_fen: int, key: BoxKey = BOX) -> Answer:
    """Seal and submit at once."""
    return await submit_as(town, name, await seal_as(town, name, price_fen, key))


async def release_as(town: Town, name: str, key: BoxKey = BOX) -> None:
    """Promise and release the shares of one trustee."""
    person = town.people[name]
    box = keys.box_of(town.hall, key)
    release = Release(**_boxed(box), **await a_release(town, name, key))
    data = dump(release)
    promise = dump(
        Promise(
            **_boxed(box),
            group=release.group,
            key_sha256=release.key_sha256,
            list_sha256=release.list_sha256,
            release_sha256=sha256_hex(data),
            at=release.at,
        )
    )
    await releases.promise(town.database, town.hall, once(name), promise, person.sign(promise))
    await releases.release(town.database, town.hall, once(name), data, person.sign(data))


def _boxed(box: Box) -> dict[str, Any]:
    return {
        "origin": box.origin,
        "tender": box.tender,
        "lot": box.lot,
        "stage": Stage(box.stage),
    }


async def a_release(
    town: Town, name: str, key: BoxKey = BOX, member: str = "chief"
) -> dict[str, Any]:
    """Open a trustee's share of every listed envelope: what its release says."""
    person, policy = town.people[name], await policy_of(town, key)
    async with town.database.transaction() as tx:
        box = await boxes.box(tx, key)
        own = next(
            one
            for one in await trustees.keys_of(tx, key.tender)
            if (one.key, one.holder_org, one.member) == (key, person.actor.org, member)
        )
        counted = await envelopes.counted(tx, key)
        newest = await published.newest(tx)
    assert box is not None
    assert box.in_force is not None
    assert newest is not None
    asked = {one.envelope for one in lists.read_list(box.in_force.json).envelopes}
    group = find_group(policy, own.key_sha256)
    assert group is not None
    secret = seal.box_key(person.root, keys.box_of(town.hall, key), group.id, member, 1)
    items: list[ShareItem | ComplaintItem] = []
    for one in (one for one in counted if one.envelope_id in asked):
        manifest = seal.read_manifest(one.seal_json)
        share = seal.open_share(manifest, policy, box.policy_sha256, group, secret)
        envelope = EnvelopeId(one.envelope_id)
        items.append(
            ComplaintItem(envelope=envelope, complaint=share)
            if isinstance(share, Complaint)
            else ShareItem(envelope=envelope, share=share)
        )
    return {
        "group": group.id,
        "x": group.x,
        "key_sha256": own.key_sha256,
        "list_sha256": box.in_force.sha256,
        "checkpoint": Checkpoint(size=newest.size, root=newest.root.hex()),
        "at": town.clock.now,
        "items": tuple(items),
    }


async def award_lot(town: Town, tender: str = TENDER, lot: str = "1") -> Answer:
    """Publish the candidates and award, as the agency signs both."""
    drafter = town.people["drafter"]
    await town.settle()
    drafted = await award.draft(town.database, town.hall, drafter.actor, tender, lot)
    text = str(drafted["json"]).encode()
    await award.publish_candidates(
        town.database, town.hall, drafter.actor, once("drafter"), text, drafter.sign(text)
    )
    return await award.award(
        town.database, town.hall, drafter.actor, once("drafter"), text, drafter.sign(text)
    )


async def kinds(town: Town) -> list[str]:
    """Return the kinds of all entries in the log, in order."""
    await town.settle()
    async with town.database.transaction() as tx:
        return [one.kind for one in await ledger.entries(tx, limit=10_000)]
