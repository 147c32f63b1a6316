"""Awards as signed, and why a lot has no winner."""

from bidding.facts import Awarded, Voiding
from sql.database import Tx


async def insert_award(tx: Tx, tender: str, lot: str, award: Awarded) -> None:
    """Store a signed award record."""
    await tx.execute(
        """
        INSERT INTO bidding.award (tender_id, lot, step, n, json, p7s, winner, tied, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        tender,
        lot,
        award.step,
        award.n,
        award.json,
        award.p7s,
        award.winner,
        award.tied,
        award.at,
        award.entry_id,
    )


async def awards_of(tx: Tx, tender: str, lot: str) -> list[Awarded]:
    """Return the award records of a lot, oldest first."""
    rows = await tx.fetch(
        """
        SELECT step, n, json, p7s, winner, tied, at, entry_id
          FROM bidding.award
         WHERE tender_id = $1 AND lot = $2
         ORDER BY at, step DESC
        """,
        tender,
        lot,
    )
    return [Awarded(**row) for row in rows]


async def done(tx: Tx, tender: str) -> int:
    """Return how many boxes of a tender are finished, and how many records signed since."""
    count: int = await tx.fetchval(
        """
        SELECT (SELECT count(*)
                  FROM bidding.box
                 WHERE tender_id = $1 AND finished_at IS NOT NULL)
             + (SELECT count(*)
                  FROM bidding.award
                 WHERE tender_id = $1)
             + (SELECT count(*)
                  FROM bidding.contract_statement
                 WHERE tender_id = $1)
        """,
        tender,
    )
    return count


async def insert_voiding(tx: Tx, tender: str, lot: str, voiding: Voiding) -> None:
    """Store that a lot has no winner."""
    await tx.execute(
        """
        INSERT INTO bidding.voiding (tender_id, lot, n, ground, article, reason, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        tender,
        lot,
        voiding.n,
        voiding.ground,
        voiding.article,
        voiding.reason,
        voiding.at,
        voiding.entry_id,
    )


async def voiding_of(tx: Tx, tender: str, lot: str) -> Voiding | None:
    """Return why a lot has no winner, None where nobody has said so."""
    row = await tx.fetchrow(
        """
        SELECT n, ground, article, reason, at, entry_id
          FROM bidding.voiding
         WHERE tender_id = $1 AND lot = $2
         ORDER BY n DESC
         LIMIT 1
        """,
        tender,
        lot,
    )
    return None if row is None else Voiding(**row)
