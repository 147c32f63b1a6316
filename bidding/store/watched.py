"""Boxes that somebody still has to do something about: what is watched, and stands on desks."""

from datetime import datetime, timedelta

from bidding.facts import BoxFacts, BoxKey
from bidding.store.boxes import COLUMNS, facts_of
from sql.database import Tx
from trading.types import Stage

FRESH = timedelta(days=30)
"""How long what has become of a box is told to those whom it concerns."""

# `$1`: now. Not opened to its end; or its lot neither void nor awarded to nobody, and without a
# contract; or its tender held up, to be halted, or objected to.
_UNSETTLED = """
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
"""


async def watched(tx: Tx, now: datetime) -> list[BoxFacts]:
    """Return every box that is not done with at `now`, however old, by deadline.

    Not opened to its end; or its lot neither void nor awarded to nobody, and without a contract; or
    its tender held up, to be halted, or objected to.
    """
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE (tender_id, lot, stage) IN ({_UNSETTLED})
         ORDER BY deadline, tender_id, lot, stage
        """,  # noqa: S608 - constants
        now,
    )
    return [facts_of(row) for row in rows]


async def concerning(tx: Tx, org: str, now: datetime) -> list[BoxFacts]:
    """Return the boxes that concern a body and are not done with, or only just, by deadline.

    Of its own tenders; with an envelope of its own; whose keys it keeps, until they are opened; and
    all of a tender that is objected to.
    """
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE ((tender_id IN (SELECT tender_id
                                 FROM trading.tender
                                WHERE $2 IN (agency, purchaser))
                 OR (tender_id, lot, stage) IN (SELECT tender_id, lot, stage
                                                  FROM bidding.envelope
                                                 WHERE bidder = $2)
                 OR (finished_at IS NULL
                     AND (tender_id, lot, stage) IN (SELECT tender_id, lot, stage
                                                       FROM bidding.trustee_key
                                                      WHERE holder_org = $2)))
                AND (greatest(not_opened_at, finished_at) > $3
                     OR (tender_id, lot) IN (SELECT tender_id, lot
                                               FROM bidding.award
                                              WHERE at > $3)
                     OR (tender_id, lot, stage) IN ({_UNSETTLED})))
            OR tender_id IN (SELECT tender_id
                               FROM trading.objection
                              WHERE answered_at IS NULL
                                AND withdrawn_at IS NULL)
         ORDER BY deadline, tender_id, lot, stage
        """,  # noqa: S608 - constants
        now,
        org,
        now - FRESH,
    )
    return [facts_of(row) for row in rows]


async def awaited(tx: Tx, now: datetime, until: datetime) -> list[BoxFacts]:
    """Return the boxes that close after `now` and by `until`, and those past it to be opened.

    However many there are, and however long they have waited, by deadline.
    """
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE finished_at IS NULL
           AND not_opened_at IS NULL
           AND cancelled_at IS NULL
           AND CASE WHEN deadline > $1 THEN deadline ELSE open_at END <= $2
         ORDER BY deadline, tender_id, lot, stage
        """,  # noqa: S608 - a constant
        now,
        until,
    )
    return [facts_of(row) for row in rows]


async def kept_by(tx: Tx, org: str, now: datetime) -> list[BoxFacts]:
    """Return the boxes to which a body has given keys and that close after `now`, by deadline."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE deadline > $2
           AND cancelled_at IS NULL
           AND (tender_id, lot, stage) IN (SELECT tender_id, lot, stage
                                             FROM bidding.trustee_key
                                            WHERE holder_org = $1)
         ORDER BY deadline, tender_id, lot, stage
        """,  # noqa: S608 - a constant
        org,
        now,
    )
    return [facts_of(row) for row in rows]


async def waiting_for(tx: Tx, org: str) -> list[BoxKey]:
    """Return the boxes that ask for shares of the body `org`: of a key, until its group gave."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT tender_id, lot, stage
          FROM bidding.box
          JOIN bidding.trustee_key AS own USING (tender_id, lot, stage)
         WHERE asked_at IS NOT NULL
           AND finished_at IS NULL
           AND own.holder_org = $1
           AND NOT EXISTS (SELECT
                             FROM bidding.release
                            WHERE release.list_sha256 = coalesce(revised_sha256, box.list_sha256)
                              AND (release.key_sha256 = own.key_sha256
                                   OR (release.good
                                       AND (release.tender_id, release.lot, release.stage)
                                         = (own.tender_id, own.lot, own.stage)
                                       AND release.group_id = own.group_id)))
         ORDER BY tender_id, lot, stage
        """,
        org,
    )
    return [BoxKey(row["tender_id"], row["lot"], Stage(row["stage"])) for row in rows]
