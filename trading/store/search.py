"""Searches over published tenders, for lists and their filters."""

from datetime import datetime

from sql.database import Tx
from trading.store.tenders import COLUMNS, tender_of
from trading.types import Found, Kind, Order, Phase, Search

# The phase as `trading.rules.phases` computes it; a test compares the two. The conditions that a
# filter may leave out are named by their parameters: kinds are $3, phases $4.
_STOOD = f"""
        WITH stood AS (
            SELECT {COLUMNS},
                   (SELECT name
                      FROM notary.organisation
                     WHERE org_id = purchaser) AS purchaser_name,
                   CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
                        WHEN ended_at IS NOT NULL THEN 'ended'
                        WHEN awarded_at IS NOT NULL THEN 'awarded'
                        WHEN candidates_at IS NOT NULL THEN 'candidates'
                        WHEN $1 < deadline THEN 'bidding'
                        ELSE 'opening'
                    END AS phase
              FROM trading.tender
             WHERE published_at IS NOT NULL
        ), matching AS (
            SELECT *, kind = ANY($3) OR cardinality($3::text[]) = 0 AS of_kind,
                   phase = ANY($4) OR cardinality($4::text[]) = 0 AS in_phase
              FROM stood
             WHERE strpos(lower(concat_ws(' ', tender_id, title_zh, title_en, purchaser_name)),
                          lower($2)) > 0
               AND ($5::timestamptz IS NULL OR published_at >= $5)
               AND ($6::timestamptz IS NULL OR published_at < $6)
               AND ($7::text IS NULL OR branch = $7)
        )
"""  # noqa: S608 - a constant

_ORDER = {
    # Those that still take bids first, the nearest deadline on top; then the latest past one.
    Order.DEADLINE: "$1 >= deadline, CASE WHEN $1 < deadline THEN deadline END, deadline DESC",
    Order.NEWEST: "published_at DESC",
    Order.AMOUNT: "ceiling_fen DESC NULLS LAST",
}


async def search(tx: Tx, wanted: Search, now: datetime) -> Found:
    """Return a page of the tenders that fit, and the counts of the filters."""
    conditions = (
        now,
        wanted.words,
        list(wanted.kinds),
        list(wanted.phases),
        wanted.since,
        wanted.until,
        wanted.branch,
    )
    rows = await tx.fetch(
        f"""{_STOOD}
        SELECT {COLUMNS}
          FROM matching
         WHERE of_kind AND in_phase
         ORDER BY {_ORDER[wanted.order]}, tender_id
        OFFSET $8
         LIMIT $9
        """,  # noqa: S608 - constants
        *conditions,
        wanted.skip,
        wanted.take,
    )
    counts = await tx.fetch(
        f"""{_STOOD}
        SELECT kind, phase, of_kind, in_phase, count(*) AS tenders
          FROM matching
         GROUP BY kind, phase, of_kind, in_phase
        """,  # noqa: S608 - constants
        *conditions,
    )
    by_kind, by_phase, total = dict.fromkeys(Kind, 0), dict.fromkeys(Phase, 0), 0
    for row in counts:
        by_kind[Kind(row["kind"])] += row["tenders"] if row["in_phase"] else 0
        by_phase[Phase(row["phase"])] += row["tenders"] if row["of_kind"] else 0
        total += row["tenders"] if row["of_kind"] and row["in_phase"] else 0
    return Found(
        at=now,
        tenders=tuple(tender_of(row) for row in rows),
        total=total,
        by_kind=by_kind,
        by_phase=by_phase,
    )
