"""Questions, clarifications, and who took which document."""

from datetime import datetime

import asyncpg

from notary import canonical, shape
from sql.database import Tx
from trading.amendments import Clarification, Clarified, Question

_QUESTION = """question.question_id AS question, question.tender_id AS tender, words, asked_at,
       clarification.n AS answered"""


async def insert_question(tx: Tx, question: Question, asked_by: str, entry_id: int) -> None:
    """Store a question that was just asked."""
    await tx.execute(
        """
        INSERT INTO trading.question (question_id, tender_id, asked_by, asked_at, words, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        question.question,
        question.tender,
        asked_by,
        question.asked_at,
        question.words,
        entry_id,
    )


async def question(tx: Tx, question_id: str) -> Question | None:
    """Return a question, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {_QUESTION}
          FROM trading.question
          LEFT JOIN trading.clarification USING (question_id)
         WHERE question.question_id = $1
        """,  # noqa: S608 - a constant
        question_id,
    )
    return None if row is None else _question(row)


async def unanswered(tx: Tx, org: str, now: datetime) -> list[Question]:
    """Return the questions that the agency `org` may still answer, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_QUESTION}
          FROM trading.question
          JOIN trading.tender USING (tender_id)
          LEFT JOIN trading.clarification USING (question_id)
         WHERE clarification.n IS NULL
           AND agency = $1
           AND deadline > $2
           AND cancelled_at IS NULL
           AND ended_at IS NULL
         ORDER BY asked_at, question.question_id
        """,  # noqa: S608 - a constant
        org,
        now,
    )
    return [_question(row) for row in rows]


async def unanswered_of(tx: Tx, tender_id: str) -> list[Question]:
    """Return the questions about a tender that have no answer, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_QUESTION}
          FROM trading.question
          LEFT JOIN trading.clarification USING (question_id)
         WHERE question.tender_id = $1
           AND clarification.n IS NULL
         ORDER BY asked_at, question.question_id
        """,  # noqa: S608 - a constant
        tender_id,
    )
    return [_question(row) for row in rows]


async def asked_by(tx: Tx, tender_id: str, person: str) -> list[Question]:
    """Return what a person has asked about a tender, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_QUESTION}
          FROM trading.question
          LEFT JOIN trading.clarification USING (question_id)
         WHERE question.tender_id = $1
           AND asked_by = $2
         ORDER BY asked_at, question.question_id
        """,  # noqa: S608 - a constant
        tender_id,
        person,
    )
    return [_question(row) for row in rows]


async def insert_clarification(
    tx: Tx, clarification: Clarification, question_id: str | None
) -> None:
    """Store a clarification, the next of its tender."""
    await tx.execute(
        """
        INSERT INTO trading.clarification (tender_id, n, question_id, json, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        clarification.text.tender,
        clarification.text.n,
        question_id,
        clarification.json,
        clarification.at,
        clarification.entry_id,
    )


async def clarifications(tx: Tx, tender_id: str) -> list[Clarification]:
    """Return the clarifications of a tender, first to last."""
    rows = await tx.fetch(
        """
        SELECT json, at, entry_id
          FROM trading.clarification
         WHERE tender_id = $1
         ORDER BY n
        """,
        tender_id,
    )
    return [
        Clarification(
            text=shape.load(Clarified, row["json"], limit=canonical.LIMIT),
            json=row["json"],
            at=row["at"],
            entry_id=row["entry_id"],
        )
        for row in rows
    ]


async def offering(tx: Tx, sha256: str, now: datetime) -> list[str]:
    """Return the tenders that offer a document in their notice in force and still take bids."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT tender_id
          FROM trading.document
          JOIN trading.tender USING (tender_id)
         WHERE sha256 = $1
           AND deadline > $2
           AND cancelled_at IS NULL
           AND revision = (SELECT max(revision)
                             FROM trading.notice
                            WHERE notice.tender_id = document.tender_id)
         ORDER BY tender_id
        """,
        sha256,
        now,
    )
    return [row["tender_id"] for row in rows]


async def has_taken(tx: Tx, tender_id: str, org: str, sha256: str) -> bool:
    """Tell whether a body took this document of a tender before."""
    taken: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM trading.document_taken
                        WHERE tender_id = $1
                          AND org = $2
                          AND sha256 = $3)
        """,
        tender_id,
        org,
        sha256,
    )
    return taken


class TakenTwice(Exception):  # noqa: N818 - it says what happened
    """A twin of this request noted the same document first."""


async def insert_taken(
    tx: Tx, tender_id: str, sha256: str, org: str, person: str, at: datetime, entry_id: int
) -> None:
    """Note that a body took a document of a tender, or raise TakenTwice."""
    try:
        await tx.execute(
            """
            INSERT INTO trading.document_taken (tender_id, sha256, org, taken_by, at, entry_id)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            tender_id,
            sha256,
            org,
            person,
            at,
            entry_id,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "document_taken_pkey":
            raise
        raise TakenTwice from error


def _question(row: asyncpg.Record) -> Question:
    return Question(**dict(row))
