"""`hall lodge`: a second channel, for another body to run on a machine of its own."""

import asyncio
import shutil
from pathlib import Path

import click
from aiohttp import web

from notary import authority
from notary.clock import machine_clock
from web import limits, serving, terminal
from web.lodge import PATH, Lodge, build
from web.terminal import Refusing


@click.command("lodge")
@terminal.key_option
@click.option("--listen", required=True, metavar="HOST:PORT", help="Behind what ends TLS.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for what it takes and signs: one file each.",
)
@click.option("--origin", help="Whose pages may ask; default: HALL_ORIGIN.")
def command(folder: Path, listen: str, keep: Path, origin: str | None) -> None:
    """Take bids where the hall does not answer, and sign for them."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError("--listen: not host:port")
    pair = terminal.pair_of(folder)
    name = authority.organization_name(pair.certificate) or authority.common_name(pair.certificate)
    if name is None:
        raise Refusing(f"the certificate in {folder} names no body")
    keep.mkdir(parents=True, exist_ok=True, mode=0o700)
    lodge = Lodge(
        name=name,
        pair=pair,
        folder=keep,
        hall=origin or terminal.read_settings().origin,
        clock=machine_clock,
        free=lambda: shutil.disk_usage(keep).free,
    )
    try:
        asyncio.run(serve(lodge, host.strip("[]"), int(port)))
    except OSError as error:
        raise Refusing(f"{listen}: {error.strerror or error}") from error


async def serve(lodge: Lodge, host: str, port: int) -> None:
    """Serve a channel until somebody ends the process."""
    ended = serving.listen_for_the_end()
    runner = web.AppRunner(build(lodge), access_log=None, keepalive_timeout=limits.HEADERS_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        click.echo(f"{lodge.name}: http://{host}:{runner.addresses[0][1]}{PATH}")
        await ended.wait()
    finally:
        await runner.cleanup()
