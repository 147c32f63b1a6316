"""A change that affects bids leaves fifteen days, or the deadline moves (招标投标法 23)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notary.canonical import Json
from notary.instant import seconds
from sql.database import Database
from tests.bidding.disputed import DEADLINE, lawful
from tests.bidding.revising import a_change, amend, in_force, prepare
from tests.bidding.town import TENDER, Town, a_town, announce, once
from trading import clarifying
from trading.rules.limits import ChangedTooLate

# The deadline is on 23 November, Beijing: the last day that leaves fifteen is the eighth.
LAST = datetime(2026, 11, 8, 15, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    town = await a_town(database, tmp_path)
    await announce(town, lawful())
    return town


def a_ceiling(fen: str, **box: Json) -> dict[str, Json]:
    """Make a change of the ceiling, and of the box."""
    change = a_change("1", "single", **box)
    change["lots"][0]["ceiling_fen"] = fen
    return change


async def test_a_change_that_affects_bids_leaves_its_days(town: Town) -> None:
    town.clock.move_to(LAST + SECOND)
    with pytest.raises(ChangedTooLate) as refused:
        await prepare(town, a_ceiling("1500000000"))
    assert (refused.value.facts["needs"], refused.value.facts["has"]) == (15, 14)

    town.clock.move_to(LAST)
    await amend(town, a_ceiling("1500000000"))

    assert (await in_force(town)).lots[0].ceiling_fen == 1500000000


async def test_a_later_change_takes_the_deadline_with_it(town: Town) -> None:
    town.clock.move_to(LAST + SECOND)

    await amend(town, a_ceiling("1500000000", deadline=seconds(DEADLINE + DAY)))

    assert (await in_force(town)).lots[0].boxes[0].deadline == DEADLINE + DAY


async def test_a_deadline_alone_moves_later_at_any_time(town: Town) -> None:
    town.clock.move_to(DEADLINE - SECOND)

    await amend(town, a_change(deadline=seconds(DEADLINE + DAY)))


async def test_an_answer_that_affects_bids_leaves_its_days_too(town: Town) -> None:
    town.clock.move_to(LAST + SECOND)
    with pytest.raises(ChangedTooLate):
        await clarify(town, affects=True)
    await clarify(town, affects=False)

    town.clock.move_to(LAST)
    await clarify(town, affects=True)


async def clarify(town: Town, *, affects: bool) -> None:
    await clarifying.clarify(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        TENDER,
        question=None,
        asked=None,
        answer="按图纸 3 施工。",
        affects=affects,
    )
