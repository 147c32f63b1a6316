"""`hall release --key DIR --box BOX`: open a bid by its own secret, or give shares by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import click

from bidding.clients import trustee
from bidding.clients.duty import Grounds, Refused, Silent
from bidding.clients.offer import Withheld
from bidding.types import Box
from notary.clock import machine_clock
from web import bidder, duty_folder, key_folder, passphrase, terminal
from web.bidder import BoxName
from web.client import Client
from web.terminal import Refusing

_LOOK_AGAIN_S = 2.0


@click.command("release")
@terminal.key_option
@click.option("--box", required=True, metavar="TENDER[/LOT[/STAGE]]")
@terminal.authorities_option
@click.option("--wait", is_flag=True, help="A bidder's: wait until the box is opened.")
@terminal.url_option
def command(
    folder: Path, box: str, authorities: Path | None, url: str | None, *, wait: bool
) -> None:
    """Release what DIR can open of a box: a bidder's own bids, or a trustee's shares."""
    name = bidder.parse_box(box)
    act = release_waiting if wait else release_own
    try:
        if duty_folder.is_trustee(folder):
            click.echo(asyncio.run(release_shares(folder, name, passphrase.root_of(folder), url)))
        else:
            for envelope in asyncio.run(act(folder, name, authorities, url)):
                click.echo(envelope)
    except (Withheld, Refused, Silent) as error:
        raise Refusing(str(error)) from error


async def release_own(
    folder: Path, name: BoxName, authorities: Path | None, url: str | None
) -> list[str]:
    """Give the secrets of this folder's own envelopes."""
    async with _opening(folder, authorities, url) as (hall, grounds):
        return [*await bidder.release_own(hall, folder, name.of(grounds.origin), grounds)]


async def release_waiting(
    folder: Path, name: BoxName, authorities: Path | None, url: str | None
) -> list[str]:
    """Give them as soon as the box is opened; Ctrl-C ends the waiting."""
    async with _opening(folder, authorities, url) as (hall, grounds):
        box = name.of(grounds.origin)
        with terminal.errors.status("waiting until the box is opened …"):
            pause = partial(asyncio.sleep, _LOOK_AGAIN_S)
            return [*await bidder.release_when_asked(hall, folder, box, grounds, pause)]


@asynccontextmanager
async def _opening(
    folder: Path, authorities: Path | None, url: str | None
) -> AsyncIterator[tuple[Client, Grounds]]:
    trusted = key_folder.read_authorities(terminal.authorities_of(authorities))
    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        log = await key_folder.pin_log(hall, folder)
        yield hall, Grounds(log=log, authorities=trusted, clock=machine_clock)


async def release_shares(folder: Path, name: BoxName, root: bytes, url: str | None) -> str:
    """Give a trustee's shares of one box: the command is the press."""

    async def pressed(_box: Box) -> None:
        return

    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        duty = duty_folder.duty_of(folder, root, hall, pressed)
        with terminal.errors.status("checking, then waiting until k bodies have promised …"):
            return await trustee.release(duty, name.of(duty.grounds.origin))
