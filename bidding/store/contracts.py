"""Contracts of awarded lots: statements of agencies, answers of winners, milestones and reports."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import asyncpg

from bidding.contract import Due, Milestone, Report, Said, Stated, Step
from notary.shape import Fen
from sql.database import Tx


async def insert_statement(tx: Tx, tender: str, lot: str, stated: Stated) -> None:
    """Store a signed statement about the contract of a lot."""
    await tx.execute(
        """
        INSERT INTO bidding.contract_statement
               (tender_id, lot, n, step, json, p7s, bidder, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        tender,
        lot,
        stated.n,
        stated.step,
        stated.json,
        stated.p7s,
        stated.bidder,
        stated.at,
        stated.entry_id,
    )


async def insert_answer(tx: Tx, tender: str, lot: str, n: int, said: Said) -> None:
    """Store what the winner says of statement `n`."""
    await tx.execute(
        """
        INSERT INTO bidding.contract_answer (tender_id, lot, n, agreed, text, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        tender,
        lot,
        n,
        said.agreed,
        said.text,
        said.at,
        said.entry_id,
    )


async def statements_of(tx: Tx, tender: str, lot: str) -> list[Stated]:
    """Return what was stated about the contract of a lot, in its order, with the answers."""
    rows = await tx.fetch(
        """
        SELECT s.n, s.step, s.json, s.p7s, s.bidder, s.at, s.entry_id,
               a.agreed AS said_agreed, a.text AS said_text,
               a.at AS said_at, a.entry_id AS said_entry_id
          FROM bidding.contract_statement AS s
          LEFT JOIN bidding.contract_answer AS a USING (tender_id, lot, n)
         WHERE s.tender_id = $1 AND s.lot = $2
         ORDER BY s.n
        """,
        tender,
        lot,
    )
    return [
        Stated(
            n=row["n"],
            step=Step(row["step"]),
            json=row["json"],
            p7s=row["p7s"],
            bidder=row["bidder"],
            at=row["at"],
            entry_id=row["entry_id"],
            said=_said(row),
        )
        for row in rows
    ]


async def lots_of(tx: Tx, tender: str) -> list[str]:
    """Return the lots of a tender that have a contract."""
    rows = await tx.fetch(
        """
        SELECT lot
          FROM bidding.contract_statement
         WHERE tender_id = $1 AND n = 1
         ORDER BY lot
        """,
        tender,
    )
    return [row["lot"] for row in rows]


async def signed_at(tx: Tx, lots: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Return since when the contracts of these lots are on record; of some there is none."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, at
          FROM bidding.contract_statement
         WHERE n = 1
           AND (tender_id, lot) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [tender for tender, _ in lots],
        [lot for _, lot in lots],
    )
    return {(row["tender_id"], row["lot"]): row["at"] for row in rows}


async def running_for(tx: Tx, org: str) -> list[tuple[str, str]]:
    """Return tender and lot of every contract of a body that somebody has to look at, latest first.

    Of its agency, its purchaser, or the winner: until it ends, and until the winner has said its
    word on everything.
    """
    rows = await tx.fetch(
        """
        SELECT s.tender_id, s.lot
          FROM bidding.contract_statement AS s
          JOIN trading.tender AS t USING (tender_id)
         WHERE s.n = 1
           AND $1 IN (s.bidder, t.agency, t.purchaser)
           AND (NOT EXISTS (SELECT 1
                              FROM bidding.contract_statement AS e
                             WHERE e.tender_id = s.tender_id
                               AND e.lot = s.lot
                               AND e.step = 'ended')
                OR EXISTS (SELECT 1
                             FROM bidding.contract_statement AS u
                             LEFT JOIN bidding.contract_answer AS a USING (tender_id, lot, n)
                            WHERE u.tender_id = s.tender_id
                              AND u.lot = s.lot
                              AND a.at IS NULL))
         ORDER BY s.at DESC
        """,
        org,
    )
    return [(row["tender_id"], row["lot"]) for row in rows]


async def insert_milestone(tx: Tx, tender: str, lot: str, planned: Milestone) -> None:
    """Store what is due when; of several revisions of one milestone the last holds."""
    await tx.execute(
        """
        INSERT INTO bidding.milestone
               (tender_id, lot, milestone, revision, what, title, due_on, amount_fen, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        tender,
        lot,
        planned.milestone,
        planned.revision,
        planned.what,
        planned.title,
        planned.due_on,
        planned.amount_fen,
        planned.at,
        planned.entry_id,
    )


async def insert_report(tx: Tx, tender: str, lot: str, milestone: int, report: Report) -> None:
    """Store that one side reports a milestone reached."""
    await tx.execute(
        """
        INSERT INTO bidding.milestone_report
               (tender_id, lot, milestone, n, org, done_on, text, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        tender,
        lot,
        milestone,
        report.n,
        report.org,
        report.done_on,
        report.text,
        report.at,
        report.entry_id,
    )


async def insert_report_answer(
    tx: Tx, tender: str, lot: str, milestone: int, n: int, said: Said
) -> None:
    """Store what the other side says of report `n` of a milestone."""
    await tx.execute(
        """
        INSERT INTO bidding.milestone_answer
               (tender_id, lot, milestone, n, agreed, text, at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        tender,
        lot,
        milestone,
        n,
        said.agreed,
        said.text,
        said.at,
        said.entry_id,
    )


async def milestones_of(tx: Tx, tender: str, lot: str) -> list[Milestone]:
    """Return the milestones of a contract as planned last, by due day, with their reports."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (milestone)
               milestone, revision, what, title, due_on, amount_fen, at, entry_id
          FROM bidding.milestone
         WHERE tender_id = $1 AND lot = $2
         ORDER BY milestone, revision DESC
        """,
        tender,
        lot,
    )
    planned = [
        Milestone(
            milestone=row["milestone"],
            revision=row["revision"],
            what=Due(row["what"]),
            title=row["title"],
            due_on=row["due_on"],
            amount_fen=None if row["amount_fen"] is None else Fen(row["amount_fen"]),
            at=row["at"],
            entry_id=row["entry_id"],
        )
        for row in rows
    ]
    reports = await _reports_of(tx, tender, lot)
    known = [replace(one, reports=tuple(reports.get(one.milestone, ()))) for one in planned]
    return sorted(known, key=lambda one: (one.due_on, one.milestone))


async def _reports_of(tx: Tx, tender: str, lot: str) -> dict[int, list[Report]]:
    rows = await tx.fetch(
        """
        SELECT r.milestone, r.n, r.org, r.done_on, r.text, r.at, r.entry_id,
               a.agreed AS said_agreed, a.text AS said_text,
               a.at AS said_at, a.entry_id AS said_entry_id
          FROM bidding.milestone_report AS r
          LEFT JOIN bidding.milestone_answer AS a USING (tender_id, lot, milestone, n)
         WHERE r.tender_id = $1 AND r.lot = $2
         ORDER BY r.milestone, r.n
        """,
        tender,
        lot,
    )
    found: dict[int, list[Report]] = {}
    for row in rows:
        report = Report(
            n=row["n"],
            org=row["org"],
            done_on=row["done_on"],
            text=row["text"],
            at=row["at"],
            entry_id=row["entry_id"],
            said=_said(row),
        )
        found.setdefault(row["milestone"], []).append(report)
    return found


def _said(row: asyncpg.Record) -> Said | None:
    if row["said_at"] is None:
        return None
    return Said(
        agreed=row["said_agreed"],
        text=row["said_text"],
        at=row["said_at"],
        entry_id=row["said_entry_id"],
    )
