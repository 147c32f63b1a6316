"""Complaints to the supervisor."""

import asyncpg

from sql.database import Tx
from trading.disputes import Complaint, Considered, Decided, Matter
from trading.rules.complaints import AlreadyConsidered, AlreadyDecided

_SELECT = """
        SELECT number, c.tender_id AS tender, c.about, c.org, c.person, c.text, c.known_on,
               c.made_at, c.accept_by, c.decide_by, c.entry_id,
               t.accepted, t.text AS considered_text, t.considered_at, t.decide_by AS decided_by,
               d.upheld, d.text AS decided_text, d.decided_at
          FROM trading.complaint AS c
          LEFT JOIN trading.complaint_considered AS t USING (number)
          LEFT JOIN trading.complaint_decided AS d USING (number)"""


def _complaint(row: asyncpg.Record) -> Complaint:
    facts = dict(row)
    accepted, said = facts.pop("accepted"), facts.pop("considered_text")
    considered_at, decide_by = facts.pop("considered_at"), facts.pop("decided_by")
    upheld, why, decided_at = (facts.pop(name) for name in ("upheld", "decided_text", "decided_at"))
    return Complaint(
        about=Matter(facts.pop("about")),
        considered=None
        if accepted is None
        else Considered(accepted=accepted, text=said, at=considered_at, decide_by=decide_by),
        decided=None if upheld is None else Decided(upheld=upheld, text=why, at=decided_at),
        **facts,
    )


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


async def insert_considered(
    tx: Tx, number: str, considered: Considered, person: str, entry_id: int
) -> None:
    """Store whether a complaint is taken, and why. Raises AlreadyConsidered."""
    try:
        await tx.execute(
            """
            INSERT INTO trading.complaint_considered (number, accepted, text, considered_at,
                                                      decide_by, person, entry_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            number,
            considered.accepted,
            considered.text,
            considered.at,
            considered.decide_by,
            person,
            entry_id,
        )
    except asyncpg.UniqueViolationError as error:  # two people at once
        raise AlreadyConsidered(number=number) from error


async def insert_decided(tx: Tx, number: str, decided: Decided, person: str, entry_id: int) -> None:
    """Store what was decided of a complaint, and why. Raises AlreadyDecided."""
    try:
        await tx.execute(
            """
            INSERT INTO trading.complaint_decided (number, upheld, text, decided_at, person,
                                                   entry_id)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            number,
            decided.upheld,
            decided.text,
            decided.at,
            person,
            entry_id,
        )
    except asyncpg.UniqueViolationError as error:  # two people at once
        raise AlreadyDecided(number=number) from error


async def complaint(tx: Tx, number: str) -> Complaint | None:
    """Return a complaint, or None."""
    row = await tx.fetchrow(
        f"""{_SELECT}
         WHERE number = $1
        """,
        number,
    )
    return None if row is None else _complaint(row)


async def complaints(tx: Tx) -> list[Complaint]:
    """Return every complaint, newest first."""
    rows = await tx.fetch(
        f"""{_SELECT}
         ORDER BY made_at DESC, number
        """
    )
    return [_complaint(row) for row in rows]
