from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from notary.canonical import Json
from notary.refusal import Refusal
from tests.trading import shelves
from tests.trading.house import DEADLINE, NOW
from tests.trading.listed import LISTED
from tests.trading.notices import a_notice
from tests.trading.shelves import as_toml
from trading.rules import limits, notices, sets
from trading.rules.records import BadRules, Op, Rule, Unit
from trading.rules.sets import UnknownRuleSet, rule_set
from trading.types import Mode, Notice, Stage

LAW = "construction/2026-11"
DAY = timedelta(days=1)


def judge(notice: Notice, invited: int | None = None) -> Refusal | None:
    """Return what the law says of a notice, None where it has nothing against it."""
    named = None if invited is None else frozenset(f"ORG-{n}" for n in range(invited))
    try:
        notices.require_lawful(notice, named, rule_set(notice.rules.set))
    except Refusal as refusal:
        return refusal
    return None


# The data


@pytest.mark.parametrize("name", sets.names())
def test_every_set_is_sound_and_says_how_sure_it_is(name: str) -> None:
    found = rule_set(name)

    assert found.rules.keys() == {rule.id for rule in found.rules.values()}
    assert {rule_id.partition(".")[0] for rule_id in found.rules} == {"tender", "etender", "hall"}
    assert all(rule.mark == "demo" for rule in found.rules.values()) == found.is_demonstration
    assert all(rule.from_ <= NOW.date() for rule in found.rules.values())


@pytest.mark.parametrize(
    ("name", "rule_id", "value"),
    [
        (LAW, "tender.min_days_issue_to_deadline", 20),
        (LAW, "tender.min_invitees", 3),
        (LAW, "tender.min_bidders", 3),
        (LAW, "tender.max_deposit_permille", 20),
        (LAW, "etender.decrypt_window_minutes", 30),
        (LAW, "etender.objection_window_minutes", 5),
        (LAW, "hall.release_minutes", 30),
        (LAW, "hall.owner_wdays", 3),
        (LAW, "hall.close_slack_s", 60),
        (LAW, "hall.gate_wait_min", 15),
        (LAW, "hall.confirm_minutes", 5),
        (LAW, "hall.announce_ms", 0),
        (LAW, "hall.sealing_mode_max_fen", 0),
        ("demo/2026-11", "tender.min_days_issue_to_deadline", 0),
        ("demo/2026-11", "tender.min_bidders", 3),
        ("demo/2026-11", "etender.objection_window_minutes", 0),
        ("demo/2026-11", "hall.confirm_minutes", 0),
        ("demo/2026-11", "hall.announce_ms", 1500),
        ("replay/2026-11", "tender.min_bidders", 2),
        ("replay/2026-11", "tender.min_days_issue_to_deadline", 0),
        ("replay/2026-11", "hall.confirm_minutes", 0),
        ("replay/2026-11", "hall.announce_ms", 0),
    ],
)
def test_numbers_are_those_of_the_list(name: str, rule_id: str, value: int) -> None:
    assert rule_set(name).number(rule_id) == value


LAWS = {
    "ZTB": "招标投标法",
    "TL": "招标投标法实施条例",
    "ES": "电子签名法",
    "O20": "电子招标投标办法",
}


def listed(rule: Rule) -> str:
    """Write a rule as a row of the list."""
    value = rule.value
    if isinstance(value, tuple):
        value = len(value)
    shown = "–" if value is True else str(value)
    article = rule.law
    if rule.law in LAWS:
        article = rule.article.replace("、招标投标法实施条例", ", TL").replace("、", ", ")
        article = article.replace(LAWS[rule.law], rule.law, 1)
    return f"{rule.id} | {shown} | {rule.unit} | {article} | {rule.mark}"


def test_the_law_of_construction_is_the_whole_list() -> None:
    assert [listed(rule) for rule in rule_set(LAW).rules.values()] == LISTED.splitlines()


def test_a_demonstration_has_the_same_rules_and_no_periods() -> None:
    law, demo = rule_set(LAW).rules, rule_set("demo/2026-11").rules

    assert law.keys() ^ demo.keys() == {"hall.owner_wdays", "hall.owner_minutes"}
    assert demo.keys() - rule_set("replay/2026-11").rules.keys() == {"tender.min_invitees"}
    for rule in demo.values():
        if rule.unit in {Unit.DAY, Unit.WDAY} or "_extend_h" in rule.id or "_opening_h" in rule.id:
            assert rule.value == 0, rule.id
        assert rule.unit in {Unit.FEN, Unit.MILLISECOND} or rule.op == law.get(rule.id, rule).op


def test_only_what_was_read_in_the_statute_is_cited_as_law() -> None:
    law = rule_set(LAW).rules

    assert law["tender.min_bidders"].citation.startswith("招标投标法 28")
    assert "未核实" in law["hall.release_minutes"].citation
    assert "演示规则" in rule_set("demo/2026-11").rules["tender.min_bidders"].citation


def test_a_set_that_the_hall_does_not_have_is_refused() -> None:
    for name in ("golden/2026-11", "../demo/2026-11", "demo/2026-12"):
        with pytest.raises(UnknownRuleSet):
            rule_set(name)


def a_record(**changes: object) -> dict[str, object]:
    """Make a good record; `...` takes a member away."""
    return shelves.a_record(rule_set(LAW), "tender.min_days_issue_to_deadline", **changes)


def test_a_good_record_is_read() -> None:
    found = sets.parse(LAW, as_toml(a_record(to=date(2030, 1, 1))))

    [rule] = found.rules.values()
    assert (rule.op, rule.value) == (Op.MIN, 20)
    assert found.is_in_force(date(2030, 1, 1))
    assert not found.is_in_force(date(2030, 1, 2))
    assert not found.is_in_force(date(2017, 12, 27))


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": ...},
        {"unit": "weeks"},
        {"unit": "flag"},
        {"comment": "x"},
        {"op": "about"},
        {"mark": "sure"},
        {"value": True},
        {"value": "20"},
        {"op": "flag"},
        {"en": ""},
        {"kind": "procurement"},
        {"mark": "demo"},
        {"from": "2017-12-28"},
    ],
)
def test_a_record_that_is_not_of_its_form_is_a_fault(changes: dict[str, object]) -> None:
    with pytest.raises(BadRules):
        sets.parse(LAW, as_toml(a_record(**changes)))


@pytest.mark.parametrize("data", [b"\xff", b"rule = ", b"x = 1", b"[[rule]]\n[other]\n"])
def test_a_file_that_is_no_set_is_a_fault(data: bytes) -> None:
    with pytest.raises(BadRules):
        sets.parse(LAW, data)


def test_only_a_number_is_read_as_one() -> None:
    grounds = as_toml(a_record(op="list", unit="list", value=["price", "late"]))

    assert sets.parse(LAW, grounds).rules["tender.min_days_issue_to_deadline"].value == (
        "price",
        "late",
    )
    with pytest.raises(BadRules):
        sets.parse(LAW, grounds).number("tender.min_days_issue_to_deadline")
    with pytest.raises(BadRules):
        rule_set(LAW).number("tender.cap_published")


def test_an_id_stands_once_in_a_set() -> None:
    with pytest.raises(BadRules):
        sets.parse(LAW, as_toml(a_record(), a_record()))


# One unit before each limit, and at it


@pytest.mark.parametrize(
    ("deadline", "lawful"),
    [
        ("2026-11-22T15:59:59Z", False),  # the 20th day is a Sunday, and the period ends on Monday
        ("2026-11-22T16:00:00Z", True),
    ],
)
def test_twenty_days_end_on_a_working_day_in_beijing(deadline: str, lawful: bool) -> None:  # noqa: FBT001
    refusal = judge(a_notice(deadline=deadline))

    assert isinstance(refusal, limits.DeadlineTooSoon) is not lawful


def test_the_day_of_issue_does_not_count() -> None:
    refusal = judge(a_notice(deadline="2026-11-20T01:30:00Z"))

    assert refusal is not None
    assert (refusal.facts["needs"], refusal.facts["has"]) == (20, 18)


@pytest.mark.parametrize(("invited", "lawful"), [(2, False), (3, True)])
def test_an_invitation_goes_to_three(invited: int, lawful: bool) -> None:  # noqa: FBT001
    notice = a_notice(method="invited", invited=["ORG-1", "ORG-2", "ORG-3"])

    refusal = judge(notice, invited)

    assert isinstance(refusal, limits.TooFewInvited) is not lawful
    assert (
        judge(a_notice(rule_set("replay/2026-11"), method="invited", invited=["ORG-1"]), 1) is None
    )


@pytest.mark.parametrize(("deposit", "lawful"), [("2001", False), ("2000", True)])
def test_a_deposit_is_two_per_cent_at_most(deposit: str, lawful: bool) -> None:  # noqa: FBT001
    refusal = judge(a_notice(deposit_fen=deposit))

    assert isinstance(refusal, limits.DepositTooHigh) is not lawful
    if refusal is not None:
        assert (refusal.facts["has_fen"], refusal.facts["most_fen"]) == (2001, 2000)


def test_a_ceiling_is_published_and_a_floor_is_not_allowed() -> None:
    secret: list[Json] = [
        {"name": name, "commit": "0" * 64} for name in ("minimum", "ceiling", "reference")
    ]

    assert isinstance(judge(a_notice(ceiling_fen=None)), limits.CeilingNotPublished)
    assert isinstance(judge(a_notice(limits=secret[:1])), limits.LimitForbidden)
    assert isinstance(judge(a_notice(limits=secret[1:2])), limits.LimitForbidden)
    assert judge(a_notice(limits=secret[2:])) is None
    assert judge(a_notice(rule_set("replay/2026-11"), ceiling_fen=None, limits=secret[:1])) is None


def test_bids_are_opened_at_the_deadline() -> None:
    later = judge(a_notice(open_at="2026-11-23T01:30:01Z"))

    assert isinstance(later, limits.OpeningNotAtDeadline)
    assert judge(a_notice(open_at="2026-11-23T01:30:00Z")) is None


def test_a_stage_that_waits_for_another_opens_later() -> None:
    notice = a_notice()
    [lot] = notice.lots
    [box] = lot.boxes
    price = replace(box, stage=Stage.PRICE, after=Stage.SINGLE, open_at=DEADLINE + DAY)
    both = replace(notice, lots=(replace(lot, boxes=(box, price)),))

    assert judge(both) is None


def test_owners_alone_open_nothing_until_the_hall_sets_an_amount() -> None:
    refusal = judge(a_notice(mode="bidder", ceiling_fen="0"))

    assert isinstance(refusal, limits.OwnerModeForbidden)
    assert refusal.facts["needs"] == 0


def test_a_set_is_pinned_by_the_kind_it_is_for() -> None:
    law = a_notice()
    demo = a_notice(rule_set("demo/2026-11"), kind="land")

    notices.require_pinnable(rule_set(LAW), law, demo=False)
    notices.require_pinnable(rule_set("demo/2026-11"), demo, demo=True)
    with pytest.raises(notices.DemonstrationOnly):
        notices.require_pinnable(rule_set("demo/2026-11"), demo, demo=False)
    with pytest.raises(notices.WrongRuleSet):
        notices.require_pinnable(rule_set(LAW), a_notice(kind="land"), demo=False)


def test_a_set_is_pinned_while_it_is_in_force() -> None:
    outlived = sets.parse(LAW, as_toml(a_record(to=date(2026, 11, 1))))

    with pytest.raises(notices.RulesNotInForce):
        notices.require_pinnable(outlived, a_notice(), demo=False)


@pytest.mark.parametrize(
    ("rules", "mode", "release", "owner"),
    [
        (LAW, Mode.SHARED, timedelta(minutes=30), datetime(2026, 11, 26, 9, tzinfo=UTC)),
        (LAW, Mode.BIDDER, timedelta(minutes=30), DEADLINE + timedelta(minutes=30)),
        ("demo/2026-11", Mode.SHARED, timedelta(minutes=10), DEADLINE + timedelta(minutes=20)),
        ("replay/2026-11", Mode.HOSTED, timedelta(minutes=10), DEADLINE + timedelta(minutes=20)),
    ],
)
def test_release_times(rules: str, mode: Mode, release: timedelta, owner: datetime) -> None:
    assert notices.release_times(rule_set(rules), mode, DEADLINE) == (DEADLINE + release, owner)
