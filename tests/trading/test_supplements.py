from pathlib import Path

import pytest

from notary.refusal import Refusal
from tests.trading.notices import LAW, a_notice
from tests.trading.shelves import ARTICLE, COUNTY, a_record, as_supplement, as_toml, put
from trading.rules import limits, notices, sets
from trading.rules.records import BadRules
from trading.rules.sets import RuleSet, UnknownRuleSet, UnsoundRuleSet
from trading.types import Pin

ISSUE = "tender.min_days_issue_to_deadline"
DEPOSIT = "tender.max_deposit_permille"
GROUNDS = "tender.reject_grounds"


def a_county(*records: dict[str, object]) -> RuleSet:
    """Read a supplement of a county over the law."""
    return sets.parse(COUNTY, as_supplement(LAW, *records), LAW)


def test_a_supplement_tightens_what_it_names_and_keeps_the_rest() -> None:
    longer = [*LAW.items(GROUNDS), "black_listed"]
    county = a_county(
        a_record(LAW, ISSUE, value=25),
        a_record(LAW, DEPOSIT, value=10),
        a_record(LAW, GROUNDS, value=longer),
        a_record(LAW, "tender.panel_min_expert_share", value="3/4"),
    )

    assert (county.number(ISSUE), county.number(DEPOSIT)) == (25, 10)
    assert county.items(GROUNDS)[-1] == "black_listed"
    assert county.ratio("tender.panel_min_expert_share") > LAW.ratio(
        "tender.panel_min_expert_share"
    )
    assert county.number("tender.min_bidders") == 3
    assert county.rules.keys() == LAW.rules.keys()
    assert county.cite(ISSUE)["article"] == f"{ARTICLE} 7"
    assert (county.kind, county.chain) == ("construction", (county, LAW))


@pytest.mark.parametrize(
    ("rule_id", "value"),
    [
        (ISSUE, 19),
        (ISSUE, 20),
        (DEPOSIT, 21),
        (DEPOSIT, 20),
        (GROUNDS, ["unsigned"]),
        (GROUNDS, list(LAW.items(GROUNDS))),
        ("tender.panel_min_expert_share", "1/2"),
        ("tender.keep_shut", False),
        ("tender.keep_shut", True),
        ("hall.release_minutes", 31),
        ("hall.release_minutes", 29),
    ],
)
def test_a_supplement_does_nothing_but_tighten(rule_id: str, value: object) -> None:
    with pytest.raises(BadRules, match=f"{rule_id} does not tighten"):
        a_county(a_record(LAW, rule_id, value=value))


def test_a_flag_may_be_put_on() -> None:
    lax = sets.parse(LAW.name, as_toml(a_record(LAW, "tender.keep_shut", value=False)))
    strict = as_supplement(lax, a_record(LAW, "tender.keep_shut", value=True))

    assert sets.parse(COUNTY, strict, lax).holds("tender.keep_shut")


@pytest.mark.parametrize(
    "record",
    [
        a_record(LAW, ISSUE, id="tender.min_days_of_rest", value=25),
        a_record(LAW, ISSUE, op="max", value=25),
        a_record(LAW, ISSUE, unit="wday", value=25),
        a_record(LAW, ISSUE, kind="land", value=25),
        a_record(LAW, ISSUE, value=25, comment="x"),
        a_record(LAW, "tender.max_days_contract", value=0),
    ],
)
def test_a_supplement_invents_nothing(record: dict[str, object]) -> None:
    with pytest.raises(BadRules):
        a_county(record)


def test_a_supplement_stands_on_the_very_file_it_names() -> None:
    stricter = a_record(LAW, ISSUE, value=25)
    other = as_supplement(LAW, stricter, sha256="0" * 64)

    with pytest.raises(BadRules, match="its base is"):
        sets.parse(COUNTY, other, LAW)
    with pytest.raises(BadRules, match="only a supplement"):
        sets.parse(COUNTY, as_supplement(LAW, stricter))
    with pytest.raises(BadRules, match="only a supplement"):
        sets.parse(COUNTY, as_toml(stricter), LAW)
    with pytest.raises(BadRules):
        sets.parse("land-haicheng/2026-11", as_supplement(LAW, stricter), LAW)
    with pytest.raises(BadRules, match="names base and sha256"):
        sets.parse(COUNTY, b"[supplement]\nbase = 'x'\n" + as_toml(stricter), LAW)
    with pytest.raises(BadRules, match="are texts"):
        sets.parse(COUNTY, b"[supplement]\nbase = 1\nsha256 = 2\n" + as_toml(stricter), LAW)


# The shelf of a hall


def test_the_shelf_adds_sets_to_those_of_the_program(tmp_path: Path) -> None:
    put(tmp_path, COUNTY, as_supplement(LAW, a_record(LAW, ISSUE, value=25)))
    put(tmp_path, "construction/2027-01", LAW.data)
    put(tmp_path, "construction/draft", LAW.data)

    assert {*sets.names(tmp_path)} - {*sets.names()} == {COUNTY, "construction/2027-01"}
    assert sets.rule_set(COUNTY, tmp_path).number(ISSUE) == 25
    assert sets.rule_set("construction/2027-01", tmp_path).sha256 == LAW.sha256
    assert sets.rule_set(LAW.name, tmp_path) is LAW
    with pytest.raises(UnknownRuleSet):
        sets.rule_set(COUNTY)
    assert sets.names(tmp_path / "nothing") == sets.names()


def test_a_city_tightens_a_province_that_tightens_the_law(tmp_path: Path) -> None:
    put(
        tmp_path,
        "construction-liaoning/2026-11",
        as_supplement(LAW, a_record(LAW, ISSUE, value=25)),
    )
    province = sets.rule_set("construction-liaoning/2026-11", tmp_path)
    put(tmp_path, COUNTY, as_supplement(province, a_record(LAW, ISSUE, value=26)))

    city = sets.rule_set(COUNTY, tmp_path)
    assert [one.number(ISSUE) for one in city.chain] == [26, 25, 20]
    put(tmp_path, COUNTY, as_supplement(province, a_record(LAW, ISSUE, value=24)))
    with pytest.raises(UnsoundRuleSet) as refused:
        sets.rule_set(COUNTY, tmp_path)
    assert "25 -> 24" in str(refused.value.facts["why"])


def test_supplements_that_stand_on_each_other_are_none(tmp_path: Path) -> None:
    stricter = a_record(LAW, ISSUE, value=25)
    text = as_supplement(LAW, stricter).decode()
    put(tmp_path, COUNTY, text.replace(LAW.name, "construction-liaoning/2026-11").encode())
    put(tmp_path, "construction-liaoning/2026-11", text.replace(LAW.name, COUNTY).encode())
    put(tmp_path, "land-haicheng/2026-11", text.replace(LAW.name, "land/2031-01").encode())

    for name, why in ((COUNTY, "stands on it"), ("land-haicheng/2026-11", "has no set land")):
        with pytest.raises(UnsoundRuleSet) as refused:
            sets.rule_set(name, tmp_path)
        assert why in str(refused.value.facts["why"])


def test_a_file_that_has_changed_is_not_the_one_that_is_pinned() -> None:
    assert sets.of_program(Pin(set=LAW.name, sha256=LAW.sha256)) is LAW
    assert sets.of_program(Pin(set=LAW.name, sha256="0" * 64)) is None
    assert sets.of_program(Pin(set=COUNTY, sha256=LAW.sha256)) is None


# What it does to a tender


@pytest.mark.parametrize(
    ("deadline", "refusal"),
    [("2026-11-26T15:59:59Z", limits.DeadlineTooSoon), ("2026-11-26T16:00:00Z", None)],
)
def test_a_countys_days_are_counted_to_its_own_limit(
    deadline: str, refusal: type[Refusal] | None
) -> None:
    county = a_county(a_record(LAW, ISSUE, value=25))
    found = limits.counted(a_notice(county, deadline=deadline), None, county)

    [limit] = [one for one in found if one.rule.id == ISSUE]
    assert type(limit.refusal) is (refusal or type(None))
    assert limit.rule.article == f"{ARTICLE} 7"
    notices.require_pinnable(county, a_notice(county), demo=False)
