"""What a province, a city or a county may add to a rule set: it tightens, and does nothing else.

A supplement is a file like a set, with one table more that names its base by name and SHA-256. Its
records stand in place of those of the base, each of them stricter than the one it replaces.

Source: `rules.md` 1, "Sets and dates".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trading.rules.records import BadRules, Op, Rule

HEAD = "supplement"
"""The table of a supplement's file; a whole set has none."""

_MEMBERS = {"base", "sha256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The set that a supplement tightens, as its file names it."""

    set: str
    sha256: str


def base_in(name: str, document: Mapping[str, Any]) -> Base | None:
    """Return the base that a file names, None where it is a whole set; raise BadRules."""
    head = document.get(HEAD)
    if head is None:
        return None
    if not isinstance(head, dict) or head.keys() != _MEMBERS:
        raise BadRules(f"{name}: [{HEAD}] names base and sha256, and nothing else")
    if not all(isinstance(value, str) for value in head.values()):
        raise BadRules(f"{name}: base and sha256 of [{HEAD}] are texts")
    return Base(set=head["base"], sha256=head["sha256"])


def tightened(name: str, base: Mapping[str, Rule], own: Iterable[Rule]) -> dict[str, Rule]:
    """Return the rules of `base` with `own` in place of theirs, or raise BadRules."""
    rules = dict(base)
    for rule in own:
        if rule.id not in rules:
            raise BadRules(f"{name}: {rule.id} is no rule of its base")
        before = rules[rule.id]
        if (rule.op, rule.unit) != (before.op, before.unit):
            raise BadRules(f"{name}: {rule.id} has another op or unit than its base")
        if not _is_stricter(before, rule):
            raise BadRules(
                f"{name}: {rule.id} does not tighten its base ({before.value} -> {rule.value})"
            )
        rules[rule.id] = rule
    return rules


def _is_stricter(before: Rule, after: Rule) -> bool:
    match before.value, after.value:
        case bool(), bool():
            return after.value and not before.value
        case tuple(), tuple():
            return set(after.value) > set(before.value)
        case (bool() | tuple(), _) | (_, bool() | tuple()):
            return False
        case was, now:
            return (before.op is Op.MIN and now > was) or (before.op is Op.MAX and now < was)
