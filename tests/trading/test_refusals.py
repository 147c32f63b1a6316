import pytest

from notary.refusal import Refusal
from trading.rules import approval, notices, phases
from trading.rules.sets import UnknownRuleSet, cited, rule_set
from web import refusals
from web.letterhead import Lang
from web.problems import STATUS
from web.words import Words

LAW = rule_set("construction/2026-11")
DEMO = rule_set("demo/2026-11")

# Each refusal with the facts that its rule gives.
TOLD: list[Refusal] = [
    UnknownRuleSet(set="x/2026-11"),
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
    notices.DemonstrationOnly(set="demo/2026-11"),
    notices.WrongRuleSet(set="construction/2026-11", kind="land"),
    notices.RulesNotInForce(set="construction/2026-11", day="2026-11-02"),
    cited(
        notices.DeadlineTooSoon,
        LAW,
        "tender.min_days_issue_to_deadline",
        has=17,
        first="2026-11-03",
        last="2026-11-20",
        earliest="2026-11-23",
    ),
    cited(notices.TooFewInvited, LAW, "tender.min_invitees", has=2),
    cited(notices.CeilingNotPublished, LAW, "tender.cap_published", lot="1"),
    cited(notices.LimitForbidden, LAW, "tender.cap_published", lot="1", limit="minimum"),
    cited(notices.OpeningNotAtDeadline, LAW, "tender.opening_at_deadline", lot="1", stage="single"),
    cited(notices.DepositTooHigh, LAW, "tender.max_deposit_permille", has_fen=2001, most_fen=2000),
    cited(notices.OwnerModeForbidden, LAW, "hall.sealing_mode_max_fen", lot="1", value_fen=0),
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
    [days] = [one for one in TOLD if isinstance(one, notices.DeadlineTooSoon)]

    for lang in Lang:
        why, onward = Words(lang).refusal(days.code, days.facts)
        assert all(word in why for word in ("20", "17", "2026-11-03", "2026-11-20"))
        assert "2026-11-23" in onward
    assert refusals.article(days) == "招标投标法 24"
    assert refusals.is_law(days)


def test_what_is_no_law_is_not_called_so() -> None:
    demo = cited(notices.CeilingNotPublished, DEMO, "tender.cap_published", lot="1")
    hall = cited(notices.OwnerModeForbidden, LAW, "hall.sealing_mode_max_fen", lot="1", value_fen=0)

    assert not refusals.is_law(demo)
    assert "演示规则" in refusals.article(demo)
    assert not refusals.is_law(hall)
    assert "未核实" in refusals.article(hall)
