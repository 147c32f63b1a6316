"""How a contract stands, at the instants at which its word changes; supplements at their limit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bidding import contract_rules as rules
from bidding import lamp
from bidding.contract import (
    Agreed,
    Change,
    Contract,
    Due,
    End,
    Ending,
    Milestone,
    Report,
    Said,
)
from bidding.lamp import Lamp
from notary.shape import Fen
from trading.rules import sets

MICROSECOND = timedelta(microseconds=1)
HASH = "ab" * 32
SIGNED = Contract(
    origin="hall.example/log/00000000",
    tender="GC-2026-0918",
    lot="1",
    award_sha256=HASH,
    bidder="FIRM-1",
    number="HT-1",
    signed_on=date(2026, 11, 2),
    amount_fen=Fen(1_000_000),
    days=28,
    bond_fen=None,
    document_sha256=HASH,
)
OVER = datetime(2026, 11, 30, 16, tzinfo=UTC)  # 24:00 in Beijing of 30 November, a Monday


def a_contract(*milestones: Milestone, ending: Ending | None = None) -> Agreed:
    end = End(
        origin=SIGNED.origin,
        tender=SIGNED.tender,
        lot="1",
        before_sha256=HASH,
        ended_on=SIGNED.signed_on,
        ending=ending or Ending.FINISHED,
        reason="-",
        document_sha256=None,
    )
    return Agreed(
        stated=(),
        signed=SIGNED,
        changes=(),
        end=None if ending is None else end,
        milestones=milestones,
    )


def a_milestone(day: date, *reports: Report) -> Milestone:
    return Milestone(
        milestone=1,
        revision=1,
        what=Due.DELIVERY,
        title="-",
        due_on=day,
        amount_fen=None,
        at=OVER,
        entry_id=1,
        reports=reports,
    )


def a_report(*, agreed: bool | None) -> Report:
    said = None if agreed is None else Said(agreed=agreed, text="-", at=OVER, entry_id=1)
    return Report(
        n=1, org="FIRM-1", done_on=SIGNED.signed_on, text="", at=OVER, entry_id=1, said=said
    )


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (OVER - lamp.NEAR - MICROSECOND, Lamp.ON_TIME),
        (OVER - lamp.NEAR, Lamp.NEAR),
        (OVER - MICROSECOND, Lamp.NEAR),
        (OVER, Lamp.OVERDUE),
    ],
)
def test_the_word_changes_at_its_instant(now: datetime, word: Lamp) -> None:
    assert lamp.light(a_contract(), now) is word
    late = a_milestone(date(2026, 11, 30))
    assert lamp.of_milestone(late, now) is word
    assert lamp.light(a_contract(late), now) is word


def test_an_earlier_milestone_decides_until_somebody_reports_it() -> None:
    day = date(2026, 11, 10)
    noon = datetime(2026, 11, 20, 4, tzinfo=UTC)

    assert lamp.light(a_contract(a_milestone(day)), noon) is Lamp.OVERDUE
    for agreed, word in ((None, Lamp.ON_TIME), (True, Lamp.ON_TIME), (False, Lamp.OVERDUE)):
        one = a_milestone(day, a_report(agreed=agreed))
        assert lamp.light(a_contract(one), noon) is word, agreed
    reached = a_milestone(day, a_report(agreed=True))
    assert lamp.of_milestone(reached, noon) is Lamp.FINISHED


def test_what_has_ended_is_never_overdue() -> None:
    for ending, word in ((Ending.FINISHED, Lamp.FINISHED), (Ending.TERMINATED, Lamp.TERMINATED)):
        assert lamp.light(a_contract(ending=ending), OVER + timedelta(days=400)) is word


def test_a_day_of_rest_gives_until_the_next_day_of_work() -> None:
    assert lamp.over_at(date(2026, 11, 28)) == OVER  # a Saturday
    assert lamp.over_at(date(2099, 11, 28)) == datetime(2099, 11, 28, 16, tzinfo=UTC)


def test_without_an_award_there_is_no_contract() -> None:
    with pytest.raises(rules.NotAwarded):
        rules.won([])


def test_nothing_due_is_in_time() -> None:
    assert lamp.against(None, OVER) is Lamp.ON_TIME


LAW = """
[[rule]]
id = "procurement.max_supplement_permille"
kind = "procurement"
op = "max"
value = 100
unit = "permille"
article = "政府采购法 49"
law = "政府采购法"
from = 2026-11-01
mark = "text"
source = "政府采购法 49"
zh = "补充合同"
en = "supplementary contracts"
"""


def test_a_supplement_keeps_to_the_limit_of_a_set_that_has_one() -> None:
    law = sets.parse("procurement/2026-11", LAW.encode())
    none = sets.parse("construction/2026-11", sets.rule_set("construction/2026-11").data)
    change = Change(
        origin=SIGNED.origin,
        tender=SIGNED.tender,
        lot="1",
        before_sha256=HASH,
        signed_on=SIGNED.signed_on,
        amount_fen=Fen(1_100_000),
        days=28,
        reason="-",
        document_sha256=HASH,
    )
    beyond = replace(change, amount_fen=Fen(1_100_001))

    rules.require_supplement(SIGNED, change, law)
    rules.require_supplement(SIGNED, beyond, none)
    with pytest.raises(rules.SupplementTooHigh) as refused:
        rules.require_supplement(SIGNED, beyond, law)
    assert refused.value.facts["article"] == "政府采购法 49"
