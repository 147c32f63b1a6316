"""`hall limits`: the duty client of an agency that keeps secret limits.

`new` makes its folder, `commit` draws up a limit and prints what the notice says of it, `run` opens
what falls due.
"""

import asyncio
from pathlib import Path
from typing import cast

import click

from bidding.clients import limit_duty
from bidding.clients.limit_duty import LimitName
from bidding.sealed.objects import Body
from notary import authority, canonical
from notary.shape import Fen, write
from web import duty_folder, key_folder, limit_folder, logs, terminal
from web.client import SigningPair

_NAMES = ("reference", "ceiling", "minimum")


@click.group("limits")
def command() -> None:
    """Keep a reference price secret until the closing, and open it before any price is."""


@command.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--body", required=True,
              type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Key folder of the agency's certificate: it signs the statement.")  # fmt: skip
@terminal.authorities_option
@terminal.url_option
def new(folder: Path, body: Path, authorities: Path | None, url: str | None) -> None:
    """Make a duty certificate for limits in DIR, and state it with the agency's own."""
    pair = terminal.pair_of(body)
    if not (body / key_folder.LOG_FILE).exists():
        raise click.UsageError(f"--body: {body} does not know the hall's log: hall key enrol")
    org = key_folder.body_of(pair.certificate)
    limit_folder.new(
        folder,
        Body(id=org, name=authority.organization_name(pair.certificate) or org),
        log=(body / key_folder.LOG_FILE).read_bytes(),
        authorities=terminal.authorities_of(authorities),
    )
    asyncio.run(_state(folder, pair, url))
    click.echo(f"{folder}: stated")


@command.command("commit")
@terminal.key_option
@click.option("--name", type=click.Choice(_NAMES), default="reference", show_default=True)
@click.option("--fen", required=True, type=click.IntRange(min=0), help="The amount, in whole fen.")
def commit(folder: Path, name: str, fen: int) -> None:
    """Keep a secret limit here; print the commitment for the draft's `limits`."""
    bound = limit_folder.commit(folder, cast("LimitName", name), Fen(fen))
    click.echo(canonical.dumps(write(bound)).decode())


@command.command("run")
@terminal.key_option
@terminal.url_option
def run(folder: Path, url: str | None) -> None:
    """Open each limit that falls due, until stopped."""
    logs.configure()
    asyncio.run(keep(folder, url))


async def keep(folder: Path, url: str | None) -> None:
    """Run the duty client of a folder until cancelled."""
    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        await limit_duty.run(
            duty_folder.sender(hall),
            duty_folder.grounds_of(folder),
            lambda: limit_folder.kept(folder),
        )


async def _state(folder: Path, pair: SigningPair, url: str | None) -> None:
    async with terminal.connect(url) as hall:
        await duty_folder.state_duty(hall, folder, pair)
