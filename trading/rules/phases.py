"""Where a tender stands, and which of its acts that allows."""

from datetime import datetime

from notary.refusal import Refusal
from trading.types import Phase, TenderFacts


class AlreadyPublished(Refusal):
    """The tender is published: it changes by an amendment, not by another draft.

    Source: `sealing.md` 3, every change is a revision of the notice.
    """

    code = "tender.already_published"


def phase(facts: TenderFacts, now: datetime) -> Phase:
    """Return where the tender stands at `now`."""
    told = (
        (facts.cancelled_at, Phase.CANCELLED),
        (facts.ended_at, Phase.ENDED),
        (facts.awarded_at, Phase.AWARDED),
        (facts.candidates_at, Phase.CANDIDATES),
    )
    for at, reached in told:
        if at is not None:
            return reached
    if facts.published_at is None:
        return Phase.DRAFT
    return Phase.BIDDING if now < facts.deadline else Phase.OPENING


def require_draft(facts: TenderFacts, now: datetime) -> None:
    """Refuse unless the tender is still a draft at `now`."""
    match phase(facts, now):
        case Phase.DRAFT:
            return
        case (
            Phase.BIDDING
            | Phase.OPENING
            | Phase.CANDIDATES
            | Phase.AWARDED
            | Phase.ENDED
            | Phase.CANCELLED
        ):
            raise AlreadyPublished(tender=facts.tender_id)
