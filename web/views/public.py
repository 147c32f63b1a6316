"""What each page shows, and nothing else: the contract between the handlers and the templates.

A handler asks the services, fills one of these frozen views and gives it to `web.pages.Pages`. A
view speaks no language: it holds facts, and texts in both languages where people wrote them; words
of the hall are the templates'. Instants are aware and UTC, amounts whole fen.

Before the deadline no view has a place for the number of bids or the name of a bidder. The opening
room, whose view is folded from its events, is `web.opening_room`; log-in, desk, status and the
other pages of the house are `web.views.house`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from notary.assurance import Assurance
from notary.channels import Channel
from web.letterhead import Lang, Section, Text, View
from web.search import Kind, Search
from web.views.disputes import Disputes
from web.views.life import KeyHolder, LedgerLink, Life, SecretLimit


class State(StrEnum):
    """Where a tender or its box stands, in the words of its tag."""

    OPEN = "open"  # takes bids
    NEAR = "near"  # takes bids, closes today
    SUSPENDED = "suspended"  # past the deadline, an objection to the documents has no answer yet
    INTERRUPTED = "interrupted"  # an outage is not judged yet; bids are taken as provisional
    PAUSED = "paused"  # by one supervisor, for some minutes
    HALTED = "halted"  # by two, until it is lifted
    STAGED = "staged"  # shut until the stage before it is evaluated
    CLOSING = "closing"  # past the deadline, no share asked for
    SHARES = "shares"  # shares asked for, fewer than k released
    POSTPONED = "postponed"  # shares missing at release_by
    OPENING = "opening"  # bids are being read out
    CONFIRMING = "confirming"  # all read out; objections and confirmations
    OPENED = "opened"  # box finished, no result yet
    CANDIDATES = "candidates"  # candidates on display
    AWARDED = "awarded"
    VOID = "void"  # award voided
    NOT_OPENED = "not_opened"  # too few bids
    CANCELLED = "cancelled"


OVER = frozenset(
    {
        State.OPENED,
        State.CANDIDATES,
        State.AWARDED,
        State.VOID,
        State.NOT_OPENED,
        State.CANCELLED,
    }
)
"""States of an opening that does not go on."""


class Progress(StrEnum):
    """Done, now, next: the three states of a step."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"


# Announcements


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What supervision holds up. `reason`: a word of its list; `until`: None until it is lifted."""

    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderRow:
    """One announcement in a list.

    `moment`: the next instant that matters (deadline; end of the display), or None. `told`: bids
    read out so far and in all, only while or after they are opened.
    """

    tender: str
    title: Text
    kind: Kind
    purchaser: str
    branch: str | None
    state: State
    moment: datetime | None
    told: tuple[int, int] | None
    ceiling_fen: int | None
    currency: str
    held: Held | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRow:
    """One opening of a day. `told` as in TenderRow; `next_at`: until when shares still count."""

    room: str
    tender: str
    lot: str
    title: Text
    kind: Kind
    invited: bool
    state: State
    open_at: datetime
    told: tuple[int, int] | None
    next_at: datetime | None
    held: Held | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOpening:
    """The opening that goes on now, for the board of the home page: the bid told last."""

    room: str
    title: Text
    state: State
    told: tuple[int, int] | None
    bidder: str | None
    price_fen: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class KindGroup:
    """The latest announcements of one kind, and how many there are in all."""

    kind: Kind
    count: int
    rows: tuple[TenderRow, ...]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A counted shortcut of the home page: a whole query, or None for the openings of the day."""

    name: str  # "closing_today" | "open" | "result"
    search: Search | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView(View):
    """Search first, what opens today, the latest by kind, why nobody has to be trusted.

    `example`: a number of a tender that exists, for the hint of the search box.
    """

    template: ClassVar[str] = "home/page.html"

    example: str | None
    shortcuts: tuple[Shortcut, ...]
    live: LiveOpening | None
    today: date
    openings: tuple[OpeningRow, ...]
    kinds: tuple[KindGroup, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsView(View):
    """The calendar of openings as a list: what comes, by day; what was, newest first."""

    template: ClassVar[str] = "openings/page.html"
    section: ClassVar[Section | None] = Section.OPENINGS

    coming: tuple[OpeningRow, ...]
    past: tuple[OpeningRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView(View):
    """The openings of one day; `before`, `after`: the days beside it."""

    template: ClassVar[str] = "openings/day.html"
    section: ClassVar[Section | None] = Section.OPENINGS

    day: date
    before: date
    after: date
    today: date
    rows: tuple[OpeningRow, ...]


# One tender


class TenderStep(StrEnum):
    """The life of a tender as its page shows it."""

    PUBLISHED = "published"
    BIDDING = "bidding"
    OPENING = "opening"
    CANDIDATES = "candidates"
    AWARDED = "awarded"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """A step with its instants; `until` where it lasts. Both None: not known yet."""

    step: TenderStep
    progress: Progress
    at: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the tender; `sha256` hex of its bytes, `size` in bytes."""

    path: str
    href: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rule set a notice names. `law` is False for `demo/…` and `replay/…`."""

    name: str
    sha256: str
    law: bool


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the bid's form. `type`: text, fen, int or date."""

    label: Text
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The public record of a tender, verified offline: when, what was said, bytes of the file."""

    at: datetime
    sentence: Text
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRow:
    """A box of a tender that has several: which lot and stage, when it opens, how far it is.

    `after`: the stage whose evaluation comes first, or None.
    """

    lot: str
    lot_title: Text
    stage: str
    after: str | None
    state: State
    deadline: datetime
    open_at: datetime
    room: str
    has_result: bool
    ceiling_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderView(View):
    """One tender: its notice, its timeline, its keys, what its record can prove.

    `boxes`: where it has several, by lot and in the order in which they are opened. `bodies`: whose
    public records it leads to, by id and name.
    """

    template: ClassVar[str] = "tenders/page.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    tender: str
    lot: str
    title: Text
    kind: Kind
    invited: bool
    branch: str | None
    state: State
    purchaser: str
    agency: str
    ceiling_fen: int | None
    deposit_fen: int
    currency: str
    deadline: datetime
    open_at: datetime
    rules: RuleSet
    form: tuple[FormField, ...]
    documents: tuple[Document, ...]
    life: Life
    timeline: tuple[TimelineStep, ...]
    k: int
    holders: tuple[KeyHolder, ...]
    assurances: tuple[Assurance, ...]
    entries: tuple[LedgerLink, ...]
    room: str
    has_result: bool
    checked: Checked | None
    disputes: Disputes
    held: Held | None = None
    boxes: tuple[BoxRow, ...] = ()
    bodies: tuple[tuple[str, str], ...] = ()
    limits: tuple[SecretLimit, ...] = ()
    channels: tuple[Channel, ...] = ()


# Result


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedBid:
    """An opened bid that was not rejected, in order; `winner` once awarded."""

    rank: int
    bidder: str
    price_fen: int
    winner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedBid:
    """An opened bid that was rejected: the ground's code, its article, the reason as given.

    `lang`: the language that the reason is written in.
    """

    bidder: str
    price_fen: int | None
    ground: str
    article: str
    reason: str
    lang: Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class UnopenedBid:
    """A listed bid that did not open; `code` and `fault` of the opening record."""

    bidder: str
    code: str
    fault: str


@dataclass(frozen=True, slots=True)
class OpenedLimit:
    """A secret limit as it was opened before the prices; `fen` None: not in time, so it is none."""

    name: str
    fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView(View):
    """Who won and why, in five sentences first; then the table, the reasons, how to check.

    `tied`: several bids of rank 1, so nobody has won. `void`: the article of a voided award.
    `objections_until`: None where the rule set has no such period. `contract_by`, `report_by`: of
    an award, until when the contract is made and the supervisor has the written report. `bodies`:
    the bidders whose public records it leads to, by id and name.
    """

    template: ClassVar[str] = "results/page.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    tender: str
    lot: str
    title: Text
    state: State
    ceiling_fen: int | None
    currency: str
    received: int
    ranking: tuple[RankedBid, ...]
    rejected: tuple[RejectedBid, ...]
    unopened: tuple[UnopenedBid, ...]
    tied: bool
    void: str | None
    candidates_at: datetime
    awarded_at: datetime | None
    objections_until: datetime | None
    rules: RuleSet
    award_sha256: str
    assurances: tuple[Assurance, ...]
    room: str
    checked: Checked | None
    disputes: Disputes
    contract_by: datetime | None
    report_by: datetime | None
    limits: tuple[OpenedLimit, ...] = ()
    bodies: tuple[tuple[str, str], ...] = ()
