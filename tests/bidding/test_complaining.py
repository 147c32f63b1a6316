"""Complaints to the supervisor: objection first, ten days from knowing, a number and two clocks."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bidding import award, contested, objecting
from notary.once import Answer
from sql.database import Database
from tests.bidding.disputed import (
    a_lawful_town,
    answer,
    draft,
    finish,
    in_room,
    lawful,
    read_out,
    sign,
    to_documents,
)
from tests.bidding.supervision import ask_halt_as, halt_as, resume_as
from tests.bidding.town import NOW, TENDER, Town, a_town, announce, kinds, once
from trading import complaints
from trading.complaints import Wish
from trading.disputes import Matter, NothingSaid
from trading.rules import complaints as rules
from trading.rules.approval import TenderUnknown
from trading.rules.stays import StayReason, TenderHalted

MICROSECOND = timedelta(microseconds=1)
KNOWN = "2026-11-02"


async def complain(
    town: Town, about: Matter, name: str = "firm-1", *, known_on: str = KNOWN, tender: str = TENDER
) -> Answer:
    return await complaints.complain(
        town.database,
        town.hall,
        town.people[name].actor,
        once(name),
        Wish(tender=tender, about=about, known_on=known_on, text="评标不公，请求查处"),
        in_the_room=contested.objected_in_rooms,
    )


async def consider(
    town: Town, made: Answer, *, accepted: bool = True, text: str = "有事实根据"
) -> Answer:
    actor, number = town.people["supervisor"].actor, str(made["number"])
    return await complaints.consider(
        town.database, town.hall, actor, once("supervisor"), number, text, accepted=accepted
    )


async def decide(town: Town, made: Answer, *, text: str = "业绩属实") -> Answer:
    actor, number = town.people["supervisor"].actor, str(made["number"])
    return await complaints.decide(
        town.database, town.hall, actor, once("supervisor"), number, text, upheld=False
    )


async def test_a_complaint_has_a_number_clocks_and_an_entry(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 2)
    await announce(town, lawful())
    with pytest.raises(TenderUnknown):
        await complain(town, Matter.OTHER, tender="GC-2026-9999")
    made = await complain(town, Matter.OTHER)

    assert str(made["number"]).startswith("TS-20261102-")
    assert made["accept_by"] == "2026-11-05T09:00:00.000000Z"  # 17:00 of the third working day
    assert made["decide_by"] == "2026-12-17T09:00:00.000000Z"  # and of the thirtieth after it
    assert (await kinds(town))[-1] == "trading.complaint-made.v1"
    for name, seen in (("firm-1", 1), ("firm-2", 0), ("supervisor", 1), ("drafter", 0)):
        found = await complaints.seen_by(database, town.people[name].actor)
        assert [one.number for one in found] == [made["number"]][:seen]


async def test_ten_days_from_knowing_and_not_a_microsecond_more(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town, lawful())
    last = datetime(2026, 11, 12, 16, tzinfo=UTC)  # 24:00 in Beijing of the tenth day
    town.clock.move_to(last)
    with pytest.raises(rules.ComplaintTooLate):
        await complain(town, Matter.OTHER)
    town.clock.move_to(last - MICROSECOND)
    await complain(town, Matter.OTHER)
    for day in ("2026-11-13", "yesterday"):
        with pytest.raises(rules.KnownLater):
            await complain(town, Matter.OTHER, known_on=day)


async def test_an_objection_comes_first_and_its_time_does_not_count(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 2)
    await announce(town, lawful())
    for about in (Matter.DOCUMENTS, Matter.OPENING, Matter.CANDIDATES):
        with pytest.raises(rules.ObjectionFirst):
            await complain(town, about)
    raised = await to_documents(town)
    with pytest.raises(rules.ObjectionFirst):  # the agency has three days
        await complain(town, Matter.DOCUMENTS)
    town.clock.move_to(NOW + timedelta(days=2))
    await answer(town, raised)
    with pytest.raises(rules.ObjectionFirst):
        await complain(town, Matter.DOCUMENTS, "firm-2")
    last = datetime(2026, 11, 16, 16, tzinfo=UTC)  # 10 + 2 days end on a Saturday: Monday
    town.clock.move_to(last)
    with pytest.raises(rules.ComplaintTooLate):
        await complain(town, Matter.DOCUMENTS)
    town.clock.move_to(last - MICROSECOND)
    await complain(town, Matter.DOCUMENTS)


async def test_whoever_gets_no_answer_in_its_time_may_complain(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town, lawful())
    await to_documents(town)
    due = datetime(2026, 11, 5, 16, tzinfo=UTC)
    town.clock.move_to(due - MICROSECOND)
    with pytest.raises(rules.ObjectionFirst):
        await complain(town, Matter.DOCUMENTS)
    town.clock.move_to(due)

    await complain(town, Matter.DOCUMENTS)


async def test_a_complaint_is_taken_or_not_once_and_decided_once_with_reasons(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 2)
    await announce(town, lawful())
    first, second = [await complain(town, Matter.OTHER, f"firm-{n}") for n in (1, 2)]
    with pytest.raises(rules.ComplaintUnknown):
        await consider(town, {"number": "TS-20261102-00000000"})
    for act in (consider, decide):
        with pytest.raises(NothingSaid):
            await act(town, first, text=" ")
    with pytest.raises(rules.NotAccepted):
        await decide(town, first)
    town.clock.move_to(NOW + timedelta(days=1))
    taken, refused = await consider(town, first), await consider(town, second, accepted=False)

    # Thirty working days from the day on which it was taken, at 17:00 (条例 61).
    assert taken["decide_by"] == "2026-12-15T09:00:00.000000Z"
    assert refused["decide_by"] is None
    for one in (first, second):
        with pytest.raises(rules.AlreadyConsidered):
            await consider(town, one)
    with pytest.raises(rules.NotAccepted):
        await decide(town, second)
    await decide(town, first)
    with pytest.raises(rules.AlreadyDecided):
        await decide(town, first)
    assert (await kinds(town))[-3:] == [
        "trading.complaint-considered.v1",
        "trading.complaint-considered.v1",
        "trading.complaint-decided.v1",
    ]


async def test_two_supervisors_at_once_say_it_once(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town, lawful())
    made = await complain(town, Matter.OTHER)
    said = await asyncio.gather(
        consider(town, made), consider(town, made, accepted=False), return_exceptions=True
    )

    assert [type(one) for one in said].count(rules.AlreadyConsidered) == 1
    assert (await kinds(town)).count("trading.complaint-considered.v1") == 1


async def test_no_award_is_made_while_the_tender_is_halted_for_a_complaint(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await read_out(town)
    await finish(town)
    await consider(town, await complain(town, Matter.OTHER, known_on="2026-11-23"))
    text = await draft(town)
    await ask_halt_as(town, "supervisor", StayReason.COMPLAINT)
    await halt_as(town, "officer")
    with pytest.raises(TenderHalted):
        await sign(town, award.publish_candidates, text)
    await resume_as(town, "supervisor")
    await sign(town, award.publish_candidates, text)


async def test_an_objection_in_the_room_lets_a_complaint_about_the_opening_follow(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await read_out(town)
    await in_room(town, objecting.raise_objection, "firm-1", "唱错了")
    await in_room(town, objecting.answer, "operator", 1, "没有错")
    await finish(town)

    made = await complain(town, Matter.OPENING, known_on="2026-11-23")
    # Thirty working days later it is 2027, whose holidays nobody has announced.
    assert (made["accept_by"], made["decide_by"]) == ("2026-11-26T09:00:00.000000Z", None)
    with pytest.raises(rules.ObjectionFirst):
        await complain(town, Matter.OPENING, "firm-2", known_on="2026-11-23")
