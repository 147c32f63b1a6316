"""A `bid.seal` as a form brings it: its manifest is taken first and says who, then its parts.

Nothing of it is kept in memory but manifest and signature, however large it is: every part goes to
the vault while it arrives. A part that is here already is passed over.

Source: `bid-seal/v1` section 7; `web.md` 7.5.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from bidding import service
from bidding.sealed import seal
from bidding.sealed.objects import Core
from notary import canonical
from notary.hall import Hall
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.vault import Vault, VaultAway
from sql.database import Database, repeat_if_asked
from web.unpacking import NotASealedBid, Tar

SIGNATURE_MOST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A bid that was accepted. `answer`: of `bidding.service.submit`; `completed`: its receipt.

    `missing`: hashes of parts that the hall still has not got; `refused`: why, where a part was.
    """

    core: Core
    answer: Answer
    completed: Answer | None
    missing: tuple[str, ...]
    refused: Refusal | None


async def receive(
    database: Database, hall: Hall, vault: Vault, once: Once, chunks: AsyncIterator[bytes]
) -> Received:
    """Take a sealed bid out of the bytes of its file. Raises NotASealedBid and what `submit` does.

    From there on the manifest is in: what goes wrong with a part is said and costs no receipt. So
    does a store that is away.
    """
    tar = Tar(chunks)
    sealed = await tar.small("seal.json", canonical.LIMIT)
    p7s = await tar.small("seal.p7s", SIGNATURE_MOST)
    answer = await repeat_if_asked(
        partial(service.submit, database, hall, vault, once, sealed, p7s)
    )
    core = seal.read_manifest(sealed).core
    missing = [str(sha256) for sha256 in _texts(answer["missing"])]
    completed, refused = answer["completed"], None
    try:
        for part in core.parts if missing else ():
            member = await tar.next()
            if member is None or member.name != f"p{part.n:04}.age":
                raise NotASealedBid(why=f"no part {part.n} where it should be")
            if part.sha256 in missing:
                kept = await service.upload(database, hall, vault, None, part.sha256, tar.content())
                missing.remove(part.sha256)
                completed = _own(kept, str(answer["envelope"])) or completed
    except Refusal as refusal:
        refused = refusal
    except VaultAway:
        pass  # the bid is in time, and its receipt says so; the part comes when the store is back
    return Received(
        core=core,
        answer=answer,
        completed=completed if isinstance(completed, dict) else None,
        missing=tuple(missing),
        refused=refused,
    )


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _own(kept: Answer, envelope: str) -> Answer | None:
    """Return the receipt of this envelope, if the part that was taken has made it complete."""
    for one in _texts(kept["completed"]):
        if isinstance(one, dict) and one["envelope"] == envelope:
            return {name: one[name] for name in ("receipt", "receipt_p7s")}
    return None
