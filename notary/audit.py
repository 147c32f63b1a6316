"""A search of the ledger for those who audit: by kind, actor, subject and day.

Only what is sequenced is found, so nothing of an open box; kinds that are held until a box closes
(who bid, what was refused) are left out for good: the record of their tender tells them later.

Source: web.md 9, page 28; `ledger.md` 8.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sql.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; empty or None: whatever it is. `kind`: how the name of a kind begins."""

    kind: str = ""
    actor: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Who did what about which subject, and where it stands in the log."""

    idx: int
    kind: str
    subject: str
    at: datetime
    actor: str | None


async def search(tx: Tx, wanted: Wanted, left_out: Collection[str], take: int) -> list[Trace]:
    """Return the newest `take` entries that fit; of the kinds `left_out` none."""
    rows = await tx.fetch(
        """
        SELECT idx, kind, subject, at, actor
          FROM notary.ledger_sequenced
         WHERE kind <> ALL($1::text[])
           AND starts_with(kind, $2)
           AND ($3 = '' OR actor = $3)
           AND ($4 = '' OR subject = $4)
           AND ($5::timestamptz IS NULL OR at >= $5)
           AND ($6::timestamptz IS NULL OR at < $6)
         ORDER BY idx DESC
         LIMIT $7
        """,
        sorted(left_out),
        wanted.kind,
        wanted.actor,
        wanted.subject,
        wanted.since,
        wanted.until,
        take,
    )
    return [Trace(**row) for row in rows]


async def found_at(
    tx: Tx, subjects: Collection[str], kinds: Collection[str], moments: Collection[datetime]
) -> list[Trace]:
    """Return the entries of these kinds about these subjects that were made at these instants."""
    rows = await tx.fetch(
        """
        SELECT idx, kind, subject, at, actor
          FROM notary.ledger_sequenced
         WHERE subject = ANY($1::text[])
           AND kind = ANY($2::text[])
           AND at = ANY($3::timestamptz[])
         ORDER BY idx
        """,
        list(subjects),
        list(kinds),
        list(moments),
    )
    return [Trace(**row) for row in rows]
