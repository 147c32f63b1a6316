"""The mode hosted: a branch has its bids opened by the trustees of the city, and by no others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidding import rules
from bidding.rules import NotHosted
from bidding.types import Verdict
from sql.database import Database
from tests.bidding.town import BOX, TRUSTEES, Town, a_draft, a_town, announce, bid, policy_of
from trading.types import Mode

BRANCH = "chengbei"


def hosted() -> dict[str, Any]:
    draft = a_draft()
    draft["lots"][0]["boxes"][0]["mode"] = "hosted"
    return draft


async def a_branch(database: Database, folder: Path) -> Town:
    """Open a town whose agency belongs to a branch."""
    town = await a_town(database, folder, firms=3)
    drafter = town.people["drafter"]
    town.people["drafter"] = replace(drafter, actor=replace(drafter.actor, branch=BRANCH))
    return town


async def test_the_citys_trustees_open_the_bids_of_a_branch(
    database: Database, tmp_path: Path
) -> None:
    town = await a_branch(database, tmp_path)
    await announce(town, hosted())
    for price, name in enumerate(("firm-1", "firm-2", "firm-3"), start=1000):
        await bid(town, name, price)

    await town.open_box()

    assert (await policy_of(town, BOX)).mode == Mode.HOSTED
    async with database.transaction() as tx:
        found = await tx.fetch("SELECT DISTINCT verdict FROM bidding.result")
    assert [row["verdict"] for row in found] == [Verdict.OPENED]


async def test_the_hall_itself_is_hosted_by_nobody(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path)

    with pytest.raises(NotHosted):
        await announce(town, hosted())


@pytest.mark.parametrize("name", TRUSTEES)
async def test_no_body_of_a_branch_holds_a_key_of_a_hosted_box(
    database: Database, tmp_path: Path, owner_dsn: str, name: str
) -> None:
    town = await a_branch(database, tmp_path)
    owner = await Database.open(owner_dsn)
    async with owner.transaction() as tx:
        body = f"ORG-{name.upper()}"
        await tx.execute(
            "UPDATE notary.organisation SET branch = $1 WHERE org_id = $2", "other", body
        )
    await owner.close()

    with pytest.raises(NotHosted) as refused:
        await announce(town, hosted())

    assert refused.value.facts == {"org": body}


def test_the_rule_asks_for_a_branch_and_for_holders_of_none() -> None:
    rules.require_hosted(BRANCH, {"A": None, "B": None})

    with pytest.raises(NotHosted):
        rules.require_hosted(None, {"A": None})
    with pytest.raises(NotHosted):
        rules.require_hosted(BRANCH, {"A": None, "B": BRANCH})
