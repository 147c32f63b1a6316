"""What a bidder's pages show: the workspace where a bid is made, and the receipts of what was sent.

The same contract as `web.views.public`. What is typed and dropped on the workspace never comes
here: the page's own program seals it first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from markupsafe import Markup

from web.letterhead import Section, Text, View
from web.views.public import RuleSet, State


@dataclass(frozen=True, slots=True)
class Answered:
    """A field of the form that a bid answers. `type`: text, fen, int or date."""

    name: str
    label: Text
    type: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A body whose key a bid is sealed to. `line`: notary.identity.Line."""

    org: str
    name: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxToFill:
    """One box that takes bids. `counts`: what became of one's own last envelope, None of none.

    `mode`: shared, hosted or bidder; then `k` is nought and nobody holds a key.
    """

    lot: str
    lot_title: Text
    stage: str
    deadline: datetime
    parts_by: datetime
    open_at: datetime
    ceiling_fen: int | None
    max_bytes: int
    mode: str
    k: int
    holders: tuple[Holder, ...]
    form: tuple[Answered, ...]
    counts: str | None

    @property
    def place(self) -> str:
        """Its place below the addresses of boxes."""
        return f"{self.lot}/{self.stage}"


Keyring = tuple[datetime, tuple[Holder, ...]]
"""When bids are opened, and by whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceView(View):
    """Files first, price last, one review, one confirmation.

    `bidder`: the id under which the bid is made, `bidder_name` its name. `deadline`: the first of
    the boxes. `program`: the number and the address of the ledger's entry that names the program
    which seals, None before it is in the log.
    """

    template: ClassVar[str] = "bids/workspace.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    tender: str
    title: Text
    purchaser: str
    currency: str
    deposit_fen: int
    rules: RuleSet
    bidder: str
    bidder_name: str
    deadline: datetime
    boxes: tuple[BoxToFill, ...]
    program: tuple[int, str] | None

    @property
    def keyrings(self) -> list[tuple[Keyring, list[tuple[int, BoxToFill]]]]:
        """The boxes, with their places, by when and by whom they are opened."""
        rings: dict[Keyring, list[tuple[int, BoxToFill]]] = {}
        for place, box in enumerate(self.boxes):
            rings.setdefault((box.open_at, box.holders), []).append((place, box))
        return list(rings.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptShown:
    """One envelope of the reader's own.

    `address`: where it is told apart, with its code as `qr` (SVG). `changeable`: it can still be
    replaced and withdrawn. `listed`: the box has closed with it. `helpless`: key holders are
    missing past the time set for them, and the bidder may open its own. `gate_wait_min`: how long
    a browser waits for cosignatures at most, or always where it does not know whose are wanted.
    """

    envelope: str
    lot: str
    lot_title: Text
    stage: str
    box: tuple[str, str, str, str]
    counts: str
    seq: int
    received_at: datetime
    withdrawn_at: datetime | None
    created: datetime
    bytes: int
    parts: int
    missing: int
    deadline: datetime
    parts_by: datetime
    open_at: datetime
    owner_by: datetime
    gate_wait_min: int
    room: str
    state: State
    mode: str
    k: int
    n: int
    receipt: str
    address: str
    qr: Markup
    changeable: bool
    helpless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsView(View):
    """The receipts of one's own envelopes in a tender: those that count, then the earlier ones.

    `kinds`: schemas of the entries by which the page proves the list, JSON.
    """

    template: ClassVar[str] = "bids/receipts.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    tender: str
    title: Text
    bidder: str
    bidder_name: str
    live: tuple[ReceiptShown, ...]
    earlier: tuple[ReceiptShown, ...]
    kinds: str
