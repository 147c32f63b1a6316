"""Notices as signed, and the documents that they offer."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sql.database import Tx
from trading.notice import parse
from trading.types import Document, Published


async def insert_notice(tx: Tx, published: Published) -> None:
    """Store a revision with its documents."""
    notice = published.notice
    await tx.execute(
        """
        INSERT INTO trading.notice (tender_id, revision, notice_sha256, json, p7s, entry_id,
                                    published, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        notice.tender,
        notice.revision,
        published.notice_sha256,
        published.json,
        published.p7s,
        published.entry_id,
        notice.published,
        published.at,
    )
    await tx.executemany(
        """
        INSERT INTO trading.document (tender_id, revision, path, sha256, size)
        VALUES ($1, $2, $3, $4, $5)
        """,
        [
            (notice.tender, notice.revision, document.path, document.sha256, document.size)
            for document in notice.documents
        ],
    )


async def last_revisions(tx: Tx, tenders: Collection[str]) -> dict[str, datetime]:
    """Return when the notice of each of these tenders changed last."""
    rows = await tx.fetch(
        """
        SELECT tender_id, max(at) AS at
          FROM trading.notice
         WHERE tender_id = ANY($1::text[])
         GROUP BY tender_id
        """,
        list(tenders),
    )
    return {row["tender_id"]: row["at"] for row in rows}


async def revisions(tx: Tx, tender_id: str) -> list[Published]:
    """Return every revision of a tender's notice, first to last."""
    return (await revisions_by_tender(tx, [tender_id]))[tender_id]


async def revisions_by_tender(
    tx: Tx, tenders: Collection[str]
) -> defaultdict[str, list[Published]]:
    """Return every revision of these tenders' notices, first to last."""
    rows = await tx.fetch(
        """
        SELECT tender_id, json, notice_sha256, p7s, kind, entry_id, notice.at
          FROM trading.notice
          JOIN notary.ledger_body USING (entry_id)
         WHERE tender_id = ANY($1::text[])
         ORDER BY revision
        """,
        list(tenders),
    )
    found: defaultdict[str, list[Published]] = defaultdict(list)
    for row in rows:
        found[row["tender_id"]].append(
            Published(
                notice=parse(row["json"]),
                notice_sha256=row["notice_sha256"],
                json=row["json"],
                p7s=row["p7s"],
                kind=row["kind"].rpartition(".v")[0],
                entry_id=row["entry_id"],
                at=row["at"],
            )
        )
    return found


async def published_document(tx: Tx, sha256: str) -> Document | None:
    """Return a document that some notice offers, under the name it had last."""
    row = await tx.fetchrow(
        """
        SELECT path, sha256, size
          FROM trading.document
          JOIN trading.notice USING (tender_id, revision)
         WHERE sha256 = $1
         ORDER BY at DESC, path
         LIMIT 1
        """,
        sha256,
    )
    return None if row is None else Document(**dict(row))
