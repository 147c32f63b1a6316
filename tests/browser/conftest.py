"""Debian's Chromium, one a test process; every page in it remembers what went wrong."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from sql.postgres import EmbeddedPostgres
from tests.browser.bridge import Bridge, a_bridge
from tests.browser.reader import Reader, Window, a_reader
from tests.browser.shown import Shown, play_a_season, shown

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run"),
)

PLAIN = Window()

expect.set_options(timeout=20_000)  # a busy machine is slow; what has a limit measures it itself


class Reading(Protocol):
    """Opens a window on a hall."""

    async def __call__(self, hall: Shown, window: Window = PLAIN, /) -> Reader:
        """Open it; it closes with the test."""
        ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = os.environ.get("HALL_CHROMIUM", "/usr/bin/chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def read(chromium: Browser) -> AsyncIterator[Reading]:
    """Open a browser window on a hall; at the end nothing may have gone wrong in any."""
    async with AsyncExitStack() as stack:
        readers: list[Reader] = []

        async def open_(hall: Shown, window: Window = PLAIN, /) -> Reader:
            reader = await stack.enter_async_context(a_reader(chromium, hall, window))
            readers.append(reader)
            return reader

        yield open_
        assert [wrong for reader in readers for wrong in reader.wrong] == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def season(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shown]:
    """Serve a hall with a tender in each state, which tests only look at."""
    folder = tmp_path_factory.mktemp("season")
    async with shown(postgres, folder) as hall:
        await play_a_season(hall, folder)
        yield hall


@pytest_asyncio.fixture(loop_scope="session")
async def hall(postgres: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Shown]:
    """Serve a hall of the test's own."""
    async with shown(postgres, tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def bridge() -> AsyncIterator[Bridge]:
    """Open a bridge to a CA token; a hall of its own speaks to it."""
    async with a_bridge() as made:
        yield made
