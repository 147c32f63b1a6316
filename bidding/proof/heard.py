"""Whether a recorded award has heard everybody: publicity over, every objection answered (V14).

Pure. A fault is the agency's, E-AWARD.

Source: `sealing.md` 3, award, objections; 9, V14; Regulation on the Tendering and Bidding Law, art.
54.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bidding.proof.folder import Fact, Ledger
from bidding.sealed.statements import Answered, Award
from bidding.types import Code, Finding, Party
from notary.canonical import Json
from trading.calendar import YearMissing
from trading.rules import periods
from trading.rules.sets import RuleSet

_RAISED = ("bidding.objection-raised", "trading.objection-raised")
_ANSWERED = ("bidding.objection-answered", "trading.objection-answered")

DRAFTED = timedelta(minutes=10)
"""A publicity is counted from the drafting of what is signed, which may have waited so long."""


def require_heard(
    ledger: Ledger, award: Award, published: Fact, rules: RuleSet | None, *, awarded: bool
) -> None:
    """Refuse an award over unanswered objections, or before the publicity was over.

    `published`: its entry; `rules`: what the notice pins, None where its file is not there.
    Objections whose entries nobody opened are not seen here: their bodies
    have receipts. ValueError: this program does not know the days of rest of that year.
    """
    lot = {"tender": award.tender, "lot": award.lot}
    raised = [fact for kind in _RAISED for fact in ledger.find(kind, **lot)]
    answered = [fact for kind in _ANSWERED for fact in ledger.find(kind, **lot)]
    for objection in award.objections:
        _require_answer(objection, raised, answered, published)
    listed = {one.entry for one in award.objections}
    before = {fact.index for fact in raised if fact.index < published.index}
    if not before <= listed:
        raise _bad(f"the objection of entry {min(before - listed)} has no answer in it")
    if awarded and award.void is None:
        candidates = ledger.find("bidding.candidates-published", **lot)
        _require_publicity(candidates, award, published, rules)


def _require_answer(
    objection: Answered, raised: Sequence[Fact], answered: Sequence[Fact], published: Fact
) -> None:
    entry = next((fact for fact in raised if fact.index == objection.entry), None)
    answer = next((fact for fact in answered if fact.index == objection.answer), None)
    if entry is None:
        raise _bad(f"entry {objection.entry} is not the objection-raised that the award names")
    if answer is None or _which(entry) != _which(answer):
        raise _bad(f"entry {objection.answer} is not the objection-answered that the award names")
    if not entry.index < answer.index < published.index:
        raise _bad(f"the objection of entry {objection.entry} was not answered before it")


def _which(fact: Fact) -> tuple[Json, ...]:
    """Return what an objection and its answer have in common."""
    package = fact.kind.partition(".")[0]
    names_of = ("objection",) if package == "trading" else ("stage", "n")
    return package, *(fact.fields.get(name) for name in names_of)


def _require_publicity(
    candidates: Sequence[Fact], award: Award, published: Fact, rules: RuleSet | None
) -> None:
    shown = next((fact for fact in candidates if fact.index < published.index), None)
    if shown is None:
        raise _bad("no candidates were on display before it")
    if published.at < award.candidates_until:
        raise _bad("awarded before the publicity of candidates was over")
    if rules and award.candidates_until < _least(rules, shown.at - DRAFTED):
        raise _bad("candidates were on display for less than the rule set demands")


def _least(rules: RuleSet, begun: datetime) -> datetime:
    """Return the least end of a publicity that has `begun`, or say why it cannot be counted."""
    try:
        return periods.publicity_until(rules, begun)
    except YearMissing as error:  # the agency is not at fault, and nothing is proved
        raise ValueError(
            f"the days of rest of {error.facts['year']} are not known to this program, so that "
            "the days on display cannot be counted: verify with a newer one"
        ) from error


def _bad(detail: str) -> Finding:
    return Finding(Code.AWARD, Party.AGENCY, detail)
