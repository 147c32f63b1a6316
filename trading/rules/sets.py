"""Rule sets: the numbers of the law and of the hall, each with its article, in versioned files.

A set is one file, `<kind>/<yyyy-mm>`, pinned in every notice by name and SHA-256 of its bytes. No
number stands in the code beside it. The sets `demo` and `replay` are not law and say so. A hall
keeps sets of its own on a shelf, `HALL_HOME/rules`: whole ones, and supplements
(`<kind>-<region>/<yyyy-mm>`) that tighten another set.

Source: `rules.md` 1.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from notary.canonical import sha256_hex
from notary.refusal import Refusal
from trading.rules.records import DEMONSTRATIONS, BadRules, Op, Rule, read_rule
from trading.rules.supplements import HEAD, Base, base_in, tightened
from trading.types import Pin

_FOLDER = files("trading") / "rules" / "law"
_NAME = re.compile("[a-z][a-z0-9-]{0,31}/[0-9]{4}-[0-9]{2}")
_SUFFIX = ".toml"


class UnknownRuleSet(Refusal):
    """The draft names a rule set that this hall does not have.

    Source: `rules.md` 1, every announcement pins its set by name.
    """

    code = "rules.unknown_set"


class UnsoundRuleSet(Refusal):
    """A file on the hall's own shelf is no rule set, or a supplement that does not tighten.

    Source: `rules.md` 1, supplements may only tighten, else the loader refuses.
    """

    code = "rules.unsound_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One set. `data` are the bytes of its file, which lie in the export under `sha256`.

    `rules`: all that hold; `own`: the ids of those that stand in its own file, so that of a
    supplement, whose `base` has the others, they are the ones it tightens.
    """

    name: str
    sha256: str
    data: bytes
    rules: Mapping[str, Rule]
    own: frozenset[str]
    base: "RuleSet | None" = None

    @property
    def kind(self) -> str:
        """The kind of trade, or of demonstration, that the set is for."""
        return kind_of(self.name)

    @property
    def is_demonstration(self) -> bool:
        """Whether this is no law."""
        return self.kind in DEMONSTRATIONS

    @property
    def chain(self) -> "tuple[RuleSet, ...]":
        """The set and all that it stands on: a supplement, its base, the base of that."""
        return (self, *(() if self.base is None else self.base.chain))

    def number(self, rule_id: str) -> int:
        """Return the value of a `min`, `max` or `exact` rule; KeyError where there is none."""
        value = self.rules[rule_id].value
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadRules(f"{rule_id} of {self.name} is no number")
        return value

    def ratio(self, rule_id: str) -> Fraction:
        """Return the value of a rule that is a share of a whole; KeyError where there is none."""
        value = self.rules[rule_id].value
        if not isinstance(value, Fraction):
            raise BadRules(f"{rule_id} of {self.name} is no ratio")
        return value

    def items(self, rule_id: str) -> tuple[str, ...]:
        """Return the items of a `list` rule; KeyError where there is none."""
        value = self.rules[rule_id].value
        if not isinstance(value, tuple):
            raise BadRules(f"{rule_id} of {self.name} is no list")
        return value

    def holds(self, rule_id: str) -> bool:
        """Tell whether the set has this flag, and has it on."""
        rule = self.rules.get(rule_id)
        return rule is not None and rule.value is True

    def cite(self, rule_id: str) -> dict[str, str | int]:
        """Return the facts with which a refusal names this rule: set, id, article, standing."""
        rule = self.rules[rule_id]
        facts: dict[str, str | int] = {
            "set": self.name,
            "rule": rule.id,
            "article": rule.citation,
            "standing": rule.standing,
        }
        if rule.op in {Op.MIN, Op.MAX, Op.EXACT}:
            facts["needs"] = rule.value if isinstance(rule.value, int) else str(rule.value)
        return facts

    def confirmed(self, texts: Mapping[str, Mapping[str, str]]) -> "RuleSet":
        """Return the set as its officer has confirmed it: texts by rule, by SHA-256 of a file."""
        base = None if self.base is None else self.base.confirmed(texts)
        said = texts.get(self.sha256, {})
        own = {
            rule_id: replace(rule, confirmed=said.get(rule_id))
            for rule_id, rule in self.rules.items()
            if rule_id in self.own
        }
        return replace(self, base=base, rules=own if base is None else {**base.rules, **own})

    def is_in_force(self, day: date) -> bool:
        """Tell whether every rule of the set holds on `day`."""
        return all(
            rule.from_ <= day and (rule.to is None or day <= rule.to)
            for rule in self.rules.values()
        )


def kind_of(name: str) -> str:
    """Return the kind of trade, or of demonstration, that a set of this name is for."""
    return name.partition("/")[0].partition("-")[0]


def rule_set(name: str, shelf: Path | None = None) -> RuleSet:
    """Return the set called `name`, of the package or else of the hall's `shelf`.

    Raises UnknownRuleSet; UnsoundRuleSet where the shelf's file is not what it should be.
    """
    if name in names():
        return _of_package(name)
    if name not in names(shelf):
        raise UnknownRuleSet(set=name)
    assert shelf is not None  # noqa: S101 - else there were no more names than those above
    try:
        return of_files(_chain(name, shelf, frozenset()))
    except BadRules as error:
        raise UnsoundRuleSet(set=name, why=str(error)) from error


def of_program(pin: Pin) -> RuleSet | None:
    """Return a pinned set that the program has, None where it has none or another file."""
    if pin.set not in names():
        return None
    rules = _of_package(pin.set)
    return rules if rules.sha256 == pin.sha256 else None


def is_of_program(rules: RuleSet) -> bool:
    """Tell whether a set came with the program, and not from a hall's shelf."""
    return of_program(Pin(set=rules.name, sha256=rules.sha256)) is not None


def names(shelf: Path | None = None) -> tuple[str, ...]:
    """Return the names of all sets of this hall."""
    if shelf is None:
        return _names_of_package()
    found = {
        f"{file.parent.name}/{file.stem}" for file in shelf.glob(f"*/*{_SUFFIX}") if file.is_file()
    }
    own = {name for name in found if _NAME.fullmatch(name)}
    return tuple(sorted({*_names_of_package(), *own}))


@cache
def _names_of_package() -> tuple[str, ...]:
    return tuple(
        sorted(
            f"{kind.name}/{file.name.removesuffix(_SUFFIX)}"
            for kind in _FOLDER.iterdir()
            if kind.is_dir()
            for file in kind.iterdir()
            if file.name.endswith(_SUFFIX)
        )
    )


@cache
def _of_package(name: str) -> RuleSet:
    return parse(name, (_FOLDER / f"{name}{_SUFFIX}").read_bytes())


@lru_cache
def of_files(chain: tuple[tuple[str, bytes], ...]) -> RuleSet:
    """Read a set from names and files: its own, its base's, and so on; raise BadRules."""
    (name, data), *below = chain
    return parse(name, data, of_files(tuple(below)) if below else None)


def _chain(name: str, shelf: Path, above: frozenset[str]) -> tuple[tuple[str, bytes], ...]:
    """Return the file of a set and those it stands on; none leads back to itself."""
    data = _bytes(name, shelf)
    wanted = base_of(name, data)
    if wanted is None:
        return ((name, data),)
    if wanted.set in {name, *above}:
        raise BadRules(f"{name}: its base {wanted.set} stands on it")
    if wanted.set not in names(shelf):
        raise BadRules(f"{name}: this hall has no set {wanted.set}")
    return ((name, data), *_chain(wanted.set, shelf, above | {name}))


def _bytes(name: str, shelf: Path) -> bytes:
    if name in names():
        return _of_package(name).data
    return (shelf / f"{name}{_SUFFIX}").read_bytes()


def base_of(name: str, data: bytes) -> Base | None:
    """Return what the file of a supplement names as its base, None of a whole set.

    Raises BadRules.
    """
    return base_in(name, _document(name, data))


def parse(name: str, data: bytes, base: RuleSet | None = None) -> RuleSet:
    """Read the file of a set, of a supplement over its `base`, or raise BadRules."""
    document = _document(name, data)
    wanted = base_in(name, document)
    _require_base(name, wanted, base)
    kind = kind_of(name)
    rules = [read_rule(kind, record) for record in document["rule"]]
    by_id = {rule.id: rule for rule in rules}
    if len(by_id) != len(rules):
        raise BadRules(f"{name}: one id stands twice")
    return RuleSet(
        name=name,
        sha256=sha256_hex(data),
        data=data,
        rules=by_id if base is None else tightened(name, base.rules, rules),
        own=frozenset(by_id),
        base=base,
    )


def _document(name: str, data: bytes) -> dict[str, Any]:
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise BadRules(f"{name}: {error}") from error
    records = document.get("rule")
    is_list = isinstance(records, list) and all(isinstance(record, dict) for record in records)
    if not is_list or not document.keys() <= {"rule", HEAD}:
        raise BadRules(f"{name}: a set is a list of [[rule]]")
    return document


def _require_base(name: str, wanted: Base | None, base: RuleSet | None) -> None:
    """Refuse a supplement without the very file it names, or one for another kind of trade."""
    if wanted is None and base is None:
        return
    if wanted is None or base is None:
        raise BadRules(f"{name}: only a supplement has a base, and it has one")
    if (wanted.set, wanted.sha256) != (base.name, base.sha256):
        raise BadRules(
            f"{name}: its base is {wanted.set} of {wanted.sha256}, and {base.name} here is "
            f"{base.sha256}"
        )
    if kind_of(name) != base.kind:
        raise BadRules(f"{name}: a supplement is for the kind of its base, {base.kind}")


def cited(refusal: type[Refusal], rules: RuleSet, rule_id: str, **facts: str | int) -> Refusal:
    """Return `refusal` with the rule it stands on, as this set words it, and the facts."""
    return refusal(**rules.cite(rule_id), **facts)
