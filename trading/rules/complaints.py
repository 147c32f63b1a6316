"""Whether a complaint may be made now, and until when the supervisor has to act on it.

A complaint names who complains: without a name nobody can be asked, heard or answered, and the
measures for complaints do not let one be taken. A hint without a name is no complaint; it may be
sent to the supervisor by any other way.

Source: `rules.md` 2; Regulation on the Tendering and Bidding Law, art. 60 and 61.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from notary.refusal import Refusal
from trading import calendar
from trading.disputes import Complaint, Matter, Objected
from trading.rules import periods
from trading.rules.sets import RuleSet, cited


class ObjectionFirst(Refusal):
    """Of documents, an opening or candidates an objection comes first, and its answer.

    Source: Regulation on the Tendering and Bidding Law, art. 60.
    """

    code = "complaint.objection_first"
    article = "招标投标法实施条例 60"


class ComplaintTooLate(Refusal):
    """More days have gone by than the law gives from knowing.

    Source: Regulation on the Tendering and Bidding Law, art. 60.
    """

    code = "complaint.too_late"
    article = "招标投标法实施条例 60"


class KnownLater(Refusal):
    """The day of knowing lies in the future, or is no day.

    Source: Regulation on the Tendering and Bidding Law, art. 60.
    """

    code = "complaint.known_later"


class ComplaintUnknown(Refusal):
    """There is no complaint under this number.

    Source: Regulation on the Tendering and Bidding Law, art. 61.
    """

    code = "complaint.unknown"


class AlreadyConsidered(Refusal):
    """Whether the complaint is taken was said before, and is said once.

    Source: Regulation on the Tendering and Bidding Law, art. 61.
    """

    code = "complaint.considered"
    article = "招标投标法实施条例 61"


class NotAccepted(Refusal):
    """Only a complaint that was taken is decided: this one was not, or not yet.

    Source: Regulation on the Tendering and Bidding Law, art. 61.
    """

    code = "complaint.not_accepted"
    article = "招标投标法实施条例 61"


class AlreadyDecided(Refusal):
    """The complaint was decided before, and is decided once.

    Source: Regulation on the Tendering and Bidding Law, art. 61.
    """

    code = "complaint.decided"
    article = "招标投标法实施条例 61"


def require_objected(
    rules: RuleSet, about: Matter, objected: Sequence[Objected], now: datetime
) -> tuple[datetime, datetime] | None:
    """Refuse a complaint before its objection was answered, or should have been.

    `objected`: when the body objected in this matter, in any order. Returns from when to when the
    last one waited, which does not count; None where no objection is asked for.
    """
    match about:
        case Matter.OTHER:
            return None
        case Matter.DOCUMENTS | Matter.OPENING | Matter.CANDIDATES:
            waited = [(one.raised_at, one.answered_at or now) for one in objected]
            heard = [one for one in objected if _is_heard(rules, one, now)]
            if not heard:
                raise cited(ObjectionFirst, rules, periods.COMPLAINT, about=about)
            return max(waited)


def _is_heard(rules: RuleSet, objected: Objected, now: datetime) -> bool:
    by = periods.answer_objection_by(rules, objected.raised_at)
    return objected.answered_at is not None or (by is not None and now >= by)


def require_in_time(
    rules: RuleSet, known_on: date, waited: tuple[datetime, datetime] | None, now: datetime
) -> None:
    """Refuse a complaint that comes more than the set's days after `known_on`.

    `waited`: from when to when an objection waited for its answer.
    """
    if known_on > calendar.local_date(now):
        raise KnownLater(known_on=known_on.isoformat())
    start = datetime.combine(known_on, time(), calendar.BEIJING)
    until = periods.complaint_until(rules, start, waited)
    if until is not None and now >= until:
        raise cited(
            ComplaintTooLate,
            rules,
            periods.COMPLAINT,
            known_on=known_on.isoformat(),
            until=until.isoformat(),
        )


def require_new(complaint: Complaint) -> None:
    """Refuse to say twice whether a complaint is taken."""
    if complaint.considered is not None:
        raise AlreadyConsidered(number=complaint.number)


def require_accepted(complaint: Complaint) -> None:
    """Refuse to decide what was not taken, or is decided."""
    if complaint.considered is None or not complaint.considered.accepted:
        raise NotAccepted(number=complaint.number)
    if complaint.decided is not None:
        raise AlreadyDecided(number=complaint.number)


def decide_by(rules: RuleSet, accepted_at: datetime) -> datetime | None:
    """Return until when what was taken then is to be decided; None as of `clocks`."""
    try:
        return periods.decide_complaint_by(rules, accepted_at)
    except calendar.YearMissing:
        return None


def clocks(rules: RuleSet, made_at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return until when the supervisor takes or dismisses the complaint, and until when it decides.

    The second period begins with the end of the first at the latest. None: nothing bounds it, or
    it ends in a year whose holidays nobody has announced; a complaint does not wait for those.
    """
    accept_by: datetime | None = None
    try:
        accept_by = periods.accept_complaint_by(rules, made_at)
        return accept_by, periods.decide_complaint_by(rules, accept_by or made_at)
    except calendar.YearMissing:
        return accept_by, None
