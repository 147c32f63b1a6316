"""A practice hall 演练: robots as trustees, agency and rivals, an opening at each full hour.

It is a demonstration with a home, a database and an origin of its own, and shares no account and no
key with a real hall. Two firms are left to whoever practises; the others bid by themselves.

Source: people.md 7.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import structlog

from notary import home
from notary.home import WrongHome
from web.acts import NothingCame
from web.client import Refused, Unreachable
from web.demo import play
from web.demo.play import HOURLY
from web.demo.tender import Tender, read_tender

FREE_FIRMS = 2
"""The first firms of the cast, left to people: 投标人甲, 投标人乙."""

_MARK = "practice"
_AGAIN_S = 30.0

log = structlog.get_logger()


def is_practice(folder: Path) -> bool:
    """Tell whether a home is that of a practice hall."""
    return (folder / _MARK).exists()


def settle(folder: Path) -> None:
    """Make a home that of a practice hall at its first start. Raises WrongHome for another one."""
    if is_practice(folder):
        return
    if home.is_demo(folder) is not None:
        raise WrongHome(f"{folder} is the home of a hall: practice needs a home of its own")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / _MARK).touch()


def tender_of_robots() -> Tender:
    """Return the tender of the play, without the bids of the firms that people act for."""
    tender = read_tender()
    return replace(tender, bids=tender.bids[FREE_FIRMS:])


@asynccontextmanager
async def openings(origin: str, folder: Path) -> AsyncIterator[None]:
    """Play a tender after another, each opened at a full hour, for as long as the context lasts."""
    task = asyncio.create_task(_play(origin, folder), name="practice")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _play(origin: str, folder: Path) -> None:
    tender = tender_of_robots()
    while True:
        try:
            await play.play(origin, folder, HOURLY, _tell, tender)
        except (NothingCame, Refused, Unreachable, OSError) as error:
            log.warning("practice.failed", why=str(error))
            await asyncio.sleep(_AGAIN_S)


def _tell(line: str) -> None:
    log.info("practice.played", line=line)
