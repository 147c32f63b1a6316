"""The contract of an awarded lot: as signed by its agency, answered by the winner, performed."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bidding import contract_rules as rules
from bidding import contracting
from bidding.contract import MOST_DAYS, Due, Ending, Step
from notary.duty import CertificateUnknown
from notary.shape import Fen
from sql.database import Database
from tests.bidding.acts import entries, verified
from tests.bidding.agreed import (
    PRICE,
    a_paper,
    a_plan,
    acknowledge,
    an_awarded_lot,
    change,
    end,
    plan,
    report,
    say,
    sign,
    standing,
    today,
)
from tests.bidding.town import TENDER, Town
from trading.disputes import NothingSaid
from trading.rules.approval import TenderUnknown

DAY = timedelta(days=1)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    return await an_awarded_lot(database, tmp_path / "home")


async def test_a_contract_goes_from_the_award_to_its_end_and_its_record_verifies(
    town: Town, tmp_path: Path
) -> None:
    await sign(town)
    await say(town, "firm-1", 1)
    await plan(town, a_plan(town, what=Due.PAYMENT, amount_fen=Fen(5_000)))
    await plan(town, a_plan(town, milestone=1, what=Due.PAYMENT, amount_fen=Fen(6_000)))
    await report(town, "approver")
    await acknowledge(town, "firm-1")
    await change(town, a_paper(town, days=200, amount_fen=Fen(PRICE + 1), reason="设计变更"))
    await say(town, "firm-1", 2, agreed=False, text="没有签过")
    await end(town)
    await say(town, "firm-1", 3)

    known = await standing(town)
    assert [(one.step, one.said and one.said.agreed) for one in known.stated] == [
        (Step.SIGNED, True),
        (Step.CHANGED, False),
        (Step.ENDED, True),
    ]
    assert (known.amount_fen, known.days, known.bidder) == (PRICE + 1, 200, "FIRM-1")
    (milestone,) = known.milestones
    assert (milestone.revision, milestone.amount_fen, milestone.is_reached) == (2, 6_000, True)
    assert len(await entries(town, "contract-stated")) == 3
    assert len(await entries(town, "contract-answered")) == 3
    assert len(await entries(town, "milestone-planned")) == 2
    await verified(town, tmp_path / "public")


async def test_a_contract_departs_from_the_award_in_nothing(town: Town) -> None:
    with pytest.raises(CertificateUnknown):
        await sign(town, signer="firm-1")
    with pytest.raises(rules.ContractUnknown):
        await say(town, "firm-1", 1)
    for amount in (PRICE - 1, PRICE + 1):
        with pytest.raises(rules.ContractDiffers):
            await sign(town, a_paper(town, amount_fen=Fen(amount)))
    for day in (today(town) - DAY, today(town) + DAY):
        with pytest.raises(rules.DayWrong):
            await sign(town, a_paper(town, signed_on=day))
    most = PRICE // 10
    with pytest.raises(rules.BondTooHigh):
        await sign(town, a_paper(town, bond_fen=Fen(most + 1)))

    assert await entries(town, "contract-stated") == []
    await sign(town, a_paper(town, bond_fen=Fen(most)))
    with pytest.raises(rules.AlreadySigned):
        await sign(town)
    assert len(await entries(town, "contract-stated")) == 1
    await only_the_winner_answers(town)


async def only_the_winner_answers(town: Town) -> None:
    for name in ("firm-2", "approver"):
        with pytest.raises(rules.NotAParty):
            await say(town, name, 1)
    with pytest.raises(NothingSaid):
        await say(town, "firm-1", 1, agreed=False, text=" ")
    with pytest.raises(rules.ContractUnknown):
        await say(town, "firm-1", 2)
    await say(town, "firm-1", 1)
    with pytest.raises(rules.ContractAnswered):
        await say(town, "firm-1", 1, agreed=False, text="改主意了")
    other = town.people["approver"].actor
    with pytest.raises(TenderUnknown):
        await contracting.draft_contract(
            town.database, town.hall, other, TENDER, "1", a_paper(town)
        )

    assert [one.said is not None for one in (await standing(town)).stated] == [True]


async def test_a_milestone_is_reached_when_both_sides_say_so(town: Town) -> None:
    await sign(town)
    with pytest.raises(rules.NotAParty):
        await plan(town, a_plan(town), "firm-1")
    with pytest.raises(rules.DayWrong):
        await plan(town, a_plan(town, due_on=today(town) - DAY))
    latest = today(town) + MOST_DAYS * DAY  # the contract is signed today
    for day in (latest + DAY, date.max):
        with pytest.raises(rules.DayWrong):
            await plan(town, a_plan(town, due_on=day))
    for wrong in (a_plan(town, amount_fen=Fen(1)), a_plan(town, what=Due.PAYMENT)):
        with pytest.raises(rules.AmountOfPayment):
            await plan(town, wrong)
    await plan(town, a_plan(town, due_on=latest))
    await plan(town, a_plan(town, milestone=1), "approver")
    with pytest.raises(rules.MilestoneUnknown):
        await acknowledge(town, "drafter")
    with pytest.raises(rules.NotAParty):
        await report(town, "firm-2")
    with pytest.raises(rules.DayWrong):
        await report(town, "firm-1", done_on=today(town) + DAY)
    await report(town, "firm-1")
    with pytest.raises(rules.OwnReport):
        await acknowledge(town, "firm-1")
    for act in (report(town, "drafter"), plan(town, a_plan(town, milestone=1))):
        with pytest.raises(rules.MilestoneReported):
            await act
    with pytest.raises(NothingSaid):
        await acknowledge(town, "drafter", agreed=False)
    await acknowledge(town, "drafter", agreed=False, text="还差两层")
    with pytest.raises(rules.ContractAnswered):
        await acknowledge(town, "drafter")

    (milestone,) = (await standing(town)).milestones
    assert (milestone.report, milestone.is_reached) == (None, False)
    await report(town, "firm-1", text="补齐了")
    await acknowledge(town, "approver")
    (milestone,) = (await standing(town)).milestones
    assert (len(milestone.reports), milestone.is_reached) == (2, True)
    await nothing_is_said_after_the_end(town)


async def nothing_is_said_after_the_end(town: Town) -> None:
    await end(town, Ending.TERMINATED)

    for act in (
        change(town, a_paper(town)),
        end(town),
        plan(town, a_plan(town)),
        report(town, "firm-1"),
    ):
        with pytest.raises(rules.ContractEnded):
            await act
