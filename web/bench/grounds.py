"""Where it is measured: a hall of its own for what never happened, or a demo hall that serves."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sql import postgres
from web.house import House, open_house
from web.settings import Settings


@asynccontextmanager
async def own_house(settings: Settings) -> AsyncIterator[House]:
    """Open a hall on the disk of the home that goes away again, with none of its roles running.

    For benchmarks that write entries of acts that never happened: no log may keep those.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings.home) as folder:
        own = replace(settings, home=Path(folder), database_url=None)
        try:
            async with open_house(own, demo=True) as house:
                yield house
        finally:
            postgres.erase(own.home)
