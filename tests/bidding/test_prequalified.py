"""Prequalification: who passed may bid, and with too few of them nobody's bid is opened."""

from pathlib import Path

import pytest

from bidding.steps import Step
from notary.sums import NotVerified
from sql.database import Database
from tests.bidding.acts import entries, outcome, verified
from tests.bidding.staged import (
    FIRMS,
    a_staged_draft,
    bid_at,
    box_at,
    open_stage,
    overturn_as_agency,
    place,
    reject_as_agency,
    set_aside_in_silence,
)
from tests.bidding.town import Town, a_town, announce, award_lot, bid
from trading import service as trading

TWO = ("qualification", "price")


async def applied(
    database: Database, folder: Path, firms: tuple[str, ...] = FIRMS
) -> tuple[Town, dict[tuple[str, str], str]]:
    """Publish, and take and open the applications of firms."""
    town = await a_town(database, folder / "home", 5)
    await announce(town, a_staged_draft(*TWO))
    assert await outcome(bid(town, "firm-1", 1, place("price"))) == "bidding.not_prequalified"
    envelopes = await bid_at(town, "qualification", firms=firms)
    await open_stage(town, "qualification")
    return town, envelopes


async def test_only_who_was_prequalified_may_bid_and_who_is_rejected_later_stays_shut(
    database: Database, tmp_path: Path
) -> None:
    town, applications = await applied(database, tmp_path, (*FIRMS, "firm-5"))
    await reject_as_agency(town, applications["firm-4", "qualification"])
    price = place("price")
    answers = {n: await bid(town, f"firm-{n}", n, price) for n in (1, 2, 3, 5)}

    assert await outcome(bid(town, "firm-4", 4, price)) == "bidding.not_prequalified"
    await reject_as_agency(town, applications["firm-5", "qualification"])
    assert await outcome(bid(town, "firm-5", 5, price)) == "bidding.not_prequalified"
    await overturn_as_agency(town, applications["firm-4", "qualification"])
    assert await outcome(bid(town, "firm-4", 4, price)) == "accepted"
    assert Step.REVISE in await open_stage(town, "price")
    assert (await award_lot(town))["winner"] == answers[1]["envelope"]
    record = await verified(town, tmp_path / "export")
    (opened,) = [one for one in record.boxes if one.box.stage == "price"]
    assert len(opened.judged) == 4
    assert [one["code"] for one in await entries(town, "bid-refused")] == [
        "bidding.not_prequalified"
    ] * 3


async def test_two_prequalified_are_one_too_few(database: Database, tmp_path: Path) -> None:
    town, applications = await applied(database, tmp_path)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n, place("price"))
    for n in (3, 4):
        await reject_as_agency(town, applications[f"firm-{n}", "qualification"])

    assert await open_stage(town, "price") == [Step.CLOSE, Step.LIST, Step.LEAVE_SHUT]
    assert (await box_at(town, "price")).asked_at is None
    assert [one["why"] for one in await entries(town, "box-not-opened")] == [
        "tender.min_prequalified"
    ]
    record = await trading.record(database, town.hall, place("price").tender)
    assert record.tender.facts.ended_at is not None
    await verified(town, tmp_path / "export")


async def test_what_is_handed_in_with_the_bid_is_judged_after_it(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    draft = a_staged_draft(*TWO)
    first, second = draft["lots"][0]["boxes"]
    second["deadline"] = first["deadline"]
    await announce(town, draft)
    envelopes = await bid_at(town, *TWO)
    await open_stage(town, "qualification")
    await reject_as_agency(town, envelopes["firm-1", "qualification"])
    await reject_as_agency(town, envelopes["firm-2", "qualification"])

    await open_stage(town, "price")
    assert (await award_lot(town))["winner"] == envelopes["firm-3", "price"]
    await verified(town, tmp_path / "export")


async def test_row_18_a_hall_that_goes_on_with_too_few_prequalified_is_found(
    database: Database, tmp_path: Path
) -> None:
    town, applications = await applied(database, tmp_path)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n, place("price"))
    for n in (3, 4):
        await reject_as_agency(town, applications[f"firm-{n}", "qualification"])
    await set_aside_in_silence(town, applications["firm-4", "qualification"])
    await open_stage(town, "price")

    with pytest.raises(NotVerified) as found:
        await verified(town, tmp_path / "export")
    assert found.value.sentence == "E-LIST (hall): fewer prequalified than it takes to go on"
