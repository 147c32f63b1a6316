"""What supervision holds up in a town whose clock moves when told: gates, rooms, entries."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bidding import announcing, rejecting, supervising, voiding
from bidding.look import look
from bidding.outages import PAUSE_LAPSED
from bidding.steps import Step
from notary import rooms
from notary.canonical import Json
from notary.instant import seconds
from notary.once import Answer
from sql.database import Database
from tests.bidding.acts import appended, box_facts, outcome, told, verified
from tests.bidding.hearts import MINUTE, SECOND
from tests.bidding.revising import a_change, amend, cancel, prepare, proposed, sign, text_of
from tests.bidding.supervision import ask_halt_as, halt_as, pause_as, resume_as
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    Town,
    a_town,
    announce,
    award_lot,
    bid,
    once,
    release_as,
)
from trading import staying
from trading.rules.stays import StayReason

UNTIL = DEADLINE + 10 * MINUTE


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    """Open a hall with three sealed bids, five minutes before the deadline."""
    town = await a_town(database, tmp_path / "home")
    await announce(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
    town.clock.move_to(DEADLINE - 5 * MINUTE)
    return town


async def room(town: Town) -> list[tuple[str, dict[str, Json]]]:
    found = await box_facts(town)
    async with town.database.transaction() as tx:
        return [(one.kind, one.data) for one in await rooms.read(tx, found.room, 0)]


async def entries(town: Town, kind: str) -> list[dict[str, Json]]:
    return [fields for found, fields in await appended(town) if found == kind]


async def shares(town: Town) -> None:
    for name in TRUSTEES[:2]:
        await release_as(town, name)


async def test_a_pause_before_the_first_share_stops_the_asking_and_lapses_by_itself(
    town: Town,
) -> None:
    await pause_as(town, "supervisor", StayReason.TECHNICAL)
    town.clock.move_to(DEADLINE)
    assert await town.carry() == [Step.CLOSE, Step.LIST]

    town.clock.move_to(UNTIL - SECOND)
    assert await town.carry() == []
    town.clock.move_to(UNTIL)
    assert await town.carry() == [Step.TELL, Step.ASK]
    (paused,) = await entries(town, "trading.paused.v1")
    assert (paused["n"], paused["reason"], paused["until"]) == (
        1,
        "technical",
        "2026-11-02T01:40:00Z",
    )
    kinds = [kind for kind, _ in await room(town)]
    assert kinds == [
        "trading.paused.v1",
        "bidding.deadline-passed.v1",
        "bidding.box-closed.v1",
        PAUSE_LAPSED,
        "bidding.shares-asked.v1",
    ]


async def test_a_pause_after_the_first_share_stops_the_announcing_only(town: Town) -> None:
    town.clock.move_to(DEADLINE)
    await town.carry()
    await shares(town)
    await pause_as(town, "supervisor")

    assert await town.carry() == []
    assert await told(town) == []
    await resume_as(town, "supervisor")
    assert (await town.carry())[-1] is Step.FINISH
    (resumed,) = await entries(town, "trading.resumed.v1")
    assert resumed["was"] == "paused"


async def test_pauses_are_counted_and_one_lapses_before_another(town: Town) -> None:
    assert (await pause_as(town, "supervisor"))["n"] == 1
    town.clock.move_to(UNTIL - SECOND)
    assert await outcome(pause_as(town, "supervisor")) == "supervision.already_stayed"
    town.clock.move_to(UNTIL)

    assert (await pause_as(town, "supervisor"))["n"] == 2


async def test_a_halt_needs_two_persons_and_stands_until_it_is_lifted(
    town: Town, tmp_path: Path
) -> None:
    await ask_halt_as(town, "supervisor", StayReason.COMPLAINT)
    assert await entries(town, "trading.halted.v1") == []
    assert await outcome(halt_as(town, "supervisor")) == "supervision.own_halt"
    assert await outcome(ask_halt_as(town, "officer")) == "supervision.halt_asked"
    await halt_as(town, "officer")

    town.clock.move_to(DEADLINE)
    assert await town.carry() == [Step.CLOSE, Step.LIST]
    town.clock.move_to(DEADLINE + 5 * MINUTE)
    assert await town.carry() == []
    await resume_as(town, "supervisor")
    assert await town.carry() == [Step.ASK]
    (halted,) = await entries(town, "trading.halted.v1")
    assert (halted["reason"], halted["asked_by"], halted["approved_by"]) == (
        "complaint",
        "ORG-SUPERVISOR",
        "ORG-OFFICER",
    )
    async with town.database.transaction() as tx:
        (kept,) = await staying.halts(tx, TENDER)
    assert (kept.asked_by, kept.approved_by) == ("supervisor", "officer")
    await shares(town)
    await town.carry()
    await verified(town, tmp_path / "export")


async def test_a_halt_holds_back_the_record_and_the_award(town: Town) -> None:
    town.clock.move_to(DEADLINE)
    await town.carry()
    await shares(town)
    await town.carry()
    assert (await box_facts(town)).finished_at is not None
    await ask_halt_as(town, "supervisor")
    await halt_as(town, "officer")

    drafted = await outcome(award_lot(town))

    assert drafted == "tender.halted"
    await resume_as(town, "officer")
    assert await outcome(award_lot(town)) == "accepted"
    assert await outcome(pause_as(town, "supervisor")) == "supervision.nothing_to_stay"


async def test_a_halt_stops_every_change_but_of_times_that_move_later(town: Town) -> None:
    await prepare(town, a_change(max_bytes=6_000_000))
    text = text_of(await proposed(town))
    await ask_halt_as(town, "supervisor")
    await halt_as(town, "officer")

    for act in (
        sign(town, text),
        prepare(town, a_change(max_bytes=7_000_000)),
        prepare(town, a_change(max_bytes=7_000_000, deadline=seconds(DEADLINE + 5 * MINUTE))),
        cancel(town),
    ):
        assert await outcome(act) == "tender.halted"
    assert (
        await outcome(amend(town, a_change(deadline=seconds(DEADLINE + 5 * MINUTE)))) == "accepted"
    )
    await resume_as(town, "supervisor")
    assert await outcome(amend(town, a_change(max_bytes=6_000_000))) == "accepted"


async def test_a_halt_stops_rejections_what_sets_them_aside_and_a_void_lot(town: Town) -> None:
    town.clock.move_to(DEADLINE)
    await town.carry()
    await shares(town)
    await town.carry()
    first, other = [one.envelope_id for one in (await told(town))[:2]]
    words = {"ground": "bid.not_responsive", "article": "TL 51", "reason": "不响应"}

    async def done(act: Callable[..., Awaitable[Answer]], **given: str) -> str:
        actor = town.people["drafter"].actor
        return await outcome(
            act(town.database, town.hall, actor, once("drafter"), TENDER, "1", **given)
        )

    assert await done(rejecting.reject, envelope=first, **words) == "accepted"
    await ask_halt_as(town, "supervisor")
    await halt_as(town, "officer")

    assert await done(rejecting.reject, envelope=other, **words) == "tender.halted"
    assert await done(rejecting.overturn, envelope=first, article="TL 51") == "tender.halted"
    assert await done(voiding.void, **words) == "tender.halted"
    await resume_as(town, "officer")
    assert await done(rejecting.overturn, envelope=first, article="TL 51") == "accepted"


async def test_too_few_bids_are_not_left_shut_while_supervision_looks(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    await announce(town)
    town.clock.move_to(DEADLINE - MINUTE)
    await pause_as(town, "supervisor")
    town.clock.move_to(DEADLINE)

    assert await town.carry() == [Step.CLOSE, Step.LIST]
    await resume_as(town, "supervisor")
    assert await town.carry() == [Step.LEAVE_SHUT]


async def test_a_halt_that_is_asked_for_may_be_dropped(town: Town) -> None:
    await ask_halt_as(town, "supervisor")
    await _act(town, supervising.drop_halt)

    assert await outcome(halt_as(town, "officer")) == "supervision.halt_not_asked"
    assert await outcome(_act(town, supervising.drop_halt)) == "supervision.halt_not_asked"
    assert await outcome(resume_as(town, "supervisor")) == "supervision.nothing_stayed"


async def _act(town: Town, act: Callable[..., Awaitable[Answer]]) -> Answer:
    actor = town.people["officer"].actor
    return await act(town.database, town.hall, actor, once(), TENDER)


async def test_an_announcement_that_a_pause_overtakes_is_not_made(town: Town) -> None:
    """The clerk has looked; the pause commits before it takes the box."""
    town.clock.move_to(DEADLINE)
    await town.carry()
    await shares(town)
    await town.settle()
    async with town.database.transaction() as tx:
        seen = await look(tx, town.vault, BOX, town.clock.now)
    assert seen is not None
    await pause_as(town, "supervisor")

    assert await announcing.announce(town.database, town.hall, seen) is False
    assert await told(town) == []
