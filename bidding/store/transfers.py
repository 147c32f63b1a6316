"""Files that were announced and go straight to the store of the vault."""

from dataclasses import dataclass
from datetime import datetime

from sql.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What was announced: a file of this digest and of so many bytes, under an unguessable key."""

    key: str
    sha256: str
    size: int


async def insert_transfer(tx: Tx, announced: Transfer, until: datetime) -> None:
    """Remember what was announced; `until`: how long the file may be sent."""
    await tx.execute(
        """
        INSERT INTO bidding.transfer (key, sha256, size, until)
        VALUES ($1, $2, $3, $4)
        """,
        announced.key,
        announced.sha256,
        announced.size,
        until,
    )


async def transfer(tx: Tx, key: str) -> Transfer | None:
    """Return what was announced under a key, None where nothing is."""
    row = await tx.fetchrow(
        """
        SELECT key, sha256, size
          FROM bidding.transfer
         WHERE key = $1
        """,
        key,
    )
    return None if row is None else Transfer(**row)


async def delete_transfer(tx: Tx, key: str) -> None:
    """Forget what was announced under a key."""
    await tx.execute(
        """
        DELETE FROM bidding.transfer
         WHERE key = $1
        """,
        key,
    )


async def ended(tx: Tx, before: datetime) -> list[str]:
    """Return the keys under which nothing could be sent any more at an instant."""
    rows = await tx.fetch(
        """
        SELECT key
          FROM bidding.transfer
         WHERE until < $1
         ORDER BY until
         LIMIT 1000
        """,
        before,
    )
    return [row["key"] for row in rows]
