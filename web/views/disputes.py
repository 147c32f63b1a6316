"""What pages show of objections and complaints. The same contract as `web.views.public`."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from trading.disputes import Considered, Decided
from web.letterhead import Section, Text, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One objection. `text` is public with its answer, else None; nobody is named.

    `answer_by`: until when the answer is due, None where the rule set counts no days.
    `withdrawn_at`: when whoever raised it took it back; its text is then never public.
    """

    raised_at: datetime
    text: str | None
    answer: str | None
    answered_at: datetime | None
    answer_by: datetime | None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputes:
    """What is objected to in one place, and until when one may: None where one may not at all.

    `lot`: None where it is about the documents.
    """

    tender: str
    lot: str | None
    until: datetime | None
    rows: tuple[Dispute, ...]

    @property
    def suspended_since(self) -> datetime | None:
        """Since when the first unanswered one holds everything up."""
        waiting = [one for one in self.rows if one.answered_at is None and one.withdrawn_at is None]
        return min((one.raised_at for one in waiting), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView(View):
    """One objection, to whoever raised it, answers it or supervises.

    `mine`: the reader answers; `own`: the reader may withdraw it.
    """

    template: ClassVar[str] = "objections/page.html"

    objection: str
    tender: str
    title: Text
    lot: str | None
    dispute: Dispute
    mine: bool
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintForm(View):
    """The form of a complaint; `tender`, `title`: what it is about, where the reader came from.

    `days`, `accept`, `decide`: the law's periods, in days, working days, working days.
    """

    template: ClassVar[str] = "complaints/new.html"
    section: ClassVar[Section | None] = None

    tender: str | None
    title: Text | None
    days: int
    accept: int
    decide: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRow:
    """One complaint under its number, with the supervisor's clocks. `about`: its Matter."""

    number: str
    tender: str
    about: str
    who: str
    text: str
    known_on: date
    made_at: datetime
    accept_by: datetime | None
    decide_by: datetime | None
    considered: Considered | None = None
    decided: Decided | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintsView(View):
    """The complaints of the reader's body, newest first; to supervisors all of them.

    `decides`: the reader says whether they are taken, and decides them.
    """

    template: ClassVar[str] = "complaints/page.html"

    decides: bool

    rows: tuple[ComplaintRow, ...]
