"""A hall that serves: the application on its sockets, and its roles beside it until the end."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path

from aiohttp import web

from notary import programs
from web import assets, limits
from web.app import Parts, build
from web.house import House, note_address

BACKLOG = 4096
"""Connections the kernel keeps waiting: everybody comes back at once after a break."""

_GRACE_S = 3.0
"""Requests that run at the end have so long to finish."""


@asynccontextmanager
async def serving(house: House, sockets: list[socket.socket]) -> AsyncIterator[asyncio.Task[None]]:
    """Serve until the context ends; give the task of the roles, which ends only by a fault.

    Raises NotBuilt where the browser's files are missing.
    """
    parts = Parts(
        settings=house.settings,
        database=house.database,
        hall=house.hall,
        vault=house.vault,
        bell=house.bell,
        assets=assets.read(Path(str(resources.files("web") / "static"))),
        devices=house.devices,
        factor_key=house.factor_key,
    )
    await programs.publish(house.database, house.hall, parts.assets.sha256)
    runner = web.AppRunner(
        build(parts),
        access_log=None,
        shutdown_timeout=_GRACE_S,
        keepalive_timeout=limits.HEADERS_SECONDS,  # runs from the first byte of a connection on
    )
    await runner.setup()
    roles = asyncio.create_task(house.run(), name="roles")
    try:
        for one in sockets:
            await web.SockSite(runner, one, backlog=BACKLOG).start()
        note_address(house.settings.home, house.settings.origin)
        yield roles
    finally:
        house.bell.ring()  # whoever waits for something looks once more, and finds nobody there
        await runner.cleanup()
        roles.cancel()
        await asyncio.wait({roles})


def listen_for_the_end() -> asyncio.Event:
    """Return what is set when somebody ends the process: SIGTERM, Ctrl-C. From the main thread."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for word in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(word, told.set)
    return told


async def until_told(told: asyncio.Event, roles: asyncio.Task[None]) -> None:
    """Return when the end was told; raise the fault that ends the roles."""
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({waiting, roles}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    fault = roles.exception() if roles.done() else None
    if isinstance(fault, ExceptionGroup):
        raise fault.exceptions[0] from fault
