"""What the page of a contract shows. The same contract as `web.views.public`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from web import beijing
from web.letterhead import Section, Text, View
from web.typed import FieldError, Typed
from web.views.house import Refused

Asks = Literal["contract", "change", "end"]
"""What an agency states: each has its form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordShown:
    """What the other side said. `text`: may be empty where it agreed."""

    agreed: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedShown:
    """A statement of the agency: when the hall had it, the hash of the signed text, the answer.

    `day`: on the paper. `amount_fen`, `days`: in all, of a contract or a change. `late_by`: of a
    contract that was signed after the law's day, that day. `ending`: of an end.
    """

    n: int
    step: str
    at: datetime
    sha256: str
    day: date
    document_sha256: str | None
    amount_fen: int | None = None
    days: int | None = None
    reason: str = ""
    ending: str = ""
    late_by: datetime | None = None
    word: WordShown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportShown:
    """A report of one side, by name, and the other's word."""

    who: str
    done_on: date
    late: bool
    text: str
    at: datetime
    word: WordShown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneShown:
    """What is due when, its lamp, and what the reader may do: report it, or answer the report."""

    milestone: int
    what: str
    title: str
    due_on: date
    due: datetime
    amount_fen: int | None
    lamp: str
    reports: tuple[ReportShown, ...]
    may_report: bool
    may_answer: bool
    may_plan: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of the law: its name, until when, what it allows. None: not here.

    `article`: empty where the rule is a demonstration's.
    """

    name: str
    until: datetime | None
    most_fen: int | None
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form that the agency fills in: as typed, what is wrong, and the text that follows.

    `source`: address of the text to sign, None until the form is right. `shown`: its hash.
    `asked`: what the text says, by the names of its address.
    """

    asks: Asks
    given: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    refused: Refused | None = None
    source: str | None = None
    shown: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """Return what was typed into a field."""
        return self.given.get(name, "")

    def error(self, name: str) -> FieldError | None:
        """Return what is wrong at a field."""
        return next((one for one in self.errors if one.place == name), None)


def _last_day(until: datetime) -> date:
    """Return the day at whose end a period ends, where it ends with a day."""
    return beijing.today(until - timedelta(seconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView(View):
    """The contract of a lot and its performance, for everybody; forms for its two sides.

    `lamp`: how it stands; `due`: when something is late next, None where nothing can be.
    `stated`: the contract first. `draft`: what the reader is writing, for the agency alone.
    `plans`: the reader may plan milestones; `answers`: it is the winner. `others`: lots with an
    award beside this one. `typed`: the form of a milestone that comes back.
    """

    template: ClassVar[str] = "contracts/page.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    tender: str
    lot: str
    title: Text
    currency: str
    purchaser: str
    bidder: str
    award_fen: int
    awarded_at: datetime
    number: str
    bond_fen: int | None
    lamp: str
    due: datetime | None
    performed_by: datetime | None
    stated: tuple[StatedShown, ...]
    milestones: tuple[MilestoneShown, ...]
    limits: tuple[Limit, ...]
    states: bool
    plans: bool
    answers: bool
    draft: Draft | None
    others: tuple[str, ...]
    typed: Typed | None = None

    @property
    def due_on(self) -> date | None:
        """The last day on which nothing is late yet."""
        return None if self.due is None else _last_day(self.due)

    @property
    def performed_on(self) -> date | None:
        """The last day of the performance."""
        return None if self.performed_by is None else _last_day(self.performed_by)

    @property
    def signed(self) -> StatedShown | None:
        """The contract as it was signed."""
        return self.stated[0] if self.stated else None

    @property
    def ended(self) -> StatedShown | None:
        """How it ended."""
        return self.stated[-1] if self.stated and self.stated[-1].step == "ended" else None

    @property
    def in_force(self) -> StatedShown | None:
        """The contract, or its last change: whose amount and days hold."""
        kept = [one for one in self.stated if one.step != "ended"]
        return kept[-1] if kept else None

    @property
    def waiting(self) -> StatedShown | None:
        """The first statement that the winner has not answered."""
        return next((one for one in self.stated if one.word is None), None)
