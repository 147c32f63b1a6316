"""How a log begins, and how a hall finds its log again: key, signer state and database, together.

A new log is begun only where all three are absent; a new log has a new origin, always. Each step of
the beginning is durable before the next, so a crash between any two is completed or discarded at
the next start. Whatever else is missing is a fault that names it: an operator who has lost
something must hear so before anything is signed.

Source: ledger.md 5.3.
"""

from pathlib import Path

from notary import durable, ledger, merkle, published, shape
from notary.entropy import Entropy
from notary.hall import Hall
from notary.note import Checkpoint
from notary.sequencer import Head, highest_entry, integrate, proof_for_signer, read_head
from notary.signer import (
    SEED_BYTES,
    FailPoint,
    LogFault,
    LogKey,
    Signer,
    goes_on,
    read_key,
    require_extension,
    unsigned,
)
from notary.tiles import Edge
from sql.database import Database, Tx

KIND = "ledger.inception.v1"

_ORIGIN_BYTES = 4  # 8 hex digits (ledger.md 4)


async def settle_key(
    folder: Path,
    database: Database,
    *,
    host: str,
    demo: bool,
    entropy: Entropy,
    fail_point: FailPoint = goes_on,
) -> LogKey:
    """Return the key of the log in `folder`; make one where home and database are empty.

    `host`: host[:port] of the web origin; `host` and `demo` count only when a key is made. Raises
    LogFault where something is missing.
    """
    key, new, state = folder / "key", folder / "key.new", folder / "state"
    async with database.transaction() as tx:
        vkey = await _begun_with(tx)
    match key.exists(), new.exists(), state.exists(), vkey:
        case False, _, False, None:
            made = LogKey(
                origin=f"{host}/log/{entropy(_ORIGIN_BYTES).hex()}",
                seed=entropy(SEED_BYTES),
                demo=demo,
            )
            durable.replace(new, shape.dump(made))  # an older one never had a log
            fail_point("inception.key-written")
            return made
        case False, True, False, str():
            return _of_this_log(read_key(new), vkey, new)
        case True, False, _, str():
            return _of_this_log(read_key(key), vkey, key)
        case True, True, _, _:
            raise LogFault(f"{key} and {new} are both there: one belongs to another hall")
        case True, False, _, None:
            raise LogFault(f"{key} is there, but the database has no ledger: is it the right one?")
        case False, _, True, None:
            raise LogFault(f"{state} is there, but neither {key} nor a ledger in the database")
        case _:
            raise LogFault(f"the database holds the ledger of {vkey}, but {key} is missing")


async def settle_log(
    folder: Path, database: Database, hall: Hall, key: LogKey, fail_point: FailPoint = goes_on
) -> Signer:
    """Begin the log of `key`, or complete what a crash left, and return its signer.

    Raises LogFault where database and signer state do not tell one history.
    """
    async with database.transaction() as tx:
        begun = await _begun_with(tx) is not None
    if not begun:
        async with database.transaction() as tx:
            await _begin(tx, hall, key)
        fail_point("inception.committed")
    if not (folder / "key").exists():
        durable.rename(folder / "key.new", folder / "key")
        fail_point("inception.key-renamed")
    signer = Signer(folder, key, fail_point)
    async with database.transaction() as tx:
        await _settle_state(tx, folder, key)
        await _require_one_history(tx, signer)
    return signer


async def _begun_with(tx: Tx) -> str | None:
    """Return the vkey that the inception names, None where the database has no ledger."""
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM notary.ledger_head)"):
        return None
    first = await ledger.entry_at(tx, 0)
    if first is None or first.kind != KIND:
        raise LogFault("the ledger in the database has no inception")
    return str(first.fields["vkey"])


def _of_this_log(key: LogKey, vkey: str, path: Path) -> LogKey:
    if key.verifier.vkey != vkey:
        raise LogFault(
            f"the database holds the ledger of {vkey}, but {path} is the key of {key.verifier.vkey}"
        )
    return key


async def _begin(tx: Tx, hall: Hall, key: LogKey) -> None:
    """Write head and inception; the entry takes index 0 in the same commit."""
    await tx.execute(
        """
        INSERT INTO notary.ledger_head (size, root, epoch)
        VALUES (0, $1, 0)
        """,
        merkle.EMPTY_ROOT,
    )
    await ledger.append(
        tx,
        hall,
        KIND,
        subject=hall.origin,
        actor="hall",
        at=await hall.clock(tx),
        fields={"vkey": key.verifier.vkey},
    )
    await integrate(tx, Head(size=0, root=merkle.EMPTY_ROOT, epoch=0), Edge())


async def _settle_state(tx: Tx, folder: Path, key: LogKey) -> None:
    """Make the signer state of a log that was never signed; a missing one of another is a fault."""
    path = folder / "state"
    if path.exists():
        return
    if await published.newest(tx) is not None:
        raise LogFault(
            f"{path} is missing, but checkpoints of this log were signed: losing it is a key"
            " ceremony, not a restart"
        )
    durable.replace(path, shape.dump(unsigned(key.origin)))


async def _require_one_history(tx: Tx, signer: Signer) -> None:
    """Raise LogFault unless the database extends what this home has signed and seen."""
    # In this order: where the hall runs beside us, each is at least as new as the one before it.
    newest = await published.newest(tx)
    state = signer.state()
    head = await read_head(tx)
    if newest is not None and newest.size > state.size:
        raise LogFault(
            f"a checkpoint of {newest.size} entries is public, but the signer state knows only"
            f" {state.size}: it is older than the log"
        )
    checkpoint = Checkpoint(state.origin, head.size, head.root)
    require_extension(state, checkpoint, await proof_for_signer(tx, state, head))
    highest = await highest_entry(tx)
    if highest < state.entry_id:
        raise LogFault(
            f"the database has held entry {state.entry_id}, but now ends at {highest}: it is older"
            " than the signer state, and held entries may be lost"
        )
