"""What the pages about rules show: the sets of the hall, one set rule by rule, a confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from web.letterhead import Text, View


class Certainty(StrEnum):
    """How sure a reader may be of a rule, in the words of its tag."""

    LAW = "law"  # read in the wording of the statute
    CONFIRMED = "confirmed"  # two officers have named the text
    UNVERIFIED = "unverified"  # a setting of this hall
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule. `number`: as it is printed, without its unit; None of a flag or a list.

    `before`: the number of the base that a supplement has tightened. `items`: how many a list has.
    `article`: of a text outside; empty where the rule is the hall's or a demonstration's own.
    """

    rule: str
    words: Text
    op: str
    number: str | None
    unit: str
    items: int
    holds: bool
    before: str | None
    article: str
    since: date
    until: date | None
    mark: str
    source: str
    certainty: Certainty
    confirmed: str | None
    confirmable: bool
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """A set in the list; `why`: what is wrong with its file, which nobody can pin then."""

    name: str
    sha256: str | None
    base: str | None
    law: bool
    rules: int
    unverified: int
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A confirmation that waits for a second officer; `texts` by rule."""

    sha256: str
    set: str
    texts: Mapping[str, str]
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesView(View):
    """The sets of this hall; for an officer also what waits for a second signature."""

    template: ClassVar[str] = "rules/page.html"

    sets: tuple[SetRow, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetView(View):
    """One set, rule by rule, by part.

    `officer`: the reader may confirm; `awaits`: no notice can pin it before two officers have.
    """

    template: ClassVar[str] = "rules/set.html"

    name: str
    sha256: str
    base: SetRow | None
    law: bool
    unverified: int
    parts: tuple[tuple[str, tuple[RuleLine, ...]], ...]
    officer: bool
    awaits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView(View):
    """One rule that an officer confirms by a text, before the press."""

    template: ClassVar[str] = "rules/confirm.html"

    name: str
    line: RuleLine
    text: str
    text_url: str
