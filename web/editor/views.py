"""What the pages of the tender editor show. The same contract as `web.views`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from web.editor.answers import FieldError
from web.letterhead import View
from web.views_desk import DraftShown, LimitShown
from web.views_house import Refused


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
    would make alike.
    """

    template: ClassVar[str] = "editor/section.html"

    name: str
    draft: DraftShown | None
    given: Mapping[str, str]
    choices: Mapping[str, tuple[Choice, ...]]
    rows: int = 0
    mixed: bool = False
    errors: tuple[FieldError, ...] = field(default=())
    refused: Refused | None = None

    def said(self, name: str) -> str:
        """Return what stands in a field."""
        return self.given.get(name, "")

    def error(self, name: str) -> FieldError | None:
        """Return what is wrong with a field."""
        return next((one for one in self.errors if one.place == name), None)
