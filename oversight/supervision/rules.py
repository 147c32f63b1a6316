"""Who may do what about an alarm, and how a running matter stands with its time. Pure.

Source: web.md 9, page 21; mission.md, S2: an alarm ends with a finding and is never deleted.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from notary.refusal import Refusal
from oversight.supervision.types import Act, Case, State, Step, Timeliness

LONGEST = 4000
"""Characters of what is asked, answered, handed over or found."""

NEAR = timedelta(hours=24)
"""From then on a matter is near its end: key holders are looked at then too (`people.md` 7)."""


class AlarmUnknown(Refusal):
    """No fact raises this alarm now, and nobody has ever taken it up.

    Source: web.md 9, page 21.
    """

    code = "alarm.unknown"


class AlarmTaken(Refusal):
    """Somebody else has the alarm.

    Source: web.md 9, page 21: claim, hand over with a note.
    """

    code = "alarm.taken"


class AlarmHeld(Refusal):
    """Whoever claims the alarm has it already.

    Source: web.md 9, page 21.
    """

    code = "alarm.held"


class AlarmNotYours(Refusal):
    """Only who has the alarm asks about it, hands it over and closes it.

    Source: web.md 9, page 21.
    """

    code = "alarm.not_yours"


class NoSupervisor(Refusal):
    """An alarm is handed over to somebody else who supervises, and to nobody outside the line.

    Source: people.md 4; architecture.md, "Who".
    """

    code = "alarm.no_supervisor"


class NotAsked(Refusal):
    """The body is none that supervision asks: it has nobody who carries out or holds keys.

    Source: web.md 9, page 21: inquire.
    """

    code = "alarm.not_asked"


class InquiryUnknown(Refusal):
    """No such question was put to this body.

    Source: web.md 9, page 21: inquire.
    """

    code = "alarm.inquiry_unknown"


class InquiryAnswered(Refusal):
    """The question was answered before, and is answered once.

    Source: web.md 9, page 21: inquire.
    """

    code = "alarm.inquiry_answered"


class NothingWritten(Refusal):
    """A note, a question, an answer and a finding are said in words, and not in endless ones.

    Source: web.md 9, page 21: hand over with a note.
    """

    code = "alarm.nothing_written"


class AlarmMoved(Refusal):
    """Somebody did something about the alarm in the same moment.

    Source: style.md 2, rule 7.
    """

    code = "alarm.moved"


def written(text: str) -> str:
    """Return what was written without the space around it. Raises NothingWritten."""
    stripped = text.replace("\r\n", "\n").strip()
    if not 0 < len(stripped) <= LONGEST:
        raise NothingWritten(most=LONGEST)
    return stripped


def require_claimable(case: Case, person: str, supervisors: Collection[str]) -> None:
    """Refuse what somebody has who still supervises; what was closed may be taken up again."""
    if case.holder == person:
        raise AlarmHeld(alarm=case.alarm.alarm)
    if case.holder is not None and case.holder in supervisors:
        raise AlarmTaken(alarm=case.alarm.alarm)


def require_handed_on(
    case: Case, person: str, acting: Collection[str], to: str, supervisors: Collection[str]
) -> None:
    """Refuse to hand on what another has, or to whom does not supervise, or to who has it.

    `acting`: for whom `person` acts: himself, and whoever he stands in for.
    """
    taken = case.holder is not None and case.holder in supervisors
    if case.state is State.CLOSED or (taken and case.holder not in acting):
        raise AlarmNotYours(alarm=case.alarm.alarm)
    if to not in supervisors or to in {person, case.holder}:
        raise NoSupervisor(alarm=case.alarm.alarm)


def require_own(case: Case, acting: Collection[str]) -> None:
    """Refuse whoever does not have the alarm; `acting` as above."""
    if case.holder not in acting:
        raise AlarmNotYours(alarm=case.alarm.alarm)


def require_unanswered(case: Case, n: int, org: str) -> Step:
    """Return the question of this number, put to this body and not answered yet."""
    asked = next((one for one in case.steps if (one.n, one.act) == (n, Act.INQUIRED)), None)
    if asked is None or asked.to_org != org:
        raise InquiryUnknown
    if any(one.answers == n for one in case.steps):
        raise InquiryAnswered
    return asked


def timeliness(due: datetime | None, now: datetime) -> Timeliness:
    """Return how a matter stands that is to be done before `due`; None: nothing bounds it."""
    if due is None or now < due - NEAR:
        return Timeliness.FINE
    return Timeliness.NEAR if now < due else Timeliness.OVERDUE
