"""Two envelopes: what is rejected at the first stage stays shut at the second, and why is proved."""

from pathlib import Path

import pytest

from bidding import dossier, gate, grounds, rules
from bidding.lists import read_list
from bidding.steps import Step
from sql.database import Database
from tests.bidding.acts import verified
from tests.bidding.staged import (
    FIRMS,
    a_staged_draft,
    bid_at,
    box_at,
    open_stage,
    overturn_as_agency,
    place,
    reject_as_agency,
)
from tests.bidding.town import Town, a_town, announce, award_lot, release_as

TWO = ("technical", "price")


async def two_envelopes(database: Database, folder: Path) -> tuple[Town, dict[tuple[str, str], str]]:
    """Publish, take both envelopes of three firms, and open the technical ones."""
    town = await a_town(database, folder / "home", 4)
    await announce(town, a_staged_draft(*TWO))
    envelopes = await bid_at(town, *TWO)
    await open_stage(town, "technical")
    return town, envelopes


async def test_a_bid_rejected_at_the_first_stage_is_never_opened_at_the_second(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)
    await town.carry(place("price"))
    assert (await box_at(town, "price")).revised_at is None  # it waits for its opening
    await reject_as_agency(town, envelopes["firm-1", "technical"])

    assert await open_stage(town, "price") == [
        Step.REVISE,
        Step.ASK,
        Step.ANNOUNCE,
        Step.ANNOUNCE,
        Step.FINISH,
    ]
    box = await box_at(town, "price")
    assert box.revised_json is not None
    revised = read_list(box.revised_json)
    assert [one.envelope for one in revised.kept_shut] == [envelopes["firm-1", "price"]]
    awarded = await award_lot(town)
    assert awarded["winner"] == envelopes["firm-2", "price"]
    record = await verified(town, tmp_path / "export")
    shut = tmp_path / "export" / "tender" / place("price").tender / "1" / "price" / "bids"
    names = {path.name for path in (shut / envelopes["firm-1", "price"]).iterdir()}
    assert names == {"entry.tlog-proof"}
    assert [box.box.stage for box in record.boxes] == ["price", "technical"]


async def test_a_list_is_revised_also_if_nobody_was_rejected(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)

    assert Step.REVISE in await open_stage(town, "price")
    box = await box_at(town, "price")
    assert box.revised_json is not None
    assert read_list(box.revised_json).kept_shut == ()
    assert (await award_lot(town))["winner"] == envelopes["firm-1", "price"]
    await verified(town, tmp_path / "export")
