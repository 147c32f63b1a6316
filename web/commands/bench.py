"""`hall bench`: how much of the possible the hall reaches on this machine."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TextIO

import click
from rich.status import Status
from rich.table import Table

from notary.home import WrongHome
from sql.postgres import PostgresUnavailable
from web import terminal, visiting
from web.acts import NothingCame
from web.bench import act, fanout, sequencer, submit
from web.bench.measure import FULL, Measured, Scale, Tell
from web.settings import Settings
from web.terminal import Refusing

Benchmark = Callable[[Settings, Scale, Tell], Awaitable[dict[str, Measured]]]

BENCHMARKS: dict[str, Benchmark] = {
    "act": act.run,
    "sequencer": sequencer.run,
    "submit": submit.run,
    "fanout": fanout.run,
}


@click.command()
@click.argument("name", required=False, type=click.Choice(list(BENCHMARKS)))
@click.option("--json", "out", type=click.File("w"), help="Write the figures as JSON; - for here.")
def command(name: str | None, out: TextIO | None) -> None:
    """Measure the benchmark NAME, or all, each beside its limit in the same run."""
    names = list(BENCHMARKS) if name is None else [name]
    try:
        with visiting.home_for_the_time(terminal.read_settings(), "bench") as settings:
            visiting.require_demo_home(settings.home)
            figures = asyncio.run(bench(settings, names, FULL))
    except (NothingCame, PostgresUnavailable, WrongHome) as error:
        raise Refusing(str(error)) from error
    if out is None:
        terminal.answers.print(_table(figures))
    else:
        json.dump({name: one.members() for name, one in figures.items()}, out, indent=2)
        out.write("\n")


async def bench(settings: Settings, names: list[str], scale: Scale) -> dict[str, Measured]:
    """Measure one after the other, in the demo hall of the home. Raises NothingCame, WrongHome."""
    figures: dict[str, Measured] = {}
    with terminal.errors.status("…") as below:
        for name in names:
            figures |= await BENCHMARKS[name](settings, scale, partial(_tell, below, name))
    return figures


def _tell(below: Status, name: str, said: str) -> None:
    below.update(f"{name}: {said}")


def _table(figures: dict[str, Measured]) -> Table:
    table = Table("", "value", "limit", "", "value / limit", box=None)
    for name, one in figures.items():
        table.add_row(name, f"{one.value:,.1f}", f"{one.limit:,.1f}", one.unit, f"{one.ratio:.2f}")
    return table
