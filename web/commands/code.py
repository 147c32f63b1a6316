"""`hall code NAME`: the current second factor of a person of a demo hall."""

import base64
import binascii

import click

from notary import credentials
from notary.clock import machine_clock
from web import terminal
from web.terminal import Refusing

FACTOR_FILE = "factor"
"""In `$HALL_HOME/demo/<name>/`: the secret of the second factor in Base32, as a phone reads it."""


@click.command("code")
@click.argument("name")
def command(name: str) -> None:
    """Show the current second factor of NAME, in a demo hall."""
    path = terminal.read_settings().home / "demo" / name / FACTOR_FILE
    try:
        secret = base64.b32decode(path.read_text().strip())
    except FileNotFoundError as error:
        raise Refusing(f"{path} is not there: only a demo hall shows its factors") from error
    except (binascii.Error, ValueError) as error:
        raise Refusing(f"{path} holds no factor") from error
    code, until = credentials.current_code(secret, machine_clock())
    click.echo(code)
    terminal.say(f"until {until:%H:%M:%S} UTC")
