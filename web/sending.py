"""How a sealed part gets to the vault: where the hall says, to an S3 store or to the hall itself.

Source: `runtime.md` 2; `web.md` 7.
"""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs

from notary.canonical import Json
from notary.shape import Base64, Count, Sha256, read
from web.client import Client
from web.terminal import Refusing


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What the hall answers to an announced part; None: the part goes to the hall itself."""

    transfer: str | None
    url: str | None
    headers: dict[str, str]
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The hall's receipt for an envelope whose last part has come."""

    envelope: Sha256
    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the hall answers to a part that it has taken. `completed`: whose last one it was."""

    sha256: Sha256
    size: Count
    completed: tuple[Completed, ...]


async def send_part(hall: Client, sha256: str, content: bytes) -> Kept:
    """Announce a part, send it the way that the hall says, and commit it. May be repeated.

    Raises Refused, Unreachable, and Refusing where the store does not take it.
    """
    asked: dict[str, Json] = {"sha256": sha256, "size": len(content)}
    way = read(Way, await hall.send("POST", "/transfers", asked))
    if way.transfer is None or way.url is None:
        return read(Kept, await hall.send("PUT", f"/parts/{sha256}", content))
    status = await hall.carry(way.url, {**way.headers, hdrs.IF_NONE_MATCH: "*"}, content)
    # 412: an earlier try arrived and its answer was lost; the commit looks at what is there.
    if status not in {HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED}:
        raise Refusing(f"the store of the hall does not take the part: {status}")
    return read(Kept, await hall.send("POST", f"/transfers/{way.transfer}/commit"))
