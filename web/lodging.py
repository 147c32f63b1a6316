"""Where the hall does not answer: manifest and signature go to its second channels.

Each that takes them signs a receipt, and the whole attempt is kept as a file beside the bid, of the
same form as the page that seals keeps.

Source: `sealing.md` 7.3; web.md 7.4.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp
from yarl import URL

from bidding.clients.duty import enveloped
from bidding.clients.sealing import BidFile
from notary import canonical, channels, durable, shape
from notary.canonical import Json, sha256_hex
from notary.channels import Channel
from notary.clock import MachineClock
from notary.shape import Base64, Moment
from trading import notice as notices
from web.lodge import PATH
from web.submitting import Receipted

WAIT = aiohttp.ClientTimeout(total=10)
"""Seconds without an answer are none (`draw.md` 6.4 says the same of its acts)."""

_LIMIT = 64 * 1024 * 1024
_CREATED = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What was asked in vain, when, and what came back."""

    address: str
    at: Moment
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A channel that took the bid, and its receipt. `named`: whether the notice names it."""

    address: str
    name: str
    at: Moment
    named: bool
    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """All that was tried for one bid."""

    v: Literal["hall-attempt/v1"] = "hall-attempt/v1"
    seal: str
    p7s: Base64
    tries: tuple[Try, ...]
    lodged: tuple[Taker, ...]


def notice_beside(bid: Path) -> Path:
    """Return where the notice that a bid was sealed to is kept."""
    return bid.with_name(f"{bid.stem}.notice.json")


def named_beside(bid: BidFile) -> tuple[Channel, ...]:
    """Return the channels of the notice that lies beside a bid, if it is the one it names."""
    path = notice_beside(bid.path)
    text = path.read_bytes() if path.exists() else b""
    if sha256_hex(text) != bid.manifest.core.notice_sha256:
        return ()
    return notices.parse(text).channels


async def lodge(
    bid: BidFile,
    silence: Try,
    named: Iterable[Channel],
    origins: Iterable[str],
    clock: MachineClock,
) -> Attempt:
    """Hand manifest and signature to every channel at once; return what each of them did."""
    pinned = {str(URL(one.url).origin()): one.cert_sha256 for one in named}
    asked = {**dict.fromkeys(origins), **pinned}
    async with aiohttp.ClientSession(timeout=WAIT, cookie_jar=aiohttp.DummyCookieJar()) as http:
        done = await asyncio.gather(
            *(_ask(http, f"{origin}{PATH}", bid, pin, clock) for origin, pin in asked.items())
        )
    return Attempt(
        seal=bid.seal.decode(),
        p7s=bid.p7s,
        tries=(silence, *(one for one in done if isinstance(one, Try))),
        lodged=tuple(one for one in done if isinstance(one, Taker)),
    )


async def _ask(
    http: aiohttp.ClientSession,
    address: str,
    bid: BidFile,
    pinned: str | None,
    clock: MachineClock,
) -> Taker | Try:
    content = canonical.dumps(enveloped(bid.seal, bid.p7s))
    json = {"Content-Type": "application/json"}
    try:
        async with http.post(address, data=content, headers=json) as answer:
            said = await answer.read()
            if answer.status != _CREATED:
                raise channels.BadReceipt(f"{answer.status}")
        given = shape.load(Receipted, said)
        receipt = given.receipt.encode()
        told = channels.require_lodged(receipt, given.receipt_p7s, bid.seal, bid.p7s, pinned)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Try(address=address, at=clock(), said=f"{type(error).__name__}: {error}")
    return Taker(
        address=address,
        name=told.name,
        at=told.at,
        named=pinned is not None,
        receipt=given.receipt,
        receipt_p7s=given.receipt_p7s,
    )


def save(attempt: Attempt, bid: Path) -> Path:
    """Keep an attempt beside a bid, after those that were made before; return the path."""
    path = bid.with_name(f"{bid.stem}.attempt.json")
    before = canonical.loads(path.read_bytes(), limit=_LIMIT) if path.exists() else []
    kept: Json = [*(before if isinstance(before, list) else [before]), shape.write(attempt)]
    durable.replace(path, canonical.dumps(kept), mode=0o644)
    return path
