"""Counts and sums over published tenders."""

from dataclasses import dataclass
from datetime import date, datetime

from sql.database import Tx
from trading.types import Fen, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """Published tenders of one kind in one currency; `ceilings_fen`: of those that have one."""

    kind: Kind
    currency: str
    tenders: int
    taking: int
    awarded: int
    ended: int
    ceilings_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMonth:
    """Tenders published in one month of Beijing's; `month`: its first day."""

    month: date
    tenders: int


async def by_kind(tx: Tx, now: datetime) -> list[OfKind]:
    """Return the counts and ceilings of every kind and currency that there is."""
    rows = await tx.fetch(
        """
        SELECT kind, currency, count(*) AS tenders,
               count(*) FILTER (WHERE deadline > $1
                                  AND cancelled_at IS NULL
                                  AND ended_at IS NULL) AS taking,
               count(*) FILTER (WHERE awarded_at IS NOT NULL) AS awarded,
               count(*) FILTER (WHERE cancelled_at IS NOT NULL OR ended_at IS NOT NULL) AS ended,
               coalesce(sum(ceiling_fen), 0)::bigint AS ceilings_fen
          FROM trading.tender
         WHERE published_at IS NOT NULL
         GROUP BY kind, currency
         ORDER BY tenders DESC, kind, currency
        """,
        now,
    )
    return [OfKind(**{**row, "kind": Kind(row["kind"])}) for row in rows]


async def by_month(tx: Tx, months: int) -> list[OfMonth]:
    """Return the last months in which anything was published, newest first."""
    rows = await tx.fetch(
        """
        SELECT date_trunc('month', published_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
               count(*) AS tenders
          FROM trading.tender
         WHERE published_at IS NOT NULL
         GROUP BY month
         ORDER BY month DESC
         LIMIT $1
        """,
        months,
    )
    return [OfMonth(**row) for row in rows]
