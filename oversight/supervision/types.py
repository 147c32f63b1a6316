"""What supervision knows of an alarm: the fact that raised it, and the steps taken since.

An alarm is computed from facts and has no row of its own until somebody takes it up. Its id is made
of the rule, of what it is about and of the moment of the fact, so every reader of the same facts
computes the same id, and a fact that happens again is another alarm. What was taken up stays on
record when the fact has gone.

Source: web.md 9, pages 21 and 22.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from notary import canonical
from notary.instant import micros

_ID_DIGITS = 16


class Severity(StrEnum):
    """How bad it is: a word first."""

    RED = "red"
    YELLOW = "yellow"


class Rule(StrEnum):
    """Why something is an alarm; `web.names` has the words, with the article."""

    COPIED = "copied"
    OVERDUE = "overdue"
    COMPLAINT = "complaint"
    HELD = "held"
    HALT_ASKED = "halt_asked"
    POSTPONED = "postponed"
    SILENT = "silent"
    INTERRUPTED = "interrupted"
    SUSPENDED = "suspended"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The fact behind an alarm. `subject`: what it is about, as `rule` counts: a box, a complaint.

    `moment`: of the fact, one that does not move. `tender`: the one that it concerns.
    """

    rule: Rule
    subject: str
    moment: datetime
    severity: Severity
    tender: str

    @property
    def alarm(self) -> str:
        """Return the id: the same for all who see the same fact."""
        named = canonical.dumps([self.rule, self.subject, micros(self.moment)])
        return f"A-{sha256(named).hexdigest()[:_ID_DIGITS].upper()}"


class Act(StrEnum):
    """What somebody did about an alarm."""

    ASSIGNED = "assigned"
    INQUIRED = "inquired"
    ANSWERED = "answered"
    CLOSED = "closed"


class Finding(StrEnum):
    """What an alarm was found to be when it was closed."""

    REAL = "real"
    FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act about an alarm, the `n`-th. `text`: what was said; None of a claim.

    `to_person`: to whom it was assigned, oneself by a claim. `to_org`: the body that was asked.
    `answers`: the step that an answer answers.
    """

    n: int
    act: Act
    at: datetime
    person: str
    org: str
    to_person: str | None = None
    to_org: str | None = None
    answers: int | None = None
    finding: Finding | None = None
    text: str | None = None


class State(StrEnum):
    """How far supervision is with an alarm; computed from its steps."""

    UNCLAIMED = "unclaimed"
    CLAIMED = "claimed"
    ASKED = "asked"
    EXPLAINED = "explained"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alarm with its steps, in their order."""

    alarm: Alarm
    steps: Sequence[Step] = ()

    @property
    def claim(self) -> Step | None:
        """Return the step by which somebody has it now; None where nobody has, or it is closed."""
        last = next((one for one in reversed(self.steps) if one.act in _SETS_HOLDER), None)
        return last if last is not None and last.act is Act.ASSIGNED else None

    @property
    def holder(self) -> str | None:
        """Return who has it."""
        return None if self.claim is None else self.claim.to_person

    @property
    def inquiries(self) -> tuple[tuple[Step, Step | None], ...]:
        """Return what was asked, each with its answer."""
        answers = {one.answers: one for one in self.steps if one.act is Act.ANSWERED}
        return tuple((one, answers.get(one.n)) for one in self.steps if one.act is Act.INQUIRED)

    @property
    def closing(self) -> Step | None:
        """Return by which step it was closed, None while it is open."""
        last = next((one for one in reversed(self.steps) if one.act in _SETS_HOLDER), None)
        return last if last is not None and last.act is Act.CLOSED else None

    @property
    def state(self) -> State:
        """Return how far it is."""
        if self.closing is not None:
            return State.CLOSED
        claim = self.claim
        if claim is None:
            return State.UNCLAIMED
        inquiries = [pair for pair in self.inquiries if pair[0].n > self._begun]
        if not inquiries:
            return State.CLAIMED
        waits = any(answer is None for _, answer in inquiries)
        return State.ASKED if waits else State.EXPLAINED

    @property
    def _begun(self) -> int:
        """Return after which step it was opened last: questions before a closing are past."""
        closed = [one.n for one in self.steps if one.act is Act.CLOSED]
        return max(closed, default=0)


_SETS_HOLDER = frozenset({Act.ASSIGNED, Act.CLOSED})


class Timeliness(StrEnum):
    """How a running matter stands with its time."""

    FINE = "fine"  # 正常
    NEAR = "near"  # 临期
    OVERDUE = "overdue"  # 超期
