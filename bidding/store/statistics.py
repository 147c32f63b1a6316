"""Counts and sums over what was opened and awarded; nothing of a box that is not finished."""

from bidding.facts import Bought, Opened
from sql.database import Tx
from trading.types import Kind


async def opened(tx: Tx) -> list[Opened]:
    """Return by kind how many boxes were opened to their end, and with how many bids."""
    rows = await tx.fetch(
        """
        WITH told AS (
            SELECT tender_id, lot, stage, count(envelope_id) AS bids
              FROM bidding.box
              LEFT JOIN bidding.result USING (tender_id, lot, stage)
             WHERE finished_at IS NOT NULL
             GROUP BY tender_id, lot, stage
        )
        SELECT kind, count(*) AS boxes, sum(bids)::bigint AS bids,
               count(*) FILTER (WHERE bids = 1) AS single
          FROM told
          JOIN trading.tender USING (tender_id)
         GROUP BY kind
         ORDER BY kind
        """
    )
    return [Opened(**{**row, "kind": Kind(row["kind"])}) for row in rows]


async def bought(tx: Tx) -> list[Bought]:
    """Return by kind and currency how many lots have a winner, and at which prices together."""
    rows = await tx.fetch(
        """
        WITH last AS (
            SELECT DISTINCT ON (tender_id, lot) tender_id, winner
              FROM bidding.award
             WHERE step = 'awarded'
             ORDER BY tender_id, lot, n DESC
        )
        SELECT kind, currency, count(*) AS lots, sum(price_fen)::bigint AS prices_fen
          FROM last
          JOIN bidding.result ON envelope_id = winner
          JOIN trading.tender ON tender.tender_id = last.tender_id
         GROUP BY kind, currency
         ORDER BY kind, currency
        """
    )
    return [Bought(**{**row, "kind": Kind(row["kind"])}) for row in rows]
