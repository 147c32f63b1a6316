"""`hall demo`: play the life of one real tender in a demo hall, and verify it offline."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import click

from notary.home import WrongHome
from web import children, terminal, visiting
from web.acts import NothingCame
from web.commands.serve import log_in_table
from web.demo import cast, play
from web.demo.play import FAST, WATCHED, Pace, Played
from web.demo.tender import read_tender
from web.key_folder import LOG_FILE
from web.settings import Settings
from web.terminal import Refusing

FIRST_PRICE_GOAL_S = 15.0
"""From the deadline to the first price, with two of three trustees armed (`people.md` 3)."""

LATE = 4
"""Exit code where all was played and verified, and only the first price came after its goal."""

_RECORD = "demo/record"


class FirstPriceLate(Exception):  # noqa: N818 - a bound that was missed, no error of the program
    """The first price came after its goal; everything else of the play is right."""


@click.command()
@terminal.url_option
@click.option("--fast", is_flag=True, help="Deadline 20 s ahead, no pauses.")
@click.option("--again", is_flag=True, help="Play once more in a home that has seen the play.")
def command(url: str | None, *, fast: bool, again: bool) -> None:
    """Play the life of one real tender in a demo hall, and verify it offline."""
    try:
        asyncio.run(demo(terminal.read_settings(), url, FAST if fast else WATCHED, again=again))
    except (NothingCame, WrongHome) as error:
        raise Refusing(str(error)) from error
    except FirstPriceLate as late:
        terminal.say(str(late))
        raise click.exceptions.Exit(LATE) from late


async def demo(settings: Settings, url: str | None, pace: Pace, *, again: bool) -> None:
    """Play in the hall at `url`, else in the one of the home.

    Raises NothingCame, WrongHome, and FirstPriceLate when all else is done.
    """
    async with AsyncExitStack() as stack:
        if url is None:
            origin = await stack.enter_async_context(visiting.demo_hall(settings))
        else:
            await visiting.until_it_serves(url)
            visiting.require_players(settings.home)
            origin = url
        played = None if again else await play.played_already(origin)
        if played is None:
            tender = read_tender()
            source = tender.source
            click.echo(f"figures of auction {source.auction}: {source.data_set} ({source.licence})")
            done = await play.play(origin, settings.home, pace, click.echo, tender)
            await _verify(settings, done.tender)
            _say_where(settings.home, origin, done.tender)
            require_in_time(done)
        else:
            click.echo(f"{played} is awarded already; --again plays another")
            _say_where(settings.home, origin, played)


async def _verify(settings: Settings, tender: str) -> None:
    """Write the public record of the tender and check it as a stranger does: without the hall."""
    record = settings.home / _RECORD / tender
    await asyncio.to_thread(shutil.rmtree, record, ignore_errors=True)
    record.parent.mkdir(parents=True, exist_ok=True)
    await _run(settings, "export", str(record), "--with-files")
    own = ("--authorities", str(settings.authorities or settings.home / "authorities"))
    log = ("--policy", str(cast.folder_of(settings.home, "drafter") / LOG_FILE))
    await _run(settings, "verify", str(record), *own, *log)


async def _run(settings: Settings, *words: str) -> None:
    click.echo(f"$ {terminal.this_command()} {' '.join(words)}")
    process = await children.start(*words, environ={"HALL_HOME": str(settings.home)})
    if await process.wait() != 0:
        raise NothingCame(f"hall {words[0]} does not agree")


def require_in_time(done: Played) -> None:
    """Refuse a play whose first price came after the goal. Raises FirstPriceLate."""
    if done.first_price_s >= FIRST_PRICE_GOAL_S:
        waited = f"the first price came after {done.first_price_s:.1f} s"
        raise FirstPriceLate(f"{waited}, not within {FIRST_PRICE_GOAL_S:.0f}: is the machine busy?")


def _say_where(home: Path, origin: str, tender: str) -> None:
    click.echo("\nThe opened tender, what its record proves, and its offline verification:")
    click.echo(f"{origin}/tenders/{tender}")
    click.echo(log_in_table(home))
