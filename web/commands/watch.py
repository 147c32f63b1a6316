"""`hall watch`: follow a live room in the terminal."""

import asyncio
from contextlib import aclosing

import click
from rich.status import Status

from notary import canonical
from notary.entropy import system_entropy
from web import terminal, watching
from web.house import running_at
from web.terminal import Refusing
from web.watching import Beat, Frame, Hello, Lost, NoSuchRoom, RolledBack, Told


@click.command()
@click.argument("room")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Begin behind this event.")
@terminal.url_option
def command(room: str, after: int, url: str | None) -> None:
    """Follow ROOM live, through every break, until stopped."""
    settings = terminal.read_settings()
    origin = url or running_at(settings.home) or settings.url
    try:
        asyncio.run(watch(origin, room, after))
    except NoSuchRoom as error:
        raise Refusing(f"{origin} has no room {room}") from error
    except RolledBack as alarm:
        raise Refusing(f"ALARM: {alarm}: the hall was set back") from alarm


async def watch(origin: str, room: str, after: int) -> None:
    """Print every event; the line below shows the hall's clock, or that the line is broken."""
    with terminal.errors.status("…") as below:
        async with aclosing(watching.follow(origin, room, system_entropy, after)) as frames:
            async for frame in frames:
                _show(frame, below)


def _show(frame: Frame, below: Status) -> None:
    match frame:
        case Told(seq, at, kind, _, told):
            shown = "not public" if kind is None else f"{kind}  {canonical.dumps(told).decode()}"
            click.echo(f"{seq:>4}  {at or '':<24}  {shown}")
        case Hello(head, time) | Beat(head, time):
            below.update(f"connected, at event {head}, hall time {time}")
        case Lost(seen, why):
            below.update(f"the line broke after event {seen} ({why}); trying again")
