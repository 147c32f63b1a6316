"""Changes that are prepared and wait for a signature: at most one a tender."""

import asyncpg

from notary import canonical, shape
from sql.database import Tx
from trading.amendments import Change, Prepared

_COLUMNS = """amendment.tender_id, act, follows, change, amendment.drafted_by,
       amendment.drafted_at"""


async def save(tx: Tx, prepared: Prepared) -> None:
    """Store a change, in place of an earlier one."""
    await tx.execute(
        """
        INSERT INTO trading.amendment (tender_id, act, follows, change, drafted_by, drafted_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tender_id) DO UPDATE
           SET act = $2, follows = $3, change = $4, drafted_by = $5, drafted_at = $6
        """,
        prepared.tender,
        prepared.act,
        prepared.follows,
        shape.dump(prepared.change),
        prepared.drafted_by,
        prepared.drafted_at,
    )


async def prepared(tx: Tx, tender_id: str) -> Prepared | None:
    """Return the change that waits for a signature, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM trading.amendment
         WHERE tender_id = $1
        """,  # noqa: S608 - a constant
        tender_id,
    )
    return None if row is None else _prepared(row)


async def prepared_for(tx: Tx, org: str) -> list[Prepared]:
    """Return the changes that `org` prepared as agency or has to sign as purchaser, by tender."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM trading.amendment
          JOIN trading.tender USING (tender_id)
         WHERE $1 IN (agency, purchaser)
         ORDER BY amendment.tender_id
        """,  # noqa: S608 - a constant
        org,
    )
    return [_prepared(row) for row in rows]


async def drop(tx: Tx, tender_id: str) -> None:
    """Forget a change: it has become a revision, or the tender is over."""
    await tx.execute(
        """
        DELETE FROM trading.amendment
         WHERE tender_id = $1
        """,
        tender_id,
    )


def _prepared(row: asyncpg.Record) -> Prepared:
    return Prepared(
        tender=row["tender_id"],
        act=row["act"],
        follows=row["follows"],
        change=shape.load(Change, row["change"], limit=canonical.LIMIT),
        drafted_by=row["drafted_by"],
        drafted_at=row["drafted_at"],
    )
