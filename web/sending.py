"""How a sealed part gets to the vault: where the hall says, to an S3 store or to the hall itself.

Source: `runtime.md` 2; `web.md` 7.
"""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs

from notary.canonical import Json
from notary.shape import read
from web.client import Client
from web.terminal import Refusing


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What the hall answers to an announced part; None: the part goes to the hall itself."""

    transfer: str | None
    url: str | None
    headers: dict[str, str]
    until: str | None


async def send_part(hall: Client, sha256: str, content: bytes) -> None:
    """Announce a part, send it the way that the hall says, and commit it. May be repeated.

    Raises Refused, Unreachable, and Refusing where the store does not take it.
    """
    asked: dict[str, Json] = {"sha256": sha256, "size": len(content)}
    way = read(Way, await hall.send("POST", "/transfers", asked))
    if way.transfer is None or way.url is None:
        await hall.send("PUT", f"/parts/{sha256}", content)
        return
    status = await hall.carry(way.url, {**way.headers, hdrs.IF_NONE_MATCH: "*"}, content)
    # 412: an earlier try arrived and its answer was lost; the commit looks at what is there.
    if status not in {HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED}:
        raise Refusing(f"the store of the hall does not take the part: {status}")
    await hall.send("POST", f"/transfers/{way.transfer}/commit")
