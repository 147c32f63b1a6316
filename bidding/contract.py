"""The contract of an awarded lot: what its agency signs, and what the two sides say of it.

Pure. The agency states three things, each signed and in one count: that the contract was signed,
that it was changed, that it has ended. The winner answers each. Milestones are planned, reported
done by one side, and answered by the other.

Source: Tendering and Bidding Law, art. 46 and 48; docs/decisions/0007.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from notary.shape import Amount, Fen, Id, Origin, Sha256, integer, spelled, text

CONTRACT_LIMIT = 64 * 1024
"""Bytes of a signed statement about a contract."""

MOST_DAYS = 36_500
"""Of performance: a hundred years, more than any contract has."""

Day: TypeAlias = Annotated[date, spelled(date.fromisoformat, date.isoformat)]
Days: TypeAlias = Annotated[int, integer(1, MOST_DAYS)]
Line: TypeAlias = Annotated[str, text(r"[^\x00-\x1f\x7f]{1,200}")]
Reason: TypeAlias = Annotated[str, text(r"[^\x00-\x09\x0b-\x1f\x7f]{1,2000}")]


class Ending(StrEnum):
    """How a contract ends."""

    FINISHED = "finished"  # performed, accepted
    TERMINATED = "terminated"  # before that, for a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """That the contract was signed: with the winner, at the price of the award.

    `days`: of performance, from the day after `signed_on`. `bond_fen`: performance bond, if any.
    """

    v: Literal["hall-contract/v1"] = "hall-contract/v1"
    origin: Origin
    tender: Id
    lot: Id
    award_sha256: Sha256
    bidder: Id
    number: Line
    signed_on: Day
    amount_fen: Amount
    days: Days
    bond_fen: Amount | None
    document_sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """That the contract was changed: what holds from now on. `before_sha256`: the one it follows.

    `amount_fen`, `days`: in all, not the difference.
    """

    v: Literal["hall-contract-change/v1"] = "hall-contract-change/v1"
    origin: Origin
    tender: Id
    lot: Id
    before_sha256: Sha256
    signed_on: Day
    amount_fen: Amount
    days: Days
    reason: Reason
    document_sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """That the contract has ended, and how. `document_sha256`: the paper that says so, if any."""

    v: Literal["hall-contract-end/v1"] = "hall-contract-end/v1"
    origin: Origin
    tender: Id
    lot: Id
    before_sha256: Sha256
    ended_on: Day
    ending: Ending
    reason: Reason
    document_sha256: Sha256 | None


Statement: TypeAlias = Contract | Change | End


class Step(StrEnum):
    """What a statement says."""

    SIGNED = "signed"
    CHANGED = "changed"
    ENDED = "ended"


STEPS: dict[type[Statement], Step] = {
    Contract: Step.SIGNED,
    Change: Step.CHANGED,
    End: Step.ENDED,
}


# Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one side said of the other's word: that it is so, or why it is not."""

    agreed: bool
    text: str
    at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement as signed by the agency, and the winner's answer once there is one."""

    n: int
    step: Step
    json: bytes
    p7s: bytes
    bidder: str
    at: datetime
    entry_id: int
    said: Said | None = None


class Due(StrEnum):
    """What a milestone is about."""

    DELIVERY = "delivery"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """That a milestone was reached, as one side says. `org`: whose word it is."""

    n: int
    org: str
    done_on: date
    text: str
    at: datetime
    entry_id: int
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """What is due when, as planned last, with every report of it, oldest first."""

    milestone: int
    revision: int
    what: Due
    title: str
    due_on: date
    amount_fen: Fen | None
    at: datetime
    entry_id: int
    reports: tuple[Report, ...] = ()

    @property
    def report(self) -> Report | None:
        """The report that stands: the last one, unless the other side disputes it."""
        last = self.reports[-1] if self.reports else None
        return None if last is None or (last.said is not None and not last.said.agreed) else last

    @property
    def is_reached(self) -> bool:
        """Whether both sides say so."""
        return self.report is not None and self.report.said is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A contract as it stands: what was signed, what holds now, how far it is performed.

    `signed`, `changes`, `end`: as read from `stated`, which has them with signatures and answers.
    """

    stated: Sequence[Stated]
    signed: Contract
    changes: Sequence[Change]
    end: End | None
    milestones: Sequence[Milestone]

    @property
    def amount_fen(self) -> Fen:
        """The amount in force."""
        return (self.changes[-1] if self.changes else self.signed).amount_fen

    @property
    def days(self) -> int:
        """The days of performance in force, from the day after the signature."""
        return (self.changes[-1] if self.changes else self.signed).days

    @property
    def bidder(self) -> str:
        """The body of the winner."""
        return self.signed.bidder
