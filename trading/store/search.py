"""Searches over published tenders, for lists and their filters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from sql.database import Tx
from trading.store.tenders import COLUMNS, tender_of
from trading.types import Found, Kind, Order, Phase, Search

# The phase as `trading.rules.phases` computes it; a test compares the two. The conditions that a
# filter may leave out each have a column: kinds are $3, phases $4, branches $5, agencies $6.
_STOOD = f"""
        WITH stood AS (
            SELECT {", ".join(f"tender.{name.strip()}" for name in COLUMNS.split(","))},
                   CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
                        WHEN ended_at IS NOT NULL THEN 'ended'
                        WHEN awarded_at IS NOT NULL THEN 'awarded'
                        WHEN candidates_at IS NOT NULL THEN 'candidates'
                        WHEN $1 < deadline THEN 'bidding'
                        ELSE 'opening'
                    END AS phase
              FROM trading.tender
              JOIN trading.searchable USING (tender_id)
             WHERE published_at IS NOT NULL
               AND (cardinality($2::text[]) = 0
                    OR pairs @> ARRAY(SELECT unnest(trading.pairs(trading.plain(word)))
                                        FROM unnest($2) AS word))
               AND NOT EXISTS (SELECT
                                 FROM unnest($2) AS word
                                WHERE strpos(words, trading.plain(word)) = 0)
        ), matching AS (
            SELECT *, kind = ANY($3) OR cardinality($3::text[]) = 0 AS of_kind,
                   phase = ANY($4) OR cardinality($4::text[]) = 0 AS in_phase,
                   coalesce(branch, '-') = ANY($5) OR cardinality($5::text[]) = 0 AS of_branch,
                   agency = ANY($6) OR cardinality($6::text[]) = 0 AS by_agency
              FROM stood
             WHERE ($7::timestamptz IS NULL OR published_at >= $7)
               AND ($8::timestamptz IS NULL OR published_at < $8)
               AND ($9::bigint IS NULL OR ceiling_fen >= $9)
               AND ($10::bigint IS NULL OR ceiling_fen <= $10)
               AND ($11::text[] IS NULL OR tender_id = ANY($11))
        )
"""  # noqa: S608 - a constant

_ORDER = {
    # Those that still take bids first, the nearest deadline on top; then the latest past one.
    Order.DEADLINE: "$1 >= deadline, CASE WHEN $1 < deadline THEN deadline END, deadline DESC",
    Order.NEWEST: "published_at DESC",
    Order.AMOUNT: "ceiling_fen DESC NULLS LAST",
}


@dataclass(slots=True)
class _Counts:
    """What a filter shows beside each of its boxes: how many there are under the others."""

    kinds: dict[str, int]
    phases: dict[str, int]
    branches: dict[str, int]
    agencies: dict[str, int]
    total: int = 0

    def add(self, row: asyncpg.Record) -> None:
        """Count some tenders that are alike."""
        fits = [row["of_kind"], row["in_phase"], row["of_branch"], row["by_agency"]]
        self.total += row["tenders"] if all(fits) else 0
        counted = (
            (self.kinds, row["kind"]),
            (self.phases, row["phase"]),
            (self.branches, row["branch"]),
            (self.agencies, row["agency"]),
        )
        for place, (counts, value) in enumerate(counted):
            if all(fits[:place] + fits[place + 1 :]):
                counts[value] = counts.get(value, 0) + row["tenders"]


async def search(tx: Tx, wanted: Search, now: datetime) -> Found:
    """Return a page of the tenders that fit, and the counts of the filters."""
    conditions = _conditions(wanted, now)
    rows = await tx.fetch(
        f"""{_STOOD}
        SELECT {COLUMNS}
          FROM matching
         WHERE of_kind AND in_phase AND of_branch AND by_agency
         ORDER BY {_ORDER[wanted.order]}, tender_id
        OFFSET $12
         LIMIT $13
        """,  # noqa: S608 - constants
        *conditions,
        wanted.skip,
        wanted.take,
    )
    alike = await tx.fetch(
        f"""{_STOOD}
        SELECT kind, phase, coalesce(branch, '-') AS branch, agency,
               of_kind, in_phase, of_branch, by_agency, count(*) AS tenders
          FROM matching
         GROUP BY kind, phase, branch, agency, of_kind, in_phase, of_branch, by_agency
        """,  # noqa: S608 - constants
        *conditions,
    )
    places = await _places(tx)
    agencies = {row["agency"]: row["name"] for row in places}
    counts = _counts(alike, sorted({row["branch"] for row in places}), sorted(agencies))
    return Found(
        at=now,
        tenders=tuple(tender_of(row) for row in rows),
        total=counts.total,
        by_kind={one: counts.kinds[one] for one in Kind},
        by_phase={one: counts.phases[one] for one in Phase},
        by_branch=counts.branches,
        by_agency=counts.agencies,
        agencies=agencies,
    )


def _conditions(wanted: Search, now: datetime) -> tuple[object, ...]:
    return (
        now,
        list(wanted.words),
        list(wanted.kinds),
        list(wanted.phases),
        list(wanted.branches),
        list(wanted.agencies),
        wanted.since,
        wanted.until,
        wanted.least,
        wanted.most,
        None if wanted.tenders is None else list(wanted.tenders),
    )


def _counts(
    alike: Iterable[asyncpg.Record], branches: Iterable[str], agencies: Iterable[str]
) -> _Counts:
    counts = _Counts(
        kinds=dict.fromkeys(Kind, 0),
        phases=dict.fromkeys(Phase, 0),
        branches=dict.fromkeys(branches, 0),
        agencies=dict.fromkeys(agencies, 0),
    )
    for row in alike:
        counts.add(row)
    return counts


async def _places(tx: Tx) -> list[asyncpg.Record]:
    """Return every branch and agency that has published."""
    found: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT DISTINCT coalesce(tender.branch, '-') AS branch, agency, organisation.name
          FROM trading.tender
          JOIN notary.organisation ON org_id = agency
         WHERE published_at IS NOT NULL
        """
    )
    return found
