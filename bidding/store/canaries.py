"""Test envelopes by which pinned keys are proved alive before an opening."""

from datetime import datetime

import asyncpg

from bidding.facts import Canary
from sql.database import Tx

_COLUMNS = """key_sha256, open_at, minutes_before, policy_json, seal_json, secret, made_at,
       answered_at, outcome"""


def _canary(row: asyncpg.Record) -> Canary:
    return Canary(**row)


async def insert(tx: Tx, canary: Canary) -> None:
    """Store a canary; one that is there already stays."""
    await tx.execute(
        """
        INSERT INTO bidding.canary (key_sha256, open_at, minutes_before, policy_json, seal_json,
                                    secret, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT DO NOTHING
        """,
        canary.key_sha256,
        canary.open_at,
        canary.minutes_before,
        canary.policy_json,
        canary.seal_json,
        canary.secret,
        canary.made_at,
    )


async def of_keys(tx: Tx, keys: list[str]) -> list[Canary]:
    """Return every canary of these keys, oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM bidding.canary
         WHERE key_sha256 = ANY($1::text[])
         ORDER BY made_at, key_sha256
        """,  # noqa: S608 - a constant
        keys,
    )
    return [_canary(row) for row in rows]


async def hold(tx: Tx, key_sha256: str) -> None:
    """Lock the canaries of a key: of two answers at once the second sees the first."""
    await tx.execute(
        """
        SELECT FROM bidding.canary
         WHERE key_sha256 = $1
         ORDER BY open_at, minutes_before
           FOR UPDATE
        """,
        key_sha256,
    )


async def unanswered_of(tx: Tx, org: str, now: datetime) -> list[Canary]:
    """Return the canaries that a body has not answered, of openings to come."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM bidding.canary
         WHERE answered_at IS NULL
           AND open_at > $2
           AND key_sha256 IN (SELECT key_sha256
                                FROM bidding.trustee_key
                               WHERE holder_org = $1)
         ORDER BY made_at, key_sha256
        """,  # noqa: S608 - a constant
        org,
        now,
    )
    return [_canary(row) for row in rows]


async def mark_answered(tx: Tx, canary: Canary, at: datetime, *, outcome: str) -> None:
    """Store what the holder of a key found."""
    await tx.execute(
        """
        UPDATE bidding.canary
           SET answered_at = $4, outcome = $5
         WHERE key_sha256 = $1 AND open_at = $2 AND minutes_before = $3
        """,
        canary.key_sha256,
        canary.open_at,
        canary.minutes_before,
        at,
        outcome,
    )
