"""The life of a price-only tender, from its publication to its award."""

from pathlib import Path

import pytest

from bidding import dossier, rules
from bidding.steps import Step
from bidding.store import boxes, results
from sql.database import Database
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    a_town,
    announce,
    award_lot,
    bid,
    kinds,
    release_as,
)


async def test_three_bids_are_sealed_opened_and_the_lowest_wins(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)
    await bid(town, "firm-1", 1_300_000_000)
    cheapest = await bid(town, "firm-2", 1_200_000_000)
    await bid(town, "firm-3", 1_250_000_000)
    town.clock.move_to(DEADLINE)
    before = await town.carry()
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    after = await town.carry()
    awarded = await award_lot(town)

    assert before == [Step.CLOSE, Step.LIST, Step.ASK]
    assert after == [Step.ANNOUNCE, Step.ANNOUNCE, Step.ANNOUNCE, Step.FINISH]
    assert awarded["winner"] == cheapest["envelope"]
    async with database.transaction() as tx:
        told = await results.results_of(tx, BOX)
    assert [one.price_fen for one in told] == [1_300_000_000, 1_200_000_000, 1_250_000_000]
    assert (await kinds(town))[-1] == "bidding.awarded.v1"


async def test_one_bid_too_few_stays_shut(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)
    await bid(town, "firm-1", 1_300_000_000)
    await bid(town, "firm-2", 1_200_000_000)
    town.clock.move_to(DEADLINE)

    assert await town.carry() == [Step.CLOSE, Step.LIST, Step.LEAVE_SHUT]
    async with database.transaction() as tx:
        box = await boxes.box(tx, BOX)
    assert box is not None
    assert box.asked_at is None
    with pytest.raises(rules.LotNotOpened):
        await award_lot(town, TENDER)


async def test_an_owner_has_a_proof_of_its_envelope_once_the_box_has_closed(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)
    envelope = str((await bid(town, "firm-1", 1_300_000_000))["envelope"])
    await town.settle()
    with pytest.raises(rules.ProofPending):
        await dossier.receipt_proof(database, "FIRM-1", envelope)
    town.clock.move_to(DEADLINE)
    await town.carry()
    proof = await dossier.receipt_proof(database, "FIRM-1", envelope)

    assert proof.startswith(b"c2sp.org/tlog-proof@v1\n")
    with pytest.raises(rules.EnvelopeUnknown):
        await dossier.receipt_proof(database, "FIRM-2", envelope)
