"""What is said in an opening room: objections, answers, confirmations."""

from datetime import datetime

import asyncpg

from bidding.attendance import RoomObjection
from bidding.facts import BoxKey
from sql.database import Tx

_COLUMNS = "n, org, text, raised_at, entry_id, answer, answered_at, answer_entry_id"

_NAMES = _COLUMNS.split(", ")


def _objection(row: asyncpg.Record) -> RoomObjection:
    return RoomObjection(**dict(row))


async def insert_objection(tx: Tx, key: BoxKey, made: RoomObjection) -> None:
    """Store an objection that was just raised."""
    await tx.execute(
        """
        INSERT INTO bidding.opening_objection (tender_id, lot, stage, n, org, text, raised_at,
                                               entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *key,
        made.n,
        made.org,
        made.text,
        made.raised_at,
        made.entry_id,
    )


async def mark_answered(
    tx: Tx, key: BoxKey, n: int, answer: str, answered_at: datetime, entry_id: int
) -> None:
    """Store the answer to an objection."""
    await tx.execute(
        """
        UPDATE bidding.opening_objection
           SET answer = $5, answered_at = $6, answer_entry_id = $7
         WHERE tender_id = $1 AND lot = $2 AND stage = $3 AND n = $4
        """,
        *key,
        n,
        answer,
        answered_at,
        entry_id,
    )


async def objections_in(tx: Tx, key: BoxKey) -> list[RoomObjection]:
    """Return the objections of one room by their numbers."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM bidding.opening_objection
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
         ORDER BY n
        """,  # noqa: S608 - a constant
        *key,
    )
    return [_objection(row) for row in rows]


async def objections_of_lot(tx: Tx, tender: str, lot: str) -> list[RoomObjection]:
    """Return the objections in all rooms of a lot, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM bidding.opening_objection
         WHERE tender_id = $1 AND lot = $2
         ORDER BY raised_at, stage, n
        """,  # noqa: S608 - a constant
        tender,
        lot,
    )
    return [_objection(row) for row in rows]


async def objections_open(tx: Tx) -> list[tuple[str, RoomObjection]]:
    """Return every objection that waits for its answer, with its room, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT room, {_COLUMNS}
          FROM bidding.opening_objection
          JOIN bidding.box USING (tender_id, lot, stage)
         WHERE answered_at IS NULL
         ORDER BY raised_at, room, n
        """  # noqa: S608 - a constant
    )
    return [(row["room"], RoomObjection(**{name: row[name] for name in _NAMES})) for row in rows]


async def confirmed_in(tx: Tx, key: BoxKey) -> set[str]:
    """Return the envelopes of a box whose bidders have confirmed."""
    rows = await tx.fetch(
        """
        SELECT envelope_id
          FROM bidding.opening_confirmation
          JOIN bidding.envelope USING (envelope_id)
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
    )
    return {row["envelope_id"] for row in rows}


async def insert_confirmation(tx: Tx, envelope_id: str, at: datetime, entry_id: int) -> None:
    """Store that a bidder has confirmed."""
    await tx.execute(
        """
        INSERT INTO bidding.opening_confirmation (envelope_id, confirmed_at, entry_id)
        VALUES ($1, $2, $3)
        """,
        envelope_id,
        at,
        entry_id,
    )
