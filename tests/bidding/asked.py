"""A box whose shares are asked for, made without a hall: whoever makes it can lie.

The log is signed by a key that the trustee knows, so whatever a test changes is a lie that only one
check can find.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidding.clients import sealing
from bidding.clients.sealing import Invitation, SealedFiles
from bidding.sealed import seal
from bidding.sealed.objects import Bidder, Group, Holder, Member, Policy, TrusteeKey
from bidding.sealed.statements import BidList, Listed
from bidding.types import Box, EnvelopeId
from notary import age, authority, cms, entry, merkle, note, policy, proof
from notary.authority import Authorities
from notary.canonical import Json, sha256_hex
from notary.entropy import system_entropy
from notary.instant import micros
from notary.note import Algorithm, Checkpoint, Note, VerifierKey
from notary.policy import Policy as LogPolicy
from notary.shape import dump
from tests.authorities import TestAuthority, an_authority
from trading.types import Box as Terms
from trading.types import Field, Kind, Lot, Method, Mode, Notice, Pin, Stage, Words
from web.client import SigningPair

ORIGIN = "hall.example/log/0123abcd"
BOX = Box(origin=ORIGIN, tender="T-1", lot="1", stage="single")
PUBLISHED = datetime(2026, 12, 1, 1, tzinfo=UTC)
DEADLINE = PUBLISHED + timedelta(hours=1)
NOW = DEADLINE + timedelta(seconds=2)
TRUSTEES = ("officer", "operator", "supervisor")
GATE_WAIT_MIN = 15

Fields = dict[str, Json]
ROOT_OF = {name: bytes([n]) * 32 for n, name in enumerate(TRUSTEES, start=1)}


def unchanged(_kind: str, fields: Fields) -> Fields:
    return fields


@cache
def the_authority() -> TestAuthority:
    return an_authority()


@cache
def a_pair(org: str) -> SigningPair:
    key = authority.new_key(system_entropy)
    made = the_authority()
    return SigningPair(key=key, certificate=made.issue(key.public_key(), identifier=org))


def signed(text: bytes, pair: SigningPair) -> dict[str, Json]:
    p7s = cms.sign(text, pair.key, pair.certificate)
    return {"json": text.decode(), "p7s": base64.b64encode(p7s).decode()}


@dataclass(kw_only=True)
class Log:
    """A log of our own: entries, and proofs on any checkpoint of it."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    records: list[tuple[Fields, bytes | None]] = field(default_factory=list)

    @property
    def verifier(self) -> VerifierKey:
        """The key of the log."""
        return VerifierKey(ORIGIN, Algorithm.ED25519, self.key.public_key().public_bytes_raw())

    @property
    def policy(self) -> LogPolicy:
        """The policy of who knows this log."""
        return policy.parse(policy.of_log(self.verifier))

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.records)

    def append(self, kind: str, at: datetime, fields: Fields) -> int:
        """Append an entry and return its index."""
        usual: Fields = {"kind": kind, "origin": ORIGIN, "actor": "hall", "at": micros(at)}
        entire = usual | fields
        salt = None if entry.kind(kind).plain is not None else bytes([len(self.records)]) * 32
        self.records.append((entire, salt))
        return len(self.records) - 1

    def leaves(self, size: int) -> list[bytes]:
        """Return the first leaf hashes."""
        return [merkle.leaf_hash(entry.record(*one)) for one in self.records[:size]]

    def checkpoint(self, size: int) -> Checkpoint:
        """Return the state of the log when it had this size."""
        return Checkpoint(ORIGIN, size, merkle.root(self.leaves(size)))

    def note(self, size: int) -> bytes:
        """Return the signed checkpoint of this size."""
        text = self.checkpoint(size).text
        return Note(text, (note.sign_note(text, self.verifier, self.key.sign),)).encode()

    def proof(self, index: int, size: int) -> str:
        """Prove an entry on the checkpoint of a size: all fields but the actor."""
        fields, salt = self.records[index]
        shown = None if salt is None else set(fields) - {"actor"}
        disclosed = entry.disclosure(fields, salt, shown)
        hashes = merkle.inclusion_proof(merkle.in_memory(self.leaves(size)), index, size)
        return proof.of_entry(disclosed, index, tuple(hashes), self.note(size)).encode().decode()

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Prove that one checkpoint extends another."""
        return merkle.consistency_proof(merkle.in_memory(self.leaves(new)), old, new)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The dossier as the hall sends it, and what the trustee goes by."""

    dossier: dict[str, Any]
    log: Log
    list_sha256: str

    @property
    def authorities(self) -> Authorities:
        """The authorities that the trustee trusts."""
        return the_authority().authorities()


def trustee_key(name: str) -> TrusteeKey:
    secret = seal.box_key(ROOT_OF[name], BOX, name, "chief", 1)
    return TrusteeKey(
        origin=ORIGIN,
        tender=BOX.tender,
        lot=BOX.lot,
        stage=Stage.SINGLE,
        group=name,
        member="chief",
        holder=holder(name),
        gen=1,
        recipient=age.recipient_of(secret),
        duty="armed",
        release_not_before=DEADLINE,
    )


def holder(name: str) -> Holder:
    org = f"ORG-{name.upper()}"
    return Holder(id=org, name=org, cert_sha256=cms.cert_sha256(a_pair(org).certificate))


def a_policy() -> Policy:
    groups = []
    for x, name in enumerate(TRUSTEES, start=1):
        key = trustee_key(name)
        member = Member(recipient=key.recipient, key_sha256=sha256_hex(dump(key)))
        groups.append(Group(id=name, x=x, members=(member,)))
    return Policy(
        origin=ORIGIN,
        tender=BOX.tender,
        lot=BOX.lot,
        stage=Stage.SINGLE,
        mode=Mode.SHARED,
        k=2,
        groups=tuple(groups),
    )


def a_notice(**terms: object) -> Notice:
    words = Words(zh="标", en="Works")
    box = Terms(
        stage=Stage.SINGLE,
        mode=Mode.SHARED,
        policy_sha256=sha256_hex(dump(a_policy())),
        after=None,
        deadline=DEADLINE,
        parts_by=DEADLINE,
        open_at=DEADLINE,
        release_by=DEADLINE + timedelta(minutes=30),
        owner_by=DEADLINE + timedelta(days=3),
        close_slack_s=60,
        gate_wait_min=GATE_WAIT_MIN,
        min_envelopes=2,
        max_bytes=1_000_000,
        form=(Field(name="price_fen", type="fen", label=words),),
        reseal=False,
    )
    draw = bool(terms.pop("draw", False))
    lot = Lot(
        lot="1",
        title=words,
        draw=draw,
        ceiling_fen=None,
        limits=(),
        boxes=(replace(box, **terms),),  # type: ignore[arg-type] # the names are a box's
    )
    return Notice(
        v="hall-notice/v1",
        origin=ORIGIN,
        tender=BOX.tender,  # type: ignore[arg-type] # a NewType of the same text
        revision=1,
        previous=None,
        reason=None,
        published=PUBLISHED,
        title=words,
        purchaser="ORG-PURCHASER",
        agency="ORG-AGENCY",
        kind=Kind.CONSTRUCTION,
        rules=Pin(set="demo/2026-11", sha256="0" * 64),
        method=Method.OPEN,
        invited=None,
        currency="CNY",
        deposit_fen=0,  # type: ignore[arg-type] # a NewType of the same number
        documents=(),
        channels=(),
        lots=(lot,),
    )


def a_seal(bidder: str, notice: Notice) -> bytes:
    org = a_pair(bidder)
    bid = sealing.seal_bid(
        Invitation(
            notice_sha256=sha256_hex(dump(notice)), terms=notice.lots[0].boxes[0], policy=a_policy()
        ),
        Bidder(id=bidder, cert_sha256=cms.cert_sha256(org.certificate)),
        {"price_fen": "100"},
        SealedFiles(files_key=system_entropy(32)),
        earlier=[],
        entropy=system_entropy,
        at=PUBLISHED,
    )
    return bid.seal


def asked(
    *,
    bidders: Sequence[str] = ("FIRM-1", "FIRM-2", "FIRM-3"),
    say: Callable[[str, Fields], Fields] = unchanged,
    list_as: Callable[[BidList], BidList] = lambda bids: bids,
    seal_as: Callable[[str, Notice], bytes] = a_seal,
    sign_as: Callable[[str], str] = lambda org: org,
    log: Log | None = None,
    last_part_at: datetime | None = None,
    **terms: object,
) -> Asked:
    """Make a box whose shares are asked for.

    `last_part_at`: when the first bid, which came without all its parts, was complete.
    `say`: what an entry says instead; `list_as`: the list instead; `seal_as`, `sign_as`: a bid and
    whose signature it has instead; `terms`: members of the notice's box that differ.
    """
    log = log or Log()
    notice = a_notice(**terms)
    notice_sha256 = sha256_hex(dump(notice))

    def append(kind: str, at: datetime, **fields: Json) -> int:
        return log.append(kind, at, say(kind, fields))

    log.append("ledger.inception.v1", PUBLISHED, {"vkey": log.verifier.vkey})
    place: Fields = {"tender": BOX.tender, "lot": BOX.lot, "stage": BOX.stage}
    published = append(
        "trading.published.v1",
        PUBLISHED,
        tender=BOX.tender,
        revision=1,
        notice_sha256=notice_sha256,
    )
    received: dict[str, tuple[int, dict[str, Json]]] = {}
    for n, bidder in enumerate(bidders):
        text = seal_as(bidder, notice)
        envelope = signed(text, a_pair(sign_as(bidder)))
        p7s = base64.b64decode(str(envelope["p7s"]))
        index = append(
            "bidding.bid-received.v1",
            PUBLISHED + timedelta(minutes=1 + n),
            **place,
            envelope=sha256_hex(text),
            p7s_sha256=sha256_hex(p7s),
            seq=1,
            complete=n > 0 or last_part_at is None,
        )
        received[sha256_hex(text)] = index, envelope
    completed: dict[str, int] = {}
    if last_part_at is not None:
        first = next(iter(received))
        completed[first] = append("bidding.bid-completed.v1", last_part_at, **place, envelope=first)
    listed = [
        Listed(envelope=EnvelopeId(envelope), index=index, complete=completed.get(envelope, index))
        for envelope, (index, _) in sorted(received.items())
    ]
    bids = list_as(
        BidList(
            origin=ORIGIN,
            tender=BOX.tender,
            lot=BOX.lot,
            stage=Stage.SINGLE,
            notice_sha256=notice_sha256,
            deadline=notice.lots[0].boxes[0].deadline,
            from_=None,
            crls_sha256=None,
            envelopes=tuple(listed),
            kept_shut=(),
        )
    )
    list_sha256 = sha256_hex(dump(bids))
    end = notice.lots[0].boxes[0].parts_by
    closed = append("bidding.box-closed.v1", end, **place, closing=1, list_sha256=list_sha256)
    shares = append("bidding.shares-asked.v1", end, **place, list_sha256=list_sha256)
    size = log.size
    keys = [dump(trustee_key(name)) for name in TRUSTEES]
    envelopes = [
        {
            "envelope": envelope,
            "seal": one["json"],
            "p7s": one["p7s"],
            "proof": log.proof(index, size),
            "completed": log.proof(completed[envelope], size) if envelope in completed else None,
        }
        for envelope, (index, one) in sorted(received.items())
    ]
    dossier = {
        "notices": [
            {**signed(dump(notice), a_pair("ORG-PURCHASER")), "proof": log.proof(published, 2)}
        ],
        "policies": [dump(a_policy()).decode()],
        "keys": [
            signed(key, a_pair(f"ORG-{name.upper()}"))
            for name, key in zip(TRUSTEES, keys, strict=True)
        ],
        "duties": [],
        "checkpoint": log.note(size).decode(),
        "list": {"json": dump(bids).decode(), "proof": log.proof(closed, size)},
        "revised": None,
        "asked": {"proof": log.proof(shares, size)},
        "envelopes": envelopes,
        "promises": [],
    }
    return Asked(dossier=dossier, log=log, list_sha256=list_sha256)
