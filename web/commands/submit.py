"""`hall submit bid.seal`: the parts, then the manifest; the answer is the receipt.

With `--first` the manifest comes first: near the deadline, where the parts take longer. So it does
without `--key`: the hall takes parts of somebody whom it does not know only for a bid that it has.

Where the hall has taken the manifest, the bid is in time, and its receipt is kept at once; if parts
do not get there, the command says how many, until when they may follow, and ends with 3; where the
hall takes none of them any more, its refusal is said, and the command ends with 1. Where the
hall does not answer the manifest either, manifest and signature go to its second channels, and the
attempt is kept beside the bid; the exit code is 3 too, for the hall has not confirmed anything.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import click

from bidding.clients import sealing
from bidding.clients.sealing import BadBid, BidFile
from bidding.types import Finding
from notary.clock import machine_clock
from web import beijing, lodging, submitting, terminal
from web.client import Client, Refused, Unreachable
from web.letterhead import Lang
from web.lodging import Taker, Try
from web.names import N_
from web.submitting import InTime, Submission, Told
from web.terminal import Refusing
from web.words import Words

PROVISIONAL = (
    "Provisional: the hall had an outage that is not judged yet. The deadline may move later; "
    "a bid that came after it counts only if it does."
)

TAKEN = N_("{name} has taken your manifest and signature at {at} Beijing time, and signed for it.")
TAKEN_BY_ANOTHER = N_(
    "{name}, a channel that the notice does not name, has taken your manifest and signature "
    "at {at} Beijing time, and signed for it."
)

IN_TIME = N_(
    "Received in time, and the hall has signed for it. Parts that are still missing: {n}; "
    "they may follow until {parts_by} Beijing time."
)

FIRST_WORD = 20.0
"""Seconds until a hall that has said nothing does not answer."""

Send = Callable[[Client, BidFile, Told], Awaitable[Submission]]
"""How a bid is sent: its parts first, or its manifest."""


@click.command("submit")
@click.argument("path", metavar="bid.seal", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also sign the requests, so that parts may go first; the bid itself says whose it is.",
)
@click.option(
    "--first",
    is_flag=True,
    help="Send the manifest first: in time from then on, the parts follow.",
)
@terminal.url_option
def command(path: Path, folder: Path | None, url: str | None, *, first: bool) -> None:
    """Submit a sealed bid from any machine; again is harmless."""
    send = submitting.submit_first if first or folder is None else submitting.submit
    try:
        bid = sealing.read_bid(path)
    except (BadBid, Finding) as error:
        raise Refusing(str(error)) from error
    try:
        submission = asyncio.run(submit(bid, folder, send, url))
    except (BadBid, Finding) as error:
        raise Refusing(str(error)) from error
    except InTime as half:
        raise lacking(half) from half
    except (Unreachable, Refused) as silence:
        if isinstance(silence, Refused) and silence.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        raise Unreachable(elsewhere(bid, url, silence)) from silence
    for saved in submission.saved:
        click.echo(saved)
    if submission.provisional:
        click.echo(PROVISIONAL)


async def submit(bid: BidFile, folder: Path | None, send: Send, url: str | None) -> Submission:
    """Send a bid and show how far it is."""
    pair = None if folder is None else terminal.pair_of(folder)
    parts = bid.manifest.core.parts
    with terminal.progress() as shown:
        task = shown.add_task(bid.path.name, total=sum(part.size for part in parts))
        async with terminal.connect(url, pair) as hall:
            try:
                async with asyncio.timeout(FIRST_WORD):
                    await hall.send("GET", "/time")
            except TimeoutError as error:
                raise Unreachable(f"{hall.origin} does not answer") from error
            return await send(hall, bid, lambda size: shown.advance(task, size))


def lacking(half: InTime) -> Refused | Unreachable:
    """Show what is kept of a bid that lacks parts; return why they are not there."""
    for saved in half.saved:
        click.echo(saved)
    if half.provisional:
        click.echo(PROVISIONAL)
    return half.ended or Unreachable(in_time(half))


def in_time(half: InTime) -> str:
    """Say that a bid is in time, what it lacks, and why."""
    words = Words(Lang(terminal.language(os.environ)))
    said = [words.gettext(IN_TIME).format(n=half.missing, parts_by=_local(half.parts_by))]
    said += [str(half.__cause__), words.gettext("Submit the same file again: the rest follows.")]
    return "\n".join(said)


def elsewhere(bid: BidFile, url: str | None, silence: Exception) -> str:
    """Lodge a bid with the second channels, keep the attempt, and say what that came to."""
    words = Words(Lang(terminal.language(os.environ)))
    known = terminal.read_settings()
    asked = Try(address=url or known.url, at=machine_clock(), said=str(silence))
    named, others = lodging.named_beside(bid), known.lodges
    attempt = asyncio.run(lodging.lodge(bid, asked, named, others, machine_clock))
    click.echo(lodging.save(attempt, bid.path))
    said = [words.gettext("The hall does not answer, and has not confirmed this bid.")]
    said += [_taken(one, words) for one in attempt.lodged]
    if not attempt.lodged:
        said.append(words.gettext("No second channel has answered either."))
    if not named and not others:
        said.append(words.gettext("This machine knows none: HALL_LODGE names them."))
    said.append(words.gettext("Keep the file, and submit again as soon as it answers."))
    return "\n".join(said)


def _taken(one: Taker, words: Words) -> str:
    said = words.gettext(TAKEN) if one.named else words.gettext(TAKEN_BY_ANOTHER)
    return said.format(name=one.name, at=_local(one.at))


def _local(at: datetime) -> str:
    return f"{beijing.local(at):%Y-%m-%d %H:%M:%S}"
