"""Which drafts were handed to their purchasers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sql.database import Tx


async def insert(tx: Tx, tender_id: str, draft_sha256: str, person: str, at: datetime) -> bool:
    """Write that a draft was handed over; return whether that is new."""
    done = await tx.execute(
        """
        INSERT INTO trading.handover (tender_id, draft_sha256, handed_by, handed_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT draft_is_handed_over_once DO NOTHING
        """,
        tender_id,
        draft_sha256,
        person,
        at,
    )
    return done == "INSERT 0 1"


async def of_tenders(tx: Tx, tenders: Sequence[str]) -> Mapping[tuple[str, str], datetime]:
    """Return when each draft of these tenders was handed over, by tender and hash."""
    rows = await tx.fetch(
        """
        SELECT tender_id, draft_sha256, handed_at
          FROM trading.handover
         WHERE tender_id = ANY($1::text[])
        """,
        tenders,
    )
    return {(row["tender_id"], row["draft_sha256"]): row["handed_at"] for row in rows}
