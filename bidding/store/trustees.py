"""Trustees' keys and policies, promises, releases, and owners' releases."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import asyncpg

from bidding.facts import BoxKey, OwnerReleased, Promised, Released, TrusteeKey
from sql.database import Tx
from trading.types import Stage

KEY_COLUMNS = """key_sha256, tender_id, lot, stage, group_id, member, gen, recipient, holder_org,
       not_before, json, p7s, received_at, entry_id, rehearsal_json, rehearsed_at, lost_at"""


def _key(row: asyncpg.Record) -> TrusteeKey:
    facts = dict(row)
    key = BoxKey(facts.pop("tender_id"), facts.pop("lot"), Stage(facts.pop("stage")))
    return TrusteeKey(key=key, **facts)


class Clash(Exception):  # noqa: N818 - it says what happened
    """A member gave another key for the same box and moment, or this one for another box."""


async def insert_key(tx: Tx, key: TrusteeKey) -> None:
    """Store a trustee's key with the test envelope made for it, or raise Clash."""
    if await _is_elsewhere(tx, key):
        raise Clash
    try:
        await _insert_key(tx, key)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "one_key_per_member":
            raise
        raise Clash from error


async def _is_elsewhere(tx: Tx, key: TrusteeKey) -> bool:
    """Tell whether another member, or another box, has a key of this recipient."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM bidding.trustee_key
                        WHERE recipient = $1
                          AND (tender_id, lot, stage, group_id, member) <> ($2, $3, $4, $5, $6))
        """,
        key.recipient,
        *key.key,
        key.group_id,
        key.member,
    )
    return found


async def _insert_key(tx: Tx, key: TrusteeKey) -> None:
    await tx.execute(
        """
        INSERT INTO bidding.trustee_key (key_sha256, tender_id, lot, stage, group_id, member, gen,
                                         recipient, holder_org, not_before, json, p7s, received_at,
                                         entry_id, rehearsal_json)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        key.key_sha256,
        *key.key,
        key.group_id,
        key.member,
        key.gen,
        key.recipient,
        key.holder_org,
        key.not_before,
        key.json,
        key.p7s,
        key.received_at,
        key.entry_id,
        key.rehearsal_json,
    )


async def renew_rehearsal(tx: Tx, key_sha256: str, rehearsal: bytes) -> None:
    """Remember another test envelope for a key that came again."""
    await tx.execute(
        """
        UPDATE bidding.trustee_key
           SET rehearsal_json = $2
         WHERE key_sha256 = $1
        """,
        key_sha256,
        rehearsal,
    )


async def key(tx: Tx, key_sha256: str) -> TrusteeKey | None:
    """Return a trustee's key, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {KEY_COLUMNS}
          FROM bidding.trustee_key
         WHERE key_sha256 = $1
        """,  # noqa: S608 - a constant
        key_sha256,
    )
    return None if row is None else _key(row)


async def keys_of(tx: Tx, tender: str) -> list[TrusteeKey]:
    """Return every key of a tender's boxes, by box, group and member."""
    return await keys_of_tenders(tx, [tender])


async def keys_of_tenders(tx: Tx, tenders: Collection[str]) -> list[TrusteeKey]:
    """Return every key of these tenders' boxes, by box, group and member."""
    rows = await tx.fetch(
        f"""
        SELECT {KEY_COLUMNS}
          FROM bidding.trustee_key
         WHERE tender_id = ANY($1::text[])
         ORDER BY tender_id, lot, stage, group_id, member, gen
        """,  # noqa: S608 - a constant
        list(tenders),
    )
    return [_key(row) for row in rows]


async def newest_of(tx: Tx, org: str, member: str) -> TrusteeKey | None:
    """Return the key that a member of a body gave last and has not lost, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {KEY_COLUMNS}
          FROM bidding.trustee_key
         WHERE holder_org = $1
           AND member = $2
           AND lost_at IS NULL
         ORDER BY received_at DESC, key_sha256
         LIMIT 1
        """,  # noqa: S608 - a constant
        org,
        member,
    )
    return None if row is None else _key(row)


async def mark_rehearsed(tx: Tx, key_sha256: str, at: datetime) -> None:
    """Let the key serve: its holder has opened the test envelope."""
    await tx.execute(
        """
        UPDATE bidding.trustee_key
           SET rehearsed_at = $2
         WHERE key_sha256 = $1
           AND rehearsed_at IS NULL
        """,
        key_sha256,
        at,
    )


async def mark_lost(tx: Tx, key_sha256: str, at: datetime) -> None:
    """Let a key serve no more: its holder cannot open with it."""
    await tx.execute(
        """
        UPDATE bidding.trustee_key
           SET lost_at = $2
         WHERE key_sha256 = $1
        """,
        key_sha256,
        at,
    )


async def lost_keys(tx: Tx, org: str) -> list[TrusteeKey]:
    """Return the keys that a body has lost of boxes that are still taking bids."""
    rows = await tx.fetch(
        f"""
        SELECT {KEY_COLUMNS}
          FROM bidding.trustee_key
          JOIN (SELECT tender_id, lot, stage, closing_at, cancelled_at
                  FROM bidding.box) AS box USING (tender_id, lot, stage)
         WHERE holder_org = $1
           AND lost_at IS NOT NULL
           AND box.closing_at IS NULL
           AND box.cancelled_at IS NULL
         ORDER BY tender_id, lot, stage, group_id, member, gen
        """,  # noqa: S608 - a constant
        org,
    )
    return [_key(row) for row in rows]


async def insert_policy(tx: Tx, policy_sha256: str, key: BoxKey, json: bytes) -> None:
    """Store a policy that a notice pins."""
    await tx.execute(
        """
        INSERT INTO bidding.policy (policy_sha256, tender_id, lot, stage, json)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (policy_sha256) DO NOTHING
        """,
        policy_sha256,
        *key,
        json,
    )


async def policies_of(tx: Tx, key: BoxKey) -> dict[str, bytes]:
    """Return every policy of a box by its hash."""
    rows = await tx.fetch(
        """
        SELECT policy_sha256, json
          FROM bidding.policy
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
         ORDER BY policy_sha256
        """,
        *key,
    )
    return {row["policy_sha256"]: row["json"] for row in rows}


async def policies(tx: Tx, hashes: Collection[str]) -> dict[str, bytes]:
    """Return these policies by their hashes."""
    rows = await tx.fetch(
        """
        SELECT policy_sha256, json
          FROM bidding.policy
         WHERE policy_sha256 = ANY($1::text[])
        """,
        list(hashes),
    )
    return {row["policy_sha256"]: row["json"] for row in rows}


async def insert_promise(tx: Tx, key: BoxKey, promise: Promised) -> None:
    """Store a promise."""
    await tx.execute(
        """
        INSERT INTO bidding.promise (promise_sha256, tender_id, lot, stage, group_id, key_sha256,
                                     list_sha256, release_sha256, json, p7s, received_at, entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        promise.promise_sha256,
        *key,
        promise.group_id,
        promise.key_sha256,
        promise.list_sha256,
        promise.release_sha256,
        promise.json,
        promise.p7s,
        promise.received_at,
        promise.entry_id,
    )


async def promises_of(tx: Tx, key: BoxKey) -> list[Promised]:
    """Return the promises for a box in order of receipt."""
    rows = await tx.fetch(
        """
        SELECT promise_sha256, group_id, key_sha256, list_sha256, release_sha256, json, p7s,
               received_at, entry_id
          FROM bidding.promise
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
         ORDER BY received_at, promise_sha256
        """,
        *key,
    )
    return [Promised(**row) for row in rows]


async def insert_release(tx: Tx, key: BoxKey, release: Released) -> None:
    """Store a release."""
    await tx.execute(
        """
        INSERT INTO bidding.release (release_sha256, tender_id, lot, stage, group_id, key_sha256,
                                     list_sha256, json, p7s, received_at, entry_id, good)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        release.release_sha256,
        *key,
        release.group_id,
        release.key_sha256,
        release.list_sha256,
        release.json,
        release.p7s,
        release.received_at,
        release.entry_id,
        release.good,
    )


async def releases_of(tx: Tx, key: BoxKey) -> list[Released]:
    """Return the releases for a box in order of receipt."""
    return (await releases_by_box(tx, [key]))[key]


async def releases_by_box(tx: Tx, keys: Collection[BoxKey]) -> defaultdict[BoxKey, list[Released]]:
    """Return the releases for each of these boxes in order of receipt."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage, release_sha256, group_id, key_sha256, list_sha256, json, p7s,
               received_at, entry_id, good
          FROM bidding.release
         WHERE (tender_id, lot, stage)
               IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
         ORDER BY received_at, release_sha256
        """,
        *BoxKey.columns(keys),
    )
    found: defaultdict[BoxKey, list[Released]] = defaultdict(list)
    for row in rows:
        facts = dict(row)
        key = BoxKey(facts.pop("tender_id"), facts.pop("lot"), Stage(facts.pop("stage")))
        found[key].append(Released(**facts))
    return found


async def insert_owner_release(tx: Tx, release: OwnerReleased) -> None:
    """Store a secret that passed."""
    await tx.execute(
        """
        INSERT INTO bidding.owner_release (envelope_id, json, secret, received_at, entry_id)
        VALUES ($1, $2, $3, $4, $5)
        """,
        release.envelope_id,
        release.json,
        release.secret,
        release.received_at,
        release.entry_id,
    )


async def owner_releases_of(tx: Tx, key: BoxKey) -> list[OwnerReleased]:
    """Return the secrets that owners of a box's envelopes handed in."""
    rows = await tx.fetch(
        """
        SELECT envelope_id, given.json, given.secret, given.received_at, given.entry_id
          FROM bidding.owner_release AS given
          JOIN bidding.envelope USING (envelope_id)
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
         ORDER BY given.received_at
        """,
        *key,
    )
    return [OwnerReleased(**row) for row in rows]
