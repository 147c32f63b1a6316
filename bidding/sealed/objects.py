"""What trustees and bidders sign before a box closes, each object with its members and no others.

Pure. What an object must be to the notice, the policy or the ledger is judged in `policy`, `seal`
and `record`.

Source: `sealing.md` 3.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from bidding.types import Box, EnvelopeId
from notary.shape import (
    Count,
    Id,
    Moment,
    Nonce,
    Origin,
    Sha256,
    integer,
    octets,
    text,
)
from trading.types import Mode, Stage

INDEX_LIMIT = 1024 * 1024
"""Bytes of an index (`sealing.md` 2)."""

Envelope: TypeAlias = Annotated[EnvelopeId, text("[0-9a-f]{64}")]
Secret: TypeAlias = Annotated[bytes, octets(32)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxed:
    """An object of one box, which it names by four members of its own."""

    origin: Origin
    tender: Id
    lot: Id
    stage: Stage

    @property
    def box(self) -> Box:
        """The box that the object belongs to."""
        return Box(origin=self.origin, tender=self.tender, lot=self.lot, stage=self.stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation, by id and name."""

    id: Id
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A body's word that a duty certificate signs for it (`sealing.md` 6a)."""

    v: Literal["hall-duty/v1"] = "hall-duty/v1"
    origin: Origin
    body: Body
    cert_sha256: Sha256
    uses: tuple[Literal["trustee", "draw", "witness", "limits"], ...]
    from_: Moment
    to: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a trustee key, and the certificate it signs with."""

    id: Id
    name: str
    cert_sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class TrusteeKey(Boxed):
    """One member's key of one box."""

    v: Literal["bid-trustee-key/v1"] = "bid-trustee-key/v1"
    group: Id
    member: Id
    holder: Holder
    gen: Annotated[int, integer(1)]
    recipient: str
    duty: Literal["attended", "armed"]
    release_not_before: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A key of a group, as the policy pins it."""

    recipient: str
    key_sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One trustee body in a policy: its place on the polynomial and its keys."""

    id: Id
    x: Count
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Boxed):
    """Who opens a box: k of these groups, or in mode `bidder` the bidder."""

    v: Literal["bid-policy/v1"] = "bid-policy/v1"
    mode: Mode
    k: Count
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bidder:
    """Who bids, and with which certificate it signs."""

    id: Id
    cert_sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One age file of a bid: number, size and hash of the ciphertext."""

    n: Count
    size: Count
    sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Core(Boxed):
    """What `ctx` covers: all of a manifest but the shares."""

    v: Literal["bid-seal/v1"] = "bid-seal/v1"
    notice_sha256: Sha256
    policy_sha256: Sha256
    bidder: Bidder
    seq: Annotated[int, integer(1)]
    supersedes: Envelope | None
    nonce: Nonce
    created: Moment
    recipient: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEntry:
    """One group's share envelope. Its form is judged in step V7, so any text is read here."""

    group: str
    x: Count
    commit: str
    age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`seal.json`: what the bidder signs."""

    v: Literal["bid-seal/v1"] = "bid-seal/v1"
    core: Core
    shares: tuple[ShareEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The bytes of a file in one part: hash and size of the plaintext."""

    part: Count
    size: Count
    sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a bid and its pieces in order."""

    path: str
    type: str
    size: Count
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Boxed):
    """The plaintext of part 0: the answers, the key of the files, the files."""

    v: Literal["bid-index/v1"] = "bid-index/v1"
    bidder: Bidder
    nonce: Nonce
    form: dict[str, str]
    files_key: Secret
    files: tuple[File, ...]
    pad: Annotated[str, text("0*")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Boxed):
    """The bidder takes an envelope back before the deadline."""

    v: Literal["bid-withdraw/v1"] = "bid-withdraw/v1"
    bidder: Bidder
    envelope: Envelope
    nonce: Nonce
    created: Moment
