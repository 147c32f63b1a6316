"""Several lots of two stages each: every lot goes its own way to its award, or to none."""

from pathlib import Path

from bidding import award, voiding
from notary.once import Answer
from sql.database import Database
from tests.bidding.acts import entries, outcome, verified
from tests.bidding.staged import (
    a_staged_draft,
    bid_at,
    box_at,
    open_stage,
    place,
    reject_as_agency,
)
from tests.bidding.town import TENDER, Town, a_town, announce, award_lot, once
from trading import service as trading
from trading.rules.phases import phase
from trading.types import Phase

TWO = ("technical", "price")
ALL = "tender.all_rejected"


async def void_as_agency(town: Town, lot: str, ground: str = ALL) -> Answer:
    return await voiding.void(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        TENDER,
        lot,
        ground=ground,
        article="招标投标法 42",
        reason="所有投标均不符合招标文件的要求",
    )


async def sign_void(town: Town, lot: str) -> Answer:
    """Award a void lot to nobody, as the agency signs it."""
    drafter = town.people["drafter"]
    await town.settle()
    drafted = await award.draft(town.database, town.hall, drafter.actor, TENDER, lot)
    text = str(drafted["json"]).encode()
    signed = (text, drafter.sign(text))
    as_candidates = award.publish_candidates(
        town.database, town.hall, drafter.actor, once("drafter"), *signed
    )
    assert await outcome(as_candidates) == "award.void"
    return await award.award(town.database, town.hall, drafter.actor, once("drafter"), *signed)


async def phase_of(town: Town) -> Phase:
    record = await trading.record(town.database, town.hall, TENDER)
    return phase(record.tender.facts, town.clock.now)


async def test_two_lots_of_two_stages_one_awarded_and_one_void(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft(*TWO, lots=("1", "2")))
    of = {lot: await bid_at(town, *TWO, lot=lot) for lot in ("1", "2")}
    for lot in ("1", "2"):
        await open_stage(town, "technical", lot)
    await reject_as_agency(town, of["1"]["firm-1", "technical"])
    for n in (1, 2, 3):
        await reject_as_agency(town, of["2"][f"firm-{n}", "technical"], lot="2")
    for lot in ("1", "2"):
        await open_stage(town, "price", lot)
    assert (await award_lot(town))["winner"] == of["1"]["firm-2", "price"]
    assert await phase_of(town) is Phase.CANDIDATES  # lot 2 goes its own way

    assert await outcome(award_lot(town, TENDER, "2")) == "award.void_first"
    await void_as_agency(town, "2")
    assert await outcome(void_as_agency(town, "2")) == "award.void"
    assert (await sign_void(town, "2"))["winner"] is None
    assert await phase_of(town) is Phase.AWARDED
    record = await verified(town, tmp_path / "export")
    void = record.awards[TENDER, "2"].award.void
    assert void is not None
    assert (void.ground, len(record.awards[TENDER, "2"].award.rejected)) == (ALL, 3)
    assert len(record.boxes) == 4
    assert [one["lot"] for one in await entries(town, "award-voided")] == ["2"]


async def test_a_lot_that_somebody_is_left_for_is_not_void_because_all_were_rejected(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft("price"))
    envelopes = await bid_at(town, "price")
    assert await outcome(void_as_agency(town, "1")) == "award.not_opened"
    await open_stage(town, "price")
    for n in (1, 2):
        await reject_as_agency(town, envelopes[f"firm-{n}", "price"])

    assert await outcome(void_as_agency(town, "1")) == "award.somebody_left"
    await reject_as_agency(town, envelopes["firm-3", "price"])
    assert await outcome(void_as_agency(town, "1")) == "accepted"
    await sign_void(town, "1")
    assert await outcome(void_as_agency(town, "1")) == "award.already_made"
    assert await phase_of(town) is Phase.ENDED
    await verified(town, tmp_path / "export")


async def test_a_later_stage_stays_shut_where_the_first_was_not_opened(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft(*TWO))
    await bid_at(town, "price")
    await bid_at(town, "technical", firms=("firm-1", "firm-2"))
    await open_stage(town, "technical")
    await open_stage(town, "price")

    assert (await box_at(town, "price")).not_opened_at is not None
    assert [one["why"] for one in await entries(town, "box-not-opened")] == [
        "tender.min_bidders",
        "tender.earlier_stage",
    ]
    assert await phase_of(town) is Phase.ENDED
    assert (await box_at(town, "price")).key == place("price")
