"""`hall serve`: migrate and serve, until somebody ends it."""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import click

from notary.entropy import system_entropy
from notary.home import WrongHome
from notary.signer import LogFault
from sql.migrate import BadMigrations
from sql.postgres import PostgresUnavailable
from web import arrival, logs, ports, settings, terminal
from web.assets import NotBuilt
from web.demo import cast, duties, practice
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


LOG_FILE = "hall.log"
"""In the home: what the serving process says, where its standard error is for people."""


@click.command()
@click.option("--demo", is_flag=True, help="Serve a hall to play with; log-ins are printed.")
@click.option("--practice", "practice_", is_flag=True, help="Serve a hall to practise in.")
def command(*, demo: bool, practice_: bool) -> None:
    """Migrate and serve; the first start makes keys, certificates and ledger."""
    given = practice_settings(os.environ) if practice_ else terminal.read_settings()
    # Beside a play, and on a terminal, a line a request would drown what is to be read.
    aside = demo or practice_ or sys.stderr.isatty()
    try:
        logs.configure(given.home / LOG_FILE if aside else None)
        asyncio.run(serve_practice(given) if practice_ else serve(given, demo=demo))
    except _REFUSALS as refusal:
        raise Refusing(str(refusal)) from refusal


def practice_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of a practice hall: unless told otherwise, an own home and port."""
    own = {"HALL_HOME": str(Path.home() / ".hall-practice"), "HALL_LISTEN": "localhost:8090"}
    return replace(settings.load({**own, **environ}, Path.cwd()), practice=True)


async def serve_practice(given: Settings) -> None:
    """Serve a practice hall, and play a tender for each full hour. Raises what `serve` raises."""
    practice.settle(given.home)
    await serve(given, demo=True)


async def serve(given: Settings, *, demo: bool) -> None:
    """Serve the hall of `given` until SIGTERM or SIGINT. Raises what `open_house` raises."""
    told = listen_for_the_end()  # also while it starts: what was begun is ended in order
    if not given.practice and practice.is_practice(given.home):
        raise WrongHome(f"{given.home} is the home of a practice hall: start it with --practice")
    sockets = ports.bind(given.host, given.port, system_entropy)
    async with AsyncExitStack() as stack:
        for one in sockets:
            stack.enter_context(one)
        known = given.bound_to(ports.port_of(sockets))
        house = await stack.enter_async_context(open_house(known, demo=demo))
        logs.turn_over(given.home / LOG_FILE)
        if demo:
            await cast.settle(house)
            await duties.settle(house)
        roles = await stack.enter_async_context(serving(house, sockets))
        if demo:
            await stack.enter_async_context(duties.keeping_duties(house))
        if given.practice:
            playing = practice.openings(house.settings.origin, house.settings.home)
            await stack.enter_async_context(playing)
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
