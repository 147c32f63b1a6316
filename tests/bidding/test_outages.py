"""An outage over a deadline, in a town whose clock moves when told: what counts, what moves."""

from datetime import datetime
from pathlib import Path

import pytest

from bidding import outages, rules
from bidding.outages import INTERRUPTED, RECORDED, UNINTERRUPTED
from bidding.steps import Step
from notary import rooms
from notary.instant import seconds
from notary.rooms import Event
from sql.database import Database
from tests.bidding.acts import appended, box_facts, outcome, verified, withdraw_as
from tests.bidding.hearts import MINUTE, SECOND, live_until, stand_until
from tests.bidding.supervision import pause_as
from tests.bidding.town import (
    DEADLINE,
    TENDER,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    bid,
    once,
    release_as,
    seal_as,
    submit_as,
)
from trading import service as trading
from trading.types import Notice, Words

EVIDENCE = "ab" * 32
REASON = Words(zh="专线中断", en="The leased line was cut")
RECOVERED = DEADLINE + 20 * MINUTE


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    """Open a hall with a published tender, ten minutes before its deadline, with two bids."""
    town = await a_town(database, tmp_path / "home")
    await announce(town)
    await bid(town, "firm-1", 1_000_000_000)
    await bid(town, "firm-2", 900_000_000)
    await live_until(town, DEADLINE - 10 * MINUTE)
    return town


async def events(town: Town) -> list[Event]:
    found = await box_facts(town)
    async with town.database.transaction() as tx:
        return await rooms.read(tx, found.room, 0)


async def notices(town: Town) -> list[Notice]:
    async with town.database.transaction() as tx:
        return [one.notice for one in await trading.revisions(tx, TENDER)]


async def open_after(town: Town) -> None:
    """Let the box close at its moved deadline, and be opened by two trustees."""
    await live_until(town, (await box_facts(town)).open_at)
    await town.carry()
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()


async def record(town: Town, who: str = "operator", **changes: object) -> str:
    act = outages.record(
        town.database,
        town.hall,
        town.people[who].actor,
        once(who),
        TENDER,
        deadline=changes.get("deadline", DEADLINE + 60 * MINUTE),  # type: ignore[arg-type]
        evidence_sha256=EVIDENCE,
        reason=REASON,
    )
    return await outcome(act)


async def test_a_bid_after_an_outage_over_the_deadline_counts_and_the_record_says_why(
    town: Town, tmp_path: Path
) -> None:
    await stand_until(town, RECOVERED)
    late = await bid(town, "firm-3", 800_000_000)  # before the clerk has looked: provisional
    assert late["provisional"] is True
    assert await town.carry() == [Step.TELL, Step.EXTEND]
    judged = await bid(town, "firm-4", 850_000_000)
    assert judged["provisional"] is False
    await open_after(town)

    moved = await box_facts(town)
    assert moved.deadline == RECOVERED + 30 * SECOND
    record = await verified(town, tmp_path / "export")
    (of_box,) = record.boxes
    listed = {one.envelope for one in of_box.closing.closing_list.envelopes}
    assert late["envelope"] in listed
    assert len(listed) == 4
    assert [one.kind for one in of_box.basis.revisions] == [
        "trading.published",
        "trading.outage-recorded",
    ]
    reason = of_box.basis.revisions[-1].notice.reason
    assert reason is not None
    assert "2026-11-02 09:20:00 – 2026-11-02 09:50:00" in reason.en


async def test_the_room_is_told_of_the_interruption_and_of_what_moved(town: Town) -> None:
    await stand_until(town, RECOVERED)
    await town.carry()

    interrupted, moved, recorded = await events(town)

    assert (interrupted.kind, interrupted.leaf) == (INTERRUPTED, None)
    assert interrupted.data == {"began": "2026-11-02T01:20:00.000000Z", "until": None}
    assert (recorded.kind, recorded.data) == (RECORDED, {"revision": 2})
    assert recorded.leaf is not None
    assert moved.kind == "bidding.box-moved.v1"
    assert moved.data == {
        "revision": 2,
        "deadline": "2026-11-02T01:50:30Z",
        "open_at": "2026-11-02T01:50:30Z",
    }


async def test_a_box_is_not_closed_before_every_heart_beats(town: Town) -> None:
    town.clock.move_to(RECOVERED)

    assert await town.carry() == [Step.TELL]
    assert (await box_facts(town)).closing_at is None


async def test_a_shorter_gap_changes_nothing(town: Town) -> None:
    await stand_until(town, town.clock.now + 30 * SECOND)
    await live_until(town, DEADLINE)

    assert (await town.carry())[0] is Step.CLOSE
    assert len(await notices(town)) == 1


async def test_at_the_deadline_without_an_outage_nobody_is_let_in(town: Town) -> None:
    sealed = await seal_as(town, "firm-3", 800_000_000)
    await live_until(town, DEADLINE)

    with pytest.raises(rules.BiddingClosed):
        await submit_as(town, "firm-3", sealed)


async def test_under_a_set_without_hours_what_ended_in_time_moves_nothing(town: Town) -> None:
    await stand_until(town, DEADLINE - 31 * SECOND)
    await town.carry()
    await live_until(town, DEADLINE)

    assert Step.CLOSE in await town.carry()
    assert len(await notices(town)) == 1


@pytest.fixture
async def early(database: Database, tmp_path: Path) -> Town:
    """Give a town whose hall stood still from T-25 min to T-15 min: people may judge that."""
    town = await a_town(database, tmp_path / "home")
    await live_until(town, town.clock.now + 5 * MINUTE)
    await announce(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_000_000_000 - n)
    await stand_until(town, DEADLINE - 15 * MINUTE)
    return town


async def test_a_provisional_bid_counts_only_where_the_deadline_moves_behind_it(
    early: Town, tmp_path: Path
) -> None:
    assert await early.carry() == [Step.TELL]
    first = await seal_as(early, "firm-1", 700_000_000)
    await live_until(early, DEADLINE + 5 * MINUTE)
    again = await submit_as(early, "firm-1", first)
    await withdraw_as(early, "firm-2", await _envelope(early, "FIRM-2"))
    await live_until(early, DEADLINE + 15 * MINUTE - SECOND)
    assert await early.carry() == []

    await live_until(early, DEADLINE + 15 * MINUTE)
    steps = await early.carry()
    assert steps[:3] == [Step.TELL, Step.CLOSE, Step.LIST]
    for name in TRUSTEES[:2]:
        await release_as(early, name)
    await early.carry()
    record = await verified(early, tmp_path / "export")
    (of_box,) = record.boxes
    listed = {one.envelope for one in of_box.closing.closing_list.envelopes}
    assert again["envelope"] not in listed
    assert len(listed) == 3
    assert {str(one.result.verdict) for one in of_box.judged.values()} == {"opened"}
    assert [event.kind for event in await events(early)][:3] == [
        INTERRUPTED,
        UNINTERRUPTED,
        "bidding.deadline-passed.v1",
    ]


async def _envelope(town: Town, bidder: str) -> str:
    async with town.database.transaction() as tx:
        found: str = await tx.fetchval(
            "SELECT envelope_id FROM bidding.envelope WHERE bidder = $1", bidder
        )
    return found


async def test_people_judge_an_earlier_gap_and_the_provisional_bid_counts(
    early: Town, tmp_path: Path
) -> None:
    first = await seal_as(early, "firm-4", 700_000_000)
    await live_until(early, DEADLINE + 5 * MINUTE)
    again = await submit_as(early, "firm-4", first)
    assert await record(early) == "accepted"
    assert (await box_facts(early)).deadline == DEADLINE + 60 * MINUTE
    await open_after(early)

    proved = await verified(early, tmp_path / "export")

    (of_box,) = proved.boxes
    listed = {one.envelope for one in of_box.closing.closing_list.envelopes}
    assert again["envelope"] in listed
    acts = [fields["actor"] for kind, fields in await appended(early) if kind == RECORDED]
    assert acts == ["ORG-OPERATOR"]
    reason = (await notices(early))[-1].reason
    assert reason is not None
    assert EVIDENCE in reason.zh


async def test_an_act_gives_back_at_least_what_the_heartbeat_misses(early: Town) -> None:
    lost = DEADLINE - 15 * MINUTE - (await _last_beat(early))

    assert await record(early, deadline=DEADLINE + lost - SECOND) == "outage.too_short"
    assert await record(early, deadline=DEADLINE + lost) == "accepted"


async def _last_beat(town: Town) -> datetime:
    """Return when the hall was heard last before the gap."""
    async with town.database.transaction() as tx:
        found: datetime = await tx.fetchval("SELECT min(last_at) FROM notary.heartbeat")
    return found


async def test_before_the_last_hour_there_is_time_to_amend(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    draft = a_draft()
    later = DEADLINE + 60 * MINUTE
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(later)
    await announce(town, draft)

    town.clock.move_to(later - 60 * MINUTE - SECOND)
    assert await record(town, deadline=later + MINUTE) == "outage.too_early"
    town.clock.move_to(later - 60 * MINUTE)
    assert await record(town, deadline=later + MINUTE) == "accepted"


async def test_a_closing_is_set_aside_until_the_first_share_is_asked_for(
    town: Town, tmp_path: Path
) -> None:
    await bid(town, "firm-3", 800_000_000)
    await pause_as(town, "supervisor")
    await live_until(town, DEADLINE)
    assert await town.carry() == [Step.CLOSE, Step.LIST]
    await live_until(town, DEADLINE + MINUTE)
    assert await record(town, "officer", deadline=DEADLINE + 30 * MINUTE) == "accepted"

    reopened = await box_facts(town)
    assert (reopened.closing, reopened.closing_at, reopened.list_json) == (2, None, None)
    await bid(town, "firm-4", 700_000_000)
    assert await _held(town) == 1  # what the first closing let out is out; this waits again
    await open_after(town)
    assert await record(town) == "outage.too_late"
    proved = await verified(town, tmp_path / "export")
    (of_box,) = proved.boxes
    assert len(of_box.closing.closing_list.envelopes) == 4
    closings = [
        (kind.split(".")[1], fields["closing"])
        for kind, fields in await appended(town)
        if kind in {"bidding.box-closed.v1", "bidding.box-reopened.v1"}
    ]
    assert closings == [("box-closed", 1), ("box-reopened", 1), ("box-closed", 2)]


async def _held(town: Town) -> int:
    """Count the entries that wait for the closing of the box."""
    await town.settle()
    async with town.database.transaction() as tx:
        found: int = await tx.fetchval(
            "SELECT count(*) FROM notary.ledger_pending WHERE hold IS NOT NULL"
        )
    return found
