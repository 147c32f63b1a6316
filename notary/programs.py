"""Programs that run in people's own browsers: which of them this hall hands out, by their hash.

Whoever seals a bid in a page runs what the hall gave it. That every version given out stands in the
ledger, before anybody gets it, keeps the hall from giving one person another program unseen.

Source: `sealing.md` 10, row 12; `web.md` 2.
"""

from collections.abc import Mapping

import asyncpg

from notary import ledger
from notary.hall import Hall
from sql.database import Database, Tx

KIND = "ledger.program-published.v1"


async def publish(database: Database, hall: Hall, programs: Mapping[str, str]) -> None:
    """Enter what the hall hands out from now on: SHA-256 by name, each version once and for all."""
    for name, sha256 in programs.items():
        try:
            async with database.transaction() as tx:
                if not await _is_known(tx, name, sha256):
                    await _enter(tx, hall, name, sha256)
        except asyncpg.UniqueViolationError as error:
            # Another process of this hall has started at the same moment: its key, or its instant.
            if error.constraint_name not in {"one_entry_per_key", "one_entry_per_record"}:
                raise


async def index_of(tx: Tx, name: str, sha256: str) -> int | None:
    """Return the number of the entry that names a version, None before it is in the log."""
    found = await ledger.entries_about(tx, _subject(name, sha256))
    return found[0].idx if found else None


async def _is_known(tx: Tx, name: str, sha256: str) -> bool:
    known: bool = await tx.fetchval(
        """
        SELECT EXISTS (
               SELECT 1
                 FROM notary.ledger_body
                WHERE kind = $1
                  AND subject = $2)
        """,
        KIND,
        _subject(name, sha256),
    )
    return known


async def _enter(tx: Tx, hall: Hall, name: str, sha256: str) -> None:
    await ledger.append(
        tx,
        hall,
        KIND,
        subject=_subject(name, sha256),
        actor="hall",
        at=await hall.clock(tx),
        fields={"name": name, "sha256": sha256},
    )


def _subject(name: str, sha256: str) -> str:
    return f"{name}/{sha256}"
