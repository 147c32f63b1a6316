"""Which tender repeats which, and the draft that one began as."""

from notary import canonical, shape
from sql.database import Tx
from trading.types import Draft


async def draft_of(tx: Tx, tender_id: str) -> Draft:
    """Return the draft of a tender as it stood last, published or not."""
    data: bytes = await tx.fetchval(
        """
        SELECT draft
          FROM trading.tender
         WHERE tender_id = $1
        """,
        tender_id,
    )
    return shape.load(Draft, data, limit=canonical.LIMIT)


async def mark_again(tx: Tx, tender_id: str, of: str) -> None:
    """Write which tender a draft repeats."""
    await tx.execute(
        """
        UPDATE trading.tender
           SET again_of = $2
         WHERE tender_id = $1
        """,
        tender_id,
        of,
    )


async def again_of(tx: Tx, tender_id: str) -> str | None:
    """Return the tender that this one repeats, or None."""
    of: str | None = await tx.fetchval(
        """
        SELECT again_of
          FROM trading.tender
         WHERE tender_id = $1
        """,
        tender_id,
    )
    return of


async def repeated_as(tx: Tx, tender_id: str) -> str | None:
    """Return the last published tender that repeats this one, or None; drafts are nobody's news."""
    later: str | None = await tx.fetchval(
        """
        SELECT tender_id
          FROM trading.tender
         WHERE again_of = $1
           AND published_at IS NOT NULL
         ORDER BY published_at DESC
         LIMIT 1
        """,
        tender_id,
    )
    return later
