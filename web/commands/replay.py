"""`hall replay`: published tenders run again in a demo hall, their awards compared."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import islice
from typing import BinaryIO

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from notary import canonical
from notary.canonical import Json
from notary.home import WrongHome
from web import terminal, visiting
from web.acts import NothingCame
from web.replay import play
from web.replay.compare import Outcome, summary
from web.replay.lines import RefusedLine, Release, read_lines
from web.replay.play import Venue
from web.settings import Settings
from web.terminal import Refusing


@click.command()
@click.argument("file", metavar="FILE.jsonl", type=click.File("rb"))
@click.option("--limit", type=click.IntRange(min=1), help="Only so many lines.")
@click.option("--method", type=click.Choice(["price", "evaluated"]), default="price")
@click.option("--json", "out", type=click.File("wb"), help="Write the result as JSON; - for here.")
def command(file: BinaryIO, limit: int | None, method: str, out: BinaryIO | None) -> None:
    """Run the tenders of FILE.jsonl (OCDS releases) again, sealed, and compare the awards."""
    if method == "evaluated":
        raise Refusing("this version awards by price alone: --method price")
    lines = list(read_lines(islice(file, limit)))
    try:
        with visiting.home_for_the_time(terminal.read_settings(), "replay") as settings:
            result = summary(asyncio.run(replay(settings, lines)))
    except (NothingCame, WrongHome) as error:
        raise Refusing(str(error)) from error
    if out is None:
        _say(result)
    else:
        out.write(canonical.dumps(result) + b"\n")


async def replay(settings: Settings, lines: Sequence[Release | RefusedLine]) -> list[Outcome]:
    """Play all lines in overlapping batches, in the demo hall of the home."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(visiting.demo_hall(settings))
        venue = await Venue.enter(stack, origin, settings.home)
        shown = stack.enter_context(_progress())
        bar = shown.add_task("tenders", total=len(lines))

        async def one(line: Release | RefusedLine) -> Outcome:
            if isinstance(line, RefusedLine):
                outcome = Outcome(ocid=line.ocid, code=line.code)
            else:
                outcome = await play.play(venue, line)
            shown.advance(bar)
            return outcome

        played = [asyncio.create_task(one(line)) for line in lines]
        try:
            return await asyncio.gather(*played)
        finally:
            for task in played:  # what fails ends the replay: half a result says nothing
                task.cancel()


def _progress() -> Progress:
    return Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=terminal.errors,
        transient=True,
    )


def _say(result: dict[str, Json]) -> None:
    """Print the result for people: counts first, then what differs and what is refused."""
    differ, refused = result["awards_differ"], result["refused"]
    assert isinstance(differ, list)  # noqa: S101 - `summary` makes it so
    assert isinstance(refused, list)  # noqa: S101 - and this
    click.echo(
        f"{result['tenders']} tenders, {result['bids']} bids sealed, {result['opened']} opened\n"
        f"awards: {result['awards_equal']} equal, {result['awards_tied']} tied,"
        f" {len(differ)} differ, {len(refused)} refused"
    )
    for ocid in differ:
        click.echo(f"  differs  {ocid}")
    for one in refused:
        if isinstance(one, dict):
            click.echo(f"  refused  {one['ocid']}  {one['code']}")
