"""Parts of sealed bids in the vault: which of them nobody needs any more, and their end.

Row and file go in one transaction whose row lock makes an upload of the same bytes wait.
"""

from datetime import timedelta

from bidding.store import envelopes
from notary.hall import Hall
from notary.vault import Vault
from sql.database import Database

UNNAMED_KEPT = timedelta(days=7)
"""How long a part waits for the envelope that names it (sealing.md 7.1)."""

NAMED_KEPT = timedelta(hours=1)
"""How long one that was named before waits, sent again for another envelope of its bidder."""


async def sweep(database: Database, hall: Hall, vault: Vault) -> int:
    """Delete parts that no envelope can need any more; return how many.

    A withdrawn or replaced bid's are deleted with the act; here what an act that died left behind,
    and what was sent and never named for `UNNAMED_KEPT`. Source: sealing.md 7.1 and 7.4.
    """
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        dead = await envelopes.dead_parts(
            tx, named_before=now - NAMED_KEPT, unnamed_before=now - UNNAMED_KEPT
        )
    return sum([await _drop(database, vault, sha256) for sha256 in dead])


async def drop_parts(database: Database, vault: Vault, envelope_id: str) -> None:
    """Delete the parts of a withdrawn or superseded envelope that no live one names."""
    async with database.transaction() as tx:
        parts = await envelopes.parts_of(tx, envelope_id)
    for part in parts:
        await _drop(database, vault, part.sha256)


async def _drop(database: Database, vault: Vault, sha256: str) -> bool:
    async with database.transaction() as tx:
        dead = await envelopes.delete_part(tx, sha256)
        if dead:
            await vault.delete(sha256)
    return dead
