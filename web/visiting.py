"""Coming to a demo hall: the one that runs in the home, or one that is started for the time.

A play needs a hall that serves, in a process of its own: what it does goes over the public
interface and nowhere else.
"""

import asyncio
import os
import shutil
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from notary import home
from notary.entropy import system_entropy
from notary.home import WrongHome
from sql import postgres
from web import children, client
from web.acts import NothingCame
from web.client import Unreachable
from web.house import running_at
from web.settings import Settings

LOG_FILE = "log"
"""In the home: what a hall says that was started for the time."""

_START_S = 60.0
_COMING_S = 60.0


@contextmanager
def home_for_the_time(settings: Settings, purpose: str) -> Iterator[Settings]:
    """Give the settings of HALL_HOME, or of a home that is only for this purpose."""
    if os.environ.get("HALL_HOME"):
        yield settings
        return
    folder = Path(tempfile.mkdtemp(prefix=f"hall-{purpose}-"))
    try:
        yield replace(settings, home=folder)
    finally:
        postgres.erase(folder)
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def demo_hall(settings: Settings) -> AsyncIterator[str]:
    """Give the origin of the demo hall of the home for as long as the context lasts.

    Raises WrongHome for the home of a hall that is none, NothingCame where it does not start.
    """
    require_demo_home(settings.home)
    running = running_at(settings.home)
    if running is not None:
        yield running
        return
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Any free port: the hall of another home may have the usual one.
    environ = {"HALL_HOME": str(settings.home), "HALL_LISTEN": f"{settings.host}:0"}
    with (settings.home / LOG_FILE).open("ab") as errors:
        process = await children.start(
            "serve", "--demo", environ=environ, output=PIPE, errors=errors.fileno()
        )
    try:
        yield await _first_line(process, settings.home)
    finally:
        await children.end(process)


def require_demo_home(folder: Path) -> None:
    """Refuse the home of a hall that is no demonstration."""
    if home.is_demo(folder) is False:
        raise WrongHome(f"{folder} is the home of a hall: a demonstration needs a home of its own")


def require_players(folder: Path) -> None:
    """Refuse a home without the keys of the players: those of another hall are of no use."""
    if not home.is_demo(folder):
        raise WrongHome(f"{folder} is not the home of a demonstration: set HALL_HOME to the hall's")


async def until_it_serves(origin: str) -> None:
    """Wait for a hall that is just starting elsewhere. Raises NothingCame."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _COMING_S
    async with client.connect(origin, system_entropy) as reader:
        while True:
            try:
                await reader.now()
            except (Unreachable, OSError) as error:
                if loop.time() > give_up:
                    raise NothingCame(f"{origin} does not answer") from error
                await asyncio.sleep(0.2)
            else:
                return


async def _first_line(process: asyncio.subprocess.Process, folder: Path) -> str:
    """Return the address that a starting hall prints once everything in it runs."""
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    try:
        async with asyncio.timeout(_START_S):
            line = await process.stdout.readline()
    except TimeoutError:
        line = b""
    if not line:
        raise NothingCame(f"the hall of {folder} does not start: see {folder / LOG_FILE}")
    return line.decode("ascii").strip()
