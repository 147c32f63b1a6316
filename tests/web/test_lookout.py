"""What raises alarms and what runs late, from the facts of a lawful tender, to the microsecond."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bidding import award, standing, vigil
from oversight.supervision.rules import NEAR, AlarmUnknown
from oversight.supervision.service import Watch
from oversight.supervision.types import (
    Act,
    Alarm,
    Case,
    Finding,
    Rule,
    Severity,
    State,
    Step,
    Timeliness,
)
from sql.database import Database
from tests.bidding.agreed import a_paper
from tests.bidding.agreed import sign as sign_contract
from tests.bidding.crowd import let_many_boxes_follow
from tests.bidding.disputed import (
    DEADLINE,
    a_lawful_town,
    draft,
    finish,
    lawful,
    read_out,
    sign,
    to_documents,
)
from tests.bidding.drafts import DEADLINE as OPENS
from tests.bidding.supervision import ask_halt_as
from tests.bidding.town import TENDER, Town, a_town, announce
from web import lookout, matters
from web.alarms import Ground
from web.lookout import Lookout
from web.matters import Doing, Running

AT = datetime(2026, 11, 2, 4, tzinfo=UTC)
ALARM = Alarm(rule=Rule.SILENT, subject="GC-1", moment=AT, severity=Severity.YELLOW, tender="GC-1")
MICROSECOND = timedelta(microseconds=1)


def a_lookout(*acts: Act, supervise: tuple[str, ...] = ("wang", "li")) -> Lookout:
    """Look as li does at an alarm that wang was given, or closed, and whose fact is gone."""
    facts: dict[Act, dict[str, Any]] = {
        Act.ASSIGNED: {"to_person": "wang"},
        Act.CLOSED: {"finding": Finding.REAL, "text": "So."},
    }
    steps = [
        Step(n=n, act=act, at=AT, person="wang", org="ORG", **facts[act])
        for n, act in enumerate(acts, 1)
    ]
    ground = Ground(
        now=AT,
        scenes=(),
        vigils=(),
        rules={},
        titles={},
        objections=(),
        complaints=(),
        copied=(),
        halts={},
    )
    return Lookout(
        ground=ground,
        raised={},
        cases={ALARM.alarm: Case(alarm=ALARM, steps=steps)},
        watch=Watch(names={one: one for one in supervise}, acting=frozenset({"li"})),
        entries={},
        titles={},
        told={Rule.SILENT: (1, 1)},
    )


def test_what_somebody_had_who_supervises_no_more_is_anybodys() -> None:
    kept = a_lookout(Act.ASSIGNED).row(ALARM.alarm)
    left = a_lookout(Act.ASSIGNED, supervise=("li",)).row(ALARM.alarm)
    [closed] = a_lookout(Act.ASSIGNED, Act.CLOSED, supervise=("li",)).rows

    assert (kept.state, kept.holder, kept.own, kept.stands) == (State.CLAIMED, "wang", False, False)
    assert (left.state, left.holder, left.taken_at) == (State.UNCLAIMED, None, None)
    assert (closed.state, closed.told) == (State.CLOSED, (1, 1))
    assert a_lookout(Act.ASSIGNED, Act.CLOSED).open == ()
    with pytest.raises(AlarmUnknown):
        a_lookout().row("A-0")


def test_closed_last_is_what_was_closed_last_however_bad_or_old_its_fact_is() -> None:
    cases = [
        Case(
            alarm=replace(
                ALARM,
                subject=f"GC-{n}",
                moment=AT - n * timedelta(days=1),
                severity=Severity.RED if n % 2 else Severity.YELLOW,
            ),
            steps=[
                Step(n=1, act=Act.ASSIGNED, at=AT, person="wang", org="ORG", to_person="wang"),
                Step(
                    n=2,
                    act=Act.CLOSED,
                    at=AT + n * MICROSECOND,
                    person="wang",
                    org="ORG",
                    finding=Finding.REAL,
                ),
            ],
        )
        for n in (6, 1, 11, 3, 8, 5, 10, 2, 9, 4, 7)
    ]
    seen = replace(a_lookout(), cases={one.alarm.alarm: one for one in cases})

    by_closing = {one.alarm.subject: one.alarm.alarm for one in cases}
    assert [one.alarm for one in seen.closed] == [by_closing[f"GC-{n}"] for n in range(11, 1, -1)]


async def rules_at(town: Town, at: datetime) -> list[tuple[Rule, Severity]]:
    town.clock.move_to(at)
    seen = await lookout.look(town.database, town.hall, town.people["supervisor"].actor)
    return [(one.alarm.rule, one.alarm.severity) for one in seen.raised.values()]


async def running_at(town: Town, at: datetime) -> dict[Doing, Running]:
    town.clock.move_to(at)
    seen = await lookout.look(town.database, town.hall, town.people["supervisor"].actor)
    return {one.doing: one for one in matters.running(seen.ground, {TENDER: None})}


async def test_holders_that_nobody_hears_are_an_alarm_from_a_day_before_the_opening(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)

    assert await rules_at(town, DEADLINE - timedelta(hours=24) - MICROSECOND) == []
    silent = [(Rule.SILENT, Severity.YELLOW)]
    assert await rules_at(town, DEADLINE - timedelta(hours=24)) == silent


async def watched(town: Town, at: datetime) -> list[str]:
    """Return the lots of the boxes that somebody has to be awake for."""
    town.clock.move_to(at)
    async with town.database.transaction() as tx:
        return [one.box.key.lot for one in await vigil.vigils(tx, at)]


async def test_a_box_that_waits_for_shares_is_watched_however_many_followed_it(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town)
    await let_many_boxes_follow(owner_dsn)

    assert await watched(town, OPENS + timedelta(hours=2)) == ["1"]
    scenes, _ = await standing.for_desk(town.database, town.hall, "ORG-OFFICER")
    assert "1" in [one.standing.box.key.lot for one in scenes]


async def test_every_box_of_a_day_is_watched_from_its_first_instant(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town, lawful())
    await let_many_boxes_follow(owner_dsn, "NULL")
    day = DEADLINE - timedelta(hours=24)
    others = [f"later-{n}" for n in range(51)]

    assert await watched(town, day - MICROSECOND) == []
    assert await watched(town, day) == ["1"]
    assert await watched(town, day + timedelta(minutes=51)) == ["1", *others]


async def test_an_objection_and_a_halt_that_wait_are_seen_when_nothing_else_is_left_to_do(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town, lawful())
    await to_documents(town)
    await ask_halt_as(town, "supervisor")
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("ALTER TABLE bidding.box DISABLE TRIGGER USER")
        await owner.execute("UPDATE bidding.box SET not_opened_at = deadline")
    finally:
        await owner.close()

    found = await rules_at(town, town.clock.now + timedelta(days=60))
    assert {Rule.OVERDUE, Rule.HALT_ASKED} <= {rule for rule, _ in found}


async def test_candidates_and_a_contract_run_out_of_time_and_the_second_is_an_alarm(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await read_out(town)
    await finish(town)
    due = (await running_at(town, town.clock.now))[Doing.CANDIDATES].due
    assert due is not None
    for at, state in (
        (due - NEAR - MICROSECOND, Timeliness.FINE),
        (due - NEAR, Timeliness.NEAR),
        (due - MICROSECOND, Timeliness.NEAR),
        (due, Timeliness.OVERDUE),
    ):
        assert (await running_at(town, at))[Doing.CANDIDATES].state is state

    await sign(town, award.publish_candidates, await draft(town))
    assert await running_at(town, town.clock.now) == {}
    town.clock.move_to(town.clock.now + timedelta(days=4))
    await sign(town, award.award, await draft(town))
    await let_many_boxes_follow(owner_dsn)
    runs = (await running_at(town, town.clock.now))[Doing.CONTRACT]
    assert runs.due is not None
    assert await rules_at(town, runs.due - MICROSECOND) == []
    assert await rules_at(town, runs.due) == [(Rule.CONTRACT, Severity.RED)]
    town.clock.move_to(runs.due - MICROSECOND)
    await sign_contract(town, a_paper(town, amount_fen=1_000_000_001))

    assert await rules_at(town, runs.due) == []
    assert await running_at(town, runs.due) == {}
