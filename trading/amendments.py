"""Nouns of a published tender's life: changes that are prepared, questions and their answers.

Names are those of the members of requests and answers, so that both are read side by side.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from notary import shape
from notary.shape import Amount, Id, Moment, Sha256
from trading.types import Document, Field, Positive, Stage, Words

LONGEST = 2000
"""Characters of a question or an answer: a printed page."""

Sentence: TypeAlias = Annotated[str, shape.text(rf"(?=[\s\S]*\S)[\s\S]{{1,{LONGEST}}}")]

Act: TypeAlias = Literal["amend", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxChange:
    """What changes of one box. None: it stays. `open_at` only where another stage comes first.

    `policy_sha256`: of a policy with other members of its groups, where a trustee lost its key.
    `reseal`: do bidders have to prepare anything new? Then bids sealed before count no more.
    """

    stage: Stage
    deadline: Moment | None
    open_at: Moment | None
    release_by: Moment | None
    owner_by: Moment | None
    max_bytes: Positive | None
    form: tuple[Field, ...] | None
    policy_sha256: Sha256 | None
    reseal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChange:
    """What changes of one lot. None: it stays."""

    lot: Id
    title: Words | None
    ceiling_fen: Amount | None
    boxes: tuple[BoxChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an agency wants changed, and why. `documents`: all of them, as they are afterwards."""

    reason: Words
    title: Words | None
    deposit_fen: Amount | None
    documents: tuple[Document, ...] | None
    lots: tuple[LotChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A change that waits for the purchaser's signature, and the revision that it follows."""

    tender: str
    act: Act
    follows: int
    change: Change
    drafted_by: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asked about a tender. Who asked is known to the hall alone."""

    question: str
    tender: str
    words: str
    asked_at: datetime
    answered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarified:
    """The text of a clarification, whose hash its entry has. `question`: as it was asked, or None.

    `affects`: whether it bears on how bids are made.
    """

    v: Literal["hall-clarification/v1"]
    tender: str
    n: Positive
    question: Sentence | None
    answer: Sentence
    affects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """A clarification as it stands in the record."""

    text: Clarified
    json: bytes
    at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """Why and when a purchaser handed a draft back to its agency."""

    note: str
    at: datetime
