"""Boxes: their times, and the steps of the clerk."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import asyncpg

from bidding.facts import BoxFacts, BoxKey
from notary import shape
from sql.database import Tx
from trading.rules.outages import OutageRule
from trading.types import Stage

COLUMNS = """tender_id, lot, stage, room, mode, policy_sha256, deadline, parts_by, open_at,
       release_by, owner_by, min_envelopes, max_bytes, announce_ms, confirm_s, after,
       gate_wait_min, closing_at, closed_at, list_json, list_sha256, list_entry_id, revised_n,
       revised_at, revised_json, revised_sha256, revised_entry_id, not_opened_at,
       cancelled_at, asked_at, asked_entry_id, postponed_at, finished_at, opening_json,
       opening_p7s, closing, outage, outage_judged_at, postponements, told_interrupted,
       told_paused"""


def facts_of(row: asyncpg.Record) -> BoxFacts:
    """Return the box in a row of `COLUMNS`."""
    facts = dict(row)
    key = BoxKey(facts.pop("tender_id"), facts.pop("lot"), Stage(facts.pop("stage")))
    after, outage = facts.pop("after"), facts.pop("outage")
    return BoxFacts(
        key=key,
        after=None if after is None else Stage(after),
        outage=None if outage is None else _outage_rule(outage),
        **facts,
    )


@lru_cache(maxsize=64)  # of few rule sets, and read with every row
def _outage_rule(json: bytes) -> OutageRule:
    return shape.load(OutageRule, json)


async def insert_box(tx: Tx, box: BoxFacts) -> None:
    """Store a new box with its times."""
    await tx.execute(
        """
        INSERT INTO bidding.box (tender_id, lot, stage, room, mode, policy_sha256, deadline,
                                 parts_by, open_at, release_by, owner_by, min_envelopes,
                                 max_bytes, announce_ms, confirm_s, after, gate_wait_min, outage)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """,
        *box.key,
        box.room,
        box.mode,
        box.policy_sha256,
        box.deadline,
        box.parts_by,
        box.open_at,
        box.release_by,
        box.owner_by,
        box.min_envelopes,
        box.max_bytes,
        box.announce_ms,
        box.confirm_s,
        box.after,
        box.gate_wait_min,
        None if box.outage is None else shape.dump(box.outage),
    )


async def box(tx: Tx, key: BoxKey) -> BoxFacts | None:
    """Return a box, unlocked, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,  # noqa: S608 - a constant
        *key,
    )
    return None if row is None else facts_of(row)


async def box_of_room(tx: Tx, room: str) -> BoxFacts | None:
    """Return the box that is opened in `room`, or None."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE room = $1
        """,  # noqa: S608 - a constant
        room,
    )
    return None if row is None else facts_of(row)


async def boxes_of(tx: Tx, tender: str) -> list[BoxFacts]:
    """Return the boxes of a tender by lot and stage."""
    return await boxes_of_tenders(tx, [tender])


async def boxes_of_tenders(tx: Tx, tenders: Collection[str]) -> list[BoxFacts]:
    """Return the boxes of these tenders by tender, lot and stage."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE tender_id = ANY($1::text[])
         ORDER BY tender_id, lot, stage
        """,  # noqa: S608 - a constant
        list(tenders),
    )
    return [facts_of(row) for row in rows]


async def coming(tx: Tx, now: datetime) -> list[BoxFacts]:
    """Return the next boxes whose deadline lies after `now`, soonest first."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE deadline > $1
           AND cancelled_at IS NULL
         ORDER BY deadline, tender_id, lot, stage
         LIMIT 50
        """,  # noqa: S608 - a constant
        now,
    )
    return [facts_of(row) for row in rows]


async def past(tx: Tx, now: datetime) -> list[BoxFacts]:
    """Return the last boxes whose deadline is over at `now`, newest first."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE deadline <= $1
         ORDER BY deadline DESC, tender_id, lot, stage
         LIMIT 50
        """,  # noqa: S608 - a constant
        now,
    )
    return [facts_of(row) for row in rows]


async def between(tx: Tx, since: datetime, until: datetime) -> list[BoxFacts]:
    """Return the boxes that open from `since` on and before `until`, soonest first."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE open_at >= $1
           AND open_at < $2
         ORDER BY open_at, tender_id, lot, stage
        """,  # noqa: S608 - a constant
        since,
        until,
    )
    return [facts_of(row) for row in rows]


async def unfinished(tx: Tx, now: datetime) -> list[BoxKey]:
    """Return the boxes past their parts_by that the clerk is not done with, oldest first."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage
          FROM bidding.box
         WHERE finished_at IS NULL
           AND not_opened_at IS NULL
           AND cancelled_at IS NULL
           AND parts_by <= $1
         ORDER BY parts_by, tender_id, lot, stage
        """,
        now,
    )
    return [BoxKey(row["tender_id"], row["lot"], Stage(row["stage"])) for row in rows]


async def to_be_asked(tx: Tx) -> list[BoxFacts]:
    """Return the boxes that are closed, not over, and whose shares are not asked for."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE closed_at IS NOT NULL
           AND asked_at IS NULL
           AND finished_at IS NULL
           AND not_opened_at IS NULL
           AND cancelled_at IS NULL
         ORDER BY tender_id, lot, stage
        """,  # noqa: S608 - a constant
    )
    return [facts_of(row) for row in rows]


async def opening_until(tx: Tx, now: datetime, until: datetime) -> list[BoxFacts]:
    """Return the boxes that open after `now` and by `until`, soonest first."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE open_at > $1
           AND open_at <= $2
           AND not_opened_at IS NULL
           AND cancelled_at IS NULL
         ORDER BY open_at, tender_id, lot, stage
        """,  # noqa: S608 - a constant
        now,
        until,
    )
    return [facts_of(row) for row in rows]


async def not_closing(tx: Tx, parts_by: datetime) -> list[BoxKey]:
    """Return the boxes that nobody has begun to close though their parts_by was before this."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage
          FROM bidding.box
         WHERE closing_at IS NULL
           AND cancelled_at IS NULL
           AND parts_by < $1
         ORDER BY parts_by
        """,
        parts_by,
    )
    return [BoxKey(row["tender_id"], row["lot"], Stage(row["stage"])) for row in rows]


async def next_closing(tx: Tx) -> datetime | None:
    """Return the earliest parts_by of a box that is not closing yet, or None."""
    instant: datetime | None = await tx.fetchval(
        """
        SELECT min(parts_by)
          FROM bidding.box
         WHERE closing_at IS NULL
           AND finished_at IS NULL
           AND not_opened_at IS NULL
           AND cancelled_at IS NULL
        """
    )
    return instant


async def take_box(tx: Tx, key: BoxKey) -> BoxFacts | None:
    """Lock a box for one step of the clerk; None if another clerk has it."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
           FOR UPDATE SKIP LOCKED
        """,  # noqa: S608 - a constant
        *key,
    )
    return None if row is None else facts_of(row)


async def hold_box(tx: Tx, key: BoxKey) -> BoxFacts | None:
    """Lock a box, waiting for whoever has it; None if there is no such box."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM bidding.box
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
           FOR UPDATE
        """,  # noqa: S608 - a constant
        *key,
    )
    return None if row is None else facts_of(row)


async def mark_closing(tx: Tx, key: BoxKey, at: datetime) -> None:
    """From here on no submission joins the box."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET closing_at = $4
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
    )


async def mark_closed(
    tx: Tx, key: BoxKey, at: datetime, *, list_json: bytes, list_sha256: str, entry_id: int
) -> None:
    """Store the closing list."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET closed_at = $4, list_json = $5, list_sha256 = $6, list_entry_id = $7
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
        list_json,
        list_sha256,
        entry_id,
    )


async def mark_revised(
    tx: Tx, key: BoxKey, at: datetime, *, n: int, json: bytes, sha256: str, entry_id: int
) -> None:
    """Store a revised list; it is asked for anew."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET revised_n = $4, revised_at = $5, revised_json = $6, revised_sha256 = $7,
               revised_entry_id = $8, asked_at = NULL, asked_entry_id = NULL
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        n,
        at,
        json,
        sha256,
        entry_id,
    )


async def mark_not_opened(tx: Tx, key: BoxKey, at: datetime) -> None:
    """Leave the box shut for good."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET not_opened_at = $4
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
    )


async def mark_asked(tx: Tx, key: BoxKey, at: datetime, *, entry_id: int) -> None:
    """Trustees may release from here on."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET asked_at = $4, asked_entry_id = $5
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
        entry_id,
    )


async def mark_postponed(tx: Tx, key: BoxKey, at: datetime) -> None:
    """Shares are missing at release_by; those who follow were told once more."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET postponed_at = $4, postponements = postponements + 1
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
    )


async def mark_finished(tx: Tx, key: BoxKey, at: datetime, *, opening: bytes, p7s: bytes) -> None:
    """Store the signed opening record."""
    await tx.execute(
        """
        UPDATE bidding.box
           SET finished_at = $4, opening_json = $5, opening_p7s = $6
         WHERE tender_id = $1 AND lot = $2 AND stage = $3
        """,
        *key,
        at,
        opening,
        p7s,
    )
