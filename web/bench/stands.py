"""Stands: what is measured against lives in a process of its own, as what is measured does.

A stand is a function that serves until its pipe ends. It says its port first; whatever it is told
later it answers with the instant at which it began, by the machine's one monotonic clock.
"""

import asyncio
import multiprocessing
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from aiohttp import web

LOOPBACK = "127.0.0.1"

Serve = Callable[..., Coroutine[None, None, None]]
"""(pipe, whatever it needs) -> when the pipe ends; of a module, so that a new process finds it."""

_BACKLOG = 4096
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A running stand as this process sees it."""

    port: int
    pipe: "Connection[object, object]"

    async def ask(self) -> float:
        """Let it do its one thing; return when it began."""
        self.pipe.send(None)
        began = await asyncio.to_thread(self.pipe.recv)
        assert isinstance(began, float)  # noqa: S101 - every stand answers so
        return began


@asynccontextmanager
async def standing(serve: Serve, *given: object) -> AsyncIterator[Stand]:
    """Run a stand in a process of its own for as long as the context lasts."""
    allow_files()
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_run, args=(serve, theirs, *given), daemon=True)
    process.start()
    theirs.close()
    try:
        port = await asyncio.to_thread(ours.recv)
        assert isinstance(port, int)  # noqa: S101 - a stand says its port first
        yield Stand(port=port, pipe=ours)
    finally:
        ours.close()
        await asyncio.to_thread(process.join, _PATIENCE_S)
        process.kill()


@asynccontextmanager
async def listening(runner: web.BaseRunner) -> AsyncIterator[int]:
    """Serve what the runner runs on a free port of this machine; give the port."""
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0, backlog=_BACKLOG)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def until_asked(pipe: "Connection[object, object]") -> bool:
    """Wait for the next word; False: nobody will say one any more."""
    with suppress(EOFError, OSError):
        await asyncio.to_thread(pipe.recv)
        return True
    return False


def _run(serve: Serve, pipe: "Connection[object, object]", *given: object) -> None:
    allow_files()
    asyncio.run(serve(pipe, *given))


def allow_files() -> None:
    """Let this process open as many files as it may: every socket is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
