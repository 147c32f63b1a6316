"""The files of rule sets that notices pin, and the set that a tender stands under."""

from collections.abc import Collection

from sql.database import Tx
from trading.notice import parse
from trading.rules.sets import RuleSet
from trading.types import Pin


async def insert_files(tx: Tx, rules: RuleSet) -> None:
    """Store the file of a set and those it stands on, bases first; what is there stays."""
    await tx.executemany(
        """
        INSERT INTO trading.rules_file (sha256, base_sha256, data)
        VALUES ($1, $2, $3)
            ON CONFLICT (sha256) DO NOTHING
        """,
        [
            (one.sha256, None if one.base is None else one.base.sha256, one.data)
            for one in reversed(rules.chain)
        ],
    )


async def files(tx: Tx, sha256: str) -> tuple[bytes, ...]:
    """Return the file of a set and those it stands on; none where no notice has pinned it."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE below (n, base_sha256, data) AS (
            SELECT 0, base_sha256, data
              FROM trading.rules_file
             WHERE sha256 = $1
             UNION ALL
            SELECT n + 1, file.base_sha256, file.data
              FROM below
              JOIN trading.rules_file AS file ON file.sha256 = below.base_sha256
        )
        SELECT data
          FROM below
         ORDER BY n
        """,
        sha256,
    )
    return tuple(row["data"] for row in rows)


async def pins(tx: Tx, tenders: Collection[str]) -> dict[str, Pin]:
    """Return by tender the set that the notice in force pins; a draft has none."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (tender_id) tender_id, json
          FROM trading.notice
         WHERE tender_id = ANY($1::text[])
         ORDER BY tender_id, revision DESC
        """,
        list(tenders),
    )
    return {row["tender_id"]: parse(row["json"]).rules for row in rows}
