"""Complaints to the supervisor."""

import asyncpg

from sql.database import Tx
from trading.disputes import Complaint, Matter

_COLUMNS = """number, tender_id AS tender, about, org, person, text, known_on, made_at, accept_by,
       decide_by, entry_id"""


def _complaint(row: asyncpg.Record) -> Complaint:
    facts = dict(row)
    return Complaint(about=Matter(facts.pop("about")), **facts)


async def insert_complaint(tx: Tx, made: Complaint) -> None:
    """Store a complaint that was just made."""
    await tx.execute(
        """
        INSERT INTO trading.complaint (number, tender_id, about, org, person, text, known_on,
                                       made_at, accept_by, decide_by, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        made.number,
        made.tender,
        made.about,
        made.org,
        made.person,
        made.text,
        made.known_on,
        made.made_at,
        made.accept_by,
        made.decide_by,
        made.entry_id,
    )


async def complaints(tx: Tx) -> list[Complaint]:
    """Return every complaint, newest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM trading.complaint
         ORDER BY made_at DESC, number
        """  # noqa: S608 - a constant
    )
    return [_complaint(row) for row in rows]
