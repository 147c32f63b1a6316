"""What the pages of the tender editor show. The same contract as `web.views.public`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from web.letterhead import Text, View
from web.typed import FieldError
from web.views.desk import DraftShown, LimitShown
from web.views.house import DeskRow, Refused
from web.views.public import Document, TenderRow


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: what is sent, and what a person reads."""

    value: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView(View):
    """The task list of a draft: its sections, its limits, its keys, and handing it over.

    `handed_at`: since when the purchaser has it as it stands. `refused`: why it cannot be counted.
    """

    template: ClassVar[str] = "editor/list.html"

    draft: DraftShown
    handed_at: datetime | None
    limits: tuple[LimitShown, ...]
    refused: Refused | None

    @property
    def broken(self) -> int:
        """How many limits are not kept."""
        return sum(not limit.kept for limit in self.limits)

    @property
    def open_sections(self) -> frozenset[str]:
        """The sections that still need something before the draft can be published."""
        found = set()
        if any(lot.ceiling_fen is None for lot in self.draft.lots):
            found.add("lots")
        if not self.draft.documents:
            found.add("documents")
        return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView(View):
    """One section of a draft as a form.

    `name`: of the section. `given`: what stands in its fields. `rows`: how many of what repeats.
    `draft` is None for one that begins. `mixed`: a program made lots that differ, which this form
    would make alike. `timed`: some lot has times of its own.
    """

    template: ClassVar[str] = "editor/section.html"

    name: str
    draft: DraftShown | None
    given: Mapping[str, str]
    choices: Mapping[str, tuple[Choice, ...]]
    rows: int = 0
    mixed: bool = False
    timed: bool = False
    errors: tuple[FieldError, ...] = field(default=())
    refused: Refused | None = None

    def said(self, name: str) -> str:
        """Return what stands in a field."""
        return self.given.get(name, "")

    def error(self, name: str) -> FieldError | None:
        """Return what is wrong with a field."""
        return next((one for one in self.errors if one.place == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentView(View):
    """The form of an amendment, or of a cancellation, of a published tender.

    `ends`: the tender is to end. `given`, `errors`, `refused`: as in SectionView.
    """

    template: ClassVar[str] = "editor/amendment.html"

    tender: str
    title: Text
    ends: bool
    lots: tuple[tuple[str, Text], ...] = ()
    documents: tuple[Document, ...] = ()
    questions: int = 0
    asked: int = 0
    renewed: bool = False
    voids: bool = False
    given: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    refused: Refused | None = None

    def said(self, name: str) -> str:
        """Return what stands in a field."""
        return self.given.get(name, "")

    def error(self, name: str) -> FieldError | None:
        """Return what is wrong with a field."""
        return next((one for one in self.errors if one.place == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceShown:
    """One thing that a revision changes: what, where, and both values as people write them."""

    what: str
    lot: str | None
    stage: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView(View):
    """What a change would do, before it is handed over; nothing of it is kept yet.

    `act`: amend or cancel. `given`: the form as it was filled, which goes on with either button.
    """

    template: ClassVar[str] = "editor/preview.html"

    tender: str
    title: Text
    act: str
    reason: Text
    differences: tuple[DifferenceShown, ...]
    voided: tuple[tuple[str, str], ...]
    limits: tuple[LimitShown, ...]
    given: Mapping[str, str]

    @property
    def broken(self) -> int:
        """How many limits are not kept."""
        return sum(not limit.kept for limit in self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView(View):
    """A prepared change as its signer reads it, or a notice to be taken back.

    `act`: amend, cancel or recall. `voided`: boxes whose bids have to be sealed again. `source`,
    `target`: where the text to sign comes from and goes to. `signs`, `shown`: as in ApprovalView.
    """

    template: ClassVar[str] = "desk/change.html"

    tender: str
    title: Text
    act: str
    reason: Text | None
    drafted_by: str
    drafted_at: datetime | None
    differences: tuple[DifferenceShown, ...]
    voided: tuple[tuple[str, str], ...]
    limits: tuple[LimitShown, ...]
    signs: bool
    source: str
    target: str
    shown: str
    refused: Refused | None

    @property
    def broken(self) -> int:
        """How many limits are not kept."""
        return sum(not limit.kept for limit in self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTender:
    """A published tender of the reader's body, as lists show it, and what may be done.

    `change`: what waits for a signature, or None.
    """

    listed: TenderRow
    deadline: datetime
    open: bool
    over: bool
    agency: bool
    change: str | None
    recall_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTendersView(View):
    """The tenders of the reader's body: where each stands, and what can be done about it."""

    template: ClassVar[str] = "desk/tenders.html"

    drafts: tuple[DeskRow, ...]
    rows: tuple[OwnTender, ...]
