"""What is said of a box once it has closed: its list, promises, releases, the opening, the award.

Pure: members only, as in `objects`.

Source: `sealing.md` 3.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from bidding.sealed.objects import Boxed, Envelope, Secret
from bidding.types import Code, Complaint, Party, Verdict
from notary.shape import Amount, Base64, Count, Id, Moment, Origin, Sha256, integer, octets, text
from trading.types import Pin

LIST_LIMIT = 4 * 1024 * 1024
"""Bytes of a list, a release or an opening (`sealing.md` 2)."""

AWARD_LIMIT = 1024 * 1024

Share: TypeAlias = Annotated[bytes, octets(33)]
X: TypeAlias = Annotated[int, integer(1, 255)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An envelope of a list, with the ledger indexes of its submission and its completion."""

    envelope: Envelope
    index: Count
    complete: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptShut:
    """An envelope that a revised list leaves shut, with the ledger index of the decision."""

    envelope: Envelope
    index: Count
    complete: Count
    decision: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class BidList(Boxed):
    """Which envelopes count: the closing list, or one revised from it."""

    v: Literal["bid-list/v1"] = "bid-list/v1"
    notice_sha256: Sha256
    deadline: Moment
    from_: Sha256 | None
    crls_sha256: Sha256 | None
    envelopes: tuple[Listed, ...]
    kept_shut: tuple[KeptShut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(Boxed):
    """A trustee's word that a release of this hash is on its way."""

    v: Literal["bid-promise/v1"] = "bid-promise/v1"
    group: Id
    key_sha256: Sha256
    list_sha256: Sha256
    release_sha256: Sha256
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareItem:
    """A share of one envelope."""

    envelope: Envelope
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintItem:
    """The reason why a trustee has no share of one envelope."""

    envelope: Envelope
    complaint: Complaint


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedItem:
    """In a `restricted` box: the share, as an age file to the panel."""

    envelope: Envelope
    sealed: Base64


Item: TypeAlias = ShareItem | ComplaintItem | SealedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of the log that a trustee released on."""

    size: Count
    root: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Boxed):
    """All shares of one box by one trustee key."""

    v: Literal["bid-release/v1"] = "bid-release/v1"
    group: Id
    x: X
    key_sha256: Sha256
    list_sha256: Sha256
    checkpoint: Checkpoint
    at: Moment
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRelease(Boxed):
    """S of one envelope, from whoever knows it. Nobody signs it: S proves itself."""

    v: Literal["bid-owner-release/v1"] = "bid-owner-release/v1"
    envelope: Envelope
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one envelope of the list. `secret` is S of an opened one."""

    envelope: Envelope
    verdict: Verdict
    code: Code | None
    fault: Party | None
    secret: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrusteeResult:
    """What a group did wrong in this box, if anything: codes sorted, each once."""

    group: Id
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Boxed):
    """What the hall says came out of the box."""

    v: Literal["bid-opening/v1"] = "bid-opening/v1"
    list_sha256: Sha256
    results: tuple[Result, ...]
    trustees: tuple[TrusteeResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLimit:
    """A secret limit, opened by its salt before the prices were."""

    name: Literal["reference", "ceiling", "minimum"]
    fen: Amount
    salt: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An opened envelope outside the ranking, with the ledger index of the decision."""

    envelope: Envelope
    ground: Annotated[str, text(r"[a-z0-9_]+(\.[a-z0-9_]+)*")]
    article: str
    reason: str
    entry: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A price in the ranking: rank is 1 + the number of cheaper ones."""

    envelope: Envelope
    price_fen: Amount
    rank: Annotated[int, integer(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An objection and its answer, by ledger index."""

    entry: Count
    answer: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """Why nobody wins."""

    ground: Annotated[str, text(r"[a-z0-9_]+(\.[a-z0-9_]+)*")]
    article: str
    entry: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """The agency's reckoning of a lot by the lowest price."""

    v: Literal["hall-award/v1"] = "hall-award/v1"
    origin: Origin
    tender: Id
    lot: Id
    rules: Pin
    opening_sha256: Sha256
    limits: tuple[OpenedLimit, ...]
    rejected: tuple[Rejected, ...]
    ranking: tuple[Ranked, ...]
    tied: bool
    candidates_until: Moment
    objections: tuple[Answered, ...]
    winner: Envelope | None
    void: Void | None
