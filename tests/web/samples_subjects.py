"""The public record of a company that bids, and of a body that has done nothing yet."""

from collections.abc import Callable
from dataclasses import replace

from bidding.facts import Offer
from notary.offices import Credential
from notary.shape import Fen
from tests.web.samples import HASH, NOON, TITLE, listing
from web.letterhead import View
from web.views.subjects import SubjectView

_OFFER = Offer(
    tender="GC-2026-0918",
    lot="1",
    stage="single",
    title_zh=TITLE.zh,
    title_en=TITLE.en,
    currency="CNY",
    verdict="opened",
    price_fen=Fen(1_076_700_000),
    announced_at=NOON,
    ground=None,
    article=None,
    reason=None,
    overturned_at=None,
    is_winner=True,
)


def subject() -> SubjectView:
    """Return a company that won once, was rejected once, and once rightly put back."""
    rejected = replace(
        _OFFER,
        is_winner=False,
        ground="evaluation.not_responsive",
        article="Regulation, art. 51(6)",
        reason="210 days",
    )
    return SubjectView(
        org="FIRM-1",
        name="投标人甲",
        line="none",
        tenders=listing().rows,
        offers=(
            _OFFER,
            rejected,
            replace(rejected, overturned_at=NOON),
            replace(_OFFER, is_winner=False, verdict="improper", price_fen=None, stage="price"),
        ),
        credentials=(Credential(sha256=HASH, enrolled_at=NOON, revoked_at=NOON),),
        now=NOON,
        most=50,
    )


def unknown() -> SubjectView:
    """Return a body without any record yet."""
    return replace(subject(), tenders=(), offers=(), credentials=(), line="supervision")


PAGES: dict[str, Callable[[], View]] = {"subject": subject, "subject without a record": unknown}
