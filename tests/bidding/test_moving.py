"""A revision of the notice moves the boxes of its tender, and never what a closed one holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bidding import rules
from bidding.clients.gate import require_sound
from bidding.facts import BoxFacts
from bidding.moving import move_boxes
from bidding.store import boxes
from notary.canonical import sha256_hex
from sql.database import Database
from tests.bidding.revising import cleared_for_release
from tests.bidding.town import BOX, DEADLINE, TENDER, Town, a_town, announce, bid, kinds
from trading import notice as notices
from trading import service as trading
from trading.revising import RevisionKind, revise
from trading.rules.approval import NoticeMalformed, NoticeStale
from trading.rules.revisions import RevisionOutdated
from trading.types import Box, Notice, Signed, Words

LATER = timedelta(days=1)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    town = await a_town(database, tmp_path)
    await announce(town)
    return town


async def in_force(town: Town) -> Notice:
    async with town.database.transaction() as tx:
        return (await trading.revisions(tx, TENDER))[-1].notice


async def the_box(town: Town) -> BoxFacts:
    async with town.database.transaction() as tx:
        found = await boxes.box(tx, BOX)
    assert found is not None
    return found


def following(before: Notice, at: datetime, change: Callable[[Box], Box]) -> Notice:
    """Return the next revision, each box changed."""
    return replace(
        before,
        revision=before.revision + 1,
        previous=sha256_hex(notices.dump(before)),
        reason=Words(zh="补充图纸", en="drawings added"),
        published=at.replace(microsecond=0),
        lots=tuple(
            replace(lot, boxes=tuple(change(replace(box, reseal=False)) for box in lot.boxes))
            for lot in before.lots
        ),
    )


def moved(by: timedelta) -> Callable[[Box], Box]:
    """Move every time of a box."""
    names = ("deadline", "parts_by", "open_at", "release_by", "owner_by")
    return lambda box: replace(box, **{name: getattr(box, name) + by for name in names})


def released(by: timedelta) -> Callable[[Box], Box]:
    """Move the release times alone."""
    return lambda box: replace(box, release_by=box.release_by + by, owner_by=box.owner_by + by)


async def revised(town: Town, notice: Notice, kind: RevisionKind = "trading.amended.v1") -> None:
    text = notices.dump(notice)
    signed = Signed(text, town.people["approver"].sign(text))
    async with town.database.transaction() as tx:
        held = await trading.hold_tender(tx, TENDER, "update")
        await revise(
            tx,
            town.hall,
            held,
            signed,
            notice,
            await town.hall.clock(tx),
            kind=kind,
            actor=notice.purchaser,
            move_boxes=move_boxes,
        )


async def close(town: Town) -> None:
    """Let enough bids come in, and the box close on them."""
    for n in range(1, 4):
        await bid(town, f"firm-{n}", 100 + n)
    town.clock.move_to(DEADLINE)
    await town.carry()


async def test_a_moved_deadline_moves_the_box_and_the_tender(town: Town) -> None:
    notice = following(await in_force(town), town.clock.now, moved(LATER))

    await revised(town, notice)

    box = await the_box(town)
    assert box.deadline == box.open_at == DEADLINE + LATER
    async with town.database.transaction() as tx:
        tender = await trading.hold_tender(tx, TENDER)
    assert tender.facts.deadline == DEADLINE + LATER
    assert (await kinds(town))[-1] == "trading.amended.v1"
    assert await in_force(town) == notice


async def test_a_bid_counts_one_microsecond_before_the_moved_deadline(town: Town) -> None:
    await revised(town, following(await in_force(town), town.clock.now, moved(LATER)))
    town.clock.move_to(DEADLINE + LATER - timedelta(microseconds=1))

    await bid(town, "firm-1", 100)

    town.clock.move_to(DEADLINE + LATER)
    with pytest.raises(rules.BiddingClosed):
        await bid(town, "firm-2", 100)


async def test_a_deadline_moves_until_it_has_passed_and_never_after(town: Town) -> None:
    before = await in_force(town)
    town.clock.move_to(DEADLINE)
    late = following(before, town.clock.now, moved(LATER))

    with pytest.raises(NoticeMalformed):
        await revised(town, late)

    town.clock.move_to(DEADLINE - timedelta(seconds=1))
    await revised(town, following(before, town.clock.now, moved(LATER)))


async def test_an_outage_moves_a_passed_deadline_of_a_box_that_is_not_closed(town: Town) -> None:
    town.clock.move_to(DEADLINE + timedelta(minutes=20))
    notice = following(await in_force(town), town.clock.now, moved(LATER))

    await revised(town, notice, "trading.outage-recorded.v1")

    assert (await the_box(town)).deadline == DEADLINE + LATER


async def test_no_outage_moves_the_deadline_of_a_closed_box(town: Town) -> None:
    await close(town)
    notice = following(await in_force(town), town.clock.now, moved(LATER))

    with pytest.raises(rules.BoxClosed):
        await revised(town, notice, "trading.outage-recorded.v1")

    assert (await the_box(town)).deadline == DEADLINE


async def test_the_release_of_a_closed_box_moves_later(town: Town) -> None:
    await close(town)
    before = await the_box(town)

    await revised(town, following(await in_force(town), town.clock.now, released(LATER)))

    after = await the_box(town)
    assert (after.release_by, after.owner_by) == (
        before.release_by + LATER,
        before.owner_by + LATER,
    )


async def test_nothing_voids_the_bids_of_a_closed_box(town: Town) -> None:
    await close(town)
    notice = following(await in_force(town), town.clock.now, lambda box: replace(box, reseal=True))

    with pytest.raises(NoticeMalformed):
        await revised(town, notice)


async def test_a_revision_that_another_one_overtook_is_refused(town: Town) -> None:
    before = await in_force(town)
    await revised(town, following(before, town.clock.now, moved(LATER)))

    with pytest.raises(RevisionOutdated):
        await revised(town, following(before, town.clock.now, moved(2 * LATER)))


async def test_a_revision_is_published_within_ten_minutes(town: Town) -> None:
    notice = following(await in_force(town), town.clock.now, moved(LATER))
    town.clock.move_to(notice.published + notices.WINDOW + timedelta(microseconds=1))

    with pytest.raises(NoticeStale):
        await revised(town, notice)

    town.clock.move_to(notice.published + notices.WINDOW)
    await revised(town, notice)


async def test_a_revision_keeps_all_its_boxes(town: Town) -> None:
    before = await in_force(town)
    more = following(before, town.clock.now, lambda box: box)
    lot = replace(more.lots[0], lot="2")

    with pytest.raises(rules.BoxesDiffer):
        await revised(town, replace(more, lots=(*more.lots, lot)))


async def test_a_duty_client_follows_an_outage_that_the_hall_signed(
    town: Town, tmp_path: Path
) -> None:
    town.clock.move_to(DEADLINE + timedelta(minutes=20))
    notice = following(await in_force(town), town.clock.now, moved(LATER))
    text = notices.dump(notice)
    async with town.database.transaction() as tx:
        held = await trading.hold_tender(tx, TENDER, "update")
        await revise(
            tx,
            town.hall,
            held,
            Signed(text, town.hall.sign(text)),
            notice,
            town.clock.now,
            kind="trading.outage-recorded.v1",
            actor="hall",
            move_boxes=move_boxes,
        )
    for n in range(1, 4):
        await bid(town, f"firm-{n}", 100 + n)
    town.clock.move_to(DEADLINE + LATER)
    await town.carry()

    cleared = await cleared_for_release(town, tmp_path)

    assert [one.kind for one in cleared.offer.revisions] == [
        "trading.published",
        "trading.outage-recorded",
    ]
    for one in cleared.received:
        require_sound(cleared, one)
