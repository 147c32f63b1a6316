"""`hall withdraw ENVELOPE --key DIR`: take a bid back before the deadline."""

import asyncio
from pathlib import Path

import click

from bidding.types import Box, EnvelopeId
from web import bidder, key_folder, submitting, terminal
from web.submitting import Receipt
from web.terminal import Refusing


@click.command("withdraw")
@click.argument("envelope")
@terminal.key_option
@click.option("--box", metavar="TENDER[/LOT[/STAGE]]", help="Where the folder does not know it.")
@terminal.url_option
def command(envelope: str, folder: Path, box: str | None, url: str | None) -> None:
    """Withdraw the bid ENVELOPE; until the deadline another may follow."""
    receipt = asyncio.run(withdraw(EnvelopeId(envelope), folder, box, url))
    for saved in submitting.save_receipt(receipt, Path(f"withdrawal-{envelope[:16]}")):
        click.echo(saved)


async def withdraw(envelope: EnvelopeId, folder: Path, box: str | None, url: str | None) -> Receipt:
    """Sign the withdrawal and hand it in."""
    pair = terminal.pair_of(folder)
    async with terminal.connect(url, pair) as hall:
        if box is None:
            found = _kept(folder, envelope)
        else:
            log = await key_folder.pin_log(hall, folder)
            found = bidder.parse_box(box).of(log.logs[0].name)
        return await bidder.withdraw(hall, pair, found, envelope)


def _kept(folder: Path, envelope: EnvelopeId) -> Box:
    kept = (one.box for one in bidder.kept_bids(folder) if one.envelope == envelope)
    found = next(kept, None)
    if found is None:
        raise Refusing(f"{folder} keeps no envelope {envelope}: name its --box")
    return found
