"""Who may object when, until when an answer is due, and what waits for it.

Suspension means that no step is made which the answer could change: no box is closed while an
objection to the documents is open, no candidate and no award is made public while one to the
documents, the opening or the candidates of the lot is. Nobody loses anything by waiting: sealed
bids are taken until the deadline as before, and each clock of the law runs on but for the agency's
next step. Whoever needs more time for the answer moves the deadline before it comes.

Source: `rules.md` 2; Regulation on the Tendering and Bidding Law, art. 22, 44, 54.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from notary.refusal import Refusal
from trading.disputes import About, Objection
from trading.rules import periods
from trading.rules.limits import prequalifies
from trading.rules.sets import RuleSet, cited
from trading.types import Notice


class ObjectionTooLate(Refusal):
    """The time for objections of this kind is over.

    Source: Regulation on the Tendering and Bidding Law, art. 22 and 54.
    """

    code = "objection.too_late"
    article = "招标投标法实施条例 22"


class NothingToObjectTo(Refusal):
    """No documents are offered now, or no candidates of the lot are public.

    Source: Regulation on the Tendering and Bidding Law, art. 54.
    """

    code = "objection.nothing_public"
    article = "招标投标法实施条例 54"


class ObjectionOpen(Refusal):
    """The body has an objection of this kind that waits for its answer.

    Source: Regulation on the Tendering and Bidding Law, art. 22 and 54: one answer ends one
    suspension.
    """

    code = "objection.open"
    article = "招标投标法实施条例 22"


class ObjectionUnknown(Refusal):
    """There is no such objection in a tender of this body.

    Source: Regulation on the Tendering and Bidding Law, art. 22, 44 and 54.
    """

    code = "objection.unknown"


class AlreadyAnswered(Refusal):
    """The objection was answered before; an answer is given once.

    Source: Regulation on the Tendering and Bidding Law, art. 22 and 54.
    """

    code = "objection.already_answered"


class ObjectionWithdrawn(Refusal):
    """The objection was withdrawn: there is nothing to answer, or to withdraw, any more.

    Source: Regulation on the Tendering and Bidding Law, art. 22 and 54.
    """

    code = "objection.withdrawn"


class AwardSuspended(Refusal):
    """An objection waits for its answer: until then neither candidates nor an award are made.

    Source: Regulation on the Tendering and Bidding Law, art. 54.
    """

    code = "award.suspended"
    article = "招标投标法实施条例 54"


def documents_until(rules: RuleSet, notice: Notice) -> tuple[datetime, str]:
    """Return until when the documents may be objected to, and the rule that says so.

    Those of a prequalification have days of their own before its deadline; the tender documents
    have theirs before the first deadline for bids. Whatever comes later of the two counts.
    """
    boxes = [(lot, box) for lot in notice.lots for box in lot.boxes]
    bids = [box.deadline for lot, box in boxes if not prequalifies(lot, box)]
    applications = [box.deadline for lot, box in boxes if prequalifies(lot, box)]
    found = [(periods.objection_documents_until(rules, min(bids)), periods.OBJECTION_DOCUMENTS)]
    if applications:
        until = periods.objection_prequal_until(rules, min(applications))
        found.append((until, periods.OBJECTION_PREQUAL))
    return max(found)


def require_about_documents(rules: RuleSet, notice: Notice, now: datetime) -> None:
    """Refuse an objection to the documents of a notice that comes too late."""
    until, rule_id = documents_until(rules, notice)
    if now >= until:
        raise cited(ObjectionTooLate, rules, rule_id, until=until.isoformat())


def require_about_candidates(rules: RuleSet, until: datetime | None, now: datetime) -> None:
    """Refuse an objection to candidates outside their publicity, which ends at `until`."""
    if until is None:
        raise NothingToObjectTo
    if now >= until:
        raise cited(ObjectionTooLate, rules, periods.PUBLICITY, until=until.isoformat())


def require_none_open(
    earlier: Iterable[Objection], org: str, about: About, lot: str | None
) -> None:
    """Refuse a second objection of a body to the same while its first is open."""
    for one in earlier:
        if one.is_open and (one.org, one.about, one.lot) == (org, about, lot):
            raise ObjectionOpen(objection=one.objection)


def require_open(objection: Objection) -> None:
    """Refuse to answer or to withdraw what has come to its end."""
    if objection.withdrawn_at is not None:
        raise ObjectionWithdrawn(objection=objection.objection)
    if not objection.is_open:
        raise AlreadyAnswered(objection=objection.objection)


def require_answered(waiting_since: Collection[datetime]) -> None:
    """Refuse candidates and award while objections wait; `waiting_since`: when each was raised."""
    if waiting_since:
        raise AwardSuspended(open=len(waiting_since), since=min(waiting_since).isoformat())
