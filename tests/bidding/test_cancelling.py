"""A tender ends before anything of it is opened: boxes stay shut, bids are deleted unread."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import deadline, dossier, export, opening, rules
from bidding.facts import BoxPhase
from bidding.look import Look, look
from bidding.proof.verify import verify_record
from bidding.steps import Step
from bidding.store import boxes
from notary import home
from notary.hall import Hall
from notary.identity import Line, Role
from notary.verify import Trust
from sql.database import Database
from tests.bidding.drafts import a_draft
from tests.bidding.revising import a_change, amend, cancel, in_force, prepare, proposed, recall
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    Town,
    a_town,
    announce,
    bid,
    enrol,
    kinds,
)
from trading import service as trading
from trading.rules.amendments import AmendmentUnknown
from trading.rules.phases import phase
from trading.rules.recalls import NotThePublisher, RecallTooLate
from trading.rules.revisions import TenderOver
from trading.types import Phase

MINUTES = timedelta(minutes=10)


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    town = await a_town(database, tmp_path)
    await announce(town)
    return town


async def phases(town: Town) -> tuple[Phase, BoxPhase]:
    async with town.database.transaction() as tx:
        tender = await trading.hold_tender(tx, TENDER)
        box = await boxes.box(tx, BOX)
    assert box is not None
    return phase(tender.facts, town.clock.now), box.phase(town.clock.now)


async def held(town: Town) -> int:
    async with town.database.transaction() as tx:
        count: int = await tx.fetchval(
            "SELECT count(*) FROM notary.ledger_pending WHERE hold IS NOT NULL"
        )
    return count


async def parts(town: Town) -> int:
    async with town.database.transaction() as tx:
        count: int = await tx.fetchval("SELECT count(*) FROM bidding.part")
    return count


async def test_a_cancelled_tender_is_shut_for_good_and_lets_its_entries_out(town: Town) -> None:
    await bid(town, "firm-1", 100)
    await bid(town, "firm-2", 100)
    assert (await held(town), await parts(town)) == (2, 2)

    await cancel(town)

    assert await phases(town) == (Phase.CANCELLED, BoxPhase.CANCELLED)
    assert (await held(town), await parts(town)) == (0, 0)
    assert (await kinds(town))[-3:] == [
        "bidding.bid-received.v1",
        "trading.drafted.v1",
        "trading.cancelled.v1",
    ]
    assert (await in_force(town)).reason is not None


async def test_the_clerk_leaves_a_cancelled_box_alone(town: Town) -> None:
    for n in range(1, 4):
        await bid(town, f"firm-{n}", 100)
    await cancel(town)

    town.clock.move_to(DEADLINE)

    assert await town.carry() == []


async def test_a_cancelled_tender_takes_nothing_any_more(town: Town) -> None:
    await cancel(town)

    with pytest.raises(rules.BoxCancelled):
        await bid(town, "firm-1", 100)
    with pytest.raises(TenderOver):
        await prepare(town, a_change(deadline="2026-12-01T01:00:00Z"))
    with pytest.raises(rules.BoxCancelled):
        await dossier.for_release(town.database, BOX)


async def test_nothing_ends_unopened_once_shares_are_asked_for(town: Town) -> None:
    for n in range(1, 4):
        await bid(town, f"firm-{n}", 100)
    town.clock.move_to(DEADLINE)
    await town.carry()

    with pytest.raises(rules.BoxOpening):
        await cancel(town)

    assert (await phases(town))[0] is Phase.OPENING


async def test_what_is_prepared_as_a_change_is_not_signed_as_the_end(town: Town) -> None:
    await prepare(town, a_change(deadline="2026-11-02T02:30:00Z"))

    with pytest.raises(AmendmentUnknown):
        await proposed(town, "cancel")


async def test_a_notice_is_recalled_until_its_minutes_are_over(town: Town) -> None:
    published = town.clock.now
    town.clock.move_to(published + MINUTES)
    with pytest.raises(RecallTooLate):
        await recall(town)

    town.clock.move_to(published + MINUTES - timedelta(microseconds=1))
    await recall(town)

    assert (await phases(town))[0] is Phase.CANCELLED
    assert (await kinds(town))[-1] == "trading.cancelled.v1"


async def test_a_notice_that_was_amended_is_not_recalled(town: Town) -> None:
    await amend(town, a_change(deadline="2026-11-02T02:30:00Z"))

    with pytest.raises(RecallTooLate):
        await recall(town)


async def test_another_person_of_the_purchaser_recalls_nothing(town: Town, tmp_path: Path) -> None:
    own = home.demo_authority(tmp_path)
    town.people["second"] = await enrol(
        town.database,
        town.hall,
        own,
        "second",
        "ORG-PURCHASER",
        Line.EXECUTION,
        (Role.PURCHASER,),
    )

    with pytest.raises(NotThePublisher):
        await recall(town, "second")

    assert (await phases(town))[0] is Phase.BIDDING


async def test_the_record_of_a_hall_verifies_beside_a_cancelled_tender(
    town: Town, tmp_path: Path
) -> None:
    await bid(town, "firm-1", 100)
    await cancel(town)
    await announce(town, a_draft(tender="GC-2026-0919"))
    other = BOX._replace(tender="GC-2026-0919")
    for n in range(1, 4):
        await bid(town, f"firm-{n}", 100, other)
    await town.open_box(other)
    await town.settle()

    await export.write(town.database, town.hall, town.vault, tmp_path / "export")

    record = verify_record(tmp_path / "export", Trust())
    assert [box.box.tender for box in record.boxes] == ["GC-2026-0919"]


@pytest.mark.parametrize(
    "act", [deadline.close, deadline.make_list, deadline.leave_shut, deadline.ask]
)
async def test_a_clerk_who_looked_before_the_end_does_nothing_after_it(
    town: Town, act: Callable[[Database, Hall, Look], Awaitable[bool]]
) -> None:
    for name in ("firm-1", "firm-2", "firm-3"):
        await bid(town, name, 100)
    town.clock.move_to(DEADLINE)
    if act is not deadline.close:
        assert await step(town) is Step.CLOSE
    if act in {deadline.leave_shut, deadline.ask}:
        assert await step(town) is Step.LIST
    await town.settle()
    async with town.database.transaction() as tx:
        seen = await look(tx, town.vault, BOX, town.clock.now)
    assert seen is not None

    await cancel(town)

    assert await act(town.database, town.hall, seen) is False
    assert (await kinds(town))[-1] == "trading.cancelled.v1"


async def step(town: Town) -> Step | None:
    """Let the clerk do one thing."""
    await town.settle()
    return (await opening.carry_on(town.database, town.hall, town.vault, BOX)).step
