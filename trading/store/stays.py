"""What supervision holds up: pauses, halts, and halts that wait for the second person."""

from dataclasses import dataclass
from datetime import datetime

from sql.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHalt:
    """A halt that one person asked for."""

    tender: str
    reason: str
    asked_by: str
    asked_org: str
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A halt that took place: who asked, who approved. It stays when the tender goes on."""

    tender: str
    reason: str
    asked_by: str
    asked_org: str
    asked_at: datetime
    approved_by: str
    approved_org: str
    halted_at: datetime


async def mark_paused(
    tx: Tx, tender: str, at: datetime, *, until: datetime, reason: str, n: int
) -> None:
    """Write a pause, the `n`-th of its tender."""
    await tx.execute(
        """
        UPDATE trading.tender
           SET paused_at = $2, paused_until = $3, pause_reason = $4, pauses = $5
         WHERE tender_id = $1
        """,
        tender,
        at,
        until,
        reason,
        n,
    )


async def mark_halted(tx: Tx, tender: str, at: datetime, *, reason: str) -> None:
    """Write a halt."""
    await tx.execute(
        """
        UPDATE trading.tender
           SET halted_at = $2, halt_reason = $3
         WHERE tender_id = $1
        """,
        tender,
        at,
        reason,
    )


async def insert_halt(tx: Tx, halt: Halt, entry_id: int) -> None:
    """Store a halt for good."""
    await tx.execute(
        """
        INSERT INTO trading.halt (tender_id, reason, asked_by, asked_org, asked_at, approved_by,
                                  approved_org, halted_at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        halt.tender,
        halt.reason,
        halt.asked_by,
        halt.asked_org,
        halt.asked_at,
        halt.approved_by,
        halt.approved_org,
        halt.halted_at,
        entry_id,
    )


async def halts(tx: Tx, tender: str) -> list[Halt]:
    """Return the halts of a tender, the newest first."""
    rows = await tx.fetch(
        """
        SELECT tender_id AS tender, reason, asked_by, asked_org, asked_at, approved_by,
               approved_org, halted_at
          FROM trading.halt
         WHERE tender_id = $1
         ORDER BY entry_id DESC
        """,
        tender,
    )
    return [Halt(**row) for row in rows]


async def mark_resumed(tx: Tx, tender: str) -> None:
    """Lift whatever holds the tender up; how often it was paused stays."""
    await tx.execute(
        """
        UPDATE trading.tender
           SET paused_at = NULL, paused_until = NULL, pause_reason = NULL,
               halted_at = NULL, halt_reason = NULL
         WHERE tender_id = $1
        """,
        tender,
    )


async def insert_asked(tx: Tx, asked: AskedHalt) -> None:
    """Store a halt that waits for the second person."""
    await tx.execute(
        """
        INSERT INTO trading.halt_asked (tender_id, reason, asked_by, asked_org, asked_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        asked.tender,
        asked.reason,
        asked.asked_by,
        asked.asked_org,
        asked.asked_at,
    )


async def asked_halt(tx: Tx, tender: str) -> AskedHalt | None:
    """Return the halt of a tender that waits for the second person, or None."""
    return next(iter(await asked_halts(tx, [tender])), None)


async def asked_halts(tx: Tx, tenders: list[str]) -> list[AskedHalt]:
    """Return the halts of these tenders that wait, oldest first."""
    rows = await tx.fetch(
        """
        SELECT tender_id, reason, asked_by, asked_org, asked_at
          FROM trading.halt_asked
         WHERE tender_id = ANY($1::text[])
         ORDER BY asked_at
        """,
        tenders,
    )
    return [
        AskedHalt(
            tender=row["tender_id"],
            reason=row["reason"],
            asked_by=row["asked_by"],
            asked_org=row["asked_org"],
            asked_at=row["asked_at"],
        )
        for row in rows
    ]


async def drop_asked(tx: Tx, tender: str) -> None:
    """Forget a halt that was approved, or is wanted no more."""
    await tx.execute(
        """
        DELETE FROM trading.halt_asked
         WHERE tender_id = $1
        """,
        tender,
    )
