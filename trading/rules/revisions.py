"""Which tender may still be revised, and whether a revision follows the one in force."""

from datetime import datetime

from notary.refusal import Refusal
from trading.notice import BadNotice, require_amendment, require_outage
from trading.rules.approval import NoticeMalformed
from trading.rules.phases import phase
from trading.types import Notice, Phase, Published, TenderFacts


class NotPublished(Refusal):
    """The tender is a draft: it is drafted again, not amended.

    Source: `sealing.md` 3, a revision follows a published notice.
    """

    code = "tender.not_published"


class TenderOver(Refusal):
    """The tender has its candidates, its award or its end: its notice stands.

    Source: Tendering and Bidding Law, art. 23 (changes before the deadline).
    """

    code = "tender.over"
    article = "招标投标法 23"


class RevisionOutdated(Refusal):
    """The notice was revised meanwhile: this revision follows another one.

    Source: `sealing.md` 3, previous.
    """

    code = "notice.outdated"


def require_revisable(facts: TenderFacts, now: datetime) -> None:
    """Refuse unless the tender's notice may still be revised at `now`."""
    match phase(facts, now):
        case Phase.BIDDING | Phase.OPENING:
            return
        case Phase.DRAFT:
            raise NotPublished(tender=facts.tender_id)
        case Phase.CANDIDATES | Phase.AWARDED | Phase.ENDED | Phase.CANCELLED:
            raise TenderOver(tender=facts.tender_id)


def require_next(last: Published, notice: Notice) -> None:
    """Refuse a revision that does not follow the one in force."""
    if (notice.revision, notice.previous) != (last.notice.revision + 1, last.notice_sha256):
        raise RevisionOutdated(tender=notice.tender, revision=last.notice.revision)


def require_lawful_amendment(last: Published, notice: Notice) -> None:
    """Refuse a revision of the purchaser's that `sealing.md` 3 does not allow."""
    try:
        require_amendment(last.notice, notice)
    except BadNotice as error:
        raise NoticeMalformed(code=error.code, why=str(error)) from error


def require_lawful_outage(last: Published, notice: Notice) -> None:
    """Refuse a record of an outage that does more than move times later."""
    try:
        require_outage(last.notice, notice)
    except BadNotice as error:
        raise NoticeMalformed(code=error.code, why=str(error)) from error
