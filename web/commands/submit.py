"""`hall submit bid.seal`: the parts, then the manifest; the answer is the receipt."""

import asyncio
from pathlib import Path

import click

from bidding import sealing
from bidding.sealing import BadBid, BidFile
from bidding.types import Finding
from web import bidder, terminal
from web.bidder import Receipt
from web.terminal import Refusing


@click.command("submit")
@click.argument("path", metavar="bid.seal", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also sign the requests; the bid's own signature says whose it is.",
)
@terminal.url_option
def command(path: Path, folder: Path | None, url: str | None) -> None:
    """Submit a sealed bid from any machine; again is harmless."""
    try:
        receipt = asyncio.run(submit(sealing.read_bid(path), folder, url))
    except (BadBid, Finding) as error:
        raise Refusing(str(error)) from error
    for saved in bidder.save_receipt(receipt, path):
        click.echo(saved)


async def submit(bid: BidFile, folder: Path | None, url: str | None) -> Receipt:
    """Send a bid and show how far it is."""
    pair = None if folder is None else terminal.pair_of(folder)
    parts = bid.manifest.core.parts
    with terminal.progress() as shown:
        task = shown.add_task(bid.path.name, total=sum(part.size for part in parts))
        async with terminal.connect(url, pair) as hall:
            return await bidder.submit(hall, bid, lambda size: shown.advance(task, size))
