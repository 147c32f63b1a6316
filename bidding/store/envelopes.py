"""Envelopes and their parts. Nothing here is public before the closing."""

from collections.abc import Collection, Sequence
from datetime import datetime

import asyncpg

from bidding.facts import BoxKey, Envelope
from bidding.sealed.objects import Part
from sql.database import Tx
from trading.types import Stage

COLUMNS = """envelope_id, tender_id, lot, stage, bidder, cert_sha256, seq, supersedes, nonce,
       recipient, seal_json, seal_p7s, received_at, entry_id, withdrawn_at, completed_at,
       completed_entry_id"""

# Neither withdrawn, nor replaced by one that is complete in time, nor still incomplete when the box
# has closed; its tender not cancelled.
_LIVE = """(live.withdrawn_at IS NULL OR live.withdrawn_at >= box.deadline)
                  AND (live.completed_at IS NOT NULL OR box.closing_at IS NULL)
                  AND box.cancelled_at IS NULL
                  AND NOT EXISTS (
                      SELECT 1
                        FROM bidding.envelope AS later
                       WHERE (later.tender_id, later.lot, later.stage, later.bidder)
                             = (live.tender_id, live.lot, live.stage, live.bidder)
                         AND later.seq > live.seq
                         AND later.received_at < box.deadline
                         AND later.completed_at < box.parts_by)"""

_ONCE = frozenset({"envelope_pkey", "one_envelope_per_seq", "own_recipient_once", "own_nonce_once"})


def _facts(row: asyncpg.Record) -> Envelope:
    facts = dict(row)
    key = BoxKey(facts.pop("tender_id"), facts.pop("lot"), Stage(facts.pop("stage")))
    return Envelope(key=key, **facts)


class Clash(Exception):  # noqa: N818 - it says what happened
    """A twin of this submission was quicker; a second look sees what it has stored."""


async def insert_envelope(tx: Tx, envelope: Envelope, parts: Sequence[Part]) -> None:
    """Store an envelope and the names of its parts in one round trip, or raise Clash."""
    try:
        await tx.execute(
            """
            WITH sealed AS (
                INSERT INTO bidding.envelope (envelope_id, tender_id, lot, stage, bidder,
                                              cert_sha256, seq, supersedes, nonce, recipient,
                                              seal_json, seal_p7s, received_at, entry_id,
                                              completed_at, completed_entry_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $18, $19)
                RETURNING envelope_id
            )
            INSERT INTO bidding.envelope_part (envelope_id, n, sha256, size)
            SELECT envelope_id, n, sha256, size
              FROM sealed,
                   unnest($15::integer[], $16::text[], $17::bigint[]) AS part (n, sha256, size)
            """,
            envelope.envelope_id,
            *envelope.key,
            envelope.bidder,
            envelope.cert_sha256,
            envelope.seq,
            envelope.supersedes,
            envelope.nonce,
            envelope.recipient,
            envelope.seal_json,
            envelope.seal_p7s,
            envelope.received_at,
            envelope.entry_id,
            [part.n for part in parts],
            [part.sha256 for part in parts],
            [part.size for part in parts],
            envelope.completed_at,
            envelope.completed_entry_id,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name not in _ONCE:
            raise
        raise Clash from error


async def envelope(tx: Tx, envelope_id: str) -> Envelope | None:
    """Return an envelope, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM bidding.envelope
         WHERE envelope_id = $1
        """,  # noqa: S608 - a constant
        envelope_id,
    )
    return None if row is None else _facts(row)


async def envelopes_of_bidder(tx: Tx, bidder: str) -> list[Envelope]:
    """Return all envelopes of one bidder in any box, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.envelope
         WHERE bidder = $1
         ORDER BY received_at, seq
        """,  # noqa: S608 - a constant
        bidder,
    )
    return [_facts(row) for row in rows]


async def envelopes_in(tx: Tx, key: BoxKey) -> list[Envelope]:
    """Return all envelopes of a box, whatever became of them, in order of receipt."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.envelope
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
         ORDER BY entry_id
        """,  # noqa: S608 - a constant
        *key,
    )
    return [_facts(row) for row in rows]


async def bidders(tx: Tx, found: Collection[str]) -> dict[str, str]:
    """Return who sent each of these envelopes."""
    rows = await tx.fetch(
        """
        SELECT envelope_id, bidder
          FROM bidding.envelope
         WHERE envelope_id = ANY($1::text[])
        """,
        list(found),
    )
    return {row["envelope_id"]: row["bidder"] for row in rows}


async def counted(tx: Tx, key: BoxKey) -> list[Envelope]:
    """Return what counts at the closing: each bidder's last one that was complete in time.

    Unless it was withdrawn. What came at the deadline or later was taken as provisional, while the
    box was interrupted: it counts where the deadline moved behind it. Source: `bid-seal/v1` section
    7.2; `people.md` 2.
    """
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM (SELECT DISTINCT ON (bidder) envelope.*, box.deadline
                  FROM bidding.envelope
                  JOIN bidding.box USING (tender_id, lot, stage)
                 WHERE tender_id = $1 AND lot = $2 AND stage = $3
                   AND received_at < box.deadline
                   AND completed_at < box.parts_by
                 ORDER BY bidder, seq DESC) AS last
         WHERE withdrawn_at IS NULL
            OR withdrawn_at >= deadline
         ORDER BY envelope_id
        """,  # noqa: S608 - a constant
        *key,
    )
    return [_facts(row) for row in rows]


async def parts_of(tx: Tx, envelope_id: str) -> list[Part]:
    """Return the parts that an envelope names, in order."""
    rows = await tx.fetch(
        """
        SELECT n, size, sha256
          FROM bidding.envelope_part
         WHERE envelope_id = $1
         ORDER BY n
        """,
        envelope_id,
    )
    return [Part(**row) for row in rows]


async def hold_envelope(tx: Tx, envelope_id: str) -> Envelope | None:
    """Lock an envelope, waiting for whoever completes or withdraws it; None if there is none."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM bidding.envelope
         WHERE envelope_id = $1
           FOR UPDATE
        """,  # noqa: S608 - a constant
        envelope_id,
    )
    return None if row is None else _facts(row)


async def naming(tx: Tx, sha256: str) -> list[str]:
    """Return the envelopes that name a part and came before some part of theirs, oldest first."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT envelope_id, entry_id
          FROM bidding.envelope_part
          JOIN bidding.envelope USING (envelope_id)
         WHERE sha256 = $1
           AND completed_entry_id IS DISTINCT FROM entry_id
         ORDER BY entry_id
        """,
        sha256,
    )
    return [row["envelope_id"] for row in rows]


async def unfinished(tx: Tx) -> list[tuple[str, str]]:
    """Return the envelopes of open boxes that are not complete though all parts were sent.

    With the digest of the first part of each.
    """
    rows = await tx.fetch(
        """
        SELECT envelope_id,
               (SELECT sha256
                  FROM bidding.envelope_part
                 WHERE envelope_part.envelope_id = envelope.envelope_id
                 ORDER BY n
                 LIMIT 1)
          FROM bidding.envelope
          JOIN bidding.box USING (tender_id, lot, stage)
         WHERE completed_at IS NULL
           AND withdrawn_at IS NULL
           AND closing_at IS NULL
           AND cancelled_at IS NULL
           AND NOT EXISTS (SELECT
                             FROM bidding.envelope_part
                             LEFT JOIN bidding.part USING (sha256)
                            WHERE envelope_part.envelope_id = envelope.envelope_id
                              AND uploaded_at IS NULL)
         ORDER BY envelope.entry_id
        """
    )
    return [(row["envelope_id"], row["sha256"]) for row in rows]


async def named(tx: Tx, parts: Collection[str]) -> frozenset[str]:
    """Return which of these parts an accepted envelope names, whatever became of it."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT sha256
          FROM bidding.envelope_part
         WHERE sha256 = ANY($1::text[])
        """,
        list(parts),
    )
    return frozenset(row["sha256"] for row in rows)


async def mark_completed(tx: Tx, envelope_id: str, at: datetime, *, entry_id: int) -> None:
    """Let an envelope take effect: its last part is here."""
    await tx.execute(
        """
        UPDATE bidding.envelope
           SET completed_at = $2, completed_entry_id = $3
         WHERE envelope_id = $1
        """,
        envelope_id,
        at,
        entry_id,
    )


async def absent(tx: Tx, envelope_id: str) -> list[str]:
    """Return the parts that an envelope names and nobody has sent, in order."""
    rows = await tx.fetch(
        """
        SELECT sha256
          FROM bidding.envelope_part
          LEFT JOIN bidding.part USING (sha256)
         WHERE envelope_id = $1
           AND uploaded_at IS NULL
         ORDER BY n
        """,
        envelope_id,
    )
    return [row["sha256"] for row in rows]


async def insert_part(tx: Tx, sha256: str, size: int, at: datetime) -> None:
    """Remember that the vault holds a checked part; repeating it is harmless."""
    await tx.execute(
        """
        INSERT INTO bidding.part (sha256, size, uploaded_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (sha256) DO NOTHING
        """,
        sha256,
        size,
        at,
    )


async def hold_parts(tx: Tx, hashes: Sequence[str]) -> frozenset[str]:
    """Return which of these parts were uploaded and checked.

    FOR SHARE: a clean-up that deletes one waits until this transaction has named it.
    """
    rows = await tx.fetch(
        """
        SELECT sha256
          FROM bidding.part
         WHERE sha256 = ANY($1::text[])
           FOR SHARE
        """,
        list(hashes),
    )
    return frozenset(row["sha256"] for row in rows)


async def delete_part(tx: Tx, sha256: str) -> bool:
    """Forget a part unless a live envelope names it; say whether it was forgotten.

    The row stays locked, so that an upload of the same bytes waits until the caller has deleted
    them.
    """
    status = await tx.execute(
        f"""
        DELETE FROM bidding.part
         WHERE sha256 = $1
           AND NOT EXISTS (
               SELECT 1
                 FROM bidding.envelope_part AS named
                 JOIN bidding.envelope AS live USING (envelope_id)
                 JOIN bidding.box USING (tender_id, lot, stage)
                WHERE named.sha256 = $1
                  AND {_LIVE})
        """,  # noqa: S608 - a constant
        sha256,
    )
    return bool(status == "DELETE 1")


async def parts_of_tender(tx: Tx, tender: str) -> list[str]:
    """Return every part that an envelope of a tender names."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT sha256
          FROM bidding.envelope_part
          JOIN bidding.envelope USING (envelope_id)
         WHERE tender_id = $1
         ORDER BY sha256
        """,
        tender,
    )
    return [row["sha256"] for row in rows]


async def dead_parts(tx: Tx, *, named_before: datetime, unnamed_before: datetime) -> list[str]:
    """Return parts that no live envelope names, sent before an instant: if once named, or never."""
    rows = await tx.fetch(
        f"""
        SELECT sha256
          FROM bidding.part AS part
         WHERE NOT EXISTS (
               SELECT 1
                 FROM bidding.envelope_part AS named
                 JOIN bidding.envelope AS live USING (envelope_id)
                 JOIN bidding.box USING (tender_id, lot, stage)
                WHERE named.sha256 = part.sha256
                  AND {_LIVE})
           AND uploaded_at < CASE
                   WHEN EXISTS (SELECT 1
                                  FROM bidding.envelope_part AS once
                                 WHERE once.sha256 = part.sha256) THEN $1::timestamptz
                   ELSE $2::timestamptz END
         LIMIT 1000
        """,  # noqa: S608 - a constant
        named_before,
        unnamed_before,
    )
    return [row["sha256"] for row in rows]


async def mark_withdrawn(
    tx: Tx, envelope_id: str, at: datetime, *, json: bytes, p7s: bytes
) -> bool:
    """Count the envelope no more, or say that it was withdrawn before.

    It stays as a fact, beside the signed withdrawal. Of two at once one comes first.
    """
    status = await tx.execute(
        """
        UPDATE bidding.envelope
           SET withdrawn_at = $2, withdrawal_json = $3, withdrawal_p7s = $4
         WHERE envelope_id = $1
           AND withdrawn_at IS NULL
        """,
        envelope_id,
        at,
        json,
        p7s,
    )
    return bool(status == "UPDATE 1")
