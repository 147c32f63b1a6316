"""The bidder's client: seals files and answers into a bid, and writes the `bid.seal` it submits.

Entropy and time are arguments; file keys are pyrage's own. Files are sealed first, perhaps days
before, under F; a bid is then an act of 4 KiB under an S that is never used twice. A correction
seals again with the same files.

Source: `sealing.md` 3, transport; 4; 6.3, test envelopes.
"""

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from bidding.sealed import seal
from bidding.sealed.index import PIECE_SIZE, padded, require_files, require_index
from bidding.sealed.objects import Bidder, Core, File, Index, Manifest, Part, Piece, Policy
from bidding.sealed.policy import require_policy
from bidding.types import EnvelopeId
from notary import age
from notary.canonical import sha256_hex
from notary.entropy import Entropy
from notary.shape import dump
from trading.types import Box as Terms

SECRET_SIZE = 32
NONCE_SIZE = 16

NOBODY = "0" * 64
"""The certificate and the notice of a test envelope."""


class BadBid(ValueError):  # noqa: N818 - named after what is wrong
    """The file is not a `bid.seal` as this client writes it."""


# Test envelopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A rehearsal or a canary: a manifest without a bid, and its S."""

    seal: bytes
    secret: bytes


def rehearsal(policy: Policy, entropy: Entropy, at: datetime) -> Rehearsal:
    """Return a test envelope to `policy`, or to the draft of one (`sealing.md` 6.3)."""
    secret = entropy(SECRET_SIZE)
    core = Core(
        origin=policy.origin,
        tender=policy.tender,
        lot=policy.lot,
        stage=policy.stage,
        notice_sha256=NOBODY,
        policy_sha256=sha256_hex(dump(policy)),
        bidder=Bidder(id=seal.REHEARSAL, cert_sha256=NOBODY),
        seq=1,
        supersedes=None,
        nonce=entropy(NONCE_SIZE).hex(),
        created=at,
        recipient=age.recipient_of(secret),
        parts=(),
    )
    manifest = Manifest(core=core, shares=seal.deal(core, policy, secret))
    return Rehearsal(seal=dump(manifest), secret=secret)


def require_test(sealed: bytes, secret: bytes, policy: Policy) -> Manifest:
    """Return the manifest of a test envelope, or raise BadBid.

    A trustee checks this before it touches its key: what is no test, or not what its S deals, could
    be a rival's envelope.
    """
    manifest = seal.read_manifest(sealed)
    core = manifest.core
    if core.parts or core.bidder != Bidder(id=seal.REHEARSAL, cert_sha256=NOBODY):
        raise BadBid("not a test envelope")
    if core.notice_sha256 != NOBODY or (core.seq, core.supersedes) != (1, None):
        raise BadBid("a test envelope names no notice")
    if core.box != policy.box or core.policy_sha256 != sha256_hex(dump(policy)):
        raise BadBid("a test envelope to another policy")
    if core.recipient != age.recipient_of(secret):
        raise BadBid("not the secret of the test envelope")
    if manifest.shares != seal.deal(core, policy, secret):
        raise BadBid("not what the secret deals")
    return manifest


# Files


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFiles:
    """Files under one F: what the index says of them, their parts from 1 on, the age files."""

    files_key: bytes
    files: tuple[File, ...] = ()
    parts: tuple[Part, ...] = ()
    paths: tuple[Path, ...] = ()


def seal_files(
    files: Sequence[tuple[str, str, Path]], files_key: bytes, folder: Path
) -> SealedFiles:
    """Seal files, as (path in the bid, media type, source), into `folder` as p0001.age and on.

    `files_key`: F, 32 bytes, for this box alone and new when a file is replaced. Raises E-INDEX for
    a path or a file that no index can name.
    """
    recipient = age.recipient_of(files_key)
    named: list[File] = []
    parts: list[Part] = []
    paths: list[Path] = []
    for path, media_type, source in files:
        pieces: list[Piece] = []
        with source.open("rb") as stream:
            while data := stream.read(PIECE_SIZE):
                n = len(parts) + 1
                ciphertext = age.encrypt(data, recipient)
                paths.append(folder / _part_name(n))
                paths[-1].write_bytes(ciphertext)
                parts.append(Part(n=n, size=len(ciphertext), sha256=sha256_hex(ciphertext)))
                pieces.append(Piece(part=n, size=len(data), sha256=sha256_hex(data)))
        size = sum(piece.size for piece in pieces)
        named.append(File(path=path, type=media_type, size=size, pieces=tuple(pieces)))
    require_files(named, len(parts))
    return SealedFiles(
        files_key=files_key, files=tuple(named), parts=tuple(parts), paths=tuple(paths)
    )


# The bid


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a bid is sealed to: a revision of the notice, and the policy of its box."""

    notice_sha256: str
    terms: Terms
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBid:
    """A bid before its signature. `secret` is S, which the bidder keeps until the award."""

    seal: bytes
    secret: bytes
    index: bytes
    part_0: bytes

    @property
    def envelope_id(self) -> EnvelopeId:
        """The id of the envelope."""
        return seal.envelope_id(self.seal)


def seal_bid(
    invitation: Invitation,
    bidder: Bidder,
    form: Mapping[str, str],
    files: SealedFiles,
    *,
    earlier: Sequence[EnvelopeId],
    entropy: Entropy,
    at: datetime,
) -> SealedBid:
    """Seal answers and files; the result is yet to be signed.

    `earlier`: the bidder's accepted envelopes in this box, in order. Raises what the server would
    find: E-INDEX for answers that are not those asked for, E-SIZE, E-POLICY.
    """
    policy, terms = invitation.policy, invitation.terms
    require_policy(policy)
    secret, nonce = entropy(SECRET_SIZE), entropy(NONCE_SIZE).hex()
    index = padded(
        Index(
            origin=policy.origin,
            tender=policy.tender,
            lot=policy.lot,
            stage=policy.stage,
            bidder=bidder,
            nonce=nonce,
            form=dict(form),
            files_key=files.files_key,
            files=files.files,
            pad="",
        )
    )
    recipient = age.recipient_of(secret)
    part_0 = age.encrypt(index, recipient)
    core = Core(
        origin=policy.origin,
        tender=policy.tender,
        lot=policy.lot,
        stage=policy.stage,
        notice_sha256=invitation.notice_sha256,
        policy_sha256=sha256_hex(dump(policy)),
        bidder=bidder,
        seq=len(earlier) + 1,
        supersedes=earlier[-1] if earlier else None,
        nonce=nonce,
        created=at,
        recipient=recipient,
        parts=(Part(n=0, size=len(part_0), sha256=sha256_hex(part_0)), *files.parts),
    )
    require_index(index, core, terms.form)
    seal.require_caps(core, terms.max_bytes)
    manifest = Manifest(core=core, shares=seal.deal(core, policy, secret))
    sealed = dump(manifest)
    seal.read_manifest(sealed)
    return SealedBid(seal=sealed, secret=secret, index=index, part_0=part_0)


# `bid.seal`: a plain ustar, each member with mode 0644, owner 0 and time 0


def write_bid(target: Path, bid: SealedBid, p7s: bytes, files: SealedFiles) -> None:
    """Write a signed bid to a new file, never over another; a failure leaves none."""
    with target.open("xb") as stream:
        try:
            _write_members(stream, bid, p7s, files)
        except BaseException:
            target.unlink()
            raise


def _write_members(stream: BinaryIO, bid: SealedBid, p7s: bytes, files: SealedFiles) -> None:
    small = [("seal.json", bid.seal), ("seal.p7s", p7s), (_part_name(0), bid.part_0)]
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in small:
            archive.addfile(_member(name, len(data)), BytesIO(data))
        for path, part in zip(files.paths, files.parts, strict=True):
            with path.open("rb") as source:
                archive.addfile(_member(_part_name(part.n), part.size), source)


@dataclass(frozen=True, slots=True, kw_only=True)
class BidFile:
    """A `bid.seal` on disk whose manifest was read; its parts are read one at a time."""

    path: Path
    seal: bytes
    p7s: bytes
    manifest: Manifest

    def parts(self) -> Iterator[bytes]:
        """Give the age files in order; raise BadBid for one that the manifest does not name so."""
        with tarfile.open(self.path, "r:") as archive:
            members = archive.getmembers()[2:]
            for member, part in zip(members, self.manifest.core.parts, strict=True):
                data = _content(archive, member, _part_name(part.n))
                if (len(data), sha256_hex(data)) != (part.size, part.sha256):
                    raise BadBid(f"{member.name} is not the part that the manifest names")
                yield data


def read_bid(path: Path) -> BidFile:
    """Read a `bid.seal`, or raise BadBid; its signature and its parts are judged apart."""
    try:
        with tarfile.open(path, "r:") as archive:
            first, second, *parts = archive.getmembers()
            sealed = _content(archive, first, "seal.json")
            p7s = _content(archive, second, "seal.p7s")
    except (tarfile.TarError, ValueError) as error:
        raise BadBid(f"{path.name} is not a sealed bid: {error}") from error
    manifest = seal.read_manifest(sealed)
    if len(parts) != len(manifest.core.parts):
        raise BadBid(f"{path.name} does not hold the parts that its manifest names")
    return BidFile(path=path, seal=sealed, p7s=p7s, manifest=manifest)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)  # mode 0644, owner 0 and time 0 are its defaults
    member.size = size
    return member


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None or member.name != name:
        raise BadBid(f"{member.name} stands where {name} should")
    return stream.read()


def _part_name(n: int) -> str:
    return f"p{n:04}.age"


# `receipt.age`


def write_receipt(target: Path, bid: SealedBid, recipient: str) -> None:
    """Write S as an age identity file to the bidder's own recipient; it is never uploaded."""
    line = age.identity_of(bid.secret) + "\n"
    target.write_bytes(age.encrypt(line.encode("ascii"), recipient))
