"""Parts of sealed bids in the vault: which of them nobody needs any more, and their end.

Row and file go in one transaction whose row lock makes an upload of the same bytes wait. And who
may send one at all.
"""

from collections.abc import Collection
from datetime import timedelta

from bidding.facts import BoxFacts
from bidding.store import envelopes
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.refusal import Refusal
from notary.vault import Vault
from sql.database import Database

UNNAMED_KEPT = timedelta(days=7)
"""How long a part waits for the envelope that names it (sealing.md 7.1)."""

NAMED_KEPT = timedelta(hours=1)
"""How long one that was named before waits, sent again for another envelope of its bidder."""

LISTED_KEPT = timedelta(days=365)
"""How long after the last instant for shares nobody, not even whoever runs the store, can delete a
part of a listed bid. The hall's own number: longer than objection, complaint and suit take."""


class PartUnnamed(Refusal):
    """Who is no bidder that the hall knows sends only what an accepted bid names.

    Source: `bid-seal/v1` section 7.1.
    """

    code = "part.unnamed"


async def require_sender(database: Database, actor: Actor | None, parts: Collection[str]) -> None:
    """Let a bidder send any part, and everybody else what an accepted manifest names.

    So nobody fills the vault with what no bid will ever be. `actor`: by log-in or signature.
    """
    if actor is not None and Role.BIDDER in actor.roles:
        return
    async with database.statement() as tx:
        named = await envelopes.named(tx, parts)
    if not named.issuperset(parts):
        raise PartUnnamed


async def keep_listed(database: Database, vault: Vault, box: BoxFacts) -> None:
    """Bind the store to keep the parts of every bid that counts (sealing.md 7.4).

    Before the closing list names them, and after the deadline, when none can be withdrawn any more.
    """
    until = box.owner_by + LISTED_KEPT
    async with database.transaction() as tx:
        counted = await envelopes.counted(tx, box.key)
        named = [await envelopes.parts_of(tx, one.envelope_id) for one in counted]
    for sha256 in dict.fromkeys(part.sha256 for parts in named for part in parts):
        await vault.keep(sha256, until)


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


async def drop_tender(database: Database, vault: Vault, tender: str) -> None:
    """Delete the parts of all bids of a tender that has ended unopened: nobody ever reads them."""
    async with database.transaction() as tx:
        parts = await envelopes.parts_of_tender(tx, tender)
    for part in parts:
        await _drop(database, vault, part)


async def _drop(database: Database, vault: Vault, sha256: str) -> bool:
    async with database.transaction() as tx:
        dead = await envelopes.delete_part(tx, sha256)
        if dead:
            await vault.delete(sha256)
    return dead
