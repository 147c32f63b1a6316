"""The duty client of an agency: it keeps secret limits, and opens them when they are due.

A limit is drawn up with its salt when the notice is drafted, and only its commitment leaves the
machine. The client opens it once the hall asks, by the notice that its purchaser has signed and by
its own clock: never before the deadline, whatever the hall says.

Source: `sealing.md` 3, limits; 6a.4.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import structlog

from bidding import ranking
from bidding.clients.duty import Grounds, Refused, Send, Silent
from bidding.clients.offer import Check, Offer, SealedTo, Withheld, offer_of
from bidding.sealed.objects import Secret
from bidding.types import Box
from notary.canonical import Json, dumps, sha256_hex
from notary.entropy import Entropy
from notary.shape import Amount, BadShape, Fen, Id, Sha256, read
from trading.notice import lot_of
from trading.types import Limit, Stage

WAIT_S = 25
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_KEY_DIGITS = 32

LimitName = Literal["reference", "ceiling", "minimum"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A secret limit on the machine of its agency."""

    v: Literal["hall-limit/v1"] = "hall-limit/v1"
    name: LimitName
    fen: Amount
    salt: Secret

    @property
    def limit(self) -> Limit:
        """What a notice says of it."""
        commit = ranking.limit_commitment(self.name, self.salt, Fen(self.fen))
        return Limit(name=self.name, commit=commit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    tender: Id
    lot: Id
    stage: Stage
    name: LimitName
    commit: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class _AllWanted:
    limits: tuple[_Wanted, ...]


def draw_up(name: LimitName, fen: Fen, entropy: Entropy) -> Kept:
    """Return a new secret limit with its salt."""
    return Kept(name=name, fen=fen, salt=entropy(32))


async def run(
    send: Send,
    grounds: Grounds,
    kept: Callable[[], Iterable[Kept]],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Open what falls due, until cancelled; `kept`: reads what the machine keeps now."""
    while True:
        try:
            opened = await open_due(send, grounds, kept(), WAIT_S)
            await pause(_PAUSE_S if opened else _LONGEST_PAUSE_S / WAIT_S)
        except (Withheld, Refused, Silent, BadShape) as error:
            log.warning("limits.waited", why=str(error))
            await pause(_LONGEST_PAUSE_S / 4)


async def open_due(send: Send, grounds: Grounds, kept: Iterable[Kept], wait: int = 0) -> list[str]:
    """Open every kept limit that the hall asks for; return their commitments.

    Raises Withheld where the notice or this clock says that it is too early, Refused, Silent.
    """
    asked = read(_AllWanted, await send("GET", f"/agency/limits?wait={wait}"))
    known = {one.limit.commit: one for one in kept}
    opened = []
    for wanted in asked.limits:
        if wanted.commit in known:
            await _require_due(send, grounds, wanted)
            await _open(send, wanted, known[wanted.commit])
            opened.append(wanted.commit)
    return opened


async def _require_due(send: Send, grounds: Grounds, wanted: _Wanted) -> None:
    """Refuse what no signed notice binds, or what the notice's own times do not let out yet."""
    box = Box(origin=grounds.origin, tender=wanted.tender, lot=wanted.lot, stage=wanted.stage)
    shown = read(SealedTo, await send("GET", f"/boxes/{box.tender}/{box.lot}/{box.stage}"))
    offer = await asyncio.to_thread(offer_of, shown, box, grounds.authorities, None)
    _require_bound(offer, wanted)
    due = offer.terms.parts_by if offer.terms.after is None else offer.terms.open_at
    if grounds.clock() < due:
        raise Withheld(Check.CLOCK, f"not before {due:%Y-%m-%dT%H:%M:%SZ}")


def _require_bound(offer: Offer, wanted: _Wanted) -> None:
    lot = lot_of(offer.newest.notice, wanted.lot)
    bound = () if lot is None else lot.limits
    if Limit(name=wanted.name, commit=wanted.commit) not in bound:
        raise Withheld(Check.NOTICE, f"the notice is bound to no such {wanted.name}")


async def _open(send: Send, wanted: _Wanted, kept: Kept) -> None:
    body: dict[str, Json] = {
        "name": kept.name,
        "fen": str(kept.fen),
        "salt": kept.salt.hex(),
    }
    path = f"/tenders/{wanted.tender}/lots/{wanted.lot}/limits"
    key = sha256_hex(path.encode() + dumps(body))[:_KEY_DIGITS]
    await send("POST", path, body, key=key)
    log.info("limits.opened", tender=wanted.tender, lot=wanted.lot, name=wanted.name)
