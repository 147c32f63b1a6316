"""What a body has at its desk: drafts handed over, drafts made, tenders published."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notary import canonical, shape
from sql.database import Tx
from trading.amendments import HandedBack
from trading.store import tenders
from trading.types import Draft, Tender


async def insert(tx: Tx, tender_id: str, draft_sha256: str, person: str, at: datetime) -> bool:
    """Write that a draft was handed over; return whether that is new."""
    done = await tx.execute(
        """
        INSERT INTO trading.handover (tender_id, draft_sha256, handed_by, handed_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT draft_is_handed_over_once DO NOTHING
        """,
        tender_id,
        draft_sha256,
        person,
        at,
    )
    return done == "INSERT 0 1"


async def insert_back(
    tx: Tx, tender_id: str, draft_sha256: str, note: str, person: str, at: datetime
) -> bool:
    """Write that a draft was handed back, and why; return whether that is new."""
    done = await tx.execute(
        """
        INSERT INTO trading.handback (tender_id, draft_sha256, note, handed_by, handed_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT ON CONSTRAINT draft_is_handed_back_once DO NOTHING
        """,
        tender_id,
        draft_sha256,
        note,
        person,
        at,
    )
    return done == "INSERT 0 1"


async def backs_of(tx: Tx, tenders: Sequence[str]) -> Mapping[tuple[str, str], HandedBack]:
    """Return why and when drafts of these tenders were handed back, by tender and hash."""
    rows = await tx.fetch(
        """
        SELECT tender_id, draft_sha256, note, handed_at
          FROM trading.handback
         WHERE tender_id = ANY($1::text[])
        """,
        tenders,
    )
    return {
        (row["tender_id"], row["draft_sha256"]): HandedBack(note=row["note"], at=row["handed_at"])
        for row in rows
    }


async def of_tenders(tx: Tx, tenders: Sequence[str]) -> Mapping[tuple[str, str], datetime]:
    """Return when each draft of these tenders was handed over and not back, by tender and hash."""
    rows = await tx.fetch(
        """
        SELECT o.tender_id, o.draft_sha256, o.handed_at
          FROM trading.handover AS o
          LEFT JOIN trading.handback AS b USING (tender_id, draft_sha256)
         WHERE o.tender_id = ANY($1::text[])
           AND b.handed_at IS NULL
        """,
        tenders,
    )
    return {(row["tender_id"], row["draft_sha256"]): row["handed_at"] for row in rows}


async def made_by(tx: Tx, agency: str, take: int) -> list[Draft]:
    """Return the newest drafts of an agency, of published tenders too, as they stood last."""
    rows = await tx.fetch(
        """
        SELECT draft
          FROM trading.tender
         WHERE agency = $1
         ORDER BY drafted_at DESC, tender_id
         LIMIT $2
        """,
        agency,
        take,
    )
    return [shape.load(Draft, row["draft"], limit=canonical.LIMIT) for row in rows]


async def published_of(tx: Tx, org: str, take: int) -> list[Tender]:
    """Return the newest published tenders of a body, as their agency or purchaser."""
    rows = await tx.fetch(
        f"""
        SELECT {tenders.COLUMNS}
          FROM trading.tender
         WHERE published_at IS NOT NULL
           AND $1 IN (agency, purchaser)
         ORDER BY published_at DESC, tender_id
         LIMIT $2
        """,  # noqa: S608 - a constant
        org,
        take,
    )
    return [tenders.tender_of(row) for row in rows]
