"""What the log has published: checkpoints, and the proofs that lead to them.

A row of ledger_checkpoint is public the moment it is committed. Everything here is computed from
tables that are never overwritten, so an old checkpoint is proved as well as the newest.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from notary import merkle, tiles
from notary.rooms import Doorbell
from sql.database import Database, Tx

LOOK_AGAIN_SECONDS = 1.0
"""How long a lost ring of the bell can delay the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A signed checkpoint. There is no cosigner yet: the policy is `quorum none`."""

    size: int
    root: bytes
    note: bytes
    signed_at: datetime


async def newest(tx: Tx) -> Published | None:
    """Return the newest checkpoint, None before the first."""
    return _published(
        await tx.fetchrow(
            """
            SELECT size, root, note, signed_at
              FROM notary.ledger_checkpoint
             ORDER BY size DESC
             LIMIT 1
            """
        )
    )


async def at_size(tx: Tx, size: int) -> Published | None:
    """Return the checkpoint of exactly this size."""
    return _published(
        await tx.fetchrow(
            """
            SELECT size, root, note, signed_at
              FROM notary.ledger_checkpoint
             WHERE size = $1
            """,
            size,
        )
    )


async def first_with(tx: Tx, idx: int) -> Published | None:
    """Return the first checkpoint that covers the entry at `idx`: the one its proofs use."""
    return _published(
        await tx.fetchrow(
            """
            SELECT size, root, note, signed_at
              FROM notary.ledger_checkpoint
             WHERE size > $1
             ORDER BY size
             LIMIT 1
            """,
            idx,
        )
    )


async def last_without(tx: Tx, idx: int) -> Published | None:
    """Return the last checkpoint that does not cover the entry at `idx`."""
    return _published(
        await tx.fetchrow(
            """
            SELECT size, root, note, signed_at
              FROM notary.ledger_checkpoint
             WHERE size <= $1
             ORDER BY size DESC
             LIMIT 1
            """,
            idx,
        )
    )


async def notes(tx: Tx) -> dict[int, bytes]:
    """Return every published note by size, the smallest first."""
    rows = await tx.fetch(
        """
        SELECT size, note
          FROM notary.ledger_checkpoint
         ORDER BY size
        """
    )
    return {row["size"]: row["note"] for row in rows}


async def first_with_entry(tx: Tx, entry_id: int) -> Published | None:
    """Return the first checkpoint that covers an entry, None while it is held or under way.

    The gate before shares are asked for, for a clerk who waits for nothing (ledger.md 6).
    """
    idx: int | None = await tx.fetchval(
        """
        SELECT idx
          FROM notary.ledger_entry
         WHERE entry_id = $1
        """,
        entry_id,
    )
    return None if idx is None else await first_with(tx, idx)


async def wait_published(
    database: Database, bell: Doorbell, entry_id: int, *, seconds: float
) -> Published | None:
    """Wait up to `seconds` for a checkpoint that covers an entry; None if none came.

    `bell`: the one that the sequencer rings; without its ring the tables are read each second.
    """
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    with bell.subscribe() as listener:
        while True:
            async with database.transaction() as tx:
                found = await first_with_entry(tx, entry_id)
            left = give_up - loop.time()
            if found is not None or left <= 0:
                return found
            await listener.wait(min(left, LOOK_AGAIN_SECONDS))


async def inclusion_proof(tx: Tx, idx: int, size: int) -> list[bytes]:
    """Prove the entry at `idx` in the log of `size` entries; raise BadProof where there is none."""
    hash_of = await _hashes_for(tx, merkle.inclusion_ranges(idx, size))
    return merkle.inclusion_proof(hash_of, idx, size)


async def consistency_proof(tx: Tx, old: int, new: int) -> list[bytes]:
    """Prove that the log of `new` entries extends that of `old`; raise BadProof if new < old."""
    hash_of = await _hashes_for(tx, merkle.consistency_ranges(old, new))
    return merkle.consistency_proof(hash_of, old, new)


async def leaf_hashes(tx: Tx, start: int, end: int) -> list[bytes]:
    """Return the leaf hashes of a range of the log, in order."""
    rows = await tx.fetch(
        """
        SELECT leaf_hash
          FROM notary.ledger_entry
         WHERE idx >= $1
           AND idx < $2
         ORDER BY idx
        """,
        start,
        end,
    )
    return [row["leaf_hash"] for row in rows]


async def tile_roots(tx: Tx, level: int, start: int, end: int) -> list[bytes]:
    """Return the roots of a range of full tiles of one level, in order."""
    rows = await tx.fetch(
        """
        SELECT root
          FROM notary.ledger_tile
         WHERE level = $1
           AND n >= $2
           AND n < $3
         ORDER BY n
        """,
        level,
        start,
        end,
    )
    return [row["root"] for row in rows]


async def tile_bytes(tx: Tx, level: int, n: int, width: int) -> bytes:
    """Return the first `width` hashes of a tile, fewer where the log ends before."""
    if width == tiles.WIDTH:
        data: bytes | None = await tx.fetchval(
            """
            SELECT data
              FROM notary.ledger_tile
             WHERE level = $1
               AND n = $2
            """,
            level,
            n,
        )
        if data is not None:
            return data
    start = n * tiles.WIDTH
    if level == 0:
        return b"".join(await leaf_hashes(tx, start, start + width))
    return b"".join(await tile_roots(tx, level - 1, start, start + width))


async def _hashes_for(tx: Tx, ranges: Iterable[merkle.Range]) -> merkle.HashOf:
    """Fetch the tiles that a proof needs, one query a tile."""
    return tiles.hashes_in(
        {
            (level, n): await tile_bytes(tx, level, n, tiles.WIDTH)
            for level, n in sorted(tiles.tiles_needed(ranges))
        }
    )


def _published(row: asyncpg.Record | None) -> Published | None:
    if row is None:
        return None
    return Published(
        size=row["size"], root=row["root"], note=row["note"], signed_at=row["signed_at"]
    )
