"""`hall doctor`: whether this hall is ready for a day of openings."""

import asyncio
import os

import click

from notary.clock import machine_clock
from web import readiness, terminal
from web.terminal import Refusing


@click.command()
def command() -> None:
    """Look at what a day of openings needs, as the page /readiness; exit 1 if one light is red."""
    chinese = terminal.language(os.environ).startswith("zh")
    found = asyncio.run(readiness.readiness(terminal.read_settings(), machine_clock))
    for finding in found:
        says = finding.says.zh if chinese else finding.says.en
        click.echo(f"{'ok ' if finding.good else 'RED'}  {finding.what:<12} {says}")
    if red := sum(not finding.good for finding in found):
        raise Refusing(f"not ready: {red} red of {len(found)}")
