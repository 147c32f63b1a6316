"""What all commands share: which hall, whose key, in which language, and how they say no."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn
from typing_extensions import override

from notary.canonical import Json
from notary.entropy import system_entropy
from web import client, settings
from web.client import Client, SigningPair
from web.settings import Settings

errors = Console(stderr=True, soft_wrap=True, highlight=False)
"""Where progress and refusals go; answers go to standard output, for pipes."""


class _Answers(Console):
    """A console that leaves a closed pipe to the command line, which knows the exit codes."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


answers = _Answers(soft_wrap=True, highlight=False)
"""Standard output, for answers that are laid out for people."""

key_option = click.option(
    "--key",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder of the key that signs (hall key new).",
)
url_option = click.option("--url", help="Address of the hall; default: HALL_URL, then HALL_ORIGIN.")

authorities_option = click.option(
    "--authorities",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Certificates of the authorities you trust; default: HALL_AUTHORITIES, then the home's.",
)


def this_command() -> str:
    """Return how `hall` is typed where we are: by its path, unless a shell finds it by its name."""
    return "hall" if shutil.which("hall") else os.path.relpath(Path(sys.executable).parent / "hall")


class Refusing(Exception):  # noqa: N818 - an answer, not an error of the program
    """A client says no before it asks the hall; the message says why and what to do."""


def read_settings() -> Settings:
    """Return the settings of the environment, or raise BadSetting."""
    return settings.load(os.environ, Path.cwd())


def language(environ: Mapping[str, str]) -> str:
    """Return the language that the terminal speaks: Chinese where its locale says so."""
    spoken = next(
        (environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), ""
    )
    return "zh-CN" if spoken.startswith("zh") else "en"


@asynccontextmanager
async def connect(url: str | None, pair: SigningPair | None = None) -> AsyncIterator[Client]:
    """Give a client of the hall that was asked for."""
    spoken = language(os.environ)
    async with client.connect(
        url or read_settings().url, system_entropy, pair, language=spoken
    ) as made:
        yield made


def pair_of(folder: Path) -> SigningPair:
    """Read the key folder that signs, or refuse it with the next step."""
    try:
        return client.read_pair(folder)
    except FileNotFoundError as error:
        missing = Path(str(error.filename)).name
        raise Refusing(f"{folder} has no {missing}: hall key new, then hall key enrol") from error
    except ValueError as error:
        raise Refusing(f"{folder}: {error}") from error


def authorities_of(given: Path | None) -> Path:
    """Return the folder of the authorities that this side trusts."""
    known = read_settings()
    return given or known.authorities or known.home / "authorities"


def progress() -> Progress:
    """Return the progress display of everything that takes long."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        console=errors,
        transient=True,
    )


def say_refused(problem: Mapping[str, Json], status: int) -> None:
    """Print a refusal of the hall: what, by which rule, its code, and the next step."""
    code = str(problem.get("type", "")).rpartition(":")[2]
    why = problem.get("detail") or problem.get("title") or f"HTTP {status}"
    article = f" ({problem['article']})" if problem.get("article") else ""
    errors.print(f"{why}{article} [{code or status}]", markup=False)
    if problem.get("next"):
        errors.print(str(problem["next"]), markup=False)


def say(text: str) -> None:
    """Print a line for the reader beside the answer, or why nothing went further."""
    errors.print(text, markup=False)
