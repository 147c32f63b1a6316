"""What V5 compares of the envelopes of closed boxes."""

from datetime import datetime

from bidding.facts import BoxKey
from sql.database import Tx
from trading.types import Stage


async def of_closed(
    tx: Tx, since: datetime
) -> list[tuple[BoxKey, datetime, str, str, str, tuple[str, ...]]]:
    """Return box, its closing, bidder, recipient, nonce and parts of each envelope.

    Of boxes that were closed after `since`, by box and then by the order of the parts.
    """
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage, closed_at, bidder, recipient, nonce,
               array_agg(sha256 ORDER BY n) AS parts
          FROM bidding.box
          JOIN bidding.envelope USING (tender_id, lot, stage)
          JOIN bidding.envelope_part USING (envelope_id)
         WHERE closed_at > $1
         GROUP BY tender_id, lot, stage, closed_at, envelope_id, bidder, recipient, nonce
         ORDER BY tender_id, lot, stage, envelope_id
        """,
        since,
    )
    return [
        (
            BoxKey(row["tender_id"], row["lot"], Stage(row["stage"])),
            row["closed_at"],
            row["bidder"],
            row["recipient"],
            row["nonce"],
            tuple(row["parts"]),
        )
        for row in rows
    ]
