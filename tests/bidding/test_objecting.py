"""Objections and their answers: to the documents, in the opening room, to the candidates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bidding import attendance, award, objecting
from bidding.rules import BiddingClosed
from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.steps import Step
from notary import rooms
from notary.instant import seconds
from notary.shape import load
from sql.database import Database
from tests.bidding.acts import verified
from tests.bidding.disputed import (
    DEADLINE,
    WINDOW,
    a_lawful_town,
    answer,
    draft,
    finish,
    in_room,
    lawful,
    read_out,
    room_of,
    sign,
    to_candidates,
    to_documents,
    withdraw,
)
from tests.bidding.revising import a_change, amend
from tests.bidding.town import (
    BOX,
    TRUSTEES,
    Town,
    a_town,
    announce,
    bid,
    kinds,
    release_as,
    seal_as,
    submit_as,
)
from trading import objections
from trading.disputes import LONGEST, NothingSaid
from trading.rules import objections as rules

MICROSECOND = timedelta(microseconds=1)
LAST_TO_DOCUMENTS = datetime(2026, 11, 13, 16, tzinfo=UTC)
"""24:00 in Beijing of the tenth day before the deadline, whose own day does not count."""


async def heard(town: Town) -> list[str]:
    async with town.database.transaction() as tx:
        events = await rooms.read(tx, room_of(town), 0)
    return [one.kind.removeprefix("bidding.").removesuffix(".v1") for one in events]


# To the documents


async def test_documents_are_objected_to_until_ten_days_before_the_deadline(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    town.clock.move_to(LAST_TO_DOCUMENTS)
    with pytest.raises(rules.ObjectionTooLate) as refused:
        await to_documents(town)
    town.clock.move_to(LAST_TO_DOCUMENTS - MICROSECOND)
    raised = await to_documents(town)

    assert refused.value.facts["rule"] == "tender.min_days_objection_documents"
    assert refused.value.facts["needs"] == 10
    assert raised["answer_by"] == "2026-11-16T16:00:00.000000Z"  # three days, the first not counted


async def test_who_objects_is_held_until_the_closing_and_the_answer_is_public(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    before = await kinds(town)
    raised = await to_documents(town)
    held = await kinds(town)
    await answer(town, raised)
    public = await kinds(town)
    town.clock.move_to(DEADLINE)
    await town.carry()

    assert held == before
    assert public == [*before, "trading.objection-answered.v1"]
    assert (await kinds(town)).count("trading.objection-raised.v1") == 1


async def test_nothing_is_closed_before_the_answer_and_no_bid_is_taken_after_the_deadline(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    raised = await to_documents(town)
    late = await seal_as(town, "firm-4", 1)
    town.clock.move_to(DEADLINE)
    waited = await town.carry()
    with pytest.raises(BiddingClosed):
        await submit_as(town, "firm-4", late)
    await answer(town, raised)

    assert waited == []
    assert (await town.carry())[:2] == [Step.CLOSE, Step.LIST]


async def test_the_deadline_is_moved_while_the_answer_is_awaited(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    raised = await to_documents(town)
    moved = DEADLINE + timedelta(days=10)
    await amend(town, a_change(deadline=seconds(moved)))
    town.clock.move_to(DEADLINE)
    await bid(town, "firm-4", 1)
    await answer(town, raised)
    assert await town.carry() == []
    town.clock.move_to(moved)

    assert (await town.carry())[:2] == [Step.CLOSE, Step.LIST]


async def test_an_objection_is_answered_once_and_by_agency_or_purchaser_alone(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    raised = await to_documents(town)
    with pytest.raises(rules.ObjectionOpen):
        await to_documents(town)
    other = await to_documents(town, "firm-4")
    for name in ("firm-1", "operator", "supervisor"):
        with pytest.raises(rules.ObjectionUnknown):
            await answer(town, raised, name)
    with pytest.raises(rules.ObjectionUnknown):
        await answer(town, {"objection": "ab" * 16})

    await answer(town, raised, "approver")
    async with database.transaction() as tx:
        suspended = await objections.suspended_since(tx, [BOX.tender])
    assert suspended == {BOX.tender: town.clock.now}
    assert await heard(town) == ["suspended"]
    await answer(town, other)
    assert await heard(town) == ["suspended", "unsuspended"]
    with pytest.raises(rules.AlreadyAnswered):
        await answer(town, other)
    async with database.transaction() as tx:
        assert await objections.suspended_since(tx, [BOX.tender]) == {}
    await to_documents(town)


async def test_a_withdrawn_objection_is_held_like_its_raising_and_suspends_nothing(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    raised = await to_documents(town)
    with pytest.raises(rules.ObjectionUnknown):
        await withdraw(town, raised, "firm-2")
    await town.settle()
    before = await kinds(town)
    await withdraw(town, raised)

    assert await kinds(town) == before
    for act in (withdraw, answer):
        with pytest.raises(rules.ObjectionWithdrawn):
            await act(town, raised)
    town.clock.move_to(DEADLINE)
    assert (await town.carry())[0] is Step.CLOSE
    assert "trading.objection-withdrawn.v1" in await kinds(town)


async def test_an_answered_objection_can_not_be_withdrawn_and_another_can_follow_a_withdrawn_one(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await withdraw(town, await to_documents(town))
    again = await to_documents(town)
    await answer(town, again)
    with pytest.raises(rules.AlreadyAnswered):
        await withdraw(town, again)


@pytest.mark.parametrize("text", ["", " \r\n ", "言" * (LONGEST + 1)])
async def test_an_objection_says_something(database: Database, tmp_path: Path, text: str) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town, lawful())

    with pytest.raises(NothingSaid):
        await to_documents(town, text=text)
    await to_documents(town, text=" " + "言" * LONGEST)


# In the room


async def test_a_bidder_objects_in_the_room_and_the_host_answers_on_the_spot(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    with pytest.raises(attendance.NotTheTime):
        await in_room(town, objecting.raise_objection, "firm-1", "唱错了")
    await read_out(town)
    raised = await in_room(town, objecting.raise_objection, "firm-1", "唱错了")
    with pytest.raises(attendance.NotAttending):
        await in_room(town, objecting.raise_objection, "firm-4", "唱错了")
    for name, n in (("firm-2", 1), ("approver", 1), ("operator", 2)):
        with pytest.raises(rules.ObjectionUnknown):
            await in_room(town, objecting.answer, name, n, "没有错")
    await in_room(town, objecting.answer, "operator", 1, "没有错")
    with pytest.raises(rules.AlreadyAnswered):
        await in_room(town, objecting.answer, "drafter", 1, "没有错")
    await finish(town)
    with pytest.raises(attendance.NotTheTime):
        await in_room(town, objecting.raise_objection, "firm-1", "太晚了")

    assert raised["n"] == 1
    assert (await heard(town))[-3:] == ["objection-raised", "objection-answered", "box-finished"]
    public = await kinds(town)
    assert public.count("bidding.objection-raised.v1") == 1
    await verified(town, tmp_path / "public")


async def test_a_bidder_confirms_its_own_bid_once_and_only_while_the_room_is_open(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    town.clock.move_to(DEADLINE)
    await town.carry()
    with pytest.raises(attendance.NotTheTime):  # shares are asked for, nothing is read out yet
        await in_room(town, objecting.confirm, "firm-1")
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    await in_room(town, objecting.confirm, "firm-1")
    with pytest.raises(attendance.AlreadyConfirmed):
        await in_room(town, objecting.confirm, "firm-1")
    with pytest.raises(attendance.NotAttending):
        await in_room(town, objecting.confirm, "firm-4")
    town.clock.move_to(DEADLINE + WINDOW - MICROSECOND)
    assert await town.carry() == []
    await in_room(town, objecting.confirm, "firm-2")
    town.clock.move_to(DEADLINE + WINDOW)
    assert await town.carry() == [Step.FINISH]
    with pytest.raises(attendance.NotTheTime):
        await in_room(town, objecting.confirm, "firm-3")

    assert (await heard(town)).count("opening-confirmed") == 2


# To the candidates


async def test_no_award_before_every_answer_and_the_award_lists_them(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await read_out(town)
    await in_room(town, objecting.raise_objection, "firm-3", "唱错了")
    await finish(town)
    with pytest.raises(rules.AwardSuspended):
        await draft(town)
    await in_room(town, objecting.answer, "drafter", 1, "没有错")
    with pytest.raises(rules.NothingToObjectTo):
        await to_candidates(town)
    text = await draft(town)
    await sign(town, award.publish_candidates, text)
    until = load(Award, text, limit=AWARD_LIMIT).candidates_until
    town.clock.move_to(until - MICROSECOND)
    raised = await to_candidates(town)
    town.clock.move_to(until)
    with pytest.raises(rules.ObjectionTooLate):
        await to_candidates(town, "firm-3")
    with pytest.raises(rules.AwardSuspended):
        await sign(town, award.award, text)
    await answer(town, raised)
    final = await draft(town)
    await sign(town, award.award, final)

    assert until == datetime(2026, 11, 26, 16, tzinfo=UTC)  # three days of display
    assert len(load(Award, text, limit=AWARD_LIMIT).objections) == 1
    assert len(load(Award, final, limit=AWARD_LIMIT).objections) == 2
    await verified(town, tmp_path / "public")
