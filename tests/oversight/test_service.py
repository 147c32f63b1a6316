"""Supervision in a town: an alarm is taken, asked about, answered, closed; each step an entry."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notary import home
from notary.identity import Line, Role
from notary.once import Answer
from oversight.supervision import rules, service
from oversight.supervision.types import Alarm, Case, Finding, Rule, Severity, State
from sql.database import Database
from tests.bidding.town import NOW, TENDER, Town, a_town, announce, enrol, kinds, once

ALARM = Alarm(
    rule=Rule.SILENT,
    subject=f"{TENDER}/1/single",
    moment=NOW,
    severity=Severity.YELLOW,
    tender=TENDER,
)
NAME = ALARM.alarm


async def a_watched_town(database: Database, folder: Path) -> Town:
    town = await a_town(database, folder / "home", 1)
    authority = home.demo_authority(folder / "home")
    town.people["above"] = await enrol(
        database, town.hall, authority, "above", "ORG-ABOVE", Line.SUPERVISION, (Role.SUPERVISOR,)
    )
    await announce(town)
    return town


async def claim(town: Town, name: str, found: Alarm | None = ALARM) -> Answer:
    actor = town.people[name].actor
    return await service.claim(town.database, town.hall, actor, once(name), NAME, found)


async def hand_over(town: Town, name: str, to: str, found: Alarm | None = None) -> Answer:
    actor = town.people[name].actor
    return await service.hand_over(
        town.database, town.hall, actor, once(name), NAME, found, to=to, note="请接手"
    )


async def inquire(town: Town, name: str, of: str = "ORG-OPERATOR") -> Answer:
    actor = town.people[name].actor
    return await service.inquire(
        town.database, town.hall, actor, once(name), NAME, of=of, text="为什么没有应答？"
    )


async def answer(town: Town, name: str, n: int) -> Answer:
    actor = town.people[name].actor
    return await service.answer(
        town.database, town.hall, actor, once(name), NAME, n, text="程序已重启"
    )


async def close(town: Town, name: str, finding: Finding = Finding.REAL) -> Answer:
    actor = town.people[name].actor
    return await service.close(
        town.database, town.hall, actor, once(name), NAME, finding=finding, text="已查明"
    )


async def the_case(town: Town) -> Case:
    async with town.database.transaction() as tx:
        [case] = await service.cases(tx, (), 1)
    return case


async def test_an_alarm_goes_its_whole_way_and_may_be_taken_up_again(
    database: Database, tmp_path: Path
) -> None:
    town = await a_watched_town(database, tmp_path)
    with pytest.raises(rules.AlarmUnknown):
        await claim(town, "supervisor", None)
    with pytest.raises(rules.AlarmNotYours):
        await inquire(town, "supervisor")

    await claim(town, "supervisor")
    with pytest.raises(rules.AlarmTaken):
        await claim(town, "above")
    with pytest.raises(rules.AlarmNotYours):
        await close(town, "above")
    with pytest.raises(rules.NoSupervisor):
        await hand_over(town, "supervisor", "operator")
    await hand_over(town, "supervisor", "above")
    with pytest.raises(rules.AlarmNotYours):
        await inquire(town, "supervisor")
    with pytest.raises(rules.NotAsked):
        await inquire(town, "above", of="FIRM-1")
    asked = await inquire(town, "above")
    assert (asked["n"], (await the_case(town)).state) == (3, State.ASKED)
    with pytest.raises(rules.InquiryUnknown):
        await answer(town, "drafter", 3)
    await answer(town, "operator", 3)
    with pytest.raises(rules.InquiryAnswered):
        await answer(town, "operator", 3)
    assert (await the_case(town)).state is State.EXPLAINED
    await close(town, "above", Finding.FALSE)
    with pytest.raises(rules.AlarmNotYours):
        await close(town, "above")
    await claim(town, "supervisor", None)

    case = await the_case(town)
    assert (case.alarm, case.holder, len(case.steps)) == (ALARM, "supervisor", 6)
    async with database.transaction() as tx:
        assert await service.told(tx) == {}
    assert [one for one in await kinds(town) if one.startswith("supervision.")] == [
        "supervision.alarm-assigned.v1",
        "supervision.alarm-assigned.v1",
        "supervision.alarm-inquired.v1",
        "supervision.alarm-answered.v1",
        "supervision.alarm-closed.v1",
        "supervision.alarm-assigned.v1",
    ]


async def close_at(town: Town, n: int, finding: Finding) -> str:
    """Take up and close an alarm of its own, and return its name."""
    alarm = replace(ALARM, subject=f"{TENDER}/{n}/single")
    actor = town.people["supervisor"].actor
    place = (town.database, town.hall, actor)
    await service.claim(*place, once(f"claim-{n}"), alarm.alarm, alarm)
    await service.close(*place, once(f"close-{n}"), alarm.alarm, finding=finding, text="已查明")
    town.clock.move_to(town.clock.now + timedelta(seconds=1))
    return alarm.alarm


async def test_of_closed_alarms_the_last_are_read_and_those_that_are_named(
    database: Database, tmp_path: Path
) -> None:
    town = await a_watched_town(database, tmp_path)
    findings = (Finding.REAL, Finding.FALSE, Finding.REAL)
    first, second, third = [await close_at(town, n, one) for n, one in enumerate(findings, 2)]
    await claim(town, "supervisor")

    async with database.transaction() as tx:
        few = await service.cases(tx, (), 1)
        named = await service.cases(tx, [first], 1)
        told = await service.told(tx)

    assert {one.alarm.alarm for one in few} == {NAME, third}
    assert {one.alarm.alarm for one in named} == {NAME, first, third}
    assert second not in {one.alarm.alarm for one in named}
    assert told == {Rule.SILENT: (3, 2)}


async def test_of_two_who_claim_at_once_one_has_it(database: Database, tmp_path: Path) -> None:
    town = await a_watched_town(database, tmp_path)

    told = await asyncio.gather(
        claim(town, "supervisor"), claim(town, "above"), return_exceptions=True
    )

    refused = [one for one in told if isinstance(one, Exception)]
    assert [type(one) for one in refused] in ([rules.AlarmTaken], [rules.AlarmMoved])
    assert len((await the_case(town)).steps) == 1
