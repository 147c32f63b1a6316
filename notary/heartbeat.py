"""The heartbeat: once a second each part of the hall that others wait for notes that it is there.

One row a run of beats and not one a beat: a hall that never stands still has one row a heart.

Source: `people.md` 2; architecture.md, Processes.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from notary.clock import Clock
from notary.pulse import Heart, Run
from sql.database import Database, Tx

BEAT_S = 1.0

GRAIN = timedelta(seconds=5)
"""Beats this close are one run; no rule set asks for shorter gaps (`outage_gap_s`)."""

log = structlog.get_logger()


async def keep(database: Database, clock: Clock, heart: Heart) -> None:
    """Beat once a second; runs until it is cancelled."""
    while True:
        try:
            async with database.transaction() as tx:
                await beat(tx, heart, await clock(tx))
        except Exception:  # a database that is away now is there the next time: that is the gap
            log.warning("heart.missed", heart=heart, exc_info=True)
        await asyncio.sleep(BEAT_S)


async def beat(tx: Tx, heart: Heart, at: datetime) -> None:
    """Note that a heart beats: its run goes on, or another begins."""
    await tx.execute(
        """
        WITH newest AS (
            SELECT began_at
              FROM notary.heartbeat
             WHERE heart = $1
             ORDER BY began_at DESC
             LIMIT 1
        ), goes_on AS (
            UPDATE notary.heartbeat
               SET last_at = greatest(last_at, $2)
              FROM newest
             WHERE heartbeat.heart = $1
               AND heartbeat.began_at = newest.began_at
               AND $2 <= heartbeat.last_at + $3
            RETURNING heart
        )
        INSERT INTO notary.heartbeat (heart, began_at, last_at)
        SELECT $1, $2, $2
         WHERE NOT EXISTS (SELECT FROM goes_on)
            ON CONFLICT DO NOTHING
        """,
        heart,
        at,
        GRAIN,
    )


async def runs(tx: Tx, since: datetime) -> list[Run]:
    """Return the runs of all hearts that reach beyond `since`, and of each the one before them."""
    rows = await tx.fetch(
        """
        SELECT heart, began_at, last_at
          FROM notary.heartbeat
         WHERE last_at >= $1
        UNION ALL
        (SELECT DISTINCT ON (heart) heart, began_at, last_at
           FROM notary.heartbeat
          WHERE last_at < $1
          ORDER BY heart, began_at DESC)
        """,
        since,
    )
    return [
        Run(heart=Heart(row["heart"]), began=row["began_at"], last=row["last_at"]) for row in rows
    ]


async def last_beats(tx: Tx) -> dict[Heart, datetime]:
    """Return when each heart beat last; one that never did is not there."""
    rows = await tx.fetch(
        """
        SELECT heart, max(last_at) AS last_at
          FROM notary.heartbeat
         GROUP BY heart
        """
    )
    return {Heart(row["heart"]): row["last_at"] for row in rows}
