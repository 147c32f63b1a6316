"""A query over the announcements: the whole of it lives in the address, so it can be passed on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

PATH = "/announcements"
ROWS = 20  # announcements on a page
LONGEST = 80  # characters of a keyword; the rest is dropped
HALL_ITSELF = "-"  # among branches: tenders of none

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME = re.compile(r"-|[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WAN = re.compile(r"\d{1,9}(\.\d{1,6})?")
_FEN_OF_WAN = 1_000_000  # 1 万元 = 10,000 yuan = 1,000,000 fen


class Kind(StrEnum):
    """What is traded (交易类别)."""

    WORKS = "works"
    PROCUREMENT = "procurement"
    LAND = "land"
    MINING = "mining"
    PROPERTY = "property"
    MEDICINE = "medicine"


class Stage(StrEnum):
    """How far a tender has come, in the five steps of the filter."""

    OPEN = "open"  # takes bids
    OPENING = "opening"  # from the deadline to the candidates
    RESULT = "result"  # candidates on display
    AWARDED = "awarded"
    ENDED = "ended"  # cancelled, not opened, void


class Sort(StrEnum):
    """The order of the list."""

    DEADLINE = "deadline"
    NEWEST = "newest"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Keyword, kinds, stages, branches, agencies, days, amounts, order, page from 1.

    Days are those of publication, in Beijing, both included. `least`, `most`: fen of the ceiling.
    `misread`: boxes whose words are no date or amount, and the words; they are no conditions then.
    """

    q: str = ""
    kinds: tuple[Kind, ...] = ()
    stages: tuple[Stage, ...] = ()
    branches: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    least: int | None = None
    most: int | None = None
    sort: Sort = Sort.DEADLINE
    page: int = 1
    misread: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read the parameters of an address; whatever is unknown is left out, never refused."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            # PostgreSQL keeps no NUL in a text, so nothing could be found by one.
            given.setdefault(name, []).append(value.replace("\x00", "").strip())

        def last(name: str) -> str:
            return given.get(name, [""])[-1]

        days = {name: read_day(last(name)) for name in ("from", "to")}
        amounts = {name: _fen(last(name)) for name in ("min", "max")}
        return cls(
            q=last("q")[:LONGEST],
            kinds=tuple(kind for kind in Kind if kind in given.get("kind", ())),
            stages=tuple(stage for stage in Stage if stage in given.get("stage", ())),
            branches=_names(given.get("branch", ())),
            agencies=_names(given.get("agency", ())),
            since=days["from"],
            until=days["to"],
            least=amounts["min"],
            most=amounts["max"],
            sort=Sort(last("sort")) if last("sort") in list(Sort) else Sort.DEADLINE,
            page=int(last("page")) if re.fullmatch(r"[1-9]\d{0,4}", last("page")) else 1,
            misread=tuple(
                (name, last(name))
                for name, read in (days | amounts).items()
                if last(name) and read is None
            ),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the keyword: each is looked for by itself."""
        return tuple(self.q.split())

    @property
    def query(self) -> str:
        """The parameters of the address, with their question mark; empty without any."""
        pairs = [
            *([("q", self.q)] if self.q else []),
            *(("kind", kind) for kind in self.kinds),
            *(("stage", stage) for stage in self.stages),
            *(("branch", branch) for branch in self.branches),
            *(("agency", agency) for agency in self.agencies),
            *([("from", self.since.isoformat())] if self.since else []),
            *([("to", self.until.isoformat())] if self.until else []),
            *([("min", in_wan(self.least))] if self.least is not None else []),
            *([("max", in_wan(self.most))] if self.most is not None else []),
            *([("sort", self.sort)] if self.sort is not Sort.DEADLINE else []),
            *([("page", str(self.page))] if self.page > 1 else []),
        ]
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def address(self) -> str:
        """Where this query is found; without conditions, the plain list."""
        return PATH + self.query

    @property
    def chosen(self) -> int:
        """How many conditions of the filter are set; the keyword is not one of them."""
        boxes = (*self.kinds, *self.stages, *self.branches, *self.agencies)
        bounds = (self.since, self.until, self.least, self.most)
        return len(boxes) + sum(one is not None for one in bounds)

    def on_page(self, page: int) -> Self:
        """Return the same query, another page."""
        return replace(self, page=page)

    def without(self, name: str, value: str = "") -> Self:
        """Return the query less one condition, named as in the address; of several one `value`."""
        left = replace(self, page=1)
        match name:
            case "kind":
                left = replace(left, kinds=tuple(k for k in self.kinds if k != value))
            case "stage":
                left = replace(left, stages=tuple(s for s in self.stages if s != value))
            case "branch":
                left = replace(left, branches=tuple(b for b in self.branches if b != value))
            case "agency":
                left = replace(left, agencies=tuple(a for a in self.agencies if a != value))
            case "from":
                left = replace(left, since=None)
            case "to":
                left = replace(left, until=None)
            case "min":
                left = replace(left, least=None)
            case "max":
                left = replace(left, most=None)
            case _:
                left = replace(left, q="")
        return left

    @property
    def wider(self) -> tuple[Self, ...]:
        """The queries that ask less, nearest first: less one condition, the keyword alone, all."""
        fewer = (
            replace(self, kinds=()),
            replace(self, stages=()),
            replace(self, branches=()),
            replace(self, agencies=()),
            replace(self, since=None, until=None),
            replace(self, least=None, most=None),
        )
        every = [replace(one, page=1, misread=()) for one in fewer]
        every += [self.bare, self.without("q"), self.bare.without("q")]
        # On a page behind the last one the query itself has results.
        here = replace(self, misread=())
        return tuple(one for n, one in enumerate(every) if one != here and one not in every[:n])

    @property
    def bare(self) -> Self:
        """The keyword and the order alone, every condition of the filter removed."""
        return type(self)(q=self.q, sort=self.sort)

    @property
    def lasting(self) -> Self:
        """What a subscription keeps of it: the conditions, neither order nor page."""
        return replace(self, sort=Sort.DEADLINE, page=1, misread=())


def in_wan(fen: int) -> str:
    """Write an amount in 万元, ten thousands of yuan, as it is typed."""
    return f"{(Decimal(fen) / _FEN_OF_WAN).normalize():f}"


def _fen(words: str) -> int | None:
    """Read an amount in 万元 as fen, or None."""
    return int(Decimal(words) * _FEN_OF_WAN) if _WAN.fullmatch(words) else None


def _names(given: Iterable[str]) -> tuple[str, ...]:
    """Keep what may be the name of a branch or a body, each once."""
    return tuple(sorted({one for one in given if _NAME.fullmatch(one)}))


def read_day(words: str) -> date | None:
    """Read `2026-11-01`, or None; a query begins and ends with a day that has both neighbours."""
    if not ISO_DAY.fullmatch(words):
        return None
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if date.min < day < date.max else None
