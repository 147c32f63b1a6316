"""The mode bidder: no shares; each bid is opened by whoever sealed it, or it stays shut."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.clients.sealing import SealedBid
from bidding.steps import Step
from bidding.types import Verdict
from notary.assurance import Answer
from notary.instant import seconds
from sql.database import Database
from tests.bidding.acts import box_facts, entries, outcome, show_secret, told, verified
from tests.bidding.town import (
    BOX,
    Town,
    a_draft,
    a_town,
    announce,
    policy_of,
    seal_as,
    submit_as,
)
from tests.trading.shelves import as_whole_set, put
from trading.rules.limits import OwnerModeForbidden
from trading.rules.sets import rule_set
from trading.types import Mode

LAW = rule_set("construction/2026-11")
OWN = "construction/2027-01"
CEILING = 1_512_500_000
WINDOW = timedelta(minutes=30)
CONFIRMED = timedelta(minutes=10)
DEADLINE = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def by_owner(rules: str = OWN) -> dict[str, Any]:
    """Draft a tender that has no key holders."""
    draft = a_draft(rules=rules, trustees=[], k=0)
    draft["lots"][0]["boxes"][0] |= {"mode": "bidder", "deadline": seconds(DEADLINE)}
    return draft


async def a_small_hall(database: Database, folder: Path, below_fen: int = CEILING + 1) -> Town:
    """Open a hall that lets bidders open their own bids below an amount."""
    town = await a_town(database, folder / "home")
    law = as_whole_set(LAW, hall__sealing_mode_max_fen=below_fen)
    put(folder / "home" / "rules", OWN, law)
    return town


async def three_bids(town: Town) -> list[SealedBid]:
    """Seal and submit three bids, bring the box past its deadline, and ask for their secrets."""
    await announce(town, by_owner())
    bids = [await seal_as(town, f"firm-{n}", 1_000_000_000 + n) for n in (1, 2, 3)]
    for n, sealed in enumerate(bids, start=1):
        await submit_as(town, f"firm-{n}", sealed)
    town.clock.move_to(DEADLINE)
    assert Step.ASK in await town.carry()
    return bids


async def finished(town: Town, folder: Path) -> dict[str, tuple[str, str | None]]:
    """Carry the box to its end and verify its record: verdict and code of each envelope."""
    await town.carry()
    town.clock.move_to(town.clock.now + CONFIRMED)
    await town.carry()
    record = await verified(town, folder)
    [box] = record.boxes
    assert next(iter(record.card(BOX.tender))).answer is Answer.YES
    return {
        one.result.envelope: (one.result.verdict, one.result.code) for one in box.judged.values()
    }


async def test_each_bidder_opens_its_own_and_the_record_is_verified(
    database: Database, tmp_path: Path
) -> None:
    town = await a_small_hall(database, tmp_path)
    bids = await three_bids(town)
    box, policy = await box_facts(town), await policy_of(town, BOX)

    for sealed in bids[:2]:
        await show_secret(town, sealed)
        assert Step.ANNOUNCE not in await town.carry()  # together, so that nobody decides last
    await show_secret(town, bids[2])
    steps = await town.carry()

    assert (policy.mode, policy.k, policy.groups) == (Mode.BIDDER, 0, ())
    assert box.release_by == box.owner_by == DEADLINE + WINDOW
    assert steps.count(Step.ANNOUNCE) == 3
    assert [one.price_fen for one in await told(town)] == [1_000_000_001 + n for n in range(3)]
    verdicts = await finished(town, tmp_path / "record")
    assert set(verdicts.values()) == {(Verdict.OPENED, None)}
    assert await entries(town, "opening-postponed") == []


async def test_who_shows_nothing_by_the_end_stays_shut_and_the_others_are_opened(
    database: Database, tmp_path: Path
) -> None:
    town = await a_small_hall(database, tmp_path)
    bids = await three_bids(town)
    owner_by = (await box_facts(town)).owner_by
    await show_secret(town, bids[0])

    town.clock.move_to(owner_by - MICROSECOND)
    assert await town.carry() == []
    town.clock.move_to(owner_by)
    await show_secret(town, bids[1])
    assert (await town.carry()).count(Step.ANNOUNCE) == 2
    town.clock.move_to(owner_by + MICROSECOND)
    late = await outcome(show_secret(town, bids[2]))

    verdicts = await finished(town, tmp_path / "record")
    assert late == "accepted"  # taken, and it opens nothing any more
    assert [verdicts[one.envelope_id] for one in bids] == [
        (Verdict.OPENED, None),
        (Verdict.OPENED, None),
        (Verdict.UNOPENED, "E-SEAL-UNCURED"),
    ]
    assert {one.fault for one in await told(town) if one.code} == {"bidder"}


@pytest.mark.parametrize("below", [CEILING, CEILING + 1])
async def test_it_is_for_ceilings_below_the_amount_of_the_set_and_not_at_it(
    database: Database, tmp_path: Path, below: int
) -> None:
    town = await a_small_hall(database, tmp_path, below_fen=below)

    if below > CEILING:
        await announce(town, by_owner())
    else:
        with pytest.raises(OwnerModeForbidden):
            await announce(town, by_owner())


async def test_a_set_that_says_nothing_else_forbids_it(database: Database, tmp_path: Path) -> None:
    town = await a_small_hall(database, tmp_path)

    with pytest.raises(OwnerModeForbidden):
        await announce(town, by_owner(LAW.name))
