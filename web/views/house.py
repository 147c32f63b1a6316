"""What the pages of the house show: log-in, desk, status, verify, submit, refusals, errors.

The same contract as `web.views.public`, where the pages of a tender are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from notary.stand_ins import StandIn
from web.letterhead import Section, Text, View
from web.lights import Finding

# The reader's own pages


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal for a page: code, facts and article; its words are looked up by the code.

    `law`: the article is one; else it is a rule of this hall or of the demonstration.
    """

    code: str
    facts: Mapping[str, str | int]
    article: str
    law: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginView(View):
    """Log in: name and password, then the code of the second factor.

    `name`: None on the first page, else who is asked for the code. `onward`: the address that was
    wanted. `code_at`: in a demo hall, the page that shows the current code. `can_use_passkeys`: the
    hall's address is one that browsers take.
    """

    template: ClassVar[str] = "accounts/login.html"

    key: str
    name: str | None
    onward: str
    refused: Refused | None
    code_at: str | None
    can_use_passkeys: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView(View):
    """In a demo hall: the current code of a person, and until when it is good."""

    template: ClassVar[str] = "accounts/code.html"

    name: str
    code: str
    until: datetime


class Matter(StrEnum):
    """What a row of the desk is about; its words, button and way back hang on it."""

    APPROVE = "approve"  # purchaser: a draft waits for the second person
    DRAFT = "draft"  # agency: its draft waits for the purchaser
    KEYS = "keys"  # agency: trustees' keys are awaited
    HAND_OVER = "hand_over"  # agency: its draft is to be finished and handed over
    HANDED_BACK = "handed_back"  # agency: the purchaser wants its draft changed
    DRAFTING = "drafting"  # purchaser: an agency drafts for it
    CHANGE = "change"  # purchaser: a prepared amendment or cancellation waits for the signature
    CHANGING = "changing"  # agency: what it prepared waits for the purchaser
    TAKING = "taking"  # agency, purchaser: published, takes bids until the deadline
    SUSPENDED = "suspended"  # agency, purchaser: an objection to the documents has no answer
    SHUT = "shut"  # agency, purchaser: past its deadline, shut until the day of its opening
    SHARES = "shares"  # agency, purchaser: holders' shares are awaited
    LIMITS = "limits"  # agency: its program has to open secret limits
    NEXT_KEY = "next_key"  # agency: a key in place of a lost one is ready to be pinned
    EVALUATING = "evaluating"  # purchaser: opened, the agency evaluates
    WATCH = "watch"  # supervisor: an opening of this day, or one that goes on
    DRILL = "drill"  # trustee: a drill is due before the opening of a box
    BID = "bid"  # bidder: takes bids, nothing sealed yet
    SEALED = "sealed"  # bidder: sealed and received
    VOIDED = "voided"  # bidder: an amendment voided the sealed bid
    OPENING = "opening"  # everybody concerned: the opening goes on
    RELEASE = "release"  # trustee: shares are asked for
    ARMED = "armed"  # trustee: a box will be opened; its client stands by
    EVALUATE = "evaluate"  # agency: technical bids opened, prices open later
    CANDIDATES = "candidates"  # agency: opened, candidates to be published
    AWARD = "award"  # agency: candidates published, award to be signed
    READ = "read"  # bidder: read out; the agency evaluates
    RANKED = "ranked"  # bidder: opened, with this rank
    REJECTED = "rejected"  # bidder: with the reason
    UNOPENED = "unopened"  # bidder: its bid did not open
    WON = "won"  # bidder
    LOST = "lost"  # bidder
    NOT_OPENED = "not_opened"  # purchaser, agency: too few bids; tender again
    DISPLAY = "display"  # purchaser, agency: candidates are on display
    CONTRACT = "contract"  # agency: awarded, the contract is to be made and recorded
    CONFIRM = "confirm"  # winner: what the agency stated of the contract waits for its word
    MILESTONE = "milestone"  # both sides: something of the contract is due
    ACKNOWLEDGE = "acknowledge"  # both sides: the other reports a milestone reached
    PERFORM = "perform"  # agency: a contract is performed; its end is to be recorded
    OBJECTION = "objection"  # purchaser, agency: an objection waits for the answer
    OBJECTED = "objected"  # bidder: its own objection waits for the answer
    HOST = "host"  # agency, operator: an objection in the room waits for the answer
    TODAY = "today"  # operator: an opening of this day
    QUESTION = "question"  # agency: somebody asked, all wait for the clarification
    SECOND = "second"  # administrator, officer: somebody waits for the second person's approval
    ADMIT = "admit"  # officer, operator: a firm without a certificate asks to come in
    COMPLAINT = "complaint"  # supervisor: whether it is taken is to be said
    DECIDE = "decide"  # supervisor: a complaint that was taken is to be decided
    COMPLAINED = "complained"  # whoever complained: nothing is said of it yet
    COMPLAINT_TAKEN = "complaint_taken"  # whoever complained: the supervisor took it
    COMPLAINT_REFUSED = "complaint_refused"  # whoever complained: the supervisor did not take it
    COMPLAINT_DECIDED = "complaint_decided"  # whoever complained
    UNCLAIMED = "unclaimed"  # supervisor: an alarm that nobody has
    CLAIMED = "claimed"  # supervisor: an alarm that the reader has
    EXPLAINED = "explained"  # supervisor: one of those, and what was asked is answered
    INQUIRY = "inquiry"  # whoever was asked: a question of supervision waits for the answer
    OUTAGE = "outage"  # operator, officer: a gap in the heartbeat waits for their word
    HELD = "held"  # supervisor: a tender is paused or halted
    HALT_ASKED = "halt_asked"  # supervisor: a halt waits for the second person
    RULES = "rules"  # officer: a confirmation of rules waits for the second person
    OPEN_OWN = "open_own"  # bidder: shares are missing; it may open its own bid
    INCOMPLETE = "incomplete"  # bidder: the hall waits for parts of its bid
    OPEN_NOW = "open_now"  # bidder: nobody else can open its bid


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """One matter. Exactly one of `due` (my time runs out then) and `since` (waited since) is set.

    `awaited`: who has to act, where it is not the reader. `command`: the terminal's line for the
    act, where the hall has no button for it yet. `rank`: with Matter.RANKED. `note`: why, as
    somebody wrote it. `lot`: of a tender with several. `tender`: its number, for a button.
    `rule`, `severity`: of an alarm.
    """

    matter: Matter
    title: Text
    href: str
    due: datetime | None
    since: datetime | None
    awaited: str | None
    command: str | None
    rank: int | None
    lot: str | None = None
    note: Text | None = None
    tender: str | None = None
    rule: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A matter that the reader has dealt with today."""

    at: datetime
    matter: Matter
    title: Text
    href: str
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView(View):
    """What the reader has to do, what waits for others, what is done today; by time left.

    `drafts`: the reader may begin a tender; `holds_keys`: is of a body that holds keys; `bidder`:
    the id of the body that it bids for, None of one that does not.
    """

    template: ClassVar[str] = "desk/page.html"

    mine: tuple[DeskRow, ...]
    waiting: tuple[DeskRow, ...]
    done: tuple[Deed, ...]
    certificate_until: datetime | None
    drafts: bool = False
    holds_keys: bool = False
    bidder: str | None = None
    stand_ins: tuple[StandIn, ...] = ()
    unsettled: int = 0


# The hall itself


class Vital(StrEnum):
    """What the hall needs to be well."""

    DATABASE = "database"
    VAULT = "vault"
    CLERK = "clerk"
    SEQUENCER = "sequencer"
    CHECKPOINT = "checkpoint"
    TRUSTEES = "trustees"
    HEART = "heart"
    GAPS = "gaps"


@dataclass(frozen=True, slots=True)
class Reading:
    """One light of the status page; `fact`: a short figure beside it ("3 of 3", "0.4 s")."""

    vital: Vital
    well: bool
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView(View):
    """Is the hall well, and since when does it run.

    As /setup says: `level`: whose hall it is, the government of its level and the three bodies;
    `above`: the address of the hall above; `days`: in what working days differ here.
    """

    template: ClassVar[str] = "status/page.html"
    section: ClassVar[Section | None] = Section.STATUS

    readings: tuple[Reading, ...]
    started_at: datetime
    version: str
    level: tuple[str, ...] = ()
    above: str | None = None
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessView(View):
    """Readiness 晨检: every light, the red ones first; `calls`: how many people to call."""

    template: ClassVar[str] = "status/readiness.html"

    findings: tuple[Finding, ...]
    calls: int

    @property
    def red(self) -> int:
        """How many are not good."""
        return sum(not one.good for one in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyView(View):
    """How a stranger checks a record at home. `vkey`: the log's key; `example`: a tender's number.

    `log_origin`: first line of every checkpoint; `checkpoint`, `tile`: addresses in the log.
    `kinds`: of entries, as JSON for the browser; `families`: of those that everybody may read.
    """

    template: ClassVar[str] = "verify/page.html"
    section: ClassVar[Section | None] = Section.VERIFY

    log_origin: str
    vkey: str
    checkpoint: str
    tile: str | None
    example: str | None
    kinds: str
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxToSeal:
    """One box of a tender that has several: its address, its stage, and what a bid answers."""

    path: str
    lot: str
    stage: str
    deadline: datetime
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitView(View):
    """How a sealed bid comes to the hall; `tender` fills the lines to type, where one is named.

    `form`: an example of the answers that the notice asks for, as JSON. `boxes`: where it has
    several, each is sealed on its own.
    """

    template: ClassVar[str] = "submit/page.html"
    section: ClassVar[Section | None] = Section.SUBMIT

    tender: str | None
    title: Text | None
    deadline: datetime | None
    form: str
    boxes: tuple[BoxToSeal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedView(View):
    """The receipt of a sealed bid that a form has brought, for whoever brought it.

    `saved`: the receipts as files, by name and content, each to be kept. `missing`: how many parts
    the hall waits for until `parts_by`; `refused`: why, where one was not taken. `provisional`: an
    outage is not judged yet.
    """

    template: ClassVar[str] = "submit/receipt.html"
    section: ClassVar[Section | None] = Section.SUBMIT

    envelope: str
    tender: str
    lot: str
    stage: str
    title: Text
    bidder: str
    bidder_name: str
    received_at: datetime
    completed_at: datetime | None
    missing: int
    parts_by: datetime
    provisional: bool
    saved: tuple[tuple[str, str], ...]
    refused: Refused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalView(View):
    """A rule said no: why, by which article, and the next step.

    `written`: what the reader wrote at length, to be taken along.
    """

    template: ClassVar[str] = "errors/refusal.html"

    refused: Refused
    back: str | None
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView(View):
    """No such page, not yours, or a fault; a fault shows its `reference` and nothing else."""

    template: ClassVar[str] = "errors/page.html"

    status: int
    reference: str | None
