"""Open data: secret before the opening, whole after it, and what a stranger's merge gives."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bidding import standing
from bidding.contract import Due
from notary.shape import Fen
from sql.database import Database
from sql.postgres import EmbeddedPostgres
from tests import shared
from tests.bidding import agreed
from tests.bidding.drafts import TENDER
from tests.bidding.town import Town, a_town, announce, award_lot, bid
from tests.web.exported import export_a_town
from web import ocds, publishing
from web.ocds import Publisher

WHO = Publisher(name="大厅", origin="https://hall.example", prefix="ocds-213czf")
JUDGE = Path(__file__).parents[2] / ".ocds" / "bin" / "python"
PRICES = (1_076_700_000, 1_088_000_001)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    made = await a_town(database, tmp_path, firms=3)
    await announce(made)
    for n, price in enumerate(PRICES, start=1):
        await bid(made, f"firm-{n}", price)
    await bid(made, "firm-3", PRICES[1] + 100)
    return made


async def package(town: Town) -> dict[str, Any]:
    """Return the record package of the town's tender, read as a stranger reads it."""
    made = await publishing.releases(town.database, WHO, TENDER)
    text = ocds.record_package(WHO, "https://hall.example/all", town.clock.now, [made])
    read: dict[str, Any] = json.loads(text, parse_float=str)
    return read


async def test_before_the_opening_nothing_says_that_anybody_has_bid(town: Town) -> None:
    for step in ("taking bids", "closed, shares not complete"):
        text = json.dumps(await package(town))
        for secret in ("bids", "tenderer", "numberOfTenderers", "FIRM-", "supplier"):
            assert secret not in text, step
        town.clock.move_to(
            (await standing.of_tender(town.database, TENDER))[0].standing.box.deadline
        )
        await town.carry()


async def test_at_the_end_of_the_opening_everything_appears_at_once(town: Town) -> None:
    await town.open_box()
    (record,) = (await package(town))["records"]

    notice, opening = record["releases"]
    assert (notice["tag"], opening["tag"]) == (["tender"], ["tenderUpdate"])
    assert notice["tender"]["value"] == {"amount": "15125000.00", "currency": "CNY"}
    assert opening["tender"]["numberOfTenderers"] == 3
    details = opening["bids"]["details"]
    assert {one["value"]["amount"] for one in details} >= {"10767000.00", "10880000.01"}
    assert {one["status"] for one in details} == {"pending"}
    assert record["compiledRelease"]["tag"] == ["compiled"]
    assert record["compiledRelease"]["date"] == opening["date"]


async def test_an_award_names_who_won_and_what_became_of_every_bid(town: Town) -> None:
    await town.open_box()
    await award_lot(town)
    (record,) = (await package(town))["records"]
    whole = record["compiledRelease"]

    assert [one["tag"] for one in record["releases"]][2:] == [["award"], ["awardUpdate"]]
    (award,) = whole["awards"]
    assert (award["status"], award["value"]["amount"]) == ("active", "10767000.00")
    assert [one["id"] for one in award["suppliers"]] == ["FIRM-1"]
    assert whole["tender"]["lots"][0]["status"] == "complete"
    assert {one["status"] for one in whole["bids"]["details"]} == {"valid"}
    roles = {one["id"]: one["roles"] for one in whole["parties"]}
    assert roles["FIRM-1"] == ["tenderer", "supplier"]
    assert roles["ORG-PURCHASER"] == ["buyer"]
    named = {one["id"] for one in whole["parties"]}
    assert {one["tenderers"][0]["id"] for one in whole["bids"]["details"]} <= named


async def test_a_contract_is_published_as_it_is_signed_changed_performed_and_ended(
    town: Town,
) -> None:
    await town.open_box()
    await award_lot(town)
    today = agreed.today(town)
    await agreed.sign(town, agreed.a_paper(town, amount_fen=Fen(PRICES[0])))
    paid = agreed.a_plan(town, what=Due.PAYMENT, amount_fen=Fen(5_050))
    await agreed.plan(town, paid)
    await agreed.report(town, "drafter")
    waiting = json.dumps(await package(town))
    await agreed.acknowledge(town, "firm-1")
    more = agreed.a_paper(town, amount_fen=Fen(PRICES[0] + 1), days=200, reason="design")
    await agreed.change(town, more)
    await agreed.end(town)
    (record,) = (await package(town))["records"]
    (contract,) = record["compiledRelease"]["contracts"]

    assert "implementation" not in waiting
    assert {one["tag"][0] for one in record["releases"][4:]} == {
        "contract",
        "implementation",
        "contractAmendment",
        "contractTermination",
    }
    (award,) = record["compiledRelease"]["awards"]
    assert contract["awardID"] == award["id"]
    assert (contract["status"], contract["value"]["amount"]) == ("terminated", "10767000.01")
    assert contract["period"]["durationInDays"] == 200
    assert contract["period"]["endDate"] == f"{today}T00:00:00+08:00"
    (payment,) = contract["implementation"]["transactions"]
    assert payment["value"] == {"amount": "50.50", "currency": "CNY"}


async def test_merging_copies_and_never_changes_what_it_merges(town: Town) -> None:
    await town.open_box()
    await award_lot(town)
    made = await publishing.releases(town.database, WHO, TENDER)
    before = json.dumps(made, default=str)

    ocds.compiled(made)

    assert json.dumps(made, default=str) == before
    assert made == await publishing.releases(town.database, WHO, TENDER)


@pytest.mark.nightly
def test_independent_judges_find_nothing(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    tools = shared.path("tools") / "ocds"
    assert JUDGE.is_file(), "make judge"
    records = export_a_town(postgres, tmp_path).ocds
    package = json.loads(records.read_bytes())
    ours = {one["ocid"]: one["compiledRelease"] for one in package["records"]}
    flat = tmp_path / "releases.json"
    every = [release for one in package["records"] for release in one["releases"]]
    del package["records"]
    flat.write_text(json.dumps({**package, "releases": every}))

    said = subprocess.run(
        [JUDGE, tools / "ocds_offline.py", records, flat],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    merged = subprocess.run(
        [
            JUDGE.parent / "ocdskit",
            *("compile", "--package", "--schema", tools / "release-schema-1.1.5.json"),
        ],
        input=flat.read_bytes(),
        capture_output=True,
        timeout=300,
        check=True,
    )
    theirs = json.loads(merged.stdout)["records"]
    assert {one["ocid"]: one["compiledRelease"] for one in theirs} == ours
    assert len(ours) == 4
