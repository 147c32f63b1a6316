"""What an outage and a pause leave on the rows of boxes."""

from datetime import datetime

from bidding.facts import BoxKey
from sql.database import Tx
from trading.types import Stage


async def mark_told(tx: Tx, key: BoxKey, *, interrupted: bool, paused: bool) -> None:
    """Remember what the room of a box was told of an interruption and a pause."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET told_interrupted = $4, told_paused = $5
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        interrupted,
        paused,
    )


async def mark_judged(tx: Tx, key: BoxKey, at: datetime) -> None:
    """Write that an act has judged what the heartbeat missed until `at`; nothing interrupts now."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET outage_judged_at = $4, told_interrupted = false
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
    )


async def mark_reopened(tx: Tx, key: BoxKey) -> None:
    """Set aside the closing of a box: it takes bids again, and closes again."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET closing = closing + (closed_at IS NOT NULL)::integer,
               closing_at = NULL, closed_at = NULL, list_json = NULL, list_sha256 = NULL,
               list_entry_id = NULL
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
    )


async def restless(tx: Tx, watched_until: datetime) -> list[BoxKey]:
    """Return the boxes that the clerk has to look at though their parts_by is not over.

    Those whose deadline is before `watched_until`, where a gap may count, and those whose room
    knows of an interruption or a pause that may have ended.
    """
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage
          FROM bidding.box
         WHERE finished_at IS NULL
           AND not_opened_at IS NULL
           AND cancelled_at IS NULL
           AND (told_interrupted OR told_paused
                OR (closing_at IS NULL AND deadline <= $1))
         ORDER BY parts_by, tender_id, lot, stage
        """,
        watched_until,
    )
    return [BoxKey(row["tender_id"], row["lot"], Stage(row["stage"])) for row in rows]
