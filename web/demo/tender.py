"""The one tender of the demonstration: the figures of a real auction, as draft and bids.

The figures, their source and what was changed are in `tender.json`.
"""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from notary.canonical import Json, loads, sha256_hex
from notary.instant import seconds
from notary.shape import Amount, read
from trading.types import Name, Number, Words
from web.acts import Rejection
from web.demo.cast import BIDDERS, PURCHASER, TRUSTEES, Player

LOT = "1"
STAGE = "single"
DOCUMENT = "招标文件.txt"
RULES = "demo/2026-11"

_FEN = 100
_K = 2
_MOST_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the figures come from, under which licence, and what is ours."""

    what: Name
    auction: Name
    data_set: Name
    licence: Name
    changed: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a bid of the play is rejected."""

    ground: Name
    article: Name
    reason: Name

    @property
    def rejection(self) -> Rejection:
        """As the agency states it."""
        return Rejection(ground=self.ground, article=self.article, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """One bid of the play; `price` in whole yuan."""

    bidder: Name
    price: Amount
    days: Amount
    rejected: Refusal | None

    @property
    def player(self) -> Player:
        """Who bids."""
        return next(player for player in BIDDERS if player.name == self.bidder)

    @property
    def price_fen(self) -> int:
        """The price as the form has it."""
        return self.price * _FEN

    @property
    def letter(self) -> str:
        """The one file of the bid."""
        return f"{self.player.org_name}\n投标报价 {self.price} 元，工期 {self.days} 日历天。\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """The tender of the play; `ceiling` in whole yuan."""

    source: Source
    number: Number
    title: Words
    lot: Words
    ceiling: Amount
    most_days: Amount
    bids: tuple[Bid, ...]

    @property
    def document(self) -> bytes:
        """The text of the tender document."""
        return (
            f"{self.title.zh}\n\n"
            f"最高投标限价 {self.ceiling} 元；工期不超过 {self.most_days} 日历天。\n"
            f"评标办法：先按理由否决，再取最低有效报价。\n\n"
            f"演示 / demonstration. {self.source.what}: {self.source.auction}.\n"
            f"{self.source.data_set} ({self.source.licence}). {self.source.changed}.\n"
        ).encode()

    def draft(self, number: str, deadline: datetime) -> dict[str, Json]:
        """Return the draft as the agency posts it, under a number of its own."""
        box: dict[str, Json] = {
            "stage": STAGE,
            "mode": "shared",
            "after": None,
            "deadline": seconds(deadline),
            "max_bytes": _MOST_BYTES,
            "form": [
                _field("bidder_name", "text", "投标人", "Bidder"),
                _field("price_fen", "fen", "投标报价", "Price"),
                _field("days", "int", "工期（日历天）", "Calendar days"),
            ],
        }
        lot: dict[str, Json] = {
            "lot": LOT,
            "title": _words(self.lot),
            "draw": False,
            "ceiling_fen": str(self.ceiling * _FEN),
            "limits": [],
            "boxes": [box],
        }
        document: dict[str, Json] = {
            "path": DOCUMENT,
            "sha256": sha256_hex(self.document),
            "size": len(self.document),
        }
        return {
            "tender": number,
            "title": _words(self.title),
            "kind": "construction",
            "purchaser": PURCHASER,
            "method": "open",
            "invited": None,
            "rules": RULES,
            "currency": "CNY",
            "deposit_fen": "0",
            "documents": [document],
            "lots": [lot],
            "trustees": trustees(),
            "k": _K,
        }


def read_tender() -> Tender:
    """Read the tender of the play."""
    return read(Tender, loads((resources.files("web") / "demo" / "tender.json").read_bytes()))


def trustees() -> list[Json]:
    """Return the three groups of a demonstration's policies, as a draft names them."""
    return [{"group": player.name, "org": player.org} for player in TRUSTEES]


def _field(name: str, kind: str, zh: str, en: str) -> dict[str, Json]:
    return {"name": name, "type": kind, "label": {"zh": zh, "en": en}}


def _words(words: Words) -> dict[str, Json]:
    return {"zh": words.zh, "en": words.en}
