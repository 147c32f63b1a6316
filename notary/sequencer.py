"""The sequencer gives entries their place in the log; the publisher signs what it has placed.

Two steps that never share a transaction. `drain` moves free rows of the queue to the end of the
log, with tiles and head, in one commit; `publish` signs a head that is committed already. The edge
of the tree in memory saves work and is never the truth: whatever goes wrong, it is dropped and made
again from the tables. Any number of sequencers may run: the head's lock makes them take turns.

Source: ledger.md 3.2 and 3.3.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import structlog

from notary import heartbeat, published
from notary.clock import Clock
from notary.note import Checkpoint
from notary.published import Published
from notary.pulse import Heart
from notary.rooms import Doorbell
from notary.signer import FailPoint, LogFault, Signer, StaleState, State, goes_on
from notary.tiles import HEIGHT, WIDTH, Edge, FullTile
from sql.database import Database, Tx

DRAIN_SECONDS = 0.2
PUBLISH_SECONDS = 1.0
ROWS_AT_ONCE = 20_000
RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.02
"""After the bell: acts that commit together are placed together."""

log = structlog.get_logger()

# An answer that never came leaves the outcome open: drop what is in memory and look again. The last
# one is what asyncpg says of a connection that broke under a statement.
_PASSING = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the log has come. `epoch` counts its steps."""

    size: int
    root: bytes
    epoch: int


class Sequencer:
    """Sequences and publishes one log. `bell` wakes it, and it rings it for each checkpoint."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signer: Signer,
        bell: Doorbell,
        fail_point: FailPoint = goes_on,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer
        self._bell = bell
        self._at = fail_point
        self._edge: Edge | None = None
        self._turn = asyncio.Lock()  # guards _edge: run, drain and publish share it

    async def run(self) -> None:
        """Drain five times a second and when the bell rings, publish once a second; never returns.

        A database that is away is waited for. A LogFault ends it: nothing may be signed then.
        """
        loop = asyncio.get_running_loop()
        publish_at = loop.time()
        with self._bell.subscribe() as listener:
            while True:
                try:
                    await self.drain()
                    if loop.time() >= publish_at:
                        await self.publish()
                        await self._beat()
                        publish_at = loop.time() + PUBLISH_SECONDS
                except _PASSING:
                    log.warning("sequencer.failed", exc_info=True)
                    await asyncio.sleep(RETRY_SECONDS)
                await listener.wait(DRAIN_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)

    async def _beat(self) -> None:
        """Note that what was due has its place and is published: the log goes on."""
        async with self._database.transaction() as tx:
            await heartbeat.beat(tx, Heart.SEQUENCER, await self._clock(tx))

    async def drain(self) -> int:
        """Place every row that nothing holds, and return how many there were."""
        placed = 0
        async with self._turn:
            while True:
                step = await self._step()
                placed += step
                if step < ROWS_AT_ONCE:
                    return placed

    async def publish(self) -> Published | None:
        """Sign the committed head and make it public, at once; None while the log is empty.

        Where the head is published already, that checkpoint is the answer.
        """
        async with self._turn:
            while True:
                try:
                    return await self._publish()
                except StaleState:  # another publisher of this home was quicker
                    continue

    async def _step(self) -> int:
        """Place up to ROWS_AT_ONCE rows in one transaction; on any failure forget the edge."""
        edge, self._edge = self._edge, None
        async with self._database.transaction() as tx:
            if not await _anything_free(tx):  # an idle hall locks and writes nothing
                self._edge = edge
                return 0
            head = await _hold_head(tx)
            self._at("drain.head-held")
            if edge is None or edge.size != head.size:
                edge = await load_edge(tx, head)
            placed = await integrate(tx, head, edge, self._at)
        self._at("drain.committed")
        self._edge = edge
        return placed

    async def _publish(self) -> Published | None:
        # The state before the head: what was signed was committed, so that a head that is read
        # later and is smaller is a fault, however many publishers there are.
        state = await asyncio.to_thread(self._signer.state)
        async with self._database.transaction() as tx:
            head = await read_head(tx)
            highest = await highest_entry(tx)
            newest = await published.newest(tx)
            signed_at = await self._clock(tx)
            proof = await proof_for_signer(tx, state, head)
        await asyncio.to_thread(self._signer.remember, highest)
        if head.size == 0 or (newest and (newest.size, newest.root) == (head.size, head.root)):
            return newest
        self._at("publish.proved")
        checkpoint = Checkpoint(self._signer.key.origin, head.size, head.root)
        note = await asyncio.to_thread(self._signer.sign, checkpoint, after=state, proof=proof)
        self._at("publish.signed")
        async with self._database.transaction() as tx:
            done = await _insert_checkpoint(tx, head, note, signed_at)
            self._at("publish.inserted")
        self._at("publish.committed")
        self._bell.ring()
        return done


async def read_head(tx: Tx) -> Head:
    """Read the head as it was committed, without its lock."""
    return _head(
        await tx.fetchrow(
            """
            SELECT size, root, epoch
              FROM notary.ledger_head
            """
        )
    )


async def highest_entry(tx: Tx) -> int:
    """Return the highest entry_id this database holds, held ones included."""
    highest: int = await tx.fetchval(
        """
        SELECT coalesce(max(entry_id), 0)
          FROM notary.ledger_body
        """
    )
    return highest


async def oldest_free(tx: Tx) -> datetime | None:
    """Return the instant of the oldest entry that waits though nothing holds it."""
    oldest: datetime | None = await tx.fetchval(
        """
        SELECT min(body.at)
          FROM notary.ledger_pending AS pending
          JOIN notary.ledger_body AS body USING (entry_id)
         WHERE pending.hold IS NULL
        """
    )
    return oldest


async def proof_for_signer(tx: Tx, state: State, head: Head) -> list[bytes]:
    """Prove that `head` extends `state`; nothing proves it of a smaller one, which is refused."""
    if state.size > head.size:
        return []
    return await published.consistency_proof(tx, state.size, head.size)


async def load_edge(tx: Tx, head: Head) -> Edge:
    """Make the edge of the tree from the tables; raise LogFault if it has not the head's root."""
    levels: list[list[bytes]] = []
    size = head.size
    while size:
        first = size - size % WIDTH
        levels.append(await _hashes_from(tx, len(levels), first))
        size >>= HEIGHT
    try:
        edge = Edge(head.size, levels)
    except ValueError as error:
        raise LogFault(f"entries or tiles of the log are missing: {error}") from error
    if edge.root != head.root:
        raise LogFault(f"the entries of the log do not lead to its root at size {head.size}")
    return edge


async def integrate(tx: Tx, head: Head, edge: Edge, fail_point: FailPoint = goes_on) -> int:
    """Move free rows of the queue behind `head`, whose lock this transaction holds.

    Entries, full tiles and head go in one commit, or none of them does. Returns how many rows
    were moved; `edge` has grown by as many.
    """
    leaves = await _move_rows(tx, head.size)
    fail_point("drain.moved")
    if not leaves:
        return 0
    await _insert_tiles(tx, edge.append(leaves))
    fail_point("drain.tiles-written")
    await _move_head(tx, head, edge)
    fail_point("drain.head-moved")
    return len(leaves)


async def _anything_free(tx: Tx) -> bool:
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM notary.ledger_pending WHERE hold IS NULL)
        """
    )
    return found


async def _hold_head(tx: Tx) -> Head:
    return _head(
        await tx.fetchrow(
            """
            SELECT size, root, epoch
              FROM notary.ledger_head
               FOR UPDATE
            """
        )
    )


def _head(row: asyncpg.Record | None) -> Head:
    if row is None:
        raise LogFault("the database has no ledger: open the hall first")
    return Head(size=row["size"], root=row["root"], epoch=row["epoch"])


async def _hashes_from(tx: Tx, level: int, first: int) -> list[bytes]:
    """Return the hashes of one level of tiles from number `first` to the end."""
    if level == 0:
        rows = await tx.fetch(
            """
            SELECT leaf_hash AS hash
              FROM notary.ledger_entry
             WHERE idx >= $1
             ORDER BY idx
            """,
            first,
        )
    else:
        rows = await tx.fetch(
            """
            SELECT root AS hash
              FROM notary.ledger_tile
             WHERE level = $1
               AND n >= $2
             ORDER BY n
            """,
            level - 1,
            first,
        )
    return [row["hash"] for row in rows]


async def _move_rows(tx: Tx, size: int) -> list[bytes]:
    """Turn free rows into entries from index `size` on, and return their leaf hashes in order."""
    rows = await tx.fetch(
        """
        WITH moved AS (
            DELETE FROM notary.ledger_pending
             WHERE entry_id IN (
                       SELECT entry_id
                         FROM notary.ledger_pending
                        WHERE hold IS NULL
                        ORDER BY entry_id
                        LIMIT $2)
            RETURNING entry_id, record
        ), placed AS (
            INSERT INTO notary.ledger_entry (idx, entry_id, record, leaf_hash, subject, actor)
            SELECT $1 + row_number() OVER (ORDER BY entry_id) - 1,
                   entry_id, moved.record, sha256('\\x00'::bytea || moved.record), subject,
                   convert_from(body, 'UTF8')::jsonb ->> 'actor'
              FROM moved
              JOIN notary.ledger_body USING (entry_id)
            RETURNING idx, leaf_hash
        )
        SELECT leaf_hash
          FROM placed
         ORDER BY idx
        """,
        size,
        ROWS_AT_ONCE,
    )
    return [row["leaf_hash"] for row in rows]


async def _insert_tiles(tx: Tx, full: list[FullTile]) -> None:
    if full:
        await tx.copy_records_to_table(
            "ledger_tile",
            schema_name="notary",
            columns=("level", "n", "root", "data"),
            records=[(tile.level, tile.n, tile.root, tile.data) for tile in full],
        )


async def _move_head(tx: Tx, old: Head, edge: Edge) -> None:
    done = await tx.execute(
        """
        UPDATE notary.ledger_head
           SET size = $1, root = $2, epoch = epoch + 1
         WHERE size = $3
           AND epoch = $4
        """,
        edge.size,
        edge.root,
        old.size,
        old.epoch,
    )
    if done != "UPDATE 1":
        raise LogFault("the head of the log moved while it was held")


async def _insert_checkpoint(tx: Tx, head: Head, note: bytes, signed_at: datetime) -> Published:
    """Publish a note. Another publisher may have been quicker with the same one."""
    await tx.execute(
        """
        INSERT INTO notary.ledger_checkpoint (size, root, note, signed_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (size) DO NOTHING
        """,
        head.size,
        head.root,
        note,
        signed_at,
    )
    done = await published.at_size(tx, head.size)
    if done is None or done.note != note:
        raise LogFault(f"another note was published for the log of {head.size} entries")
    return done
