"""What the pages about the hall's own openness show: statistics, help, the accessibility statement.

The same contract as `web.views.public`.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from web.letterhead import Section, View
from web.search import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFigures:
    """One kind of trade in one currency: what was announced, opened, awarded.

    `opened`: openings that are over; `bids` in them, `single` those of one bid.
    """

    kind: Kind
    currency: str
    tenders: int
    taking: int
    awarded: int
    ended: int
    ceilings_fen: int
    lots: int
    prices_fen: int
    opened: int
    bids: int
    single: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsView(View):
    """Counts and sums with their tables, and every way to take the data.

    `months`: first day and number of publications, newest first. `log`: address of the log.
    """

    template: ClassVar[str] = "statistics/page.html"
    section: ClassVar[Section | None] = Section.STATISTICS

    kinds: tuple[KindFigures, ...]
    months: tuple[tuple[date, int], ...]
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpView(View):
    """Help in plain words; `role`: one of `HELPED`, None for where to begin."""

    template: ClassVar[str] = "help/page.html"
    section: ClassVar[Section | None] = Section.HELP

    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessibilityView(View):
    """The accessibility statement: what was tried, and what not."""

    template: ClassVar[str] = "help/accessibility.html"
    section: ClassVar[Section | None] = Section.HELP


HELPED = ("bidder", "agency", "trustee", "supervisor", "citizen")
"""For whom there is a page of help."""
