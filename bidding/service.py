"""What a bidder does before the deadline: parts, envelopes, replacements, withdrawals.

Source: `bid-seal/v1` section 7.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from bidding import evaluation, rules
from bidding.attempts import record_refusal
from bidding.circumstances import interrupted
from bidding.completing import (
    Completeness,
    complete,
    completed_by,
    completeness,
    drop_replaced,
    missing_parts,
)
from bidding.facts import BoxFacts, BoxKey, Envelope
from bidding.keys import box_of
from bidding.parts import drop_parts, require_sender
from bidding.refused import (
    BadSealCertificate,
    BadSealSignature,
    NotEncrypted,
    PartDiffers,
    PartMissing,
    TooLarge,
    as_refusal,
)
from bidding.sealed import seal
from bidding.sealed.objects import Core, Manifest, Policy, Withdrawal
from bidding.sealed.policy import read_policy
from bidding.store import boxes, envelopes, trustees
from bidding.types import EnvelopeId, Finding
from notary import age, cms, duty, ledger, signature
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.ledger import Entry
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.vault import BadBlob, Vault
from sql.database import Database, Tx
from trading import service as trading
from trading.types import Tender

PART_LIMIT = age.MAX_HEADER + 9 * 1024 * 1024
"""Bytes of one upload: more than any part of the profile has, which is then checked exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A submission whose signature is good: what can be said of it when it is refused."""

    manifest: Manifest
    seal: bytes
    p7s: bytes
    certificate: x509.Certificate

    @property
    def core(self) -> Core:
        """The part of the manifest that binds the bid."""
        return self.manifest.core

    @property
    def envelope_id(self) -> EnvelopeId:
        """The id that the submission has, accepted or not."""
        return seal.envelope_id(self.seal)

    @property
    def key(self) -> BoxKey:
        """The box that the bid is meant for."""
        return BoxKey(self.core.tender, self.core.lot, self.core.stage)


async def upload(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor | None,
    sha256: str,
    chunks: AsyncIterator[bytes],
) -> Answer:
    """Take one part into the vault: streamed, hashed, its age profile checked without a key.

    Repeating it is harmless. The last part of an envelope that was accepted before it makes that
    complete: the answer has the receipt. Raises PartUnnamed before a byte is read, PartDiffers,
    NotEncrypted, TooLarge, with nothing left behind, PartMissing where a withdrawal took the same
    file out meanwhile, and PartsLate.
    """
    await require_sender(database, actor, [sha256])
    try:
        size = await vault.put(sha256, _of_profile(chunks), limit=PART_LIMIT)
    except BadBlob as error:
        raise PartDiffers(why=str(error)) from error
    except age.BadAge as error:
        raise NotEncrypted(why=str(error)) from error
    async with database.transaction() as tx:
        await envelopes.insert_part(tx, sha256, size, await hall.clock(tx))
        # A withdrawal may have deleted the same file a moment ago; its row lock is gone by now.
        if await vault.size(sha256) is None:
            raise PartMissing(why="deleted meanwhile: send it again")
    return {
        "sha256": sha256,
        "size": size,
        "completed": await completed_by(database, hall, vault, sha256),
    }


async def _of_profile(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass a part on and judge it before its last byte settles: a bad one is never in the vault.

    To take it out again could take out a document of the same bytes.
    """
    head, size = b"", 0
    async for chunk in chunks:
        head += chunk[: age.MAX_HEADER - len(head)]
        size += len(chunk)
        if size > PART_LIMIT:
            raise TooLarge(why=f"more than {PART_LIMIT} bytes")
        yield chunk
    age.check_header(head, size)


async def submit(
    database: Database, hall: Hall, vault: Vault, once: Once, seal_json: bytes, p7s: bytes
) -> Answer:
    """Take a sealed bid: V1, V2, V3, V5, V6, V7, the clock after the lock, entry and receipt.

    The signature says who. Parts may be missing: the answer names them, and until when they may
    follow. Raises BiddingClosed, NotInvited, BoxUnknown or a SealRefused; an attempt of a known
    bidder is an entry also when it is refused. The answer says whether the bid is provisional: an
    outage is not judged yet, and the deadline may move later.
    """
    attempt = _read(seal_json, p7s)
    try:
        answer = await _submit(database, hall, vault, once, attempt)
    except envelopes.Clash:
        answer = await _submit(database, hall, vault, once, attempt)
    if answer["complete"]:
        return answer
    # A part may have come while the act looked for it: whoever sent it knew of no envelope yet.
    stood = await complete(database, hall, vault, attempt.envelope_id)
    return {**answer, **stood.told}


async def _submit(
    database: Database, hall: Hall, vault: Vault, once: Once, attempt: Attempt
) -> Answer:
    at: datetime | None = None
    try:
        async with database.transaction() as tx:
            tender = await trading.hold_tender(tx, attempt.key.tender)
            box = await _box(tx, attempt.key)
            # Read after the lock: who waited past the deadline must not be stamped before it.
            at = await hall.clock(tx)
            await _require_signer(tx, hall, attempt, at)
            # One read for all questions: between two a twin of this request could be committed.
            own = await envelopes.envelopes_of_bidder(tx, attempt.core.bidder.id)
            held = await interrupted(tx, box, tender.facts, at)
            known = next((one for one in own if one.envelope_id == attempt.envelope_id), None)
            if known is None:
                rules.require_taking(box, at, held)
                entry, stood = await _accept(tx, hall, vault, attempt, tender, box, own, at)
            else:
                entry = await _first_entry(tx, known)
                stood = await completeness(tx, hall, vault, box, known)
            answer = {
                **_receipted(hall, entry, envelope=attempt.envelope_id),
                **stood.told,
                "provisional": held is not None,
            }
            if known is None or stood.complete:  # else `complete` may refuse it: kept once it did
                await once.keep(tx, answer)
    except Finding as finding:
        refusal: Refusal = as_refusal(finding)
        await record_refusal(database, hall, once, attempt.key, attempt.certificate, refusal, at)
        raise refusal from finding
    except Refusal as refusal:
        await record_refusal(database, hall, once, attempt.key, attempt.certificate, refusal, at)
        raise
    if stood.complete and attempt.core.supersedes is not None:
        core = attempt.core
        await drop_replaced(database, vault, attempt.key, core.bidder.id, core.seq)
    return answer


async def withdraw(
    database: Database, hall: Hall, vault: Vault, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Take a signed withdrawal before the deadline; a new envelope may follow.

    Raises BiddingClosed, EnvelopeUnknown, EnvelopeWithdrawn, and what the signature's check raises;
    an attempt of a known bidder is an entry also when it is refused.
    """
    wish, signed_by = signature.read(Withdrawal, json, p7s, hall.origin)
    key = BoxKey(wish.tender, wish.lot, wish.stage)
    at: datetime | None = None
    try:
        async with database.transaction() as tx:
            tender = await trading.hold_tender(tx, key.tender)
            box = await _box(tx, key)
            at = await hall.clock(tx)
            bidder = wish.bidder.id
            signer = await duty.require_signer(tx, hall, signed_by, org=bidder, use=None, at=at)
            own = rules.require_own(await envelopes.envelope(tx, wish.envelope), bidder, key)
            rules.require_taking(box, at, await interrupted(tx, box, tender.facts, at))
            if not await envelopes.mark_withdrawn(tx, own.envelope_id, at, json=json, p7s=p7s):
                raise rules.EnvelopeWithdrawn
            entry = await ledger.append(
                tx,
                hall,
                "bidding.bid-withdrawn.v1",
                subject=key.tender,
                actor=signer.org,
                at=at,
                fields={
                    **key._asdict(),
                    "envelope": own.envelope_id,
                    "withdrawal_sha256": sha256_hex(json),
                    "p7s_sha256": sha256_hex(p7s),
                },
                hold=key.hold,
            )
            answer = _receipted(hall, entry, envelope=own.envelope_id)
            await once.keep(tx, answer)
    except Refusal as refusal:
        await record_refusal(database, hall, once, key, signed_by, refusal, at)
        raise
    await drop_parts(database, vault, own.envelope_id)
    return answer


def _read(seal_json: bytes, p7s: bytes) -> Attempt:
    """Read manifest and signature (V1, V2); nobody is known before both are good."""
    try:
        manifest = seal.read_manifest(seal_json)
        return Attempt(
            manifest=manifest, seal=seal_json, p7s=p7s, certificate=cms.verify(seal_json, p7s)
        )
    except Finding as finding:
        raise as_refusal(finding) from finding
    except cms.BadSignature as error:
        raise BadSealSignature(why=str(error)) from error


async def _box(tx: Tx, key: BoxKey) -> BoxFacts:
    box = await boxes.box(tx, key)
    if box is None:
        raise rules.BoxUnknown(**key._asdict())
    return box


async def _require_signer(tx: Tx, hall: Hall, attempt: Attempt, at: datetime) -> None:
    """Refuse a certificate that is not the bidder's, enrolled and good at `at` (V2, E-CERT)."""
    bidder = attempt.core.bidder
    if bidder.cert_sha256 != cms.cert_sha256(attempt.certificate):
        raise BadSealCertificate(why="another certificate than the manifest names")
    try:
        await duty.require_signer(tx, hall, attempt.certificate, org=bidder.id, use=None, at=at)
    except (duty.CertificateUnknown, signature.CertificateUntrusted) as refusal:
        raise BadSealCertificate(why=refusal.code) from refusal


async def _accept(
    tx: Tx,
    hall: Hall,
    vault: Vault,
    attempt: Attempt,
    tender: Tender,
    box: BoxFacts,
    own: Sequence[Envelope],
    at: datetime,
) -> tuple[Entry, Completeness]:
    core, key = attempt.core, attempt.key
    if not await trading.may_bid(tx, tender, core.bidder.id):
        raise rules.NotInvited(tender=key.tender)
    await _require_prequalified(tx, box, core.bidder.id)
    known = await trading.revisions(tx, key.tender)
    # The terms that the bidder sealed to: a later revision that leaves them good narrows nothing.
    read = seal.require_bound(core, box_of(hall, key), known, at)
    in_box = [EnvelopeId(one.envelope_id) for one in own if one.key == key]
    seal.require_sequence(core, in_box)
    seal.require_fresh(seal.imprint(core), _imprints(own))
    seal.require_caps(core, read.max_bytes)
    missing = await missing_parts(tx, vault, core.parts)
    seal.require_shares(attempt.manifest, await _policy(tx, key, core.policy_sha256))
    entry = await _insert(tx, hall, attempt, at, complete=not missing)
    return entry, Completeness(missing=missing, parts_by=box.parts_by, complete=not missing)


async def _require_prequalified(tx: Tx, box: BoxFacts, bidder: str) -> None:
    """Refuse who was not opened, or was rejected, in the prequalification that comes first.

    Nobody is prequalified before that box is finished.
    """
    earlier = await evaluation.before(tx, box)
    if earlier is None or not earlier.prequalifies:
        return
    if earlier.box.finished_at is None or bidder not in earlier.passed:
        raise rules.NotPrequalified(**box.key._asdict())


async def _insert(tx: Tx, hall: Hall, attempt: Attempt, at: datetime, *, complete: bool) -> Entry:
    core, key, envelope_id = attempt.core, attempt.key, attempt.envelope_id
    entry = await ledger.append(
        tx,
        hall,
        "bidding.bid-received.v1",
        subject=key.tender,
        actor=core.bidder.id,
        at=at,
        fields={
            **key._asdict(),
            "envelope": envelope_id,
            "p7s_sha256": sha256_hex(attempt.p7s),
            "seq": core.seq,
            "complete": complete,
        },
        hold=key.hold,
    )
    envelope = Envelope(
        envelope_id=envelope_id,
        key=key,
        bidder=core.bidder.id,
        cert_sha256=core.bidder.cert_sha256,
        seq=core.seq,
        supersedes=core.supersedes,
        nonce=core.nonce,
        recipient=core.recipient,
        seal_json=attempt.seal,
        seal_p7s=attempt.p7s,
        received_at=at,
        entry_id=entry.entry_id,
        withdrawn_at=None,
        completed_at=at if complete else None,
        completed_entry_id=entry.entry_id if complete else None,
    )
    await envelopes.insert_envelope(tx, envelope, core.parts)
    return entry


async def _first_entry(tx: Tx, known: Envelope) -> Entry:
    """Return the entry of an envelope that came before: the same bytes get their first receipt."""
    entry = await ledger.entry_of(tx, known.entry_id)
    assert entry is not None  # noqa: S101 - an envelope is inserted with its entry
    return entry


def _imprints(own: Sequence[Envelope]) -> list[seal.Imprint]:
    """Return what V5 compares: every own earlier envelope, in any box."""
    return [seal.imprint(seal.read_manifest(one.seal_json).core) for one in own]


async def _policy(tx: Tx, key: BoxKey, policy_sha256: str) -> Policy:
    return read_policy((await trustees.policies_of(tx, key))[policy_sha256])


def _receipted(hall: Hall, entry: Entry, *, envelope: str) -> Answer:
    return {"envelope": envelope, **acknowledge(hall, entry, "accepted")}
