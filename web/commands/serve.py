"""`hall serve`: migrate and serve, until somebody ends it."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import click

from notary.entropy import system_entropy
from notary.home import WrongHome
from notary.signer import LogFault
from sql.migrate import BadMigrations
from sql.postgres import PostgresUnavailable
from web import arrival, logs, ports, terminal
from web.assets import NotBuilt
from web.demo import cast, duties
from web.house import HomeTaken, House, open_house
from web.ports import PortTaken
from web.serving import listen_for_the_end, serving, until_told
from web.settings import Settings
from web.terminal import Refusing

_REFUSALS = (
    BadMigrations,
    HomeTaken,
    LogFault,
    NotBuilt,
    PortTaken,
    PostgresUnavailable,
    WrongHome,
)


@click.command()
@click.option("--demo", is_flag=True, help="Serve a hall to play with; log-ins are printed.")
def command(demo: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Migrate and serve; the first start makes keys, certificates and ledger."""
    logs.configure()
    try:
        asyncio.run(serve(terminal.read_settings(), demo=demo))
    except _REFUSALS as refusal:
        raise Refusing(str(refusal)) from refusal


async def serve(settings: Settings, *, demo: bool) -> None:
    """Serve the hall of `settings` until SIGTERM or SIGINT. Raises what `open_house` raises."""
    told = listen_for_the_end()  # also while it starts: what was begun is ended in order
    sockets = ports.bind(settings.host, settings.port, system_entropy)
    async with AsyncExitStack() as stack:
        for one in sockets:
            stack.enter_context(one)
        known = settings.bound_to(ports.port_of(sockets))
        house = await stack.enter_async_context(open_house(known, demo=demo))
        if demo:
            await cast.settle(house)
            await duties.settle(house)
        roles = await stack.enter_async_context(serving(house, sockets))
        if demo:
            await stack.enter_async_context(duties.keeping_duties(house))
        _say_where(house, demo=demo)
        if not demo:
            _say_links(await arrival.first_links(house))
        await until_told(told, roles)


def _say_where(house: House, *, demo: bool) -> None:
    click.echo(house.settings.origin)
    if demo:
        click.echo(log_in_table(house.settings.home))


def _say_links(links: Mapping[str, str]) -> None:
    for person, link in links.items():
        click.echo(f"{person}, once, within 72 hours: {link}")
    if links:
        click.echo("Hand each link to its person alone; then set the hall up at /setup.")


def log_in_table(home: Path) -> str:
    """Return who can log in, with which password, and where the second factor is."""
    rows = [
        f"  {player.name:<14} {password}   {player.title} · {player.org_name}"
        for player, password in cast.log_ins(home)
    ]
    code = f"{terminal.this_command()} code NAME, or the link on the log-in page"
    return "\n".join(["Name, password, who:", *rows, f"Second factor: {code}"])
