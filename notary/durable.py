"""Files that are there after the power went off: written, synced, renamed, and the folder synced.

Everything here blocks; callers in the event loop use a thread.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Make `path` hold `data`, whole or not at all, whatever happens in between.

    One writer at a time: the temporary name is fixed, so that a crash leaves at most one behind.
    """
    temporary = path.with_name(path.name + ".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    rename(temporary, path)


def rename(source: Path, target: Path) -> None:
    """Give a synced file its name, for good."""
    source.replace(target)
    sync_folder(target.parent)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `target` whole, or does not.

    `target` is absent or an empty folder; OSError where it is neither. What a crash leaves behind
    is a folder `<name>.tmp` beside it, which the next attempt replaces.
    """
    unfinished = target.with_name(target.name + ".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        os.sync()  # all at once; after it each fsync only asks whether anything went wrong
        for path in unfinished.rglob("*"):
            _sync(path)
        sync_folder(unfinished)
        rename(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` as durable as the files."""
    _sync(folder)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` against every other process and thread; wait for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # falls with the descriptor, also in a crash
        yield
    finally:
        os.close(descriptor)
