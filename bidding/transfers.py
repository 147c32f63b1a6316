"""Parts that go straight from a bidder's machine to the store of the vault, where it is an S3 one.

Announced, sent, committed: the part counts from the commit, once the hall has seen its size, its
digest and its first bytes. Where the vault is a folder, parts come through `bidding.service.upload`
instead; a client asks and does as it is told.

Source: `sealing.md` 7.1; `runtime.md` 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bidding.completing import completed_by
from bidding.parts import require_sender
from bidding.refused import NotEncrypted, PartDiffers, PartMissing, TooLarge
from bidding.service import PART_LIMIT
from bidding.store import envelopes, transfers
from bidding.store.transfers import Transfer
from notary import age
from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor
from notary.instant import seconds
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.vault import BadBlob, MissingBlob, Vault
from sql.database import Database, Tx

COMMIT_WITHIN = timedelta(hours=1)
"""How long after the end of its address a file may still be committed."""

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A part that somebody wants to send; `size` in bytes."""

    sha256: str
    size: int


class TransferUnknown(Refusal):
    """No such transfer was announced, or it is over: the part is announced and sent again.

    Source: sealing.md, section 7.1.
    """

    code = "transfer.unknown"


async def announce(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor | None,
    once: Once,
    wanted: Wanted,
) -> Answer:
    """Say where a part may be sent; `transfer` None: to the hall itself, as ever. May be repeated.

    Raises PartUnnamed, TooLarge.
    """
    sha256, size = wanted.sha256, wanted.size
    await require_sender(database, actor, [sha256])
    if size > PART_LIMIT:
        raise TooLarge(why=f"more than {PART_LIMIT} bytes")
    key = hall.entropy(_KEY_BYTES).hex()
    ticket = vault.invite(key, sha256, size)
    answer: dict[str, Json] = {"transfer": None, "url": None, "headers": {}, "until": None}
    if ticket is not None:
        answer = {
            "transfer": key,
            "url": ticket.url,
            "headers": dict(ticket.headers),
            "until": seconds(ticket.until),
        }
    async with database.transaction() as tx:
        if ticket is not None:
            announced = Transfer(key=key, sha256=sha256, size=size)
            await transfers.insert_transfer(tx, announced, ticket.until)
        await once.keep(tx, answer)
    return answer


async def ways(
    database: Database,
    hall: Hall,
    vault: Vault,
    actor: Actor | None,
    once: Once,
    wanted: Sequence[Wanted],
    api: str,
) -> Answer:
    """Say of each part whether it is here and, where it is not, where it may be sent and how.

    One answer for a store and a folder alike: a PUT with these headers to `url`, and then, where
    there is a `commit`, a POST there. `api`: address of the hall's API.

    Raises PartUnnamed, TooLarge.
    """
    await require_sender(database, actor, {one.sha256 for one in wanted})
    if any(one.size > PART_LIMIT for one in wanted):
        raise TooLarge(why=f"more than {PART_LIMIT} bytes")
    told: list[Json] = []
    async with database.transaction() as tx:
        held = await envelopes.hold_parts(tx, [one.sha256 for one in wanted])
        for one in wanted:
            way: dict[str, Json] = {"url": None, "headers": {}, "commit": None, "until": None}
            if one.sha256 not in held:
                way = await _way(tx, hall, vault, one, api)
            told.append({"sha256": one.sha256, "present": one.sha256 in held, **way})
        answer: Answer = {"parts": told}
        await once.keep(tx, answer)
    return answer


async def _way(tx: Tx, hall: Hall, vault: Vault, wanted: Wanted, api: str) -> dict[str, Json]:
    key = hall.entropy(_KEY_BYTES).hex()
    ticket = vault.invite(key, wanted.sha256, wanted.size)
    if ticket is None:
        return {
            "url": f"{api}/parts/{wanted.sha256}",
            "headers": {"Content-Type": "application/octet-stream"},
            "commit": None,
            "until": None,
        }
    announced = Transfer(key=key, sha256=wanted.sha256, size=wanted.size)
    await transfers.insert_transfer(tx, announced, ticket.until)
    return {
        "url": ticket.url,
        # A second try that finds the first one arrived is told so, and does not write it again.
        "headers": {**ticket.headers, "If-None-Match": "*"},
        "commit": f"{api}/transfers/{key}/commit",
        "until": seconds(ticket.until),
    }


async def present(database: Database, hashes: Sequence[str]) -> Answer:
    """Return which of these parts are here and need not be sent."""
    async with database.transaction() as tx:
        held = await envelopes.hold_parts(tx, hashes)
    return {"present": [one for one in hashes if one in held]}


async def commit(database: Database, hall: Hall, vault: Vault, once: Once, key: str) -> Answer:
    """Take in a part that was sent to the store. It counts from here, by the hall's clock.

    As the last part of an envelope it makes that complete. Raises TransferUnknown, PartMissing,
    PartsLate, and PartDiffers or NotEncrypted with nothing left behind.
    """
    async with database.transaction() as tx:
        announced = await transfers.transfer(tx, key)
    if announced is None:
        raise TransferUnknown
    sha256, size = announced.sha256, announced.size
    try:
        await vault.settle(key, sha256, size, age.check_header, head=age.MAX_HEADER)
    except MissingBlob as error:
        raise PartMissing(why="nothing was sent: send it, then commit") from error
    except BadBlob as error:
        raise PartDiffers(why=str(error)) from error
    except age.BadAge as error:
        raise NotEncrypted(why=str(error)) from error
    answer: dict[str, Json] = {"sha256": sha256, "size": size, "completed": []}
    async with database.transaction() as tx:
        await envelopes.insert_part(tx, sha256, size, await hall.clock(tx))
        # A withdrawal may have deleted the same file a moment ago; its row lock is gone by now.
        if await vault.size(sha256) is None:
            raise PartMissing(why="deleted meanwhile: send it again")
        await transfers.delete_transfer(tx, key)
        await once.keep(tx, answer)
    return {**answer, "completed": await completed_by(database, hall, vault, sha256)}


async def sweep(database: Database, hall: Hall, vault: Vault) -> int:
    """Forget what was announced and never committed, and take away what was sent of it."""
    async with database.transaction() as tx:
        over = await transfers.ended(tx, await hall.clock(tx) - COMMIT_WITHIN)
    for key in over:
        await vault.discard(key)
        async with database.transaction() as tx:
            await transfers.delete_transfer(tx, key)
    return len(over)
