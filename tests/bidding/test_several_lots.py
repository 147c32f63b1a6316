"""A tender of two lots by invitation: amended, one deadline moved, each lot opened on its own."""

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import export
from bidding.facts import BoxKey
from bidding.proof.verify import PublicRecord, verify_record
from bidding.types import Verdict
from notary.canonical import Json
from notary.instant import seconds
from notary.verify import Trust
from sql.database import Database
from tests.bidding.drafts import a_draft
from tests.bidding.revising import amend
from tests.bidding.town import (
    DEADLINE,
    TENDER,
    TRUSTEES,
    Town,
    a_town,
    announce,
    bid,
    release_as,
)
from trading.types import Stage

FIRST, SECOND = (BoxKey(TENDER, lot, Stage.SINGLE) for lot in ("1", "2"))
LATER = DEADLINE + timedelta(hours=1)
FIRMS = ("firm-1", "firm-2", "firm-3")


def two_lots() -> dict[str, Any]:
    """Make the draft of an invited tender with two lots."""
    invited: list[Json] = ["FIRM-1", "FIRM-2", "FIRM-3", "FIRM-4"]
    draft = a_draft(method="invited", invited=invited)
    second = deepcopy(draft["lots"][0])
    second["lot"] = "2"
    draft["lots"].append(second)
    return draft


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    town = await a_town(database, tmp_path)
    await announce(town, two_lots())
    return town


async def opened(town: Town, key: BoxKey, at: datetime) -> None:
    """Close a box, let two trustees release, and carry it to its end."""
    town.clock.move_to(at)
    await town.carry(key)
    for name in TRUSTEES[:2]:
        await release_as(town, name, key)
    await town.carry(key)


async def exported(town: Town, folder: Path) -> PublicRecord:
    """Write the public record, and read it as a stranger does."""
    await town.settle()
    await export.write(town.database, town.hall, town.vault, folder)
    return verify_record(folder, Trust())


def verdicts(record: PublicRecord) -> dict[str, list[str]]:
    return {
        box.box.lot: sorted(one.result.verdict for one in box.judged.values())
        for box in record.boxes
    }


async def test_each_lot_has_its_own_life_and_the_record_of_both_verifies(
    town: Town, tmp_path: Path
) -> None:
    for name in FIRMS:
        await bid(town, name, 100, FIRST)
        await bid(town, name, 200, SECOND)
    # The second lot is given an hour, and its bids have to be sealed again; the first is not.
    box: dict[str, Json] = {
        "stage": "single",
        "deadline": seconds(LATER),
        "max_bytes": 5_000_000,
        "reseal": True,
    }
    reason = {"zh": "二标段补充清单", "en": "a list was added to lot 2"}
    await amend(town, {"reason": reason, "lots": [{"lot": "2", "boxes": [box]}]})
    await bid(town, "firm-1", 210, SECOND)
    await bid(town, "firm-4", 220, SECOND)

    await opened(town, FIRST, DEADLINE)

    between = await exported(town, tmp_path / "between")
    assert verdicts(between) == {"1": [Verdict.OPENED] * 3}
    # Who was invited is nobody's to know while the second lot still takes bids.
    assert not list((tmp_path / "between").rglob("invited.json"))

    await opened(town, SECOND, LATER)

    record = await exported(town, tmp_path / "whole")
    assert verdicts(record) == {
        "1": [Verdict.OPENED] * 3,
        "2": [Verdict.IMPROPER] * 2 + [Verdict.OPENED] * 2,
    }
    assert len(list((tmp_path / "whole").rglob("invited.json"))) == 2
    notices = (tmp_path / "whole").rglob("notice/*.json")
    assert sorted(path.name for path in notices) == ["1.json", "1.json", "2.json", "2.json"]


async def test_a_list_of_the_invited_is_not_missing_after_the_last_closing(
    town: Town, tmp_path: Path
) -> None:
    for key in (FIRST, SECOND):
        for name in FIRMS:
            await bid(town, name, 100, key)
    await opened(town, FIRST, DEADLINE)
    await opened(town, SECOND, DEADLINE)
    record = await exported(town, tmp_path / "whole")

    assert verdicts(record) == {"1": [Verdict.OPENED] * 3, "2": [Verdict.OPENED] * 3}
    assert len(list((tmp_path / "whole").rglob("invited.json"))) == 2


async def test_one_lot_with_too_few_bids_does_not_end_the_other(town: Town) -> None:
    for name in FIRMS:
        await bid(town, name, 100, FIRST)
    await bid(town, "firm-1", 200, SECOND)
    town.clock.move_to(DEADLINE)
    await town.carry(SECOND)

    await opened(town, FIRST, DEADLINE)

    async with town.database.transaction() as tx:
        row = await tx.fetchrow(
            """
            SELECT ended_at, finished_at
              FROM trading.tender
              JOIN bidding.box USING (tender_id)
             WHERE lot = '1'
            """
        )
    assert row is not None
    assert row["ended_at"] is None
    assert row["finished_at"] is not None
