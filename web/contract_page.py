"""The page of a contract, from the facts. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bidding import contract_rules, lamp
from bidding.contract import (
    Agreed,
    Change,
    Contract,
    End,
    Milestone,
    Report,
    Said,
    Stated,
    Statement,
)
from bidding.contract_rules import BOND, SUPPLEMENT
from bidding.standing import Scene
from notary.canonical import sha256_hex
from notary.identity import Actor, Role
from trading.rules import periods
from trading.rules.sets import RuleSet
from trading.types import Notice
from web import showing
from web.views.contracts import (
    ContractView,
    Draft,
    Limit,
    MilestoneShown,
    ReportShown,
    StatedShown,
    WordShown,
)

_WHOLE = 1000  # permille

_AFTER_SIGNING = {
    periods.CONTRACT_FILED: periods.contract_filed_by,
    periods.CONTRACT_PUBLIC: periods.contract_public_by,
    periods.DEPOSIT_BACK: periods.deposit_back_by,
}
"""What the law wants done by when, from the signature on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a page of a contract is made of: the lot's scene, its law, its contract if any."""

    scene: Scene
    law: RuleSet
    contract: Agreed | None
    actor: Actor | None
    now: datetime


def contract_view(known: Known, draft: Draft | None, others: tuple[str, ...]) -> ContractView:
    """Return the page of an awarded lot; raises NotAwarded where nobody has won."""
    scene, contract = known.scene, known.contract
    notice = showing.newest(scene)
    award, winner, price = contract_rules.won(scene.standing.awards)
    by = showing.foreseen(periods.contract_by, known.law, award.at)
    running = contract is not None and contract.end is None
    return ContractView(
        tender=notice.tender,
        lot=scene.standing.box.key.lot,
        title=showing.text(notice.title),
        currency=notice.currency,
        purchaser=showing.name(scene.bodies, notice.purchaser),
        bidder=showing.bidder(scene, winner),
        award_fen=price,
        awarded_at=award.at,
        number="" if contract is None else contract.signed.number,
        bond_fen=None if contract is None else contract.signed.bond_fen,
        lamp=lamp.against(by, known.now) if contract is None else lamp.light(contract, known.now),
        due=by if contract is None else lamp.due(contract) if running else None,
        performed_by=None
        if contract is None
        else lamp.performed_by(contract.signed, contract.days),
        stated=() if contract is None else tuple(_stated(known, contract)),
        milestones=()
        if contract is None
        else tuple(_milestone(known, notice, contract, one) for one in contract.milestones),
        limits=tuple(_limits(known, award.at, contract)),
        states=_is(known.actor, Role.AGENCY, notice.agency) and (contract is None or running),
        plans=running and _plans(known.actor, notice),
        answers=contract is not None and _is(known.actor, Role.BIDDER, contract.bidder),
        draft=draft,
        others=others,
    )


def _is(actor: Actor | None, role: Role, org: str) -> bool:
    return actor is not None and role in actor.roles and actor.org == org


def _plans(actor: Actor | None, notice: Notice) -> bool:
    agency = _is(actor, Role.AGENCY, notice.agency)
    return agency or _is(actor, Role.PURCHASER, notice.purchaser)


def _stated(known: Known, contract: Agreed) -> Iterator[StatedShown]:
    award, _, _ = contract_rules.won(known.scene.standing.awards)
    by = showing.foreseen(periods.contract_by, known.law, award.at)
    end = () if contract.end is None else (contract.end,)
    texts: list[Statement] = [contract.signed, *contract.changes, *end]
    for one, text in zip(contract.stated, texts, strict=True):
        shown = _shown(one, text)
        if isinstance(text, Contract) and by is not None and lamp.over_at(text.signed_on) > by:
            shown = replace(shown, late_by=by)
        yield shown


def _shown(one: Stated, text: Statement) -> StatedShown:
    shown = StatedShown(
        n=one.n,
        step=one.step,
        at=one.at,
        sha256=sha256_hex(one.json),
        day=text.ended_on if isinstance(text, End) else text.signed_on,
        document_sha256=text.document_sha256,
        word=_word(one.said),
    )
    match text:
        case Contract():
            return replace(shown, amount_fen=text.amount_fen, days=text.days)
        case Change():
            held = replace(shown, amount_fen=text.amount_fen, days=text.days)
            return replace(held, reason=text.reason)
        case End():
            return replace(shown, reason=text.reason, ending=text.ending)


def _word(said: Said | None) -> WordShown | None:
    return None if said is None else WordShown(agreed=said.agreed, text=said.text, at=said.at)


def _milestone(known: Known, notice: Notice, contract: Agreed, one: Milestone) -> MilestoneShown:
    side = _side(known.actor, notice, contract) if contract.end is None else frozenset[str]()
    waiting = one.report is not None and one.report.said is None
    return MilestoneShown(
        milestone=one.milestone,
        what=one.what,
        title=one.title,
        due_on=one.due_on,
        due=lamp.over_at(one.due_on),
        amount_fen=one.amount_fen,
        lamp=lamp.of_milestone(one, known.now),
        reports=tuple(_report(known.scene, one, report) for report in one.reports),
        may_report=bool(side) and one.report is None,
        may_answer=bool(side) and waiting and one.reports[-1].org not in side,
        may_plan=bool(side) and _plans(known.actor, notice) and not one.reports,
    )


def _side(actor: Actor | None, notice: Notice, contract: Agreed) -> frozenset[str]:
    """Return the bodies of the reader's side; nobody's for a stranger."""
    if _plans(actor, notice):
        return frozenset({notice.agency, notice.purchaser})
    winner = _is(actor, Role.BIDDER, contract.bidder)
    return frozenset({contract.bidder}) if winner else frozenset()


def _report(scene: Scene, planned: Milestone, one: Report) -> ReportShown:
    return ReportShown(
        who=showing.name(scene.bodies, one.org),
        done_on=one.done_on,
        late=lamp.over_at(one.done_on) > lamp.over_at(planned.due_on),
        text=one.text,
        at=one.at,
        word=_word(one.said),
    )


def _limits(known: Known, awarded: datetime, contract: Agreed | None) -> Iterator[Limit]:
    """Give what the rule set says of contracts, with the articles."""
    law = known.law
    by = showing.foreseen(periods.contract_by, law, awarded)
    if by is not None:
        yield _limit(law, periods.CONTRACT, until=by)
    if contract is not None:
        signed = lamp.begins(contract.signed.signed_on)
        for rule_id, period in _AFTER_SIGNING.items():
            until = showing.foreseen(period, law, signed)
            if until is not None:
                yield _limit(law, rule_id, until=until)
    price = contract_rules.won(known.scene.standing.awards)[2]
    for rule_id, most in ((BOND, 0), (SUPPLEMENT, price)):
        if rule_id in law.rules:
            yield _limit(law, rule_id, most=most + price * law.number(rule_id) // _WHOLE)


def _limit(
    law: RuleSet, rule_id: str, until: datetime | None = None, most: int | None = None
) -> Limit:
    return Limit(
        name=rule_id.partition(".")[2],
        until=until,
        most_fen=most,
        article="" if law.is_demonstration else law.rules[rule_id].citation,
    )
