"""One rule as a record of a file: what holds, where it stands, and how sure we are.

Source: `rules.md` 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

DEMONSTRATIONS = frozenset({"demo", "replay"})
"""Kinds of sets that are no law: only a demonstration hall pins them."""

# What no file says: an officer does, in an act of its own.
_OPTIONAL, _NEVER_READ = frozenset({"to"}), frozenset({"confirmed"})
# `from` is a word of Python.
_FIELD_OF = {"from": "from_"}
_DAYS = frozenset({"day", "wday"})


class BadRules(ValueError):  # noqa: N818 - named after what is wrong
    """The file is not a rule set: a fault of the house, never of whoever acts."""


class Op(StrEnum):
    """How a value binds."""

    MIN = "min"
    MAX = "max"
    EXACT = "exact"
    FLAG = "flag"
    LIST = "list"


class Unit(StrEnum):
    """What a value counts; `ratio` is written as a fraction, `wday` is a working day."""

    DAY = "day"
    WDAY = "wday"
    YEAR = "year"
    HOUR = "h"
    MINUTE = "min"
    SECOND = "s"
    MILLISECOND = "ms"
    COUNT = "count"
    PERMILLE = "permille"
    RATIO = "ratio"
    FEN = "fen"
    FLAG = "flag"
    LIST = "list"


class Mark(StrEnum):
    """How sure we are of a rule; `demo`: it is a rule of the demonstration and no law at all."""

    TEXT = "text"
    SECOND = "2nd"
    RECALL = "recall"
    DEMO = "demo"


class Standing(StrEnum):
    """What a rule may be called."""

    LAW = "law"
    HALL = "hall"
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: what holds, where it stands, since when. `to` is None while it is in force.

    `confirmed`: the text by which an officer has confirmed a rule that nobody had read there.
    """

    id: str
    kind: str
    op: Op
    value: int | bool | Fraction | tuple[str, ...]
    unit: Unit
    article: str
    law: str
    from_: date
    to: date | None = None
    mark: Mark
    source: str
    zh: str
    en: str
    confirmed: str | None = None

    @property
    def standing(self) -> Standing:
        """Whether this is law, a rule of this hall, or one of the demonstration."""
        match self.mark:
            case Mark.TEXT:
                return Standing.LAW
            case Mark.SECOND | Mark.RECALL:
                return Standing.HALL if self.confirmed is None else Standing.LAW
            case Mark.DEMO:
                return Standing.DEMONSTRATION

    @property
    def citation(self) -> str:
        """What a refusal prints: an article only where its text was read (`rules.md` 1)."""
        match self.standing, self.confirmed:
            case Standing.LAW, None:
                return self.article
            case Standing.LAW, text:
                return f"{self.article}（已核实 · confirmed: {text}）"
            case Standing.HALL, _:
                return f"{self.article}（本大厅规则，未核实 · rule of this hall, unverified）"
            case Standing.DEMONSTRATION, _:
                return "演示规则 · rule of the demonstration, not law"

    @property
    def is_confirmable(self) -> bool:
        """Whether an officer can make it law by naming a text."""
        return self.mark in {Mark.SECOND, Mark.RECALL}


def read_rule(kind: str, record: Mapping[str, Any]) -> Rule:
    """Read one record, whose members are exactly those of `Rule`, or raise BadRules."""
    members = {_FIELD_OF.get(name, name): value for name, value in record.items()}
    known = {field.name for field in fields(Rule)} - _NEVER_READ
    if not known - _OPTIONAL <= members.keys() <= known:
        raise BadRules(f"{record.get('id')}: members {sorted(members.keys() ^ known)}")
    try:
        members["op"], members["mark"] = Op(members["op"]), Mark(members["mark"])
        members["unit"] = Unit(members["unit"])
        members["value"] = _value(members["unit"], members["value"])
    except (ValueError, ZeroDivisionError) as error:
        raise BadRules(f"{record['id']}: {error}") from error
    rule = Rule(**members)
    _require_sound(kind, rule)
    return rule


def _value(unit: Unit, value: object) -> object:
    """Return a value as rules are compared by; `_require_sound` judges what it is."""
    if isinstance(value, list):
        return tuple(value)
    return Fraction(value) if unit is Unit.RATIO and isinstance(value, str) else value


def _require_sound(kind: str, rule: Rule) -> None:
    """Refuse a record whose value is not of its op, or whose words are missing."""
    words: list[object] = [rule.id, rule.article, rule.law, rule.source, rule.zh, rule.en]
    dates: list[object] = [rule.from_, *([] if rule.to is None else [rule.to])]
    sound = (
        _fits(rule)
        and all(isinstance(word, str) and word for word in words)
        and all(type(day) is date for day in dates)
        and rule.kind == kind
        and (rule.mark is Mark.DEMO) == (kind in DEMONSTRATIONS)
    )
    if not sound:
        raise BadRules(f"{rule.id}: a value, a date or a word is not of its form")
    if rule.op is Op.MAX and rule.unit in _DAYS and not rule.value and kind not in DEMONSTRATIONS:
        raise BadRules(f"{rule.id}: a longest period of no days is for demonstrations alone")


def _fits(rule: Rule) -> bool:
    """Tell whether op, unit and value belong together."""
    match rule.op:
        case Op.FLAG:
            return rule.unit is Unit.FLAG and type(rule.value) is bool
        case Op.LIST:
            items: tuple[object, ...] = rule.value if isinstance(rule.value, tuple) else ()
            distinct = bool(items) and len(set(items)) == len(items)
            return (
                rule.unit is Unit.LIST
                and distinct
                and all(isinstance(item, str) and item for item in items)
            )
        case Op.MIN | Op.MAX | Op.EXACT if rule.unit is Unit.RATIO:
            return isinstance(rule.value, Fraction) and rule.value > 0
        case Op.MIN | Op.MAX | Op.EXACT:
            return (
                rule.unit not in {Unit.FLAG, Unit.LIST}
                and type(rule.value) is int
                and rule.value >= 0
            )
