"""Rules become what programs and pages read: one form of a number, a standing, a day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby

from notary import canonical, shape
from notary.canonical import Json
from notary.identity import Actor
from trading.counting import Reckoning
from trading.rules.confirming import Confirmation, Confirming
from trading.rules.limits import Counted
from trading.rules.records import Mark, Rule, Standing, Unit
from trading.rules.sets import RuleSet
from web import figures
from web.letterhead import Text
from web.views.house import DeskRow, Matter
from web.views.rules import Certainty, RuleLine, RuleSetView, SetRow, Waiting

_PERMILLE_OF_A_PERCENT = 10
_OF_NO_TEXT = frozenset({"hall", "demonstration"})


def as_json(rules: RuleSet) -> dict[str, Json]:
    """Return a set with all its rules for programs."""
    return {
        **row_as_json(row(rules)),
        "rules": [_rule(rules, rule) for rule in rules.rules.values()],
    }


def row_as_json(row: SetRow) -> dict[str, Json]:
    """Return a set of the list for programs."""
    return {
        "set": row.name,
        "sha256": row.sha256,
        "base": row.base,
        "law": row.law,
        "unverified": row.unverified,
        "why": row.why,
    }


def limits_as_json(reckoning: Reckoning) -> dict[str, Json]:
    """Return the limits of a draft for programs."""
    return {
        "tender": reckoning.drafted.draft.tender,
        "rules": {"set": reckoning.rules.name, "sha256": reckoning.rules.sha256},
        "lawful": reckoning.is_lawful,
        "limits": [_limit(one) for one in reckoning.limits],
    }


def row(rules: RuleSet) -> SetRow:
    """Return a set as a line of the list."""
    return SetRow(
        name=rules.name,
        sha256=rules.sha256,
        base=None if rules.base is None else rules.base.name,
        law=not rules.is_demonstration,
        rules=len(rules.rules),
        unverified=sum(_certainty(one) is Certainty.UNVERIFIED for one in rules.rules.values()),
    )


def unsound(name: str, why: str) -> SetRow:
    """Return a file that is no set as a line of the list."""
    return SetRow(name=name, sha256=None, base=None, law=True, rules=0, unverified=0, why=why)


def view(rules: RuleSet, *, officer: bool, awaits: bool = False) -> RuleSetView:
    """Return the page of a set; `awaits`: it is the hall's own and not confirmed yet."""
    return RuleSetView(
        name=rules.name,
        sha256=rules.sha256,
        base=None if rules.base is None else row(rules.base),
        law=not rules.is_demonstration,
        unverified=row(rules).unverified,
        parts=tuple(
            (part, tuple(line(rules, one) for one in found))
            for part, found in groupby(rules.rules.values(), lambda one: one.id.partition(".")[0])
        ),
        officer=officer,
        awaits=awaits,
    )


def line(rules: RuleSet, rule: Rule) -> RuleLine:
    """Return one rule as a page shows it."""
    before = None if rules.base is None else rules.base.rules[rule.id]
    own = rules.base is not None and rule.id in rules.own
    return RuleLine(
        rule=rule.id,
        words=Text(zh=rule.zh, en=rule.en),
        op=rule.op,
        number=_number(rule),
        unit=rule.unit,
        items=len(rule.value) if isinstance(rule.value, tuple) else 0,
        holds=rule.value is True,
        before=_number(before) if own and before is not None else None,
        article="" if rule.law in _OF_NO_TEXT else rule.article,
        since=rule.from_,
        until=rule.to,
        mark=rule.mark,
        source=rule.source,
        certainty=_certainty(rule),
        confirmed=rule.confirmed,
        confirmable=rule.is_confirmable and rule.id in rules.own,
        own=own,
    )


def waiting(found: Iterable[Confirming], person: str) -> tuple[Waiting, ...]:
    """Return the confirmations that wait, and whether the reader has proposed them."""
    return tuple(
        Waiting(
            sha256=one.sha256,
            set=(stated := shape.load(Confirmation, one.json, limit=canonical.LIMIT)).set,
            texts=stated.texts,
            own=one.proposed_by == person,
        )
        for one in found
    )


def desk_rows(found: Sequence[Confirming], actor: Actor) -> Iterator[DeskRow]:
    """Give an officer what others have proposed and waits for a second signature."""
    for one, shown in zip(found, waiting(found, actor.person), strict=True):
        if not shown.own:
            yield DeskRow(
                matter=Matter.RULES,
                title=Text(zh=shown.set, en=shown.set),
                href="/rules",
                due=None,
                since=one.proposed_at,
                awaited=None,
                command=None,
                rank=None,
            )


def _certainty(rule: Rule) -> Certainty:
    match rule.standing:
        case Standing.LAW:
            return Certainty.LAW if rule.mark is Mark.TEXT else Certainty.CONFIRMED
        case Standing.HALL:
            return Certainty.UNVERIFIED
        case Standing.DEMONSTRATION:
            return Certainty.DEMONSTRATION


def _number(rule: Rule) -> str | None:
    """Return a number as it is printed: shares as per cent, amounts as money."""
    match rule.value:
        case bool() | tuple():
            return None
        case Fraction() as share:
            return str(share)
        case number if rule.unit is Unit.PERMILLE:
            whole, tenths = divmod(number, _PERMILLE_OF_A_PERCENT)
            return f"{whole}.{tenths}" if tenths else str(whole)
        case number if rule.unit is Unit.FEN:
            return figures.money(number)
        case number:
            return str(number)


def _rule(rules: RuleSet, rule: Rule) -> dict[str, Json]:
    return {
        "id": rule.id,
        "op": rule.op,
        "value": _plain(rule),
        "unit": rule.unit,
        "article": rule.article,
        "law": rule.law,
        "from": rule.from_.isoformat(),
        "to": _day(rule.to),
        "mark": rule.mark,
        "standing": rule.standing,
        "confirmed": rule.confirmed,
        "source": rule.source,
        "zh": rule.zh,
        "en": rule.en,
        "own": rule.id in rules.own,
    }


def _plain(rule: Rule) -> Json:
    match rule.value:
        case Fraction() as share:
            return str(share)
        case tuple() as items:
            return list(items)
        case plain:
            return plain


def _limit(one: Counted) -> dict[str, Json]:
    return {
        "rule": one.rule.id,
        "article": one.rule.citation,
        "standing": one.rule.standing,
        "zh": one.rule.zh,
        "en": one.rule.en,
        "unit": one.rule.unit,
        "lot": one.lot,
        "stage": one.stage,
        "needs": _amount(one.rule, one.needs),
        "has": _amount(one.rule, one.has),
        "first": _day(one.first),
        "last": _day(one.last),
        "earliest": _day(one.earliest),
        "kept": one.is_kept,
        "code": None if one.refusal is None else one.refusal.code,
    }


def _amount(rule: Rule, number: int | None) -> Json:
    """Write an amount as text, as everywhere in the API; other numbers as they are."""
    return str(number) if rule.unit is Unit.FEN and number is not None else number


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
