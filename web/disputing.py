"""The pages of objections and complaints, from the facts. Pure."""

from collections.abc import Iterable, Mapping

from bidding.sealed.statements import Award
from notary.identity import Actor, Organisation, Role
from trading.disputes import About, Complaint, Objection
from trading.rules import periods
from trading.rules.objections import documents_until
from trading.rules.sets import RuleSet
from trading.types import Notice, Record
from web import showing
from web.views.disputes import (
    ComplaintForm,
    ComplaintRow,
    ComplaintsView,
    Dispute,
    Disputes,
    ObjectionView,
)


def about_documents(notice: Notice, rules: RuleSet, objections: Iterable[Objection]) -> Disputes:
    """Return what is objected to in the documents of a tender."""
    until, _ = documents_until(rules, notice)
    return Disputes(
        tender=notice.tender,
        lot=None,
        until=until,
        rows=tuple(_dispute(rules, one) for one in objections if one.about is About.DOCUMENTS),
    )


def about_candidates(award: Award, rules: RuleSet, objections: Iterable[Objection]) -> Disputes:
    """Return what is objected to in the candidates of a lot."""
    return Disputes(
        tender=award.tender,
        lot=award.lot,
        until=award.candidates_until if rules.number(periods.PUBLICITY) else None,
        rows=tuple(_dispute(rules, one) for one in objections if one.lot == award.lot),
    )


def objection_view(found: Objection, notice: Notice, rules: RuleSet, actor: Actor) -> ObjectionView:
    """Return the page of one objection, whole."""
    dispute = _dispute(rules, found, whole=True)
    answers = actor.roles & {Role.AGENCY, Role.PURCHASER}
    return ObjectionView(
        objection=found.objection,
        tender=found.tender,
        title=showing.text(notice.title),
        lot=found.lot,
        dispute=dispute,
        mine=bool(answers) and actor.org in {notice.agency, notice.purchaser} and found.is_open,
        own=Role.BIDDER in actor.roles and actor.org == found.org and found.is_open,
    )


def _dispute(rules: RuleSet, one: Objection, *, whole: bool = False) -> Dispute:
    return Dispute(
        raised_at=one.raised_at,
        text=one.text if whole or one.answered_at is not None else None,
        answer=one.answer,
        answered_at=one.answered_at,
        answer_by=showing.foreseen(periods.answer_objection_by, rules, one.raised_at),
        withdrawn_at=one.withdrawn_at,
    )


def complaint_form(record: Record | None, rules: RuleSet) -> ComplaintForm:
    """Return the form, about the tender that the reader came from, with the periods of `rules`."""
    return ComplaintForm(
        tender=None if record is None else record.tender.facts.tender_id,
        title=None if record is None else showing.text(record.tender.title),
        days=rules.number(periods.COMPLAINT),
        accept=rules.number(periods.ACCEPT_COMPLAINT),
        decide=rules.number(periods.DECIDE_COMPLAINT),
    )


def complaints_view(
    found: Iterable[Complaint], bodies: Mapping[str, Organisation], actor: Actor
) -> ComplaintsView:
    """Return complaints under their numbers, with what was said of them."""
    return ComplaintsView(
        decides=Role.SUPERVISOR in actor.roles,
        rows=tuple(
            ComplaintRow(
                number=one.number,
                tender=one.tender,
                about=one.about,
                who=showing.name(bodies, one.org),
                text=one.text,
                known_on=one.known_on,
                made_at=one.made_at,
                accept_by=one.accept_by,
                decide_by=one.decide_by if one.considered is None else one.considered.decide_by,
                considered=one.considered,
                decided=one.decided,
            )
            for one in found
        ),
    )
