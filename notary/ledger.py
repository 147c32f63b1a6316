"""The audit ledger as an act sees it: append an entry, let held ones out, read what has an index.

An act calls `append` last, in its own transaction: no commit, no entry; no entry, no act. The
entry has no index yet. `notary.sequencer` gives it one, and from then on everybody reads it by that
index: `entry_id` and time are not in commit order and never leave the hall. What readers may see of
an entry is in `notary.disclosure`, the public files of the log in `notary.shelf`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from notary import canonical, entry, instant, merkle, receipt
from notary.canonical import Json
from notary.hall import Hall
from notary.receipt import Outcome
from sql.database import Tx

_EVERY_ENTRY_HAS = frozenset({"kind", "origin", "at", "actor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an act has appended: enough for its receipt.

    `salt` opens every field and is None for a plain kind. `hold` names the tender or box whose
    closing lets the entry out, None where nothing holds it.
    """

    entry_id: int
    record: bytes
    salt: bytes | None = field(repr=False)
    fields: dict[str, Json] = field(repr=False)
    leaf_hash: bytes
    hold: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReceipt:
    """`receipt.json` and `receipt.p7s`, the hall's promise that the record will be in the log."""

    json: bytes
    p7s: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequenced:
    """An entry that has its place in the log."""

    idx: int
    kind: str
    subject: str
    at: datetime
    record: bytes
    salt: bytes | None = field(repr=False)
    fields: dict[str, Json] = field(repr=False)
    leaf_hash: bytes


async def append(
    tx: Tx,
    hall: Hall,
    kind: str,
    *,
    subject: str,
    actor: str,
    at: datetime,
    fields: Mapping[str, Json],
    hold: str | None = None,
) -> Entry:
    """Write the entry of an act, last in the act's transaction.

    `subject`: what it is about, a tender's id above all; `at`: the act's reading of the clock;
    `fields`: all but kind, origin, at and actor, which are added here. Raises BadEntry where the
    kind does not allow them, or a hold where the kind is not a held one. A second entry with the
    key of a plain kind fails as asyncpg.UniqueViolationError with the constraint
    `one_entry_per_key`.

    Source: ledger.md 3.1.
    """
    if not _EVERY_ENTRY_HAS.isdisjoint(fields):
        raise entry.BadEntry("names", f"{kind}: append adds kind, origin, at and actor")
    whole = {
        **fields,
        "kind": kind,
        "origin": hall.origin,
        "at": instant.micros(at),
        "actor": actor,
    }
    marks = entry.kind(kind)
    if hold is not None and not marks.held:  # its receipt promises the log within a minute
        raise entry.BadEntry("form", f"{kind} is never held")
    salt = None if marks.plain is not None else hall.entropy(entry.SALT_BYTES)
    record = entry.record(whole, salt)
    # One statement, so that an act pays one round trip for its entry (runtime.md 5).
    entry_id: int = await tx.fetchval(
        """
        WITH body AS (
            INSERT INTO notary.ledger_body (kind, subject, at, body, salt, record, key)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            RETURNING entry_id, record
        )
        INSERT INTO notary.ledger_pending (entry_id, record, hold)
        SELECT entry_id, record, $8
          FROM body
        RETURNING entry_id
        """,
        kind,
        subject,
        at,
        canonical.dumps(whole),
        salt,
        record,
        entry.key(whole),
        hold,
    )
    return Entry(
        entry_id=entry_id,
        record=record,
        salt=salt,
        fields=whole,
        leaf_hash=merkle.leaf_hash(record),
        hold=hold,
    )


def give_receipt(hall: Hall, done: Entry, outcome: Outcome = "accepted") -> GivenReceipt:
    """Sign the receipt of an entry, to be handed out with the answer once the act is committed."""
    written = receipt.write(outcome, done.fields, done.salt)
    return GivenReceipt(json=written, p7s=hall.sign(written))


async def release_held(tx: Tx, hold: str) -> int:
    """Let out every entry held for this tender or box, and return how many there were.

    Called by the act that closes it, which holds the tender FOR UPDATE: no row joins late.
    """
    done = await tx.execute(
        """
        UPDATE notary.ledger_pending
           SET hold = NULL
         WHERE hold = $1
        """,
        hold,
    )
    return int(done.removeprefix("UPDATE "))


async def entry_of(tx: Tx, entry_id: int) -> Entry | None:
    """Read an entry as its act wrote it, in the log or not: for its actor's receipt, no reader."""
    row = await tx.fetchrow(
        """
        SELECT b.entry_id, b.body, b.salt, b.record, p.hold
          FROM notary.ledger_body AS b
          LEFT JOIN notary.ledger_pending AS p USING (entry_id)
         WHERE b.entry_id = $1
        """,
        entry_id,
    )
    if row is None:
        return None
    return Entry(
        entry_id=row["entry_id"],
        record=row["record"],
        salt=row["salt"],
        fields=canonical.load_signed(row["body"]),
        leaf_hash=merkle.leaf_hash(row["record"]),
        hold=row["hold"],
    )


async def index_of(tx: Tx, entry_id: int) -> int | None:
    """Return the index of an entry, None while it waits for the sequencer or its closing."""
    idx: int | None = await tx.fetchval(
        """
        SELECT idx
          FROM notary.ledger_entry
         WHERE entry_id = $1
        """,
        entry_id,
    )
    return idx


async def indexes_of(tx: Tx, entry_ids: Sequence[int]) -> dict[int, int]:
    """Return the index of each of these entries that has one."""
    rows = await tx.fetch(
        """
        SELECT entry_id, idx
          FROM notary.ledger_entry
         WHERE entry_id = ANY($1::bigint[])
        """,
        list(entry_ids),
    )
    return {row["entry_id"]: row["idx"] for row in rows}


async def entry_at(tx: Tx, idx: int) -> Sequenced | None:
    """Return the entry at `idx`, None beyond the end of the log."""
    found = await entries(tx, after=idx - 1, limit=1)
    return found[0] if found else None


async def entries(tx: Tx, *, after: int = -1, limit: int = 500) -> list[Sequenced]:
    """Return up to `limit` entries with an index above `after`, in the order of the log."""
    rows = await tx.fetch(
        """
        SELECT idx, kind, subject, at, body, salt, record, leaf_hash
          FROM notary.ledger_sequenced
         WHERE idx > $1
         ORDER BY idx
         LIMIT $2
        """,
        after,
        limit,
    )
    return [_sequenced(row) for row in rows]


async def entries_about(tx: Tx, subject: str, *, after: int = -1) -> list[Sequenced]:
    """Return every entry with an index above `after` that is about `subject`, in log order."""
    rows = await tx.fetch(
        """
        SELECT idx, kind, subject, at, body, salt, record, leaf_hash
          FROM notary.ledger_sequenced
         WHERE subject = $1
           AND idx > $2
         ORDER BY idx
        """,
        subject,
        after,
    )
    return [_sequenced(row) for row in rows]


async def entries_of_kinds(tx: Tx, kinds: Collection[str]) -> list[Sequenced]:
    """Return every entry of these kinds, in the order of the log."""
    rows = await tx.fetch(
        """
        SELECT idx, kind, subject, at, body, salt, record, leaf_hash
          FROM notary.ledger_sequenced
         WHERE kind = ANY($1::text[])
         ORDER BY idx
        """,
        list(kinds),
    )
    return [_sequenced(row) for row in rows]


async def count_since(tx: Tx, kind: str, subject: str, *, actor: str, since: datetime) -> int:
    """Count what an actor has caused of a kind about a subject, held or not: for the hall alone."""
    counted: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM notary.ledger_body
         WHERE subject = $1
           AND kind = $2
           AND at > $3
           AND convert_from(body, 'UTF8')::jsonb ->> 'actor' = $4
        """,
        subject,
        kind,
        since,
        actor,
    )
    return counted


def _sequenced(row: asyncpg.Record) -> Sequenced:
    return Sequenced(
        idx=row["idx"],
        kind=row["kind"],
        subject=row["subject"],
        at=row["at"],
        record=row["record"],
        salt=row["salt"],
        fields=canonical.load_signed(row["body"]),
        leaf_hash=row["leaf_hash"],
    )
