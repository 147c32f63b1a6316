"""What the pages behind the desk show: devices, approval, the steps to an award.

The same contract as `web.views`. The tender editor has its own: `web.editor.views`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from web.letterhead import Text, View
from web.search import Kind
from web.views import Document, FormField, RuleSet
from web.views_house import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One certificate of the reader. `name`: of the device, None for one of an authority."""

    cert_sha256: str
    name: str | None
    enrolled_at: datetime
    until: datetime
    revoked_at: datetime | None
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesView(View):
    """The reader's devices and certificates, newest first."""

    template: ClassVar[str] = "accounts/devices.html"

    rows: tuple[DeviceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxShown:
    """One box of a draft, as its notice will say. `after`: the stage that comes first, or None."""

    stage: str
    mode: str
    after: str | None
    deadline: datetime
    open_at: datetime
    max_bytes: int
    form: tuple[FormField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotShown:
    """One lot of a draft."""

    lot: str
    title: Text
    ceiling_fen: int | None
    boxes: tuple[BoxShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderShown:
    """A body that will hold a share: of `asked` keys `ready` are there and proved."""

    name: str
    line: str
    ready: int
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftShown:
    """A draft whole, in the words of its notice. `invited`: names, None for an open tender."""

    tender: str
    title: Text
    kind: Kind
    invited: tuple[str, ...] | None
    purchaser: str
    agency: str
    rules: RuleSet
    currency: str
    deposit_fen: int
    documents: tuple[Document, ...]
    lots: tuple[LotShown, ...]
    k: int
    holders: tuple[HolderShown, ...]
    drafted_by: str
    drafted_at: datetime

    @property
    def keys_missing(self) -> bool:
        """Whether a key is still awaited."""
        return any(holder.ready < holder.asked for holder in self.holders)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView(View):
    """A draft as the notice it leads to, what stands against it and, for who `signs`, the button.

    `shown`: SHA-256 of the notice as it is shown here, its instant left out; empty where it cannot
    be made yet, and `refused` says why. `awaited`: others see to that by themselves.
    """

    template: ClassVar[str] = "desk/approval.html"

    draft: DraftShown
    signs: bool
    handed_at: datetime | None
    shown: str
    refused: Refused | None
    awaited: bool
