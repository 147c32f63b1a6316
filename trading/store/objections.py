"""Objections to documents and candidates, and their answers."""

from collections.abc import Collection
from datetime import datetime

import asyncpg

from sql.database import Tx
from trading.disputes import About, Objection

_COLUMNS = """objection, tender_id AS tender, about, lot, org, text, raised_at, entry_id, answer,
       answered_at, answer_entry_id, withdrawn_at"""


def _objection(row: asyncpg.Record) -> Objection:
    facts = dict(row)
    return Objection(about=About(facts.pop("about")), **facts)


async def insert_objection(tx: Tx, made: Objection) -> None:
    """Store an objection that was just raised."""
    await tx.execute(
        """
        INSERT INTO trading.objection (objection, tender_id, about, lot, org, text, raised_at,
                                       entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        made.objection,
        made.tender,
        made.about,
        made.lot,
        made.org,
        made.text,
        made.raised_at,
        made.entry_id,
    )


async def mark_answered(
    tx: Tx, objection: str, answer: str, answered_at: datetime, entry_id: int
) -> None:
    """Store the answer to an objection."""
    await tx.execute(
        """
        UPDATE trading.objection
           SET answer = $2, answered_at = $3, answer_entry_id = $4
         WHERE objection = $1
        """,
        objection,
        answer,
        answered_at,
        entry_id,
    )


async def mark_withdrawn(tx: Tx, objection: str, withdrawn_at: datetime, entry_id: int) -> None:
    """Store that an objection was withdrawn."""
    await tx.execute(
        """
        UPDATE trading.objection
           SET withdrawn_at = $2, withdrawal_entry_id = $3
         WHERE objection = $1
        """,
        objection,
        withdrawn_at,
        entry_id,
    )


async def objection(tx: Tx, objection_id: str) -> Objection | None:
    """Return an objection, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM trading.objection
         WHERE objection = $1
        """,  # noqa: S608 - a constant
        objection_id,
    )
    return None if row is None else _objection(row)


async def objections_of(tx: Tx, tender_id: str) -> list[Objection]:
    """Return the objections of a tender, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM trading.objection
         WHERE tender_id = $1
         ORDER BY raised_at, objection
        """,  # noqa: S608 - a constant
        tender_id,
    )
    return [_objection(row) for row in rows]


async def objections_open(tx: Tx) -> list[Objection]:
    """Return every objection that waits for its answer, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM trading.objection
         WHERE answered_at IS NULL
           AND withdrawn_at IS NULL
         ORDER BY raised_at, objection
        """  # noqa: S608 - a constant
    )
    return [_objection(row) for row in rows]


async def suspended_since(tx: Tx, tenders: Collection[str]) -> dict[str, datetime]:
    """Return since when unanswered objections to the documents suspend tenders; only those."""
    rows = await tx.fetch(
        """
        SELECT tender_id, min(raised_at) AS since
          FROM trading.objection
         WHERE tender_id = ANY($1::text[])
           AND about = 'documents'
           AND answered_at IS NULL
           AND withdrawn_at IS NULL
         GROUP BY tender_id
        """,
        list(tenders),
    )
    return {row["tender_id"]: row["since"] for row in rows}
