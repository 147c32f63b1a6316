"""The public record of one body, from what the hall has published itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bidding.facts import Offer
from notary.offices import Credential
from web.letterhead import View
from web.views.public import TenderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView(View):
    """A company or an agency: its tenders, announced bids, rejections with reasons, certificates.

    `most`: how many tenders and bids are shown at most.
    """

    template: ClassVar[str] = "subjects/page.html"

    org: str
    name: str
    line: str
    tenders: tuple[TenderRow, ...]
    offers: tuple[Offer, ...]
    credentials: tuple[Credential, ...]
    now: datetime
    most: int
