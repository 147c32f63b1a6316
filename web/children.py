"""Processes of this hall's own program, started by it and never outliving it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from sql.account import signal_at_end_of

_AGAIN_S = 2.0
_PATIENCE_S = 10.0

log = structlog.get_logger()


async def start(
    *words: str,
    environ: Mapping[str, str],
    output: int | None = None,
    errors: int | None = None,
) -> Process:
    """Start `hall` with these words, from the main thread; it ends with this process.

    `environ` is added to ours; `output`, `errors`: where its two outputs go, None for ours.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web",
        *words,
        env={**os.environ, **environ},
        stdin=DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,  # Ctrl-C is for us, who then end it
        preexec_fn=signal_at_end_of(os.getpid(), signal.SIGTERM),
    )


async def end(process: Process) -> int:
    """End a process, gracefully first, and return its exit code."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await process.wait()
    except TimeoutError:
        process.kill()
        return await process.wait()


@asynccontextmanager
async def keeping(*words: str, environ: Mapping[str, str], says: Path) -> AsyncIterator[None]:
    """Keep `hall` with these words running for as long as the context lasts.

    `says`: the file to which its log is appended.
    """
    task = asyncio.create_task(_keep(*words, environ=environ, says=says), name=" ".join(words))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep(*words: str, environ: Mapping[str, str], says: Path) -> None:
    while True:
        with says.open("ab") as errors:
            process = await start(*words, environ=environ, output=DEVNULL, errors=errors.fileno())
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await end(process)
            raise
        log.warning("child.ended", words=words[:2], code=code, says=str(says))
        await asyncio.sleep(_AGAIN_S)
