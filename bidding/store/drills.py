"""Drills: people who have opened a test envelope on a body's machine."""

from datetime import datetime

from sql.database import Tx


async def insert(
    tx: Tx, org: str, member: str, at: datetime, *, outcome: str, entry_id: int
) -> None:
    """Store a drill."""
    await tx.execute(
        """
        INSERT INTO bidding.drill (org, member, at, outcome, entry_id)
        VALUES ($1, $2, $3, $4, $5)
        """,
        org,
        member,
        at,
        outcome,
        entry_id,
    )


async def last_of(tx: Tx, org: str) -> dict[str, datetime]:
    """Return when each member of a body was last drilled with success."""
    rows = await tx.fetch(
        """
        SELECT member, max(at) AS at
          FROM bidding.drill
         WHERE org = $1
           AND outcome = 'ok'
         GROUP BY member
        """,
        org,
    )
    return {row["member"]: row["at"] for row in rows}
