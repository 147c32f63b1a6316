"""Who may ask about a tender and until when, and what an answer may still bear on.

Source: Tendering and Bidding Law, art. 22, 23; its Implementing Regulations, art. 21.
"""

from datetime import datetime

from notary.instant import seconds
from notary.refusal import Refusal
from trading.rules.limits import change_in_time
from trading.rules.sets import RuleSet
from trading.types import Notice, TenderFacts


class QuestionTooLate(Refusal):
    """The last deadline of the tender has passed: nobody is answered any more.

    Source: Tendering and Bidding Law, art. 23 (clarification before the deadline).
    """

    code = "question.too_late"
    article = "招标投标法 23"


class QuestionUnknown(Refusal):
    """There is no such question about this tender.

    Source: Tendering and Bidding Law, art. 23.
    """

    code = "question.unknown"


class QuestionAnswered(Refusal):
    """The question has its answer, which everybody reads.

    Source: Tendering and Bidding Law, art. 23 (the same for all who took the documents).
    """

    code = "question.answered"


def require_asking(facts: TenderFacts, now: datetime) -> None:
    """Refuse a question, or an answer, at or after the last deadline."""
    if now >= facts.deadline:
        raise QuestionTooLate(tender=facts.tender_id, deadline=seconds(facts.deadline))


def require_affecting_in_time(notice: Notice, at: datetime, rules: RuleSet) -> None:
    """Refuse an answer that bears on how bids are made where too few days are left.

    Raises ChangedTooLate, ApplicationsChangedTooLate.
    """
    for lot in notice.lots:
        for box in lot.boxes:
            limit = change_in_time(lot, box, at, rules)
            if at < box.deadline and limit.refusal is not None:
                raise limit.refusal
