"""Until when, and by whom, a notice may be taken back without a second person.

Source: `people.md` 5; `rules.md` 8, `recall_min`.
"""

from datetime import datetime, timedelta

from notary.instant import seconds
from notary.refusal import Refusal
from trading.rules.sets import RuleSet, cited

_RULE = "hall.recall_min"


class RecallTooLate(Refusal):
    """The minutes in which a notice may be recalled are over, or it was revised.

    Source: `people.md` 5; `rules.md` 8, `recall_min`.
    """

    code = "notice.recall_too_late"


class NotThePublisher(Refusal):
    """Only who published a notice may recall it.

    Source: `people.md` 5, recall by its publisher.
    """

    code = "notice.not_the_publisher"


def recall_until(rules: RuleSet, published: datetime) -> datetime:
    """Return the first instant at which a notice is not recalled any more."""
    return published + timedelta(minutes=rules.number(_RULE))


def require_recallable(rules: RuleSet, published: datetime, at: datetime) -> None:
    """Refuse a recall at or after the end of its minutes."""
    until = recall_until(rules, published)
    if at >= until:
        raise cited(RecallTooLate, rules, _RULE, until=seconds(until), at=seconds(at))
