"""Nouns of a tender: what is announced, what is drafted, and what has happened to it.

The names of fields are the names of members of `hall-notice/v1` (`sealing.md` 3), so that a notice
and its JSON are read side by side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NewType, TypeAlias

from notary import shape
from notary.channels import Channel
from notary.shape import Amount, Count, Id, Moment, Origin, Sha256

TenderId = NewType("TenderId", str)
"""The public number of a tender is its id."""
Fen = shape.Fen

Number: TypeAlias = Annotated[TenderId, shape.text("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
Name: TypeAlias = Annotated[str, shape.text(r"(?=\s*\S)[\s\S]{1,1000}")]
SetName: TypeAlias = Annotated[str, shape.text("[a-z][a-z0-9-]{0,31}/[0-9]{4}-[0-9]{2}")]
Currency: TypeAlias = Annotated[str, shape.text("[A-Z]{3}")]
FieldName: TypeAlias = Annotated[str, shape.text("[a-z0-9_]{1,64}")]
Positive: TypeAlias = Annotated[int, shape.integer(least=1)]

PERMILLE = 1000
"""A whole, in the unit in which the law's percentages are kept."""


class Kind(StrEnum):
    """The kinds of trade (`mission.md` T5-T8)."""

    CONSTRUCTION = "construction"
    PROCUREMENT = "procurement"
    LAND = "land"
    MINING = "mining"
    PROPERTY = "property"
    MEDICINE = "medicine"


class Method(StrEnum):
    """Who may bid (招标投标法 10)."""

    OPEN = "open"
    INVITED = "invited"


class Mode(StrEnum):
    """Who can open a sealed bid: k of the groups, those of the level above, or its owner."""

    SHARED = "shared"
    HOSTED = "hosted"
    BIDDER = "bidder"


class Stage(StrEnum):
    """The known stages of a lot, each a box of its own (`sealing.md` 2)."""

    SINGLE = "single"
    QUALIFICATION = "qualification"
    TECHNICAL = "technical"
    PRICE = "price"
    RESTRICTED = "restricted"


class Phase(StrEnum):
    """Where a tender stands, computed from its facts and the clock."""

    DRAFT = "draft"
    BIDDING = "bidding"
    OPENING = "opening"
    CANDIDATES = "candidates"
    AWARDED = "awarded"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Milestone(StrEnum):
    """What comes to pass with a tender and stands in its row, so that lists need not ask."""

    CANDIDATES = "candidates"
    AWARDED = "awarded"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Order(StrEnum):
    """The order of a search."""

    DEADLINE = "deadline"
    NEWEST = "newest"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderFacts:
    """What has happened to one tender: the phase follows from it.

    `deadline`: the last one of its boxes. `ended_at`: it ended without an award; `cancelled_at`:
    the purchaser ended it. Where one box stands in its opening is known to `bidding`.
    `paused_…`, `halted_…`: what supervision holds up, last; `pauses`: how often it paused.
    """

    tender_id: TenderId
    published_at: datetime | None
    deadline: datetime
    candidates_at: datetime | None
    awarded_at: datetime | None
    ended_at: datetime | None
    cancelled_at: datetime | None = None
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str | None = None
    pauses: int = 0
    halted_at: datetime | None = None
    halt_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One text in both languages of the hall."""

    zh: Name
    en: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The rule set of a tender: its name and the SHA-256 of its file."""

    set: SetName
    sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the tender; `size` in bytes."""

    path: Name
    sha256: Sha256
    size: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A commitment to an amount that is opened after the closing."""

    name: Literal["reference", "ceiling", "minimum"]
    commit: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of the form that a bid fills in; the price is `price_fen`."""

    name: FieldName
    type: Literal["text", "fen", "int", "date"]
    label: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What is opened at one moment. `after`: the stage whose evaluation comes first."""

    stage: Stage
    mode: Mode
    policy_sha256: Sha256
    after: Stage | None
    deadline: Moment
    parts_by: Moment
    open_at: Moment
    release_by: Moment
    owner_by: Moment
    close_slack_s: Count
    gate_wait_min: Count
    min_envelopes: Positive
    max_bytes: Positive
    form: tuple[Field, ...]
    reseal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One lot; a tender without lots has lot `1`."""

    lot: Id
    title: Words
    draw: bool
    ceiling_fen: Amount | None
    limits: tuple[Limit, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One revision of a notice, whole. `invited` is a commitment to the ids of those invited."""

    v: Literal["hall-notice/v1"]
    origin: Origin
    tender: Number
    revision: Positive
    previous: Sha256 | None
    reason: Words | None
    published: Moment
    title: Words
    purchaser: Id
    agency: Id
    kind: Kind
    rules: Pin
    method: Method
    invited: Sha256 | None
    currency: Currency
    deposit_fen: Amount
    documents: tuple[Document, ...]
    channels: tuple[Channel, ...]
    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBox:
    """What an agency decides about a box; all other times come from the rule set.

    `open_at` is given only where another stage comes first, else it is the deadline.
    """

    stage: Stage
    mode: Mode
    after: Stage | None
    deadline: Moment
    open_at: Moment | None
    max_bytes: Positive
    form: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLot:
    """What an agency decides about a lot."""

    lot: Id
    title: Words
    draw: bool
    ceiling_fen: Amount | None
    limits: tuple[Limit, ...]
    boxes: tuple[DraftBox, ...]


def ceilings_of(lots: Iterable[Lot | DraftLot]) -> Fen | None:
    """Return the ceilings of lots together, None where one has none."""
    known = [lot.ceiling_fen for lot in lots]
    return None if None in known else Fen(sum(one for one in known if one is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustee:
    """A group of the policies to be, and the body that it is."""

    group: Id
    org: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A tender as its agency wants it announced. `k` of the trustees together open a bid."""

    tender: Number
    title: Words
    kind: Kind
    purchaser: Id
    method: Method
    invited: tuple[Id, ...] | None
    rules: SetName
    currency: Currency
    deposit_fen: Amount
    documents: tuple[Document, ...]
    lots: tuple[DraftLot, ...]
    trustees: tuple[Trustee, ...]
    k: Count

    @property
    def deadline(self) -> datetime:
        """The last deadline of its boxes."""
        return max(box.deadline for lot in self.lots for box in lot.boxes)

    @property
    def ceiling_fen(self) -> Fen | None:
        """The ceilings of all lots together, None where one has none."""
        return ceilings_of(self.lots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft and what the hall knows of it: whose it is, and the salt that hides the invited."""

    draft: Draft
    agency: str
    drafted_by: str
    drafted_at: datetime
    invited_salt: bytes | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A notice as its signer sent it: the exact text and the detached signature (DER)."""

    json: bytes
    p7s: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One revision as it stands in the record.

    `kind`: of its entry, without the version; `at`: the instant of its entry.
    """

    notice: Notice
    notice_sha256: str
    json: bytes
    p7s: bytes
    kind: str
    entry_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """A tender as a line of a list, and what has happened to it.

    `ceiling_fen`: of all lots together, None where one has none.
    """

    facts: TenderFacts
    title: Words
    kind: Kind
    method: Method
    purchaser: str
    agency: str
    branch: str | None
    rules: str
    currency: str
    ceiling_fen: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which published tenders, and in which order. Empty conditions let everything through.

    `words`: of number, titles, purchaser, agency. `branches`: `-` is the hall itself. From `since`,
    published before `until`. `least`, `most`: of the ceiling. `tenders`: none but these.
    """

    words: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    phases: tuple[Phase, ...] = ()
    branches: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    least: Fen | None = None
    most: Fen | None = None
    tenders: tuple[str, ...] | None = None
    order: Order = Order.DEADLINE
    skip: int = 0
    take: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found `at` an instant: one page of `tenders`, of `total` in all.

    Each count leaves out the search's own condition on what it counts by; `agencies` are all names.
    """

    at: datetime
    tenders: tuple[Tender, ...]
    total: int
    by_kind: dict[Kind, int]
    by_phase: dict[Phase, int]
    by_branch: dict[str, int]
    by_agency: dict[str, int]
    agencies: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A published tender as it stands `at` an instant, with every revision of its notice."""

    at: datetime
    tender: Tender
    notices: tuple[Published, ...]
