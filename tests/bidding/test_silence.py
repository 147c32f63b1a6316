"""Trustees that are silent for a day: everybody is told, nothing is lost, the bids open."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bidding.moving import move_boxes
from bidding.steps import Step
from notary.instant import seconds
from sql.database import Database
from tests.bidding.acts import box_facts, entries, outcome, told, verified
from tests.bidding.disputed import lawful
from tests.bidding.town import TENDER, Town, a_town, announce, bid, release_as
from trading import notice as notices
from trading import service as trading
from trading.revising import revise
from trading.types import Notice, Signed, Words

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    """Open a hall whose tender is held under the law's set, and bring it past its deadline."""
    town = await a_town(database, tmp_path / "home")
    await announce(town, lawful())
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
    town.clock.move_to((await box_facts(town)).deadline)
    await town.carry()
    await release_as(town, "operator")
    return town


async def test_two_of_three_trustees_silent_for_a_day_lose_nothing(
    town: Town, tmp_path: Path
) -> None:
    box = await box_facts(town)
    town.clock.move_to(box.release_by)
    assert await town.carry() == []
    town.clock.move_to(box.release_by + MICROSECOND)
    assert await town.carry() == [Step.POSTPONE]
    (postponed,) = await entries(town, "opening-postponed")
    assert (postponed["n"], postponed["missing"]) == (1, ["officer", "supervisor"])
    assert postponed["next"] == seconds(box.owner_by)

    town.clock.move_to(box.release_by + DAY)
    assert box.owner_by > town.clock.now
    assert await town.carry() == []
    await release_as(town, "officer")
    assert (await town.carry()).count(Step.ANNOUNCE) == 3
    town.clock.move_to(town.clock.now + timedelta(minutes=60))
    await town.carry()

    assert {one.verdict for one in await told(town)} == {"opened"}
    record = await verified(town, tmp_path / "export")
    (of_box,) = record.boxes
    assert {str(one.result.verdict) for one in of_box.judged.values()} == {"opened"}


async def revised(town: Town, **moved: datetime) -> str:
    """Let the purchaser move times of the closed box; return what became of it."""
    approver = town.people["approver"]

    async def act() -> None:
        async with town.database.transaction() as tx:
            held = await trading.hold_tender(tx, TENDER, "update")
            last = (await trading.revisions(tx, TENDER))[-1]
            notice = _moved(last.notice, last.notice_sha256, town.clock.now, **moved)
            text = notices.dump(notice)
            signed = Signed(json=text, p7s=approver.sign(text))
            await revise(
                tx,
                town.hall,
                held,
                signed,
                notice,
                town.clock.now,
                kind="trading.amended.v1",
                actor="ORG-PURCHASER",
                move_boxes=move_boxes,
            )

    return await outcome(act())


def _moved(last: Notice, sha256: str, at: datetime, **moved: datetime) -> Notice:
    (lot,) = last.lots
    (box,) = lot.boxes
    return replace(
        last,
        revision=last.revision + 1,
        previous=sha256,
        reason=Words(zh="保管人缺席", en="Key holders are away"),
        published=at.replace(microsecond=0),
        lots=(replace(lot, boxes=(replace(box, **moved),)),),  # type: ignore[arg-type]  # instants
    )


async def test_release_and_owner_times_move_later_and_the_postponement_is_told_again(
    town: Town, tmp_path: Path
) -> None:
    box = await box_facts(town)
    town.clock.move_to(box.release_by + MICROSECOND)
    await town.carry()
    release_by, owner_by = box.release_by + 2 * DAY, box.owner_by + 2 * DAY

    assert await revised(town, deadline=box.deadline + DAY) == "notice.malformed"
    assert await revised(town, release_by=box.release_by - DAY) == "notice.malformed"
    assert await revised(town, release_by=release_by, owner_by=owner_by) == "accepted"

    town.clock.move_to(release_by)
    assert await town.carry() == []
    town.clock.move_to(release_by + MICROSECOND)
    assert await town.carry() == [Step.POSTPONE]
    told_twice = [(one["n"], one["next"]) for one in await entries(town, "opening-postponed")]
    assert told_twice == [(1, seconds(box.owner_by)), (2, seconds(owner_by))]
    town.clock.move_to(owner_by)
    await release_as(town, "supervisor")
    assert (await town.carry()).count(Step.ANNOUNCE) == 3
    town.clock.move_to(town.clock.now + timedelta(minutes=60))
    await town.carry()
    record = await verified(town, tmp_path / "export")
    assert [one.kind for one in record.boxes[0].basis.revisions][-1] == "trading.amended"


async def test_after_owner_by_nothing_of_a_closed_box_moves(town: Town) -> None:
    box = await box_facts(town)
    later = box.owner_by + DAY

    town.clock.move_to(box.owner_by)
    assert await revised(town, owner_by=later) == "notice.malformed"
    town.clock.move_to(box.owner_by - timedelta(seconds=1))
    assert await revised(town, owner_by=later) == "accepted"
