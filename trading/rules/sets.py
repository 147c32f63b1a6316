"""Rule sets: the numbers of the law and of the hall, each with its article, in versioned files.

A set is one file, `<kind>/<yyyy-mm>`, pinned in every notice by name and SHA-256 of its bytes. No
number stands in the code beside it. The sets `demo` and `replay` are not law and say so.

Source: `rules.md` 1.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from notary.canonical import sha256_hex
from notary.refusal import Refusal

DEMONSTRATIONS = frozenset({"demo", "replay"})
"""Kinds of sets that are no law: only a demonstration hall pins them."""

_FOLDER = files("trading") / "rules" / "law"
_OPTIONAL = {"to"}
# `from` is a word of Python.
_FIELD_OF = {"from": "from_"}


class BadRules(ValueError):  # noqa: N818 - named after what is wrong
    """The file is not a rule set: a fault of the house, never of whoever acts."""


class UnknownRuleSet(Refusal):
    """The draft names a rule set that this hall does not have.

    Source: `rules.md` 1, every announcement pins its set by name.
    """

    code = "rules.unknown_set"


class Op(StrEnum):
    """How a value binds."""

    MIN = "min"
    MAX = "max"
    EXACT = "exact"
    FLAG = "flag"
    LIST = "list"


class Mark(StrEnum):
    """How sure we are of a rule; `demo`: it is a rule of the demonstration and no law at all."""

    TEXT = "text"
    SECOND = "2nd"
    RECALL = "recall"
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: what holds, where it stands, since when. `to` is None while it is in force."""

    id: str
    kind: str
    op: Op
    value: int | bool | tuple[str, ...]
    unit: str
    article: str
    law: str
    from_: date
    to: date | None = None
    mark: Mark
    source: str
    zh: str
    en: str

    @property
    def standing(self) -> str:
        """Whether this is `law`, a rule of this `hall`, or one of the `demonstration`."""
        match self.mark:
            case Mark.TEXT:
                return "law"
            case Mark.SECOND | Mark.RECALL:
                return "hall"
            case Mark.DEMO:
                return "demonstration"

    @property
    def citation(self) -> str:
        """What a refusal prints: an article only where its text was read (`rules.md` 1)."""
        match self.mark:
            case Mark.TEXT:
                return self.article
            case Mark.SECOND | Mark.RECALL:
                return f"{self.article}（本大厅规则，未核实 · rule of this hall, unverified）"
            case Mark.DEMO:
                return "演示规则 · rule of the demonstration, not law"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One set. `data` are the bytes of its file, which lie in the export under `sha256`."""

    name: str
    sha256: str
    data: bytes
    rules: Mapping[str, Rule]

    @property
    def kind(self) -> str:
        """The kind of trade, or of demonstration, that the set is for."""
        return self.name.partition("/")[0]

    @property
    def is_demonstration(self) -> bool:
        """Whether this is no law."""
        return self.kind in DEMONSTRATIONS

    def number(self, rule_id: str) -> int:
        """Return the value of a `min`, `max` or `exact` rule; KeyError where there is none."""
        value = self.rules[rule_id].value
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadRules(f"{rule_id} of {self.name} is no number")
        return value

    def holds(self, rule_id: str) -> bool:
        """Tell whether the set has this flag, and has it on."""
        rule = self.rules.get(rule_id)
        return rule is not None and rule.value is True

    def cite(self, rule_id: str) -> dict[str, str | int]:
        """Return the facts with which a refusal names this rule: id, article, standing, number."""
        rule = self.rules[rule_id]
        facts: dict[str, str | int] = {
            "rule": rule.id,
            "article": rule.citation,
            "standing": rule.standing,
        }
        if rule.op in {Op.MIN, Op.MAX, Op.EXACT}:
            facts["needs"] = self.number(rule_id)
        return facts

    def is_in_force(self, day: date) -> bool:
        """Tell whether every rule of the set holds on `day`."""
        return all(
            rule.from_ <= day and (rule.to is None or day <= rule.to)
            for rule in self.rules.values()
        )


@cache
def rule_set(name: str) -> RuleSet:
    """Return the set called `name`, or raise UnknownRuleSet."""
    if name not in names():
        raise UnknownRuleSet(set=name)
    return parse(name, (_FOLDER / f"{name}.toml").read_bytes())


@cache
def names() -> tuple[str, ...]:
    """Return the names of all sets of this hall."""
    return tuple(
        sorted(
            f"{kind.name}/{file.name.removesuffix('.toml')}"
            for kind in _FOLDER.iterdir()
            if kind.is_dir()
            for file in kind.iterdir()
            if file.name.endswith(".toml")
        )
    )


def parse(name: str, data: bytes) -> RuleSet:
    """Read the file of a set, or raise BadRules."""
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise BadRules(f"{name}: {error}") from error
    if document.keys() != {"rule"}:
        raise BadRules(f"{name}: a set is a list of [[rule]]")
    kind = name.partition("/")[0]
    rules = [_rule(kind, record) for record in document["rule"]]
    by_id = {rule.id: rule for rule in rules}
    if len(by_id) != len(rules):
        raise BadRules(f"{name}: one id stands twice")
    return RuleSet(name=name, sha256=sha256_hex(data), data=data, rules=by_id)


def _rule(kind: str, record: dict[str, Any]) -> Rule:
    """Read one record, whose members are exactly those of `Rule`."""
    members = {_FIELD_OF.get(name, name): value for name, value in record.items()}
    known = {field.name for field in fields(Rule)}
    if not known - _OPTIONAL <= members.keys() <= known:
        raise BadRules(f"{record.get('id')}: members {sorted(members.keys() ^ known)}")
    try:
        members["op"], members["mark"] = Op(members["op"]), Mark(members["mark"])
    except ValueError as error:
        raise BadRules(f"{record['id']}: {error}") from error
    if isinstance(members["value"], list):
        members["value"] = tuple(members["value"])
    rule = Rule(**members)
    _require_sound(kind, rule)
    return rule


def _require_sound(kind: str, rule: Rule) -> None:
    """Refuse a record whose value is not of its op, or whose words are missing."""
    expected = {Op.FLAG: bool, Op.LIST: tuple}.get(rule.op, int)
    words: list[object] = [
        rule.id,
        rule.unit,
        rule.article,
        rule.law,
        rule.source,
        rule.zh,
        rule.en,
    ]
    dates: list[object] = [rule.from_, *([] if rule.to is None else [rule.to])]
    sound = (
        type(rule.value) is expected
        and all(isinstance(word, str) and word for word in words)
        and all(type(day) is date for day in dates)
        and rule.kind == kind
        and (rule.mark is Mark.DEMO) == (kind in DEMONSTRATIONS)
    )
    if not sound:
        raise BadRules(f"{rule.id}: a value, a date or a word is not of its form")


def cited(refusal: type[Refusal], rules: RuleSet, rule_id: str, **facts: str | int) -> Refusal:
    """Return `refusal` with the rule it stands on, as this set words it, and the facts."""
    return refusal(**rules.cite(rule_id), **facts)
