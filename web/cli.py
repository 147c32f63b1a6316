"""The command line: `hall`, and one module of `web.commands` for each of its commands.

A command is a line of `COMMANDS` and a module of that name whose `command` is a click command; it
is imported when it is called. Each is an async function with explicit arguments behind a click
command that only parses and prints.

Exit codes: 0 done, 1 refused or not verified, 2 wrong usage, 3 fault. Source: `architecture.md`.
`hall demo` has a fourth: 4, all is verified, but the first price came later than it may.
Who reads no further (`| head`) ends a command as a signal would: quietly, with 141.
"""

import os
import select
import sys
import traceback
from importlib import import_module
from typing import cast

import click
from typing_extensions import override

from web import terminal
from web.client import Refused, Unreachable
from web.settings import BadSetting

COMMANDS = (
    "bench",
    "code",
    "demo",
    "doctor",
    "export",
    "key",
    "limits",
    "lodge",
    "ocds",
    "post",
    "release",
    "replay",
    "seal",
    "serve",
    "submit",
    "trustee",
    "user",
    "verify",
    "watch",
    "withdraw",
)

DONE, REFUSED, WRONG_USAGE, FAULT = 0, 1, 2, 3
UNREAD = 128 + 13  # what a shell says of a command that SIGPIPE ended: none of the answers above


class Hall(click.Group):
    """Finds a command by its name, and turns what it raises into words and an exit code."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"web.commands.{cmd_name.replace('-', '_')}")
        return cast("click.Command", module.command)

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BadSetting as error:
            raise click.UsageError(str(error)) from error
        except Refused as refused:
            terminal.say_refused(refused.problem, refused.status)
            ctx.exit(REFUSED)
        except terminal.Refusing as error:
            terminal.say(str(error))
            ctx.exit(REFUSED)
        except Unreachable as error:
            terminal.say(str(error))
            ctx.exit(FAULT)
        except Exception as error:  # noqa: BLE001 - whatever is no refusal is a fault
            if _is_unread(error):
                # What still waits to be written goes nowhere, without a word at the exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                ctx.exit(UNREAD)
            print(traceback.format_exc(), file=sys.stderr)
            ctx.exit(FAULT)


def _is_unread(error: BaseException) -> bool:
    """Tell whether nothing went wrong but that nobody reads the output any more."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_unread(one) for one in error.exceptions)
    return isinstance(error, BrokenPipeError) and _has_no_reader(sys.stdout.fileno())


def _has_no_reader(output: int) -> bool:
    """Tell whether a pipe is closed at its other end; a broken socket is another matter."""
    poll = select.poll()
    poll.register(output, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


@click.group(cls=Hall)
@click.version_option(package_name="trading-hall", prog_name="hall")
def main() -> None:
    """Trade public resources in a hall in which nobody has to be trusted."""
