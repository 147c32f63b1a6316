"""What is public of one bidder: the bids that were announced, and what became of them."""

from bidding.facts import Offer
from sql.database import Tx
from trading.types import Fen


async def offers(tx: Tx, org: str, take: int) -> list[Offer]:
    """Return the last `take` bids of `org` that were announced, latest first.

    Nothing of a bid before its opening: only results are read, and their envelopes name the bidder.
    """
    rows = await tx.fetch(
        """
        SELECT result.tender_id AS tender, result.lot, result.stage, title_zh, title_en, currency,
               verdict, price_fen, announced_at, rejection.ground, rejection.article,
               rejection.reason, rejection.overturned_at,
               EXISTS (SELECT
                         FROM bidding.award
                        WHERE award.winner = result.envelope_id
                          AND step = 'awarded'
                          AND n = (SELECT max(n)
                                     FROM bidding.award AS last
                                    WHERE last.tender_id = award.tender_id
                                      AND last.lot = award.lot
                                      AND last.step = 'awarded')) AS is_winner
          FROM bidding.result
          JOIN bidding.envelope USING (envelope_id)
          JOIN trading.tender ON tender.tender_id = result.tender_id
          LEFT JOIN bidding.rejection USING (envelope_id)
         WHERE bidder = $1
         ORDER BY announced_at DESC, envelope_id
         LIMIT $2
        """,
        org,
        take,
    )
    return [
        Offer(**{**row, "price_fen": None if row["price_fen"] is None else Fen(row["price_fen"])})
        for row in rows
    ]
