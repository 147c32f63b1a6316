"""Boxes that somebody still has to do something about: what supervision watches."""

from datetime import datetime

from bidding.facts import BoxKey
from sql.database import Tx
from trading.types import Stage


async def watched(tx: Tx, now: datetime) -> list[BoxKey]:
    """Return every box that is not done with at `now`, however old, by deadline.

    Not opened to its end; or its lot neither void nor awarded to nobody, and without a contract; or
    its tender held up, to be halted, or objected to.
    """
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage
          FROM bidding.box
          JOIN trading.tender USING (tender_id)
          LEFT JOIN LATERAL (SELECT step = 'awarded' AND winner IS NULL AS to_nobody
                               FROM bidding.award
                              WHERE (award.tender_id, award.lot) = (box.tender_id, box.lot)
                              ORDER BY at DESC, step
                              LIMIT 1) AS last ON true
         WHERE (box.cancelled_at IS NULL
                AND not_opened_at IS NULL
                AND (finished_at IS NULL
                     OR (last.to_nobody IS NOT TRUE
                         AND NOT EXISTS (SELECT
                                           FROM bidding.voiding AS v
                                          WHERE (v.tender_id, v.lot) = (box.tender_id, box.lot))
                         AND NOT EXISTS (SELECT
                                           FROM bidding.contract_statement AS c
                                          WHERE (c.tender_id, c.lot)
                                              = (box.tender_id, box.lot)))))
            OR halted_at IS NOT NULL
            OR paused_until > $1
            OR tender_id IN (SELECT tender_id FROM trading.halt_asked)
            OR tender_id IN (SELECT tender_id
                               FROM trading.objection
                              WHERE answered_at IS NULL
                                AND withdrawn_at IS NULL)
         ORDER BY box.deadline, tender_id, lot, stage
        """,
        now,
    )
    return [BoxKey(row["tender_id"], row["lot"], Stage(row["stage"])) for row in rows]
