"""Secret limits as they were opened, or forfeited."""

from bidding.facts import LimitOpened
from notary.shape import Fen
from sql.database import Tx


async def opened_of(tx: Tx, tender: str, lot: str) -> dict[str, LimitOpened]:
    """Return what became of the limits of a lot, by name; those still shut are not there."""
    rows = await tx.fetch(
        """
        SELECT name, fen, salt, at, entry_id
          FROM bidding.limit_opened
         WHERE tender_id = $1 AND lot = $2
         ORDER BY name
        """,
        tender,
        lot,
    )
    return {
        row["name"]: LimitOpened(**{**row, "fen": None if row["fen"] is None else Fen(row["fen"])})
        for row in rows
    }


async def insert(tx: Tx, tender: str, lot: str, limit: LimitOpened) -> None:
    """Store a limit's amount, or that it is none for good."""
    await tx.execute(
        """
        INSERT INTO bidding.limit_opened (tender_id, lot, name, fen, salt, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        tender,
        lot,
        limit.name,
        limit.fen,
        limit.salt,
        limit.at,
        limit.entry_id,
    )
