"""How a sealed bid is handed in: its parts first, or its manifest first, and what is kept of it.

The manifest is what has to be in time. So it goes to the hall also where its parts do not, and its
receipt is on the disk before any part follows.

Source: `sealing.md` 7.2 and 7.5.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from bidding.clients.duty import enveloped
from bidding.clients.sealing import BidFile
from bidding.sealed.objects import Envelope
from notary import durable
from notary.shape import Base64, Moment, Sha256, read
from web.client import Client, Refused, Unreachable
from web.sending import send_part
from web.terminal import Refusing

Told = Callable[[int], None]
"""Hears of bytes that went up."""

MANIFEST_SECONDS = 60.0
"""For manifest and signature, which are short: a hall that takes longer does not answer."""

_FAILURES = (Refused, Refusing, Unreachable)
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the hall answered to a submission or a withdrawal."""

    envelope: Envelope
    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipted:
    """A receipt and its signature, as the hall answers for a last part, and a second channel."""

    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken(Receipt):
    complete: bool
    missing: tuple[Sha256, ...]
    parts_by: Moment
    provisional: bool
    completed: Receipted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Receipt):
    """A bid that is whole with the hall. `completed`: the receipt of a last part that followed.

    `provisional`: it came while an outage was not judged yet. `saved`: the receipts, beside it.
    """

    completed: Receipt | None
    provisional: bool
    saved: tuple[Path, ...]


class InTime(Exception):  # noqa: N818 - named after how the bid stands
    """The hall has a bid and has signed for it, and lacks parts of it: they may follow.

    `missing`: how many. `saved`: where the receipt is. `__cause__` says why they did not come.
    `ended`: what the hall says of a bid that was withdrawn or replaced, or whose parts are too late
    by now: none follows any more.
    """

    def __init__(
        self, taken: _Taken, missing: int, saved: list[Path], ended: Refused | None
    ) -> None:
        super().__init__(f"in time; {missing} parts are missing until {taken.parts_by}")
        self.missing = missing
        self.parts_by = taken.parts_by
        self.provisional = taken.provisional
        self.saved = saved
        self.ended = ended


async def submit(hall: Client, bid: BidFile, tell: Told = lambda _bytes: None) -> Submission:
    """Send the parts, then manifest and signature; return the receipt. `hall`: with a bidder's key.

    Parts that went up in an earlier try are passed over, and sent again where the hall has lost
    them. Sending the same bid again gives its first receipt. Whatever becomes of a part, manifest
    and signature go all the same: without them nothing is in time, and a refusal of a part judges
    its way, not the bid. Raises as `submit_first` does.
    """
    sent = bid.path.with_name(bid.path.name + ".sent")
    with suppress(*_FAILURES):
        await _send_parts(hall, bid, sent, tell)
    submission = await _hand_in(hall, bid, lambda _bytes: None)
    sent.unlink(missing_ok=True)
    return submission


async def submit_first(hall: Client, bid: BidFile, tell: Told = lambda _bytes: None) -> Submission:
    """Send manifest and signature, then the parts: what is received before the deadline is in time.

    The parts may follow as long as the notice says, and the last one makes it a bid. Raises Refused
    and Unreachable of manifest and signature, InTime once the hall has signed for them.
    """
    return await _hand_in(hall, bid, tell)


async def _hand_in(hall: Client, bid: BidFile, tell: Told) -> Submission:
    taken = await _offer(hall, bid)
    saved = save_receipt(taken, bid.path)
    left = list(taken.missing)
    try:
        completed = (
            _completion(taken) if taken.complete else await _send_missing(hall, bid, left, tell)
        )
    except _FAILURES as failure:
        ended = await _ended(hall, bid) if _is_answer(failure) else None
        raise InTime(taken, len(left), saved, ended) from failure
    if completed is not None:
        saved += save_receipt(completed, bid.path, "completed")
    return Submission(
        envelope=taken.envelope,
        receipt=taken.receipt,
        receipt_p7s=taken.receipt_p7s,
        completed=completed,
        provisional=taken.provisional,
        saved=tuple(saved),
    )


async def _offer(hall: Client, bid: BidFile) -> _Taken:
    """Hand manifest and signature in; return what the hall says of them."""
    try:
        async with asyncio.timeout(MANIFEST_SECONDS):
            answer = await hall.send("POST", "/envelopes", enveloped(bid.seal, bid.p7s))
    except TimeoutError as error:
        raise Unreachable(f"{hall.origin} does not answer") from error
    return read(_Taken, answer)


async def _send_missing(hall: Client, bid: BidFile, left: list[str], tell: Told) -> Receipt | None:
    """Send the parts that are `left`, and take each out of it; return the receipt of the last."""
    for part, content in zip(bid.manifest.core.parts, bid.parts(), strict=True):
        if part.sha256 in left:
            await send_part(hall, part.sha256, content)
            left.remove(part.sha256)
        tell(part.size)
    taken = await _offer(hall, bid)  # the same again: it says how it stands
    left[:] = taken.missing
    if not taken.complete:
        raise Unreachable(f"{hall.origin} has not found all parts yet")
    return _completion(taken)


async def _ended(hall: Client, bid: BidFile) -> Refused | None:
    """Return what the hall says of a bid that takes no part any more, None where one may follow."""
    try:
        await _offer(hall, bid)
    except Refused as refusal:
        return refusal if _is_answer(refusal) else None
    except Unreachable:
        return None
    return None


def _completion(taken: _Taken) -> Receipt | None:
    """Return the receipt of a last part that followed, None where none did."""
    if taken.completed is None:
        return None
    return Receipt(
        envelope=taken.envelope,
        receipt=taken.completed.receipt,
        receipt_p7s=taken.completed.receipt_p7s,
    )


async def _send_parts(hall: Client, bid: BidFile, sent: Path, tell: Told) -> None:
    known = _known(sent)
    for part, content in zip(bid.manifest.core.parts, bid.parts(), strict=True):
        if part.sha256 not in known:
            await send_part(hall, part.sha256, content)
            known.append(part.sha256)
            durable.replace(sent, "\n".join(known).encode())
        tell(part.size)


def _is_answer(failure: Exception) -> bool:
    """Tell whether the hall has judged what it got; else it is busy, or something is away."""
    if not isinstance(failure, Refused):
        return False
    return failure.status < HTTPStatus.INTERNAL_SERVER_ERROR and failure.status not in _BUSY


def _known(sent: Path) -> list[str]:
    """Return the hashes of the parts that an earlier try has sent."""
    return sent.read_text().split() if sent.exists() else []


def save_receipt(receipt: Receipt, beside: Path, word: str = "receipt") -> list[Path]:
    """Write a receipt and its signature beside a file; return both paths."""
    told = [
        (beside.with_name(f"{beside.stem}.{word}.json"), receipt.receipt.encode()),
        (beside.with_name(f"{beside.stem}.{word}.p7s"), receipt.receipt_p7s),
    ]
    for path, content in told:
        durable.replace(path, content, mode=0o644)
    return [path for path, _ in told]
