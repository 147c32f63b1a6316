import pytest

from notary.refusal import Refusal
from trading import calendar, disputes, handing
from trading.rules import (
    amendments,
    approval,
    clarifications,
    complaints,
    confirming,
    limits,
    notices,
    objections,
    outages,
    periods,
    phases,
    recalls,
    repeats,
    revisions,
    stays,
)
from trading.rules.sets import UnknownRuleSet, UnsoundRuleSet, cited, rule_set
from web import refusals
from web.letterhead import Lang
from web.problems import STATUS
from web.words import Words

LAW = rule_set("construction/2026-11")
DEMO = rule_set("demo/2026-11")
NIGHT = "2026-11-05T16:00:00+00:00"

# Each refusal with the facts that its rule gives.
TOLD: list[Refusal] = [
    calendar.YearMissing(year=2031),
    UnknownRuleSet(set="x/2026-11"),
    UnsoundRuleSet(set="x/2026-11", why="one id stands twice"),
    confirming.RulesDiffer(set="x/2026-11", sha256="0" * 64),
    confirming.UnconfirmedRuleSet(set="x/2026-11", sha256="0" * 64),
    confirming.NotConfirmable(set="x/2026-11", rule="tender.min_bidders"),
    phases.AlreadyPublished(tender="T-1"),
    approval.TenderUnknown(tender="T-1"),
    approval.TenderTaken(tender="T-1"),
    approval.OrganisationUnknown(tender="T-1"),
    approval.DraftMalformed(why="lots: not a list"),
    approval.NoticeMalformed(code="E-JSON", why="not JSON"),
    approval.NoticeDiffers(members="title"),
    approval.NoticeStale(published="2026-11-02T01:00:00Z", at="2026-11-02T01:10:01Z"),
    approval.NotThePurchaser(purchaser="ORG-P"),
    approval.SamePerson(person="somebody"),
    approval.DocumentsMissing(path="招标文件.pdf", sha256="0" * 64),
    approval.DocumentUnknown(sha256="0" * 64),
    approval.DocumentNotAsNamed(why="another digest"),
    clarifications.QuestionTooLate(tender="T-1", deadline="2026-11-23T01:30:00Z"),
    clarifications.QuestionUnknown(tender="T-1"),
    clarifications.QuestionAnswered(tender="T-1", n=1),
    repeats.NothingToRepeat(tender="T-1"),
    amendments.NothingChanges(tender="T-1"),
    amendments.PlaceUnknown(tender="T-1", lot="2"),
    amendments.TimesEarlier(lot="1", stage="single", time="deadline"),
    amendments.ResealUnfounded(lot="1", stage="single"),
    amendments.AmendmentUnknown(tender="T-1"),
    cited(
        recalls.RecallTooLate,
        LAW,
        "hall.recall_min",
        until="2026-11-02T01:10:00Z",
        at="2026-11-02T01:10:00Z",
    ),
    recalls.NotThePublisher(tender="T-1"),
    revisions.NotPublished(tender="T-1"),
    revisions.TenderOver(tender="T-1"),
    revisions.RevisionOutdated(tender="T-1", revision=2),
    notices.DemonstrationOnly(set="demo/2026-11"),
    notices.WrongRuleSet(set="construction/2026-11", kind="land"),
    notices.RulesNotInForce(set="construction/2026-11", day="2026-11-02"),
    cited(
        limits.DeadlineTooSoon,
        LAW,
        "tender.min_days_issue_to_deadline",
        has=17,
        first="2026-11-03",
        last="2026-11-20",
        earliest="2026-11-23",
    ),
    cited(
        limits.OfferTooShort,
        LAW,
        "tender.min_days_documents_offered",
        has=4,
        first="2026-11-03",
        last="2026-11-07",
        earliest="2026-11-09",
    ),
    cited(
        limits.PrequalificationTooSoon,
        LAW,
        "tender.min_days_prequal_after_sale",
        has=4,
        first="2026-11-03",
        last="2026-11-07",
        earliest="2026-11-09",
    ),
    cited(
        limits.ChangedTooLate,
        LAW,
        "tender.min_days_change_before_deadline",
        has=4,
        first="2026-11-03",
        last="2026-11-07",
        earliest="2026-11-09",
    ),
    cited(
        limits.ApplicationsChangedTooLate,
        LAW,
        "tender.min_days_change_before_prequal",
        has=4,
        first="2026-11-03",
        last="2026-11-07",
        earliest="2026-11-09",
    ),
    cited(limits.OpensWithTooFew, LAW, "tender.min_bidders", lot="1", stage="single", has=2),
    cited(limits.TooFewInvited, LAW, "tender.min_invitees", has=2),
    cited(limits.CeilingNotPublished, LAW, "tender.cap_published", lot="1"),
    cited(limits.LimitForbidden, LAW, "tender.cap_published", lot="1", limit="minimum"),
    cited(limits.OpeningNotAtDeadline, LAW, "tender.opening_at_deadline", lot="1", stage="single"),
    cited(limits.DepositTooHigh, LAW, "tender.max_deposit_permille", has_fen=2001, most_fen=2000),
    cited(limits.OwnerModeForbidden, LAW, "hall.sealing_mode_max_fen", lot="1", value_fen=0),
    handing.HandedOver(tender="T-1"),
    handing.NotHandedOver(tender="T-1"),
    handing.WasHandedBack(tender="T-1"),
    disputes.NothingSaid(most=4000),
    cited(complaints.ComplaintTooLate, LAW, periods.COMPLAINT, known_on="2026-11-02", until=NIGHT),
    complaints.KnownLater(known_on="2026-11-02"),
    complaints.ComplaintUnknown(number="C-1"),
    complaints.AlreadyConsidered(number="C-1"),
    complaints.NotAccepted(number="C-1"),
    complaints.AlreadyDecided(number="C-1"),
    cited(complaints.ObjectionFirst, LAW, periods.COMPLAINT, about="documents"),
    objections.AlreadyAnswered(objection="0" * 32),
    objections.AwardSuspended(open=1, since=NIGHT),
    objections.NothingToObjectTo(),
    objections.ObjectionOpen(objection="0" * 32),
    cited(objections.ObjectionTooLate, LAW, periods.OBJECTION_DOCUMENTS, until=NIGHT),
    objections.ObjectionUnknown(objection="0" * 32),
    objections.ObjectionWithdrawn(objection="0" * 32),
    outages.OutageTooEarly(earliest=NIGHT),
    outages.OutageTooLate(),
    outages.OutageTooLong(),
    outages.OutageTooShort(least=NIGHT, lost=31),
    stays.AlreadyStayed(tender="T-1"),
    stays.HaltAsked(tender="T-1"),
    stays.HaltNotAsked(tender="T-1"),
    stays.NothingStayed(tender="T-1"),
    stays.NothingToStay(tender="T-1"),
    stays.OwnHalt(),
    stays.TenderHalted(tender="T-1", since=NIGHT),
]


def test_the_list_is_whole() -> None:
    here = [kind for kind in refusals.by_code().values() if kind.__module__.startswith("trading.")]

    assert {type(refusal) for refusal in TOLD} == set(here)


@pytest.mark.parametrize("refusal", TOLD, ids=lambda refusal: refusal.code)
@pytest.mark.parametrize("lang", list(Lang))
def test_every_refusal_says_why_and_what_next(refusal: Refusal, lang: Lang) -> None:
    why, onward = Words(lang).refusal(refusal.code, refusal.facts)

    assert why
    assert onward
    assert "{" not in why + onward
    assert refusal.code in STATUS
    assert "Source:" in (type(refusal).__doc__ or "")


def test_a_number_of_the_law_is_told_with_value_and_count() -> None:
    [days] = [one for one in TOLD if isinstance(one, limits.DeadlineTooSoon)]

    for lang in Lang:
        why, onward = Words(lang).refusal(days.code, days.facts)
        assert all(word in why for word in ("20", "17", "2026-11-03", "2026-11-20"))
        assert "2026-11-23" in onward
    assert refusals.article(days) == "招标投标法 24"
    assert refusals.is_law(days)


def test_what_is_no_law_is_not_called_so() -> None:
    demo = cited(limits.CeilingNotPublished, DEMO, "tender.cap_published", lot="1")
    hall = cited(limits.OwnerModeForbidden, LAW, "hall.sealing_mode_max_fen", lot="1", value_fen=0)

    assert not refusals.is_law(demo)
    assert "演示规则" in refusals.article(demo)
    assert not refusals.is_law(hall)
    assert "未核实" in refusals.article(hall)
