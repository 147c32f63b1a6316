"""Roots at the terminal: a passphrase is asked for where one is locked; a new one is shown once."""

from pathlib import Path

import click

from web import duty_folder, terminal


def new_passphrase() -> str:
    """Ask twice for the passphrase of a root."""
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True))


def root_of(folder: Path) -> bytes:
    """Return the root of a duty client's folder; ask for its passphrase where it is locked."""
    if not duty_folder.is_locked(folder):
        return duty_folder.unlock(folder)
    return duty_folder.unlock(folder, click.prompt("Passphrase", hide_input=True, err=True))


def show_root(line: str) -> None:
    """Print a root once, to be written on paper."""
    terminal.say("Write this on paper and lock it away; it opens every box of this year:")
    terminal.say(line)
