"""Tenders: the draft, the lock, and what has happened to them."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

import asyncpg

from notary import canonical, shape
from sql.database import Tx
from trading.rules.approval import OrganisationUnknown, TenderTaken, TenderUnknown
from trading.types import (
    Draft,
    Drafted,
    Fen,
    Kind,
    Method,
    Milestone,
    Notice,
    Tender,
    TenderFacts,
    TenderId,
    Words,
    ceilings_of,
)

COLUMNS = """tender_id, agency, purchaser, branch, title_zh, title_en, kind, method, rules,
       currency, ceiling_fen, deadline, published_at, candidates_at, awarded_at, ended_at,
       cancelled_at, paused_at, paused_until, pause_reason, pauses, halted_at, halt_reason"""

_ENROLLED = frozenset({"purchaser_is_enrolled", "invited_is_enrolled", "trustee_is_enrolled"})

_LOCK = {"share": "FOR SHARE", "update": "FOR UPDATE"}


def tender_of(row: asyncpg.Record) -> Tender:
    """Return the tender in a row of `COLUMNS`."""
    return Tender(
        facts=TenderFacts(
            tender_id=TenderId(row["tender_id"]),
            published_at=row["published_at"],
            deadline=row["deadline"],
            candidates_at=row["candidates_at"],
            awarded_at=row["awarded_at"],
            ended_at=row["ended_at"],
            cancelled_at=row["cancelled_at"],
            paused_at=row["paused_at"],
            paused_until=row["paused_until"],
            pause_reason=row["pause_reason"],
            pauses=row["pauses"],
            halted_at=row["halted_at"],
            halt_reason=row["halt_reason"],
        ),
        title=Words(zh=row["title_zh"], en=row["title_en"]),
        kind=Kind(row["kind"]),
        method=Method(row["method"]),
        purchaser=row["purchaser"],
        agency=row["agency"],
        branch=row["branch"],
        rules=row["rules"],
        currency=row["currency"],
        ceiling_fen=None if row["ceiling_fen"] is None else Fen(row["ceiling_fen"]),
    )


async def tender(tx: Tx, tender_id: str) -> Tender | None:
    """Return a tender, unlocked, or None."""
    return (await tenders(tx, [tender_id])).get(tender_id)


async def tenders(tx: Tx, names: Collection[str]) -> dict[str, Tender]:
    """Return these tenders, unlocked, by id."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM trading.tender
         WHERE tender_id = ANY($1::text[])
        """,  # noqa: S608 - a constant
        list(names),
    )
    return {row["tender_id"]: tender_of(row) for row in rows}


async def published_by(tx: Tx, org: str, take: int) -> list[Tender]:
    """Return the last `take` published tenders of `org` as purchaser or agency, latest first."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM trading.tender
         WHERE published_at IS NOT NULL
           AND $1 IN (agency, purchaser)
         ORDER BY published_at DESC, tender_id
         LIMIT $2
        """,  # noqa: S608 - a constant
        org,
        take,
    )
    return [tender_of(row) for row in rows]


async def hold_tender(tx: Tx, tender_id: str, mode: Literal["share", "update"]) -> Tender:
    """Lock a tender, before its lots and boxes, and return it; raise TenderUnknown.

    `share`: what many may do at once, as submissions; `update`: what nothing may slip into, as a
    publication or a closing. Read the clock after this.
    """
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM trading.tender
         WHERE tender_id = $1
           {_LOCK[mode]}
        """,  # noqa: S608 - constants
        tender_id,
    )
    if row is None:
        raise TenderUnknown(tender=tender_id)
    return tender_of(row)


async def save_draft(tx: Tx, drafted: Drafted, branch: str | None) -> None:
    """Store a draft, in place of an earlier one of the same agency.

    Raises TenderTaken, OrganisationUnknown. Whoever replaces a draft holds the tender.
    """
    draft = drafted.draft
    try:
        saved = await tx.fetchval(
            """
            INSERT INTO trading.tender (tender_id, agency, purchaser, branch, title_zh, title_en,
                                        kind, method, rules, currency, ceiling_fen, deadline,
                                        draft, drafted_by, drafted_at, invited_salt)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (tender_id) DO UPDATE
               SET purchaser = $3, branch = $4, title_zh = $5, title_en = $6, kind = $7,
                   method = $8, rules = $9, currency = $10, ceiling_fen = $11, deadline = $12,
                   draft = $13, drafted_by = $14, drafted_at = $15, invited_salt = $16
             WHERE tender.agency = $2
               AND tender.published_at IS NULL
            RETURNING tender_id
            """,
            draft.tender,
            drafted.agency,
            draft.purchaser,
            branch,
            draft.title.zh,
            draft.title.en,
            draft.kind,
            draft.method,
            draft.rules,
            draft.currency,
            draft.ceiling_fen,
            draft.deadline,
            shape.dump(draft),
            drafted.drafted_by,
            drafted.drafted_at,
            drafted.invited_salt,
        )
        if saved is None:
            raise TenderTaken(tender=draft.tender)
        await _replace_named(tx, draft)
        await _note_words(tx, draft.tender)
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name not in _ENROLLED:
            raise
        raise OrganisationUnknown(tender=draft.tender) from error


async def _replace_named(tx: Tx, draft: Draft) -> None:
    """Write whom the draft invites and whom it asks for keys."""
    for table in ("invited", "trustee"):
        await tx.execute(
            f"DELETE FROM trading.{table} WHERE tender_id = $1",  # noqa: S608 - two constants
            draft.tender,
        )
    await tx.executemany(
        """
        INSERT INTO trading.invited (tender_id, org)
        VALUES ($1, $2)
        """,
        [(draft.tender, org) for org in draft.invited or ()],
    )
    await tx.executemany(
        """
        INSERT INTO trading.trustee (tender_id, group_id, org)
        VALUES ($1, $2, $3)
        """,
        [(draft.tender, trustee.group, trustee.org) for trustee in draft.trustees],
    )


async def drafted(tx: Tx, tender_id: str) -> Drafted | None:
    """Return the draft of a tender that is not published, else None."""
    row = await tx.fetchrow(
        """
        SELECT draft, agency, drafted_by, drafted_at, invited_salt
          FROM trading.tender
         WHERE tender_id = $1
           AND published_at IS NULL
        """,
        tender_id,
    )
    return None if row is None else _drafted(row)


async def drafts_asking(tx: Tx, org: str) -> list[Drafted]:
    """Return the drafts that ask the body `org` for keys, by number."""
    rows = await tx.fetch(
        """
        SELECT draft, agency, drafted_by, drafted_at, invited_salt
          FROM trading.tender
         WHERE published_at IS NULL
           AND tender_id IN (SELECT tender_id FROM trading.trustee WHERE org = $1)
         ORDER BY tender_id
        """,
        org,
    )
    return [_drafted(row) for row in rows]


async def drafts_of(tx: Tx, org: str) -> list[Drafted]:
    """Return the drafts that `org` made as agency or has to approve as purchaser, by number."""
    rows = await tx.fetch(
        """
        SELECT draft, agency, drafted_by, drafted_at, invited_salt
          FROM trading.tender
         WHERE published_at IS NULL
           AND $1 IN (agency, purchaser)
         ORDER BY tender_id
        """,
        org,
    )
    return [_drafted(row) for row in rows]


def _drafted(row: asyncpg.Record) -> Drafted:
    return Drafted(
        draft=shape.load(Draft, row["draft"], limit=canonical.LIMIT),
        agency=row["agency"],
        drafted_by=row["drafted_by"],
        drafted_at=row["drafted_at"],
        invited_salt=row["invited_salt"],
    )


async def invited(tx: Tx, tender_id: str) -> tuple[list[str], bytes] | None:
    """Return who was invited, ascending, and the salt of the commitment; None where all may bid."""
    row = await tx.fetchrow(
        """
        SELECT invited_salt,
               ARRAY(SELECT org
                       FROM trading.invited
                      WHERE invited.tender_id = tender.tender_id
                      ORDER BY org COLLATE "C") AS ids
          FROM trading.tender
         WHERE tender_id = $1
           AND invited_salt IS NOT NULL
        """,
        tender_id,
    )
    return None if row is None else (row["ids"], row["invited_salt"])


async def mark_published(tx: Tx, tender_id: str, at: datetime) -> None:
    """Write that a tender is published."""
    await tx.execute(
        """
        UPDATE trading.tender
           SET published_at = $2
         WHERE tender_id = $1
        """,
        tender_id,
        at,
    )


async def copy_notice(tx: Tx, notice: Notice) -> None:
    """Write what the notice in force says into the columns that lists and searches read."""
    await tx.execute(
        """
        UPDATE trading.tender
           SET title_zh = $2, title_en = $3, ceiling_fen = $4, deadline = $5
         WHERE tender_id = $1
        """,
        notice.tender,
        notice.title.zh,
        notice.title.en,
        ceilings_of(notice.lots),
        max(box.deadline for lot in notice.lots for box in lot.boxes),
    )
    await _note_words(tx, notice.tender)


async def _note_words(tx: Tx, tender_id: str) -> None:
    """Write by which words a tender is found, as its row says now."""
    await tx.execute(
        """
        INSERT INTO trading.searchable (tender_id, words)
        SELECT tender_id,
               trading.plain(concat_ws(' ', tender_id, title_zh, title_en, buyer.name, agent.name))
          FROM trading.tender
          JOIN notary.organisation AS buyer ON buyer.org_id = purchaser
          JOIN notary.organisation AS agent ON agent.org_id = agency
         WHERE tender_id = $1
            ON CONFLICT (tender_id) DO UPDATE
           SET words = EXCLUDED.words
        """,
        tender_id,
    )


async def mark(tx: Tx, tender_id: str, milestone: Milestone, at: datetime) -> None:
    """Write what has come to pass; an instant that stands already stays."""
    await tx.execute(
        f"""
        UPDATE trading.tender
           SET {milestone}_at = COALESCE({milestone}_at, $2)
         WHERE tender_id = $1
        """,  # noqa: S608 - a word of an enum
        tender_id,
        at,
    )
