"""What a revision of the notice writes into the rows of its boxes."""

from datetime import datetime

from bidding.facts import BoxKey
from sql.database import Tx
from trading.types import Box


async def move_box(tx: Tx, key: BoxKey, terms: Box) -> None:
    """Copy what the notice in force says of a box."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET policy_sha256 = $4, deadline = $5, parts_by = $6, open_at = $7, release_by = $8,
               owner_by = $9, max_bytes = $10
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        terms.policy_sha256,
        terms.deadline,
        terms.parts_by,
        terms.open_at,
        terms.release_by,
        terms.owner_by,
        terms.max_bytes,
    )


async def mark_cancelled(tx: Tx, key: BoxKey, at: datetime) -> None:
    """Leave a box shut for good, because its tender has ended."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET cancelled_at = $4
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
    )
