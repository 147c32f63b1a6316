"""Awards as signed, and why a lot has no winner."""

from collections import defaultdict
from collections.abc import Collection

from bidding.facts import Awarded, Voiding
from sql.database import Tx


async def insert_award(tx: Tx, tender: str, lot: str, award: Awarded) -> None:
    """Store a signed award record."""
    await tx.execute(
        """
        INSERT INTO bidding.award (tender_id, lot, step, n, json, p7s, winner, tied, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        tender,
        lot,
        award.step,
        award.n,
        award.json,
        award.p7s,
        award.winner,
        award.tied,
        award.at,
        award.entry_id,
    )


async def awards_of(tx: Tx, tender: str, lot: str) -> list[Awarded]:
    """Return the award records of a lot, oldest first."""
    return (await awards_by_lot(tx, [(tender, lot)]))[tender, lot]


async def awards_by_lot(
    tx: Tx, lots: Collection[tuple[str, str]]
) -> defaultdict[tuple[str, str], list[Awarded]]:
    """Return the award records of each of these lots, oldest first."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, step, n, json, p7s, winner, tied, at, entry_id
          FROM bidding.award
         WHERE (tender_id, lot) IN (SELECT * FROM unnest($1::text[], $2::text[]))
         ORDER BY at, step DESC
        """,
        [tender for tender, _ in lots],
        [lot for _, lot in lots],
    )
    found: defaultdict[tuple[str, str], list[Awarded]] = defaultdict(list)
    for row in rows:
        facts = dict(row)
        found[facts.pop("tender_id"), facts.pop("lot")].append(Awarded(**facts))
    return found


async def done(tx: Tx, tenders: Collection[str]) -> dict[str, int]:
    """Return by tender how many of its boxes are finished, and how many records signed since."""
    rows = await tx.fetch(
        """
        SELECT tender_id,
               (SELECT count(*)
                  FROM bidding.box
                 WHERE box.tender_id = named.tender_id AND finished_at IS NOT NULL)
             + (SELECT count(*)
                  FROM bidding.award
                 WHERE award.tender_id = named.tender_id)
             + (SELECT count(*)
                  FROM bidding.contract_statement AS c
                 WHERE c.tender_id = named.tender_id) AS done
          FROM unnest($1::text[]) AS named (tender_id)
        """,
        list(tenders),
    )
    return {row["tender_id"]: row["done"] for row in rows}


async def insert_voiding(tx: Tx, tender: str, lot: str, voiding: Voiding) -> None:
    """Store that a lot has no winner."""
    await tx.execute(
        """
        INSERT INTO bidding.voiding (tender_id, lot, n, ground, article, reason, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        tender,
        lot,
        voiding.n,
        voiding.ground,
        voiding.article,
        voiding.reason,
        voiding.at,
        voiding.entry_id,
    )


async def voiding_of(tx: Tx, tender: str, lot: str) -> Voiding | None:
    """Return why a lot has no winner, None where nobody has said so."""
    row = await tx.fetchrow(
        """
        SELECT n, ground, article, reason, at, entry_id
          FROM bidding.voiding
         WHERE tender_id = $1 AND lot = $2
         ORDER BY n DESC
         LIMIT 1
        """,
        tender,
        lot,
    )
    return None if row is None else Voiding(**row)
