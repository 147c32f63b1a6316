"""A hall with a log for the tests of the notary, and the one function that re-verifies a log."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

from notary import ledger, merkle, note, published, shelf, tiles
from notary.canonical import Json
from notary.entropy import system_entropy
from notary.hall import Hall
from notary.home import open_hall
from notary.ledger import Entry
from notary.rooms import Doorbell
from notary.sequencer import Sequencer
from notary.signer import FailPoint, Signer, goes_on
from notary.tiles import Bundle, Tile
from sql.database import Database, Tx
from tests.fakeclock import FakeClock

AT = datetime(2026, 11, 30, 8, 0, 5, 123456, tzinfo=UTC)
HOST = "hall.example"
TENDER = "A2103000001-2026-0042"
BOX = f"{TENDER}/1/price"

CLARIFIED: dict[str, Json] = {"tender": TENDER, "n": 1, "text_sha256": 64 * "0"}
NOTICE: dict[str, Json] = {"tender": TENDER, "revision": 1, "notice_sha256": 64 * "0"}
BID: dict[str, Json] = {
    "tender": TENDER,
    "lot": "1",
    "stage": "price",
    "envelope": 64 * "1",
    "p7s_sha256": 64 * "2",
    "seq": 1,
    "complete": True,
}


async def a_hall(
    home: Path,
    database: Database,
    *,
    demo: bool = True,
    lodges: tuple[str, ...] = (),
    fail_point: FailPoint = goes_on,
) -> tuple[Hall, Signer]:
    """Open the hall of `home`, at its first call with an empty log."""
    return await open_hall(
        home,
        database,
        host=HOST,
        demo=demo,
        clock=FakeClock(AT),
        entropy=system_entropy,
        authorities=None,
        lodges=lodges,
        fail_point=fail_point,
    )


def a_sequencer(
    database: Database, signer: Signer, *, fail_point: FailPoint = goes_on
) -> Sequencer:
    """Make a sequencer that nobody runs: tests drain and publish by hand."""
    return Sequencer(database, FakeClock(AT), signer, Doorbell(), fail_point)


async def act(
    database: Database,
    hall: Hall,
    kind: str = "trading.clarified.v1",
    fields: dict[str, Json] | None = None,
    *,
    hold: str | None = None,
) -> Entry:
    """Do an act that consists of its entry: a clarification, unless told otherwise."""
    async with database.transaction() as tx:
        return await append(tx, hall, kind, fields, hold=hold)


async def append(
    tx: Tx,
    hall: Hall,
    kind: str = "trading.clarified.v1",
    fields: dict[str, Json] | None = None,
    *,
    hold: str | None = None,
) -> Entry:
    """Append an entry in an act that does more."""
    return await ledger.append(
        tx,
        hall,
        kind,
        subject=TENDER,
        actor="ORG-AGENCY",
        at=await hall.clock(tx),
        fields=fields or CLARIFIED,
        hold=hold,
    )


async def fill(database: Database, count: int) -> None:
    """Append many entries at once, whose content nobody will look at."""
    async with database.transaction() as tx:
        await tx.execute(
            """
            WITH body AS (
                INSERT INTO notary.ledger_body (kind, subject, at, body, salt, record)
                SELECT 'trading.clarified.v1', 'many', clock_timestamp(), '\\x7b7d'::bytea,
                       sha256(gen_random_uuid()::text::bytea),
                       '\\x01'::bytea || sha256(gen_random_uuid()::text::bytea)
                  FROM generate_series(1, $1::bigint)
                RETURNING entry_id, record
            )
            INSERT INTO notary.ledger_pending (entry_id, record)
            SELECT entry_id, record FROM body
            """,
            count,
        )


async def check_log(database: Database, signer: Signer) -> list[bytes]:
    """Re-verify the whole published log from its public files, and return its records.

    Every tile byte for byte from the records, every checkpoint against them, the books in order:
    whatever was appended stands in the log once or waits in the queue.
    """
    async with database.transaction() as tx:
        newest = await published.newest(tx)
        assert newest is not None
        bundles = tiles.bundles_of(newest.size)
        places: list[Tile | Bundle] = [
            *bundles,
            *itertools.chain.from_iterable(tiles.tiles_of(newest.size)),
        ]
        read = {place.path: await shelf.compute(tx, place) for place in places}
        notes = await tx.fetch("SELECT size, root, note FROM notary.ledger_checkpoint")
        lost = await tx.fetchval(
            """
            SELECT count(*)
              FROM notary.ledger_body AS b
              LEFT JOIN notary.ledger_pending AS p USING (entry_id)
              LEFT JOIN notary.ledger_entry AS e USING (entry_id)
             WHERE (p.record IS NULL) = (e.record IS NULL)
                OR coalesce(p.record, e.record) <> b.record
            """
        )
        ends = await tx.fetchrow(
            "SELECT count(*) AS count, coalesce(max(idx) + 1, 0) AS size FROM notary.ledger_entry"
        )
        head = await tx.fetchval("SELECT size FROM notary.ledger_head")
    records = [
        record
        for bundle in bundles
        for record in tiles.decode_bundle(read[bundle.path] or b"", bundle.width)
    ]
    leaves = merkle.leaf_hashes(records)

    assert read == dict(tiles.build(records))
    for row in notes:
        checkpoint = note.open_checkpoint(note.parse(row["note"]), signer.key.verifier)
        assert (checkpoint.size, checkpoint.root) == (row["size"], row["root"])
        assert checkpoint.root == merkle.root(leaves[: checkpoint.size])
    assert lost == 0
    assert ends is not None
    assert ends["count"] == ends["size"] == head
    return records
