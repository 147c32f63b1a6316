"""Where a tender stands, and what may be done there."""

from datetime import datetime

from notary.instant import micros, seconds
from notary.refusal import Refusal
from trading.rules.sets import cited, rule_set
from trading.types import Phase, TenderFacts


class BiddingNotOpen(Refusal):
    """The tender takes no bids yet: it is not published.

    Source: Tendering and Bidding Law, art. 24 (bids follow the documents).
    """

    code = "bidding.not_open"
    article = "招标投标法 24"


class BiddingClosed(Refusal):
    """The bid arrived at or after the closing instant.

    Source: Tendering and Bidding Law, art. 28.
    """

    code = "bidding.closed"
    article = "招标投标法 28"


class NotInvited(Refusal):
    """An invited tender is open to those who were invited and to nobody else.

    Source: Tendering and Bidding Law, art. 10 and 17.
    """

    code = "tender.not_invited"
    article = "招标投标法 10"


def phase(facts: TenderFacts, now: datetime) -> Phase:
    """Return where the tender, or the box, stands at `now`."""
    reached = (
        (facts.cancelled_at, Phase.CANCELLED),
        (facts.awarded_at, Phase.AWARDED),
        (facts.not_opened_at, Phase.NOT_OPENED),
        (facts.finished_at, Phase.OPENED),
        (facts.asked_at, Phase.OPENING),
        (facts.closed_at, Phase.SEALED),
    )
    for at, latest in reached:
        if at is not None:
            return latest
    if facts.published_at is None:
        return Phase.DRAFT
    return Phase.BIDDING if now < facts.deadline else Phase.SEALED


def require_open(facts: TenderFacts, now: datetime) -> None:
    """Refuse unless bids are taken at `now`: in time is before the deadline, not at it."""
    match phase(facts, now):
        case Phase.BIDDING:
            return
        case Phase.DRAFT:
            raise BiddingNotOpen(tender=facts.tender_id)
        case (
            Phase.SEALED
            | Phase.OPENING
            | Phase.OPENED
            | Phase.NOT_OPENED
            | Phase.AWARDED
            | Phase.CANCELLED
        ):
            raise cited(
                BiddingClosed,
                rule_set(facts.rules),
                "tender.refuse_late",
                tender=facts.tender_id,
                deadline=seconds(facts.deadline),
                received=micros(now),
            )


def require_invited(org: str, invited: frozenset[str] | None) -> None:
    """Refuse `org` unless the tender is open to all (`invited` is None) or it was invited."""
    if invited is not None and org not in invited:
        raise NotInvited(org=org)
