"""`hall submit bid.seal`: the parts, then the manifest; the answer is the receipt.

With `--first` the manifest comes first: near the deadline, where the parts take longer. So it does
without `--key`: the hall takes parts of somebody whom it does not know only for a bid that it has.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bidding.clients import sealing
from bidding.clients.sealing import BadBid, BidFile
from bidding.types import Finding
from web import submitting, terminal
from web.client import Client
from web.submitting import Submission, Told
from web.terminal import Refusing

PROVISIONAL = (
    "Provisional: the hall had an outage that is not judged yet. The deadline may move later; "
    "a bid that came after it counts only if it does."
)

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
        submission = asyncio.run(submit(sealing.read_bid(path), folder, send, url))
    except (BadBid, Finding) as error:
        raise Refusing(str(error)) from error
    for saved in submitting.save_submission(submission, path):
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
            return await send(hall, bid, lambda size: shown.advance(task, size))
