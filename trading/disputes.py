"""Objections and complaints as facts: what the database knows of them, for rules and pages."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from notary.refusal import Refusal

LONGEST = 4000
"""Characters of an objection, an answer or a complaint: two printed pages."""


class NothingSaid(Refusal):
    """An objection, an answer or a complaint has no text, or more than anybody reads.

    Source: Regulation on the Tendering and Bidding Law, art. 22 and 60: requests are definite.
    """

    code = "objection.nothing_said"


class About(StrEnum):
    """What an objection outside an opening room is about (招标投标法实施条例 22, 54)."""

    DOCUMENTS = "documents"
    CANDIDATES = "candidates"


class Matter(StrEnum):
    """What a complaint is about: in the first three an objection comes first (条例 60)."""

    DOCUMENTS = "documents"
    OPENING = "opening"
    CANDIDATES = "candidates"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One objection and its end: an answer, or `withdrawn_at`. `lot`: None of the documents."""

    objection: str
    tender: str
    about: About
    lot: str | None
    org: str
    text: str
    raised_at: datetime
    entry_id: int
    answer: str | None = None
    answered_at: datetime | None = None
    answer_entry_id: int | None = None
    withdrawn_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.answered_at is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """Whether the supervisor takes a complaint, why, and until when it is then to be decided."""

    accepted: bool
    text: str
    at: datetime
    decide_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What the supervisor decided of a complaint it had taken, and why."""

    upheld: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint under its number, with the supervisor's clocks as counted when it came.

    `considered`, `decided`: what the supervisor said of it since.
    `accept_by`, `decide_by`: None where the rule set counts no days.
    """

    number: str
    tender: str
    about: Matter
    org: str
    person: str
    text: str
    known_on: date
    made_at: datetime
    accept_by: datetime | None
    decide_by: datetime | None
    entry_id: int
    considered: Considered | None = None
    decided: Decided | None = None

    @property
    def due(self) -> datetime | None:
        """Until when the supervisor's next word on it is due; None where none is, or no clock."""
        if self.considered is None:
            return self.accept_by
        if self.is_over:
            return None
        return self.considered.decide_by

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be said of it: it was not taken, or it is decided."""
        return self.decided is not None or (
            self.considered is not None and not self.considered.accepted
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Objected:
    """When a body objected in a matter, and when it was answered: what a complaint rests on."""

    raised_at: datetime
    answered_at: datetime | None


def said(text: str) -> str:
    """Return what was written without the space around it; refuse nothing, and far too much."""
    stripped = text.replace("\r\n", "\n").strip()
    if not 0 < len(stripped) <= LONGEST:
        raise NothingSaid(most=LONGEST)
    return stripped
