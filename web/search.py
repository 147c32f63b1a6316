"""A query over the announcements: the whole of it lives in the address, so it can be passed on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

ROWS = 20  # announcements on a page
LONGEST = 80  # characters of a keyword; the rest is dropped
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    """Keyword, kinds, stages, days of publication (Beijing, both included), order, page from 1.

    `misread`: names of date boxes whose words are no date; they do not count as a condition.
    """

    q: str = ""
    kinds: tuple[Kind, ...] = ()
    stages: tuple[Stage, ...] = ()
    since: date | None = None
    until: date | None = None
    sort: Sort = Sort.DEADLINE
    page: int = 1
    misread: tuple[str, ...] = ()

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read the parameters of an address; whatever is unknown is left out, never refused."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value.strip())

        def last(name: str) -> str:
            return given.get(name, [""])[-1]

        days = {name: _day(last(name)) for name in ("from", "to")}
        return cls(
            q=last("q")[:LONGEST],
            kinds=tuple(kind for kind in Kind if kind in given.get("kind", ())),
            stages=tuple(stage for stage in Stage if stage in given.get("stage", ())),
            since=days["from"],
            until=days["to"],
            sort=Sort(last("sort")) if last("sort") in list(Sort) else Sort.DEADLINE,
            page=int(last("page")) if re.fullmatch(r"[1-9]\d{0,4}", last("page")) else 1,
            misread=tuple(name for name, day in days.items() if last(name) and day is None),
        )

    @property
    def address(self) -> str:
        """Where this query is found; without conditions, the plain list."""
        pairs = [
            *([("q", self.q)] if self.q else []),
            *(("kind", kind) for kind in self.kinds),
            *(("stage", stage) for stage in self.stages),
            *([("from", self.since.isoformat())] if self.since else []),
            *([("to", self.until.isoformat())] if self.until else []),
            *([("sort", self.sort)] if self.sort is not Sort.DEADLINE else []),
            *([("page", str(self.page))] if self.page > 1 else []),
        ]
        return "/announcements" + (f"?{urlencode(pairs)}" if pairs else "")

    @property
    def chosen(self) -> int:
        """How many conditions of the filter are set; the keyword is not one of them."""
        return len(self.kinds) + len(self.stages) + bool(self.since) + bool(self.until)

    def on_page(self, page: int) -> Self:
        """Return the same query, another page."""
        return replace(self, page=page)

    def without(self, name: str, value: str = "") -> Self:
        """Return the query less one condition: `kind`, `stage` (with value), `from`, `to`, `q`."""
        match name:
            case "kind":
                return replace(self, page=1, kinds=tuple(k for k in self.kinds if k != value))
            case "stage":
                return replace(self, page=1, stages=tuple(s for s in self.stages if s != value))
            case "from":
                return replace(self, page=1, since=None)
            case "to":
                return replace(self, page=1, until=None)
            case _:
                return replace(self, page=1, q="")

    @property
    def bare(self) -> Self:
        """The keyword and the order alone, every condition of the filter removed."""
        return replace(self, kinds=(), stages=(), since=None, until=None, page=1, misread=())


def _day(words: str) -> date | None:
    """Read `2026-11-01`, or None; a query begins and ends with a day that has both neighbours."""
    if not ISO_DAY.fullmatch(words):
        return None
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if date.min < day < date.max else None
