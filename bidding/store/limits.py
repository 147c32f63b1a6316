"""Secret limits as they were opened, or forfeited."""

from collections import defaultdict
from collections.abc import Collection

from bidding.facts import LimitOpened
from notary.shape import Fen
from sql.database import Tx


async def opened_of(tx: Tx, tender: str, lot: str) -> dict[str, LimitOpened]:
    """Return what became of the limits of a lot, by name; those still shut are not there."""
    return (await opened_by_lot(tx, [(tender, lot)]))[tender, lot]


async def opened_by_lot(
    tx: Tx, lots: Collection[tuple[str, str]]
) -> defaultdict[tuple[str, str], dict[str, LimitOpened]]:
    """Return what became of the limits of each of these lots, by name."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, name, fen, salt, at, entry_id
          FROM bidding.limit_opened
         WHERE (tender_id, lot) IN (SELECT * FROM unnest($1::text[], $2::text[]))
         ORDER BY name
        """,
        [tender for tender, _ in lots],
        [lot for _, lot in lots],
    )
    found: defaultdict[tuple[str, str], dict[str, LimitOpened]] = defaultdict(dict)
    for row in rows:
        facts = {**row, "fen": None if row["fen"] is None else Fen(row["fen"])}
        lot = facts.pop("tender_id"), facts.pop("lot")
        found[lot][row["name"]] = LimitOpened(**facts)
    return found


async def insert(tx: Tx, tender: str, lot: str, limit: LimitOpened) -> None:
    """Store a limit's amount, or that it is none for good."""
    await tx.execute(
        """
        INSERT INTO bidding.limit_opened (tender_id, lot, name, fen, salt, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        tender,
        lot,
        limit.name,
        limit.fen,
        limit.salt,
        limit.at,
        limit.entry_id,
    )
