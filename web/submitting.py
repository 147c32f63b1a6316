"""How a sealed bid is handed in: its parts first, or its manifest first, and what is kept of it.

Source: `sealing.md` 7.2 and 7.5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bidding.clients.duty import enveloped
from bidding.clients.sealing import BidFile
from bidding.sealed.objects import Envelope
from notary import durable
from notary.shape import Base64, Moment, Sha256, read
from web.client import Client
from web.sending import send_part
from web.terminal import Refusing

Told = Callable[[int], None]
"""Hears of bytes that went up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the hall answered to a submission or a withdrawal."""

    envelope: Envelope
    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receipted:
    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken(Receipt):
    complete: bool
    missing: tuple[Sha256, ...]
    parts_by: Moment
    provisional: bool
    completed: _Receipted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Receipt):
    """A bid that is whole with the hall. `completed`: the receipt of a last part that followed.

    `provisional`: it came while an outage was not judged yet.
    """

    completed: Receipt | None
    provisional: bool


async def submit(hall: Client, bid: BidFile, tell: Told = lambda _bytes: None) -> Submission:
    """Send the parts, then manifest and signature; return the receipt. `hall`: with a bidder's key.

    Parts that went up in an earlier try are passed over, and sent again where the hall has lost
    them. Sending the same bid again gives its first receipt.
    """
    sent = bid.path.with_name(bid.path.name + ".sent")
    await _send_parts(hall, bid, sent, tell)
    submission = await _hand_in(hall, bid, lambda _bytes: None)
    sent.unlink(missing_ok=True)
    return submission


async def submit_first(hall: Client, bid: BidFile, tell: Told = lambda _bytes: None) -> Submission:
    """Send manifest and signature, then the parts: what is received before the deadline is in time.

    The parts may follow as long as the notice says, and the last one makes it a bid.
    """
    return await _hand_in(hall, bid, tell)


async def _hand_in(hall: Client, bid: BidFile, tell: Told) -> Submission:
    taken = read(_Taken, await hall.send("POST", "/envelopes", enveloped(bid.seal, bid.p7s)))
    receipted = taken.completed
    completed = (
        await _send_missing(hall, bid, taken, tell)
        if receipted is None
        else Receipt(
            envelope=taken.envelope, receipt=receipted.receipt, receipt_p7s=receipted.receipt_p7s
        )
    )
    return Submission(
        envelope=taken.envelope,
        receipt=taken.receipt,
        receipt_p7s=taken.receipt_p7s,
        completed=completed,
        provisional=taken.provisional,
    )


async def _send_missing(hall: Client, bid: BidFile, taken: _Taken, tell: Told) -> Receipt | None:
    """Send the parts that the hall does not have; return the receipt of the last one."""
    completed = None
    for part, content in zip(bid.manifest.core.parts, bid.parts(), strict=True):
        if part.sha256 in taken.missing:
            kept = await send_part(hall, part.sha256, content)
            own = [one for one in kept.completed if one.envelope == taken.envelope]
            completed = own[0] if own else completed
        tell(part.size)
    if completed is None:
        if taken.missing:
            raise Refusing("the hall has not taken this bid as complete: send it again")
        return None
    return Receipt(
        envelope=taken.envelope, receipt=completed.receipt, receipt_p7s=completed.receipt_p7s
    )


async def _send_parts(hall: Client, bid: BidFile, sent: Path, tell: Told) -> None:
    known = _known(sent)
    for part, content in zip(bid.manifest.core.parts, bid.parts(), strict=True):
        if part.sha256 not in known:
            await send_part(hall, part.sha256, content)
            known.append(part.sha256)
            durable.replace(sent, "\n".join(known).encode())
        tell(part.size)


def _known(sent: Path) -> list[str]:
    """Return the hashes of the parts that an earlier try has sent."""
    return sent.read_text().split() if sent.exists() else []


def save_submission(submission: Submission, beside: Path) -> list[Path]:
    """Write the receipts of a submission and their signatures beside a file; return the paths."""
    saved = save_receipt(submission, beside)
    if submission.completed is not None:
        saved += save_receipt(submission.completed, beside, "completed")
    return saved


def save_receipt(receipt: Receipt, beside: Path, word: str = "receipt") -> list[Path]:
    """Write a receipt and its signature beside a file; return both paths."""
    told = [
        (beside.with_name(f"{beside.stem}.{word}.json"), receipt.receipt.encode()),
        (beside.with_name(f"{beside.stem}.{word}.p7s"), receipt.receipt_p7s),
    ]
    for path, content in told:
        durable.replace(path, content, mode=0o644)
    return [path for path, _ in told]
