"""What the pages behind the desk show: devices, approval, the steps to an award.

The same contract as `web.views.public`. The tender editor has its own: `web.editor.views`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from trading.amendments import HandedBack
from web.letterhead import Text, View
from web.search import Kind
from web.views.house import Refused
from web.views.public import Document, FormField, RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One certificate of the reader. `name`: of the device, None for one of an authority."""

    cert_sha256: str
    name: str | None
    enrolled_at: datetime
    until: datetime
    revoked_at: datetime | None
    good: bool
    used_at: datetime | None = None


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
    """One lot of a draft. `limits`: its secret ones, by name, with what each is bound by."""

    lot: str
    title: Text
    ceiling_fen: int | None
    limits: tuple[tuple[str, str], ...]
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
    """A draft whole, in the words of its notice. `invited`: names, None for an open tender.

    `prefilled`: times and form are still those that the editor put there.
    """

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
    prefilled: bool
    drafted_by: str
    drafted_at: datetime

    @property
    def keys_missing(self) -> bool:
        """Whether a key is still awaited."""
        return any(holder.ready < holder.asked for holder in self.holders)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitShown:
    """One limit of the law, counted for the draft as if it were published now.

    `needs`, `has` in `unit`; None of a flag. `earliest`: the first day that would do; `last`: until
    when something may be done, where there is nothing to count.
    """

    said: Text
    article: str
    standing: str
    rule: str
    lot: str | None
    unit: str
    needs: int | None
    has: int | None
    earliest: date | None
    last: date | None
    kept: bool


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
    handed_back: HandedBack | None
    shown: str
    limits: tuple[LimitShown, ...]
    refused: Refused | None
    awaited: bool

    @property
    def broken(self) -> int:
        """How many limits are not kept."""
        return sum(not limit.kept for limit in self.limits)


class NextStep(StrEnum):
    """What the agency does next with an opened lot."""

    NEXT_STAGE = "next_stage"  # nothing but rejections: the next envelopes open by themselves
    CANDIDATES = "candidates"
    WAIT = "wait"  # candidates are on display
    AWARD = "award"
    VOID = "void"  # declared void: its award is signed
    NOTHING = "nothing"  # awarded


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionShown:
    """Why a bid is rejected."""

    ground: str
    article: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BidShown:
    """One opened bid: its price, where this stage has one, and what else it answered."""

    envelope: str
    bidder: str
    price_fen: int | None
    answers: tuple[tuple[Text, str], ...]
    above_ceiling: bool
    rejection: RejectionShown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageShown:
    """One opened box of a lot: its bids, those in the running first, by price."""

    stage: str
    room: str
    bids: tuple[BidShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView(View):
    """An opened lot for its agency: reject with reasons, publish the candidates, award.

    `grounds`, `article`: what may be named, by the rules. `shown`, `refused`: as in ApprovalView.
    """

    template: ClassVar[str] = "desk/evaluation.html"

    tender: str
    lot: str
    title: Text
    lot_title: Text
    currency: str
    ceiling_fen: int | None
    rules: RuleSet
    stages: tuple[StageShown, ...]
    grounds: tuple[str, ...]
    article: str
    next_step: NextStep
    candidates_until: datetime | None
    refused: Refused | None
    shown: str
