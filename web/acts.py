"""A tender's acts over the public interface, as its agency, purchaser and bidders do them.

Shared by whatever plays a whole tender (`web.demo`, `web.replay`): every request is one that
anybody with the same key could send. Waiting is asking again: keys come from the trustees' own
clients, a verdict from the clerk, a place in the log from the sequencer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from bidding.clients.duty import enveloped
from bidding.clients.sealing import SealedBid
from bidding.sealed.statements import AWARD_LIMIT, Award
from notary.canonical import Json, sha256_hex
from notary.shape import load
from web.client import Client, Refused

Step = Literal["candidates", "awards"]

NOT_YET = frozenset({"policy.keys_missing", "award.not_opened", "award.pending"})
"""Refusals of what others are still about to do."""

_AGAIN_S = 0.25

T = TypeVar("T")


class NothingCame(Exception):  # noqa: N818 - named after what is wrong
    """What was waited for did not come in time; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why an opened bid is rejected."""

    ground: str
    article: str
    reason: str


async def patiently(
    ask: Callable[[], Awaitable[T]],
    what: str,
    *,
    patience_s: float,
    not_yet: frozenset[str] = NOT_YET,
) -> T:
    """Ask until the answer is no refusal of `not_yet`. Raises NothingCame."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + patience_s
    while True:
        try:
            return await ask()
        except Refused as refused:
            if refused.code not in not_yet:
                raise
            if loop.time() > give_up:
                raise NothingCame(f"{what}: {refused}") from refused
        await asyncio.sleep(_AGAIN_S)


async def put_document(agency: Client, content: bytes) -> str:
    """Put the bytes of a document and return their SHA-256."""
    digest = sha256_hex(content)
    await agency.send("PUT", f"/documents/{digest}", content)
    return digest


async def publish(purchaser: Client, tender: str, *, patience_s: float) -> None:
    """Sign the notice of a draft, once all keys are there, and so publish it."""
    path = f"/tenders/{tender}"
    drafted = await patiently(
        lambda: purchaser.send("GET", f"{path}/draft-notice"),
        f"keys of the trustees for {tender}",
        patience_s=patience_s,
    )
    await purchaser.send("POST", f"{path}/notices", _signed(purchaser, _text(drafted)))


async def submit(hall: Client, bid: SealedBid, p7s: bytes) -> None:
    """Send the part of a bid without files, then the signed bid. `hall`: with a bidder's key."""
    await hall.send("PUT", f"/parts/{sha256_hex(bid.part_0)}", bid.part_0)
    await hall.send("POST", "/envelopes", enveloped(bid.seal, p7s))


async def reject(agency: Client, lot: str, envelope: str, rejection: Rejection) -> None:
    """Reject an opened bid; `lot`: its path, `/tenders/…/lots/…`."""
    body: dict[str, Json] = {
        "envelope": envelope,
        "ground": rejection.ground,
        "article": rejection.article,
        "reason": rejection.reason,
    }
    await agency.send("POST", f"{lot}/rejections", body)


async def reckon(agency: Client, lot: str, *, patience_s: float) -> tuple[bytes, Award]:
    """Return the award that follows now, as the text to sign and as what it says."""
    drafted = await patiently(
        lambda: agency.send("GET", f"{lot}/award-draft"), lot, patience_s=patience_s
    )
    text = _text(drafted)
    return text, load(Award, text, limit=AWARD_LIMIT)


async def sign_step(agency: Client, lot: str, step: Step, text: bytes) -> None:
    """Sign the reckoned award and post it: as candidates, or as the award."""
    await agency.send("POST", f"{lot}/{step}", _signed(agency, text))


def _signed(client: Client, text: bytes) -> dict[str, Json]:
    return enveloped(text, client.sign(text))


def _text(answer: Json) -> bytes:
    """Return the exact text to sign of an answer that holds one."""
    if not isinstance(answer, dict):
        raise TypeError("the hall's answer holds no text to sign")
    return str(answer["json"]).encode()
