"""The seal of a bid: its manifest, its deterministic dealing, and the checks that need no key.

Pure; entropy and time are arguments. Steps V1, V3 and V5 to V7 of `sealing.md` 9 are here, for the
server at submission and for whoever verifies a record; what they find is raised as Finding.

Source: `sealing.md` 3 to 7.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bidding.sealed.objects import Core, Group, Manifest, Part, Policy, ShareEntry
from bidding.types import Box, Code, Complaint, EnvelopeId, Finding, Party
from notary import age, shamir
from notary.canonical import dumps, sha256_hex
from notary.shape import dump, load
from trading.notice import box_of
from trading.types import Box as Terms
from trading.types import Published

LABEL = b"bid-seal/v1"

PARTS_MOST = 2048
"""Part 0 and the pieces of the files."""

REHEARSAL = "rehearsal"
"""The bidder of a test envelope; nobody may be called so (`sealing.md` 6.3)."""

_TEXT = re.compile(rb"bid-share/v1\nctx ([0-9a-f]{64})\nshare ([0-9a-f]{66})\n")
_TEXT_SIZE = 155


# Keys and dealing: `sealing.md` 4


def box_key(root: bytes, box: Box, group: str, member: str, gen: int) -> bytes:
    """Return a trustee's X25519 secret for one box, derived from its root of 32 bytes."""
    info: dict[str, str | int] = {
        "origin": box.origin,
        "tender": box.tender,
        "lot": box.lot,
        "stage": box.stage,
        "group": group,
        "member": member,
        "gen": gen,
    }
    return HKDF(SHA256(), 32, b"bid-trustee/v1", dumps(info)).derive(root)


def envelope_id(seal: bytes) -> EnvelopeId:
    """Return the id of the envelope whose `seal.json` is `seal`."""
    return EnvelopeId(sha256_hex(seal))


def context(core: Core) -> bytes:
    """Return ctx: 32 bytes that bind every share to this core."""
    return hashlib.sha256(LABEL + b"/ctx" + dump(core)).digest()


def commitment(ctx: bytes, share: bytes) -> str:
    """Return commit_i of a share, in hex."""
    return sha256_hex(LABEL + b"/share-commit" + ctx + share)


def deal(core: Core, policy: Policy, secret: bytes) -> tuple[ShareEntry, ...]:
    """Return the share entries that S and the core determine; in mode `bidder` there are none.

    Whoever learns S derives the same bytes again: this is how bad dealing is the bidder's, and a
    false complaint the trustee's (V11).
    """
    if not policy.groups:
        return ()
    ctx = context(core)
    xs = [group.x for group in policy.groups]
    shares = shamir.deal(secret, polynomial(secret, ctx, policy.k), xs)
    pairs = zip(policy.groups, shares, strict=True)
    return tuple(_entry(group, share, secret, ctx) for group, share in pairs)


def polynomial(secret: bytes, ctx: bytes, k: int) -> bytes:
    """Return poly: 32 bytes for each coefficient but the constant, a zero one kept."""
    return _derive(secret, b"/poly", ctx + bytes([k]), 32 * (k - 1))


def _entry(group: Group, share: bytes, secret: bytes, ctx: bytes) -> ShareEntry:
    """Return a group's entry: commit_i, and age_i to all of its members."""
    place = ctx + bytes([group.x])
    ephemeral = [
        _derive(secret, b"/share-esk", place + bytes([j]), 32) for j in range(len(group.members))
    ]
    envelope = age.seal_one_chunk(
        b"bid-share/v1\nctx %b\nshare %b\n" % (ctx.hex().encode(), share.hex().encode()),
        [member.recipient for member in group.members],
        _derive(secret, b"/share-filekey", place, 16),
        _derive(secret, b"/share-nonce", place, 16),
        ephemeral,
    )
    return ShareEntry(
        group=group.id,
        x=group.x,
        commit=commitment(ctx, share),
        age=base64.b64encode(envelope).decode("ascii"),
    )


def _derive(secret: bytes, use: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, LABEL + use, info).derive(secret)


def open_share(
    manifest: Manifest, policy: Policy, policy_sha256: str, group: Group, secret: bytes
) -> bytes | Complaint:
    """Open a group's share with a member's box key; return it, or the first complaint that holds.

    The manifest passes V1 to V3 and V7, else the complaint is `manifest`.

    Source: `sealing.md` 3, release items, and 8.3.
    """
    entry = next(entry for entry in manifest.shares if entry.group == group.id)
    try:
        text = age.decrypt(base64.b64decode(entry.age), secret, members=len(group.members))
    except age.BadAge:
        return Complaint.UNDECRYPTABLE
    match = _TEXT.fullmatch(text)
    if match is None:
        return Complaint.FORMAT
    ctx, share = (bytes.fromhex(digits.decode()) for digits in match.groups())
    if share[-1] != group.x:
        return Complaint.FORMAT
    core = manifest.core
    if ctx != context(core) or (core.box, core.policy_sha256) != (policy.box, policy_sha256):
        return Complaint.CONTEXT
    if commitment(ctx, share) != entry.commit:
        return Complaint.COMMIT
    return share


# V1


def read_manifest(seal: bytes) -> Manifest:
    """Read `seal.json`, or raise E-JSON."""
    try:
        manifest = load(Manifest, seal)
    except ValueError as error:
        raise _bidder(Code.JSON, str(error)) from error
    parts = manifest.core.parts
    if [part.n for part in parts] != list(range(len(parts))) or len(parts) > PARTS_MOST:
        raise _bidder(Code.JSON, "parts are not numbered 0, 1, 2 …")
    if not parts and manifest.core.bidder.id != REHEARSAL:
        raise _bidder(Code.JSON, "no part 0")
    return manifest


# V3


def require_bound(core: Core, box: Box, revisions: Sequence[Published], at: datetime) -> Terms:
    """Refuse a bid for another box, or sealed to a notice or policy not in force (V3).

    Returns the terms that the bidder read: its form and its caps are those. `revisions`: all of the
    notice up to now, at submission; up to the closing, in a record. `at`: when the envelope was
    received.
    """
    if core.box != box:
        raise _bidder(Code.BIND, "sealed for another box")
    voided = [one.notice.revision for one in revisions if _reseals(one, box)]
    in_force = [
        one for one in revisions if one.at <= at and one.notice.revision >= max(voided, default=1)
    ]
    terms = {one.notice_sha256: box_of(one.notice, box.lot, box.stage) for one in in_force}
    read = terms.get(core.notice_sha256)
    if read is None:
        raise _bidder(Code.BIND, "sealed to a notice that was not or is no longer in force")
    if core.policy_sha256 not in {one.policy_sha256 for one in terms.values() if one is not None}:
        raise _bidder(Code.POLICY, "sealed to a policy that is not in force")
    return read


def is_voided(core: Core, revisions: Sequence[Published]) -> bool:
    """Tell whether a revision after the one that a bid was sealed to wants it sealed again."""
    read = [one.notice_sha256 for one in revisions].index(core.notice_sha256)
    return any(_reseals(one, core.box) for one in revisions[read + 1 :])


def _reseals(revision: Published, box: Box) -> bool:
    terms = box_of(revision.notice, box.lot, box.stage)
    return terms is not None and terms.reseal


def require_sequence(core: Core, earlier: Sequence[EnvelopeId]) -> None:
    """Refuse a bid that does not follow the bidder's earlier accepted ones in its box (V3).

    `earlier`: in the order of acceptance, the withdrawn among them.
    """
    last = earlier[-1] if earlier else None
    if core.seq != len(earlier) + 1 or core.supersedes != last:
        raise _bidder(Code.BIND, "seq and supersedes do not follow the bidder's last envelope")


# V5


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What an envelope must not share with another: all that V5 reads of it."""

    bidder: str
    box: Box
    recipient: str
    nonce: str
    parts: tuple[str, ...]


def imprint(core: Core) -> Imprint:
    """Return the imprint of an envelope."""
    return Imprint(
        bidder=core.bidder.id,
        box=core.box,
        recipient=core.recipient,
        nonce=core.nonce,
        parts=tuple(part.sha256 for part in core.parts),
    )


def require_fresh(new: Imprint, earlier: Iterable[Imprint]) -> None:
    """Refuse to use anything of the bidder's own earlier envelopes again, but files (V5).

    Files may come again in the same box only: in another one the first opening would open them. A
    rival's envelope never stands in the way, or naming its hashes would be a weapon.
    """
    for old in earlier:
        if old.bidder == new.bidder and _repeats(new, old):
            raise _bidder(Code.DUP, "recipient, nonce or part of an own earlier envelope")


def copies(new: Imprint, others: Iterable[Imprint]) -> bool:
    """Tell whether a rival's envelope has a value of `new`: an alarm that costs nobody anything."""
    return any(old.bidder != new.bidder and _meets(new, old) for old in others)


def _repeats(new: Imprint, old: Imprint) -> bool:
    if new.recipient == old.recipient or new.nonce == old.nonce:
        return True
    first, earlier_first = new.parts[:1], old.parts[:1]
    if not set(first).isdisjoint(old.parts) or not set(earlier_first).isdisjoint(new.parts):
        return True
    return new.box != old.box and not set(new.parts).isdisjoint(old.parts)


def _meets(new: Imprint, old: Imprint) -> bool:
    same_key = new.recipient == old.recipient or new.nonce == old.nonce
    return same_key or not set(new.parts).isdisjoint(old.parts)


# V6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An age file as it was counted on its way in. `head`: its first age.MAX_HEADER bytes."""

    size: int
    sha256: str
    head: bytes


def count(data: bytes) -> Stored:
    """Return what V6 reads of a whole age file."""
    return Stored(size=len(data), sha256=sha256_hex(data), head=data[: age.MAX_HEADER])


def require_there(part: Part, size: int | None) -> None:
    """Refuse a part that is absent, or of another size than the bytes of its hash have (V6)."""
    if size is None:
        raise _bidder(Code.PART_MISSING, f"part {part.n} is not there")
    if size != part.size:
        raise _bidder(Code.SIZE, f"part {part.n} has another size")


def require_part(part: Part, stored: Stored | None) -> int:
    """Refuse a part that is absent or not what the core says; return its plaintext size (V6)."""
    if stored is not None and stored.sha256 != part.sha256:
        raise _bidder(Code.PART_HASH, f"part {part.n} has another hash")
    require_there(part, None if stored is None else stored.size)
    assert stored is not None  # noqa: S101 - it is there
    try:
        return age.check_header(stored.head, stored.size)
    except age.BadAge as error:
        raise _bidder(Code.PROFILE, f"part {part.n}: {error}") from error


def require_caps(core: Core, max_bytes: int) -> None:
    """Refuse a bid whose parts are larger together than the notice allows (V6)."""
    if sum(part.size for part in core.parts) > max_bytes:
        raise _bidder(Code.SIZE, f"more than {max_bytes} bytes")


# V7


def require_shares(manifest: Manifest, policy: Policy) -> None:
    """Refuse share entries that are not one per group, in order and of the fixed form (V7)."""
    places = [(entry.group, entry.x) for entry in manifest.shares]
    if places != [(group.id, group.x) for group in policy.groups]:
        raise _bidder(Code.SHARES, "share entries are not those of the policy's groups, in order")
    for entry, group in zip(manifest.shares, policy.groups, strict=True):
        if re.fullmatch("[0-9a-f]{64}", entry.commit) is None:
            raise _bidder(Code.SHARES, f"commitment of group {group.id}")
        try:
            age.check_envelope(_envelope(entry), len(group.members), _TEXT_SIZE)
        except ValueError as error:
            raise _bidder(Code.SHARES, f"share envelope of group {group.id}") from error


def _envelope(entry: ShareEntry) -> bytes:
    """Return the age file of an entry; ValueError unless it is base64 in its one spelling."""
    envelope = base64.b64decode(entry.age, validate=True)
    if base64.b64encode(envelope).decode("ascii") != entry.age:
        raise ValueError("a second spelling of base64")
    return envelope


def _bidder(code: Code, detail: str) -> Finding:
    return Finding(code, Party.BIDDER, detail)
