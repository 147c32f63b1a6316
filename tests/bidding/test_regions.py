"""A county's supplement and a whole new set: files on the hall's shelf, and no code."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bidding import export
from bidding.proof.verify import verify_record
from bidding.steps import Step
from notary import authority, home
from notary.canonical import Json
from notary.instant import seconds
from notary.sums import NotVerified
from notary.verify import Trust
from sql.database import Database
from tests.bidding.town import Town, a_draft, a_town, announce, bid, once, release_as
from tests.notary.export import House
from tests.trading.shelves import ARTICLE, COUNTY, a_record, as_supplement, as_whole_set, put
from trading import counting
from trading import service as trading
from trading.rules import limits
from trading.rules.sets import rule_set

LAW = rule_set("construction/2026-11")
NEW = "construction/2027-01"
ISSUE = "tender.min_days_issue_to_deadline"
# Issued on 2 November: the 25th day is Friday, the 27th.
IN_TIME = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    """Open a hall with a county's supplement and a set of its own on its shelf."""
    town = await a_town(database, tmp_path)
    put(
        tmp_path / "rules",
        COUNTY,
        as_supplement(
            LAW,
            a_record(LAW, ISSUE, value=25),
            a_record(LAW, "tender.max_deposit_permille", value=10, article=f"{ARTICLE} 9"),
        ),
    )
    stricter = as_whole_set(LAW, tender__min_invitees=4, tender__min_bidders=4)
    put(tmp_path / "rules", NEW, stricter)
    return town


def a_wish(rules: str, deadline: datetime, **changes: Json) -> dict[str, Any]:
    draft = a_draft(rules=rules, **changes)
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(deadline)
    return draft


async def broken(town: Town, wish: dict[str, Any]) -> dict[str, limits.Counted]:
    """Draft, and return the limits that are broken, by rule."""
    drafter = town.people["drafter"].actor
    await trading.draft(town.database, town.hall, drafter, once(), wish)
    found = await counting.of_draft(town.database, town.hall, drafter, str(wish["tender"]))
    return {one.rule.id: one for one in found.limits if not one.is_kept}


async def test_a_countys_supplement_refuses_by_its_article_and_lies_in_the_record(
    town: Town, tmp_path: Path
) -> None:
    too_soon = await broken(town, a_wish(COUNTY, IN_TIME - timedelta(days=1), tender="T-0"))
    assert list(too_soon) == [ISSUE]
    assert (too_soon[ISSUE].needs, too_soon[ISSUE].has) == (25, 24)
    with pytest.raises(limits.DeadlineTooSoon) as refused:
        await announce(town, a_wish(COUNTY, IN_TIME - timedelta(days=1), tender="T-1"))
    assert refused.value.facts["article"] == f"{ARTICLE} 7"
    with pytest.raises(limits.DepositTooHigh) as too_much:
        await announce(town, a_wish(COUNTY, IN_TIME, tender="T-2", deposit_fen="15125001"))
    assert too_much.value.facts["article"] == f"{ARTICLE} 9"

    tender = await announce(town, a_wish(COUNTY, IN_TIME, deposit_fen="15125000"))

    notice = (await trading.record(town.database, town.hall, tender)).notices[-1].notice
    county = rule_set(COUNTY, town.hall.rules)
    assert (notice.rules.set, notice.rules.sha256) == (COUNTY, county.sha256)
    shutil.rmtree(tmp_path / "rules")  # what is pinned does not hang on the shelf
    await open_with(town, 3)
    await export.write(town.database, town.hall, town.vault, tmp_path / "export")
    files = {path.stem for path in (tmp_path / "export" / "rules").iterdir()}
    assert files == {county.sha256, LAW.sha256}
    verify_record(tmp_path / "export", Trust())
    assert refusal(town, tmp_path, LAW.sha256, LAW.data + b"\n").file == path(LAW.sha256)
    assert refusal(town, tmp_path, LAW.sha256, None).file == path(LAW.sha256)
    other = rule_set("demo/2026-11")
    assert refusal(town, tmp_path, other.sha256, other.data).file == path(other.sha256)


async def test_a_whole_new_set_is_a_file(town: Town) -> None:
    invited: list[Json] = ["FIRM-1", "FIRM-2", "FIRM-3"]
    few = await broken(town, a_wish(NEW, IN_TIME, method="invited", invited=invited))
    assert (few["tender.min_invitees"].needs, few["tender.min_invitees"].has) == (4, 3)

    await announce(town, a_wish(NEW, IN_TIME, method="invited", invited=[*invited, "FIRM-4"]))

    for name in ("firm-1", "firm-2", "firm-3"):
        await bid(town, name, 1_000_000_000)
    town.clock.move_to(IN_TIME)
    assert Step.LEAVE_SHUT in await town.carry()


async def open_with(town: Town, bidders: int) -> None:
    """Let so many bid, and open the box."""
    for n in range(1, bidders + 1):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
    town.clock.move_to(IN_TIME)
    await town.carry()
    for name in ("officer", "operator"):
        await release_as(town, name)
    await town.carry()
    town.clock.move_to(IN_TIME + timedelta(minutes=5))  # the confirmations are over
    await town.carry()


def refusal(town: Town, folder: Path, sha256: str, data: bytes | None) -> NotVerified:
    """Say how an export is refused with another file of rules in it, or with one file less."""
    copy = Path(shutil.copytree(folder / "export", folder / "copy"))
    if data is None:
        (copy / path(sha256)).unlink()
    else:
        (copy / path(sha256)).write_bytes(data)
    key = authority.load_key(folder / "hall.key")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    House(home.demo_authority(folder)[1], key, town.hall.certificate).reseal(copy)
    with pytest.raises(NotVerified) as refused:
        verify_record(copy, Trust())
    shutil.rmtree(copy)
    return refused.value


def path(sha256: str) -> str:
    return f"rules/{sha256}.toml"
