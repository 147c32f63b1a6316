"""An officer confirms rules that were read in no statute: which file, which rules, by which text.

Before that they are settings of the hall and are called so; afterwards they are printed as law.

Source: `rules.md` 1, "Marks"; `people.md` 5, two persons for rule sets.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from notary import shape
from notary.refusal import Refusal
from trading.rules.sets import RuleSet, is_of_program
from trading.types import SetName

RuleId = Annotated[str, shape.text(r"[a-z]{1,16}\.[a-z0-9_]{1,64}")]
SourceText = Annotated[str, shape.text(r"(?=\s*\S)[^\x00-\x1f\x7f]{1,400}")]


class RulesDiffer(Refusal):
    """The confirmation is of another file than the hall has under that name.

    Source: `rules.md` 1: a set is its file, named by SHA-256.
    """

    code = "rules.differs"


class NotConfirmable(Refusal):
    """The rule is not in that file, was read in its statute, or is one of a demonstration.

    Source: `rules.md` 1, "Marks": `2nd` and `recall` are to be confirmed.
    """

    code = "rules.not_confirmable"


class UnconfirmedRuleSet(Refusal):
    """The set is the hall's own, and no two officers have confirmed its file.

    Source: `people.md` 5, two persons for rule sets.
    """

    code = "rules.unconfirmed_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule, and the text in which it was found."""

    rule: RuleId
    text: SourceText


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What two officers sign. `sha256`: of the file of the set.

    Of a set of the hall's own it confirms the file itself as well, with or without `confirms`.
    """

    v: Literal["hall-rules-confirmed/v1"]
    origin: shape.Origin
    set: SetName
    sha256: shape.Sha256
    confirms: tuple[RuleText, ...]

    @property
    def texts(self) -> dict[str, str]:
        """The texts by rule."""
        return {one.rule: one.text for one in self.confirms}


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """A confirmation that waits for a second officer; `sha256`: of `json`, its name."""

    sha256: str
    json: bytes
    p7s: bytes
    proposed_by: str
    proposed_at: datetime


def require_confirmable(confirmation: Confirmation, rules: RuleSet) -> None:
    """Refuse a confirmation of another file, or of rules that it cannot confirm."""
    if confirmation.sha256 != rules.sha256:
        raise RulesDiffer(set=rules.name, sha256=rules.sha256)
    is_empty = not confirmation.confirms and is_of_program(rules)
    if is_empty or len(confirmation.texts) != len(confirmation.confirms):
        raise NotConfirmable(set=rules.name, rule="")
    for rule_id in confirmation.texts:
        if rule_id not in rules.own or not rules.rules[rule_id].is_confirmable:
            raise NotConfirmable(set=rules.name, rule=rule_id)


def require_confirmed(rules: RuleSet, confirmed: Collection[str]) -> None:
    """Refuse a set that stands on a file of the hall's own which is not among those `confirmed`."""
    for one in rules.chain:
        if not is_of_program(one) and one.sha256 not in confirmed:
            raise UnconfirmedRuleSet(set=one.name, sha256=one.sha256)
