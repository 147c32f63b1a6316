"""Alarms that were taken up, and the steps taken about them."""

from collections import defaultdict
from collections.abc import Collection

import asyncpg

from oversight.supervision.rules import AlarmMoved
from oversight.supervision.types import Act, Alarm, Case, Finding, Rule, Severity, Step
from sql.database import Tx

_LAST = """
        SELECT DISTINCT ON (alarm) alarm, act, at, finding
          FROM supervision.alarm_step
         WHERE act IN ('assigned', 'closed')
         ORDER BY alarm, n DESC"""
"""The step of each alarm by which it is somebody's, or closed."""


async def case(tx: Tx, alarm: str) -> Case | None:
    """Return an alarm that was taken up, with its steps."""
    return next(iter(await _cases(tx, [alarm])), None)


async def cases(tx: Tx, found: Collection[str], closed: int) -> list[Case]:
    """Return the alarms taken up that are open or among `found`, and the last `closed` ones.

    The newest fact comes first.
    """
    rows = await tx.fetch(
        f"""
        WITH last AS ({_LAST})
        SELECT alarm
          FROM last
         WHERE act <> 'closed' OR alarm = ANY($1::text[])
         UNION
       (SELECT alarm
          FROM last
         WHERE act = 'closed'
         ORDER BY at DESC, alarm
         LIMIT $2)
        """,  # noqa: S608 - a constant
        list(found),
        closed,
    )
    return await _cases(tx, [row["alarm"] for row in rows])


async def told(tx: Tx) -> dict[Rule, tuple[int, int]]:
    """Return by rule how many of its alarms are closed, and how many of them were right."""
    rows = await tx.fetch(
        f"""
        SELECT rule, count(*) AS closed, count(*) FILTER (WHERE finding = 'real') AS right
          FROM ({_LAST}) AS last
          JOIN supervision.alarm USING (alarm)
         WHERE act = 'closed'
         GROUP BY rule
        """  # noqa: S608 - a constant
    )
    return {Rule(row["rule"]): (row["closed"], row["right"]) for row in rows}


async def asked_of(tx: Tx, org: str) -> list[Case]:
    """Return the alarms about which a body was asked something."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT alarm
          FROM supervision.alarm_step
         WHERE to_org = $1
        """,
        org,
    )
    return await _cases(tx, [row["alarm"] for row in rows])


async def insert_alarm(tx: Tx, alarm: Alarm) -> None:
    """Keep the fact of an alarm that is taken up, unless it is kept already."""
    await tx.execute(
        """
        INSERT INTO supervision.alarm (alarm, rule, subject, moment, severity, tender_id)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (alarm) DO NOTHING
        """,
        alarm.alarm,
        alarm.rule,
        alarm.subject,
        alarm.moment,
        alarm.severity,
        alarm.tender,
    )


async def insert_step(tx: Tx, alarm: str, step: Step, entry_id: int) -> None:
    """Store a step. Raises AlarmMoved where another took its number in the same moment."""
    try:
        await tx.execute(
            """
            INSERT INTO supervision.alarm_step (alarm, n, act, at, person, org, to_person, to_org,
                                                answers, finding, text, entry_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            alarm,
            step.n,
            step.act,
            step.at,
            step.person,
            step.org,
            step.to_person,
            step.to_org,
            step.answers,
            step.finding,
            step.text,
            entry_id,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name not in {"one_step_at_a_time", "one_answer_a_question"}:
            raise
        raise AlarmMoved(alarm=alarm) from error


async def _cases(tx: Tx, alarms: Collection[str]) -> list[Case]:
    rows = await tx.fetch(
        """
        SELECT alarm, rule, subject, moment, severity, tender_id AS tender
          FROM supervision.alarm
         WHERE alarm = ANY($1::text[])
         ORDER BY moment DESC, alarm
        """,
        list(alarms),
    )
    steps = await tx.fetch(
        """
        SELECT alarm, n, act, at, person, org, to_person, to_org, answers, finding, text
          FROM supervision.alarm_step
         WHERE alarm = ANY($1::text[])
         ORDER BY alarm, n
        """,
        list(alarms),
    )
    taken: dict[str, list[Step]] = defaultdict(list)
    for row in steps:
        taken[row["alarm"]].append(_step(row))
    return [Case(alarm=_alarm(row), steps=tuple(taken[row["alarm"]])) for row in rows]


def _alarm(row: asyncpg.Record) -> Alarm:
    return Alarm(
        rule=Rule(row["rule"]),
        subject=row["subject"],
        moment=row["moment"],
        severity=Severity(row["severity"]),
        tender=row["tender"],
    )


def _step(row: asyncpg.Record) -> Step:
    facts = dict(row)
    del facts["alarm"]
    finding = facts.pop("finding")
    return Step(
        act=Act(facts.pop("act")), finding=None if finding is None else Finding(finding), **facts
    )
