"""What a duty client goes by, and how it speaks to the hall: over any `send`, without HTTP.

A bidder's client that opens its own bid clears the box in the same way (`clear_box`).

Source: `sealing.md` 6a and 8.3.
"""

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bidding.clients import gate
from bidding.clients.gate import Cleared, Dossier
from bidding.clients.logbook import Logbook
from bidding.clients.offer import Check, Withheld
from bidding.sealed.objects import Holder
from bidding.sealed.statements import LIST_LIMIT
from bidding.types import Box
from notary.authority import Authorities
from notary.canonical import Json, dumps, loads, sha256_hex
from notary.clock import MachineClock
from notary.entropy import Entropy
from notary.note import BadNote, Checkpoint, decode_base64
from notary.policy import Policy as LogPolicy
from notary.shape import read

_KEY_DIGITS = 32


class Refused(Exception):  # noqa: N818 - an answer, not an error of the program
    """The hall said no, by the rule of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Silent(Exception):  # noqa: N818 - named after what is wrong
    """The hall does not answer; whether an act was done, the same key finds out."""


class Send(Protocol):
    """Sends to the hall, below `/api/v1`, signed. Raises Refused, Silent."""

    def __call__(
        self, method: str, path: str, body: Json = None, *, key: str | None = None
    ) -> Awaitable[Json]:
        """Send; `key`: the Idempotency-Key of an act."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who releases: the holder with its duty certificate, its member, its root of this year."""

    holder: Holder
    member: str
    duty: Literal["attended", "armed"]
    root: bytes = field(repr=False)
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a client judges by: its own policy of the log, authorities and clock, never the hall's.

    The policy's first log is that of the hall it serves.
    """

    log: LogPolicy
    authorities: Authorities
    clock: MachineClock

    @property
    def origin(self) -> str:
        """The origin of the hall."""
        return self.log.logs[0].name


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """All that a duty client is made of.

    `permit` returns once the body allows a release of this box: an armed day has come, or somebody
    has pressed. `pause`: asyncio.sleep.
    """

    identity: Identity
    send: Send
    grounds: Grounds
    logbook: Logbook
    entropy: Entropy
    permit: Callable[[Box], Awaitable[None]]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    refusals: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Consistency:
    proof: tuple[str, ...]


async def act(duty: Duty, path: str, body: dict[str, Json]) -> Json:
    """Do an act whose outcome is one, however often this client is killed on the way to it.

    Its Idempotency-Key follows from what is asked. A refusal is an outcome too: the next try has
    the next key. Raises Refused, Silent.
    """
    asked = sha256_hex(path.encode() + dumps(body))
    key = sha256_hex(f"{asked}/{duty.refusals[asked]}".encode())[:_KEY_DIGITS]
    try:
        return await duty.send("POST", path, body, key=key)
    except Refused:
        duty.refusals[asked] += 1
        raise


def enveloped(text: bytes, p7s: bytes) -> dict[str, Json]:
    """Return a signed object as the API takes it."""
    signed = loads(text, limit=LIST_LIMIT)
    return {"object": signed, "p7s": base64.b64encode(p7s).decode("ascii")}


async def fetch_dossier(send: Send, box: Box) -> Dossier:
    """Return what the hall shows of a box whose shares are asked for."""
    return read(Dossier, await send("GET", f"/boxes/{box.tender}/{box.lot}/{box.stage}/dossier"))


async def clear_box(send: Send, box: Box, grounds: Grounds, seen: Checkpoint | None) -> Cleared:
    """Clear a box by every check of `sealing.md` 8.3, consistency included, or raise Withheld.

    `seen`: the last checkpoint that this client saw.
    """
    dossier = await fetch_dossier(send, box)
    now = grounds.clock()
    cleared = await asyncio.to_thread(
        gate.clear, dossier, box, grounds.log, grounds.authorities, now
    )
    newest = cleared.checkpoint.size
    sizes = {*cleared.checkpoints, *([] if seen is None else [seen.size])}
    proofs = {
        old: await _consistency(send, old, newest) for old in sorted(sizes) if 0 < old < newest
    }
    gate.require_consistent(cleared, seen, proofs)
    return cleared


async def _consistency(send: Send, old: int, new: int) -> list[bytes]:
    given = read(_Consistency, await send("GET", f"/log/consistency?old={old}&new={new}"))
    try:
        return [decode_base64(digest) for digest in given.proof]
    except BadNote as error:
        raise Withheld(Check.CONSISTENCY, str(error)) from error
