"""What the database knows of a box and its envelopes, as the rules and pages see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from notary.shape import Fen
from trading.rules.outages import OutageRule
from trading.types import Kind, Stage


class BoxKey(NamedTuple):
    """Which box of this hall: with the hall's origin it is the BOX of every signed object."""

    tender: str
    lot: str
    stage: Stage

    @property
    def hold(self) -> str:
        """Return the name under which the ledger holds this box's entries until its closing."""
        return f"{self.tender}/{self.lot}/{self.stage}"

    @staticmethod
    def columns(keys: Iterable["BoxKey"]) -> tuple[list[str], list[str], list[str]]:
        """Return several keys column by column, as one query takes them."""
        named = list(keys)
        return (
            [key.tender for key in named],
            [key.lot for key in named],
            [key.stage for key in named],
        )


class BoxPhase(StrEnum):
    """Where a box stands; it follows from its facts and the clock, nobody sets it."""

    TAKING = "taking"  # submissions are accepted
    INTERRUPTED = "interrupted"  # an outage is not judged: submissions are taken as provisional
    PAUSED = "paused"  # supervision holds it up, for some minutes or until it is lifted
    CLOSING = "closing"  # past the deadline, the list is being made
    CLOSED = "closed"  # the list is in the ledger, no share is asked for yet
    NOT_OPENED = "not-opened"  # too few envelopes: kept shut for good
    WAITING = "waiting"  # shares are asked for, fewer than k are in
    OPENING = "opening"  # envelopes are being announced, or verdicts are awaited
    FINISHED = "finished"  # the opening record is signed
    CANCELLED = "cancelled"  # its tender has ended: kept shut for good


class ListInForce(NamedTuple):
    """A list as trustees are asked for it: its text, hash and entry."""

    json: bytes
    sha256: str
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFacts:
    """One box: its times from the notice in force, and the clerk's steps with their instants.

    `after`: the stage of the lot whose evaluation comes first; such a box is opened by a revised
    list, the `revised_n`-th of its closing. `closing`: the number of its closing, the next or the
    last; `outage`: what a gap in the heartbeat does, None where nothing; `outage_judged_at`: until
    when an act has judged what the heartbeat missed;
    `postponements`: how often it was told that shares are missing; `told_…`: what its room knows.
    """

    key: BoxKey
    room: str
    mode: str
    policy_sha256: str
    deadline: datetime
    parts_by: datetime
    open_at: datetime
    release_by: datetime
    owner_by: datetime
    min_envelopes: int
    max_bytes: int
    announce_ms: int
    confirm_s: int
    after: Stage | None = None
    gate_wait_min: int = 0
    closing_at: datetime | None = None
    closed_at: datetime | None = None
    list_json: bytes | None = None
    list_sha256: str | None = None
    list_entry_id: int | None = None
    revised_n: int | None = None
    revised_at: datetime | None = None
    revised_json: bytes | None = None
    revised_sha256: str | None = None
    revised_entry_id: int | None = None
    not_opened_at: datetime | None = None
    cancelled_at: datetime | None = None
    asked_at: datetime | None = None
    asked_entry_id: int | None = None
    postponed_at: datetime | None = None
    finished_at: datetime | None = None
    opening_json: bytes | None = None
    opening_p7s: bytes | None = None
    closing: int = 1
    outage: OutageRule | None = None
    outage_judged_at: datetime | None = None
    postponements: int = 0
    told_interrupted: bool = False
    told_paused: bool = False

    @property
    def in_force(self) -> ListInForce | None:
        """The list that is asked for: a box that waits for another stage has none until then."""
        if self.after is None and self.list_json and self.list_sha256 and self.list_entry_id:
            return ListInForce(self.list_json, self.list_sha256, self.list_entry_id)
        if self.revised_json and self.revised_sha256 and self.revised_entry_id:
            return ListInForce(self.revised_json, self.revised_sha256, self.revised_entry_id)
        return None

    def phase(self, now: datetime, *, opened: bool = False) -> BoxPhase:
        """Return the phase at `now` by the row alone; `opened`: an envelope was announced.

        What holds a box up beside its row is known to `bidding.circumstances`.
        """
        over = (
            (self.cancelled_at, BoxPhase.CANCELLED),
            (self.finished_at, BoxPhase.FINISHED),
            (self.not_opened_at, BoxPhase.NOT_OPENED),
        )
        for at, reached in over:
            if at is not None:
                return reached
        if self.asked_at is not None:
            return BoxPhase.OPENING if opened else BoxPhase.WAITING
        if self.closed_at is not None:
            return BoxPhase.CLOSED
        if self.closing_at is not None or now >= self.deadline:
            return BoxPhase.CLOSING
        return BoxPhase.TAKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One sealed bid as received: ciphertext hashes and signatures, nothing of its content.

    `completed_at`: since when all its parts are here, by `completed_entry_id`; before that it is no
    bid yet.
    """

    envelope_id: str
    key: BoxKey
    bidder: str
    cert_sha256: str
    seq: int
    supersedes: str | None
    nonce: str
    recipient: str
    seal_json: bytes
    seal_p7s: bytes
    received_at: datetime
    entry_id: int
    withdrawn_at: datetime | None
    completed_at: datetime | None
    completed_entry_id: int | None

    @property
    def entries(self) -> tuple[int, ...]:
        """The entries that it rests on: that of its receipt, and that of its completion, last."""
        if self.completed_entry_id is None:
            return (self.entry_id,)
        return self.entry_id, self.completed_entry_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TrusteeKey:
    """A trustee's key for one box, and the test envelope its holder was given."""

    key_sha256: str
    key: BoxKey
    group_id: str
    member: str
    gen: int
    recipient: str
    holder_org: str
    not_before: datetime
    json: bytes
    p7s: bytes
    received_at: datetime
    entry_id: int
    rehearsal_json: bytes
    rehearsed_at: datetime | None
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A promise as handed in."""

    promise_sha256: str
    group_id: str
    key_sha256: str
    list_sha256: str
    release_sha256: str
    json: bytes
    p7s: bytes
    received_at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A release as handed in; `good`: some share of it fits its commitment."""

    release_sha256: str
    group_id: str
    key_sha256: str
    list_sha256: str
    json: bytes
    p7s: bytes
    received_at: datetime
    entry_id: int
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerReleased:
    """A secret that a bidder handed in for an envelope of the list."""

    envelope_id: str
    json: bytes
    secret: str
    received_at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a listed envelope; the verdict is provisional until `checked_at`."""

    envelope_id: str
    place: int
    verdict: str
    code: str | None
    fault: str | None
    form: dict[str, str] | None
    price_fen: Fen | None
    announced_at: datetime
    entry_id: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A bid that the agency rejected, with the ground and the article it cites.

    `stage`: at the evaluation of which box. `overturned_at`: since when it rejects nobody any more.
    """

    envelope_id: str
    stage: Stage
    bidder: str
    ground: str
    article: str
    reason: str
    at: datetime
    entry_id: int
    overturned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOpened:
    """What became of a secret limit: its amount and salt, or neither where it is none for good."""

    name: str
    fen: Fen | None
    salt: str | None
    at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Awarded:
    """An award record as signed by the agency: the publicity of candidates, then the award."""

    step: Literal["candidates", "awarded"]
    n: int
    json: bytes
    p7s: bytes
    winner: str | None
    tied: bool
    at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voiding:
    """Why a lot has no winner."""

    n: int
    ground: str
    article: str
    reason: str
    at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A test envelope for a pinned key, `minutes_before` an opening, and what its holder found."""

    key_sha256: str
    open_at: datetime
    minutes_before: int
    policy_json: bytes
    seal_json: bytes
    secret: str
    made_at: datetime
    answered_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Of one kind of trade: boxes opened to their end, the bids in them, those with one alone."""

    kind: Kind
    boxes: int
    bids: int
    single: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """Of one kind of trade: lots that have a winner, and their prices together."""

    kind: Kind
    currency: str
    lots: int
    prices_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An announced bid in the public record of its bidder, with the reason of its rejection."""

    tender: str
    lot: str
    stage: str
    title_zh: str
    title_en: str
    currency: str
    verdict: str
    price_fen: Fen | None
    announced_at: datetime
    ground: str | None
    article: str | None
    reason: str | None
    overturned_at: datetime | None
    is_winner: bool
