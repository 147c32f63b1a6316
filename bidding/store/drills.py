"""Drills: people who have opened a test envelope on a body's machine."""

from collections.abc import Collection
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
    found = await last_of_bodies(tx, [org])
    return {member: at for (_, member), at in found.items()}


async def last_of_bodies(tx: Tx, orgs: Collection[str]) -> dict[tuple[str, str], datetime]:
    """Return when each member of these bodies was last drilled with success, by both names."""
    rows = await tx.fetch(
        """
        SELECT org, member, max(at) AS at
          FROM bidding.drill
         WHERE org = ANY($1::text[])
           AND outcome = 'ok'
         GROUP BY org, member
        """,
        list(orgs),
    )
    return {(row["org"], row["member"]): row["at"] for row in rows}
