"""The vault: files by the SHA-256 of their content, written once, never changed.

Sealed bids and documents lie here; the database holds their digests. A file is put before the row
that names it: a crash leaves a file that nobody names, never a name without its file. Here is the
vault in a folder; the one in an S3 store is `notary.s3_vault`.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from notary import durable

READ_BYTES = 256 * 1024
"""Of one piece of a file that is read; an upload comes in the pieces its sender makes."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BadBlob(ValueError):  # noqa: N818 - named after what is wrong
    """What came is not what was announced: another digest, or more bytes than allowed."""


class MissingBlob(LookupError):  # noqa: N818 - named after what is wrong
    """The vault has no file of this digest."""


class VaultAway(OSError):  # noqa: N818 - named after what is wrong
    """The store behind the vault does not answer, or says no to the hall itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Where one file may be sent without passing through the hall: a PUT with these headers."""

    url: str
    headers: Mapping[str, str]
    until: datetime


Judge = Callable[[bytes, int], object]
"""Takes the first bytes of a file and its size, and raises where it may not be in the vault."""


class Vault(Protocol):
    """Where files lie. `digest` is always SHA-256 of the content in lower-case hex."""

    async def put(self, digest: str, chunks: AsyncIterable[bytes], *, limit: int) -> int:
        """Store the bytes that `chunks` gives and return their number, at most `limit`.

        Durable when it returns. Raises BadBlob, with nothing left behind, if they have another
        digest or are too many. Whoever puts the same file again, or at the same time, succeeds.
        """

    def open(self, digest: str) -> AsyncIterator[bytes]:
        """Give the file in pieces; raise MissingBlob where there is none."""

    async def size(self, digest: str) -> int | None:
        """Return the number of bytes, None where there is no such file."""

    async def delete(self, digest: str) -> None:
        """Take the file out, if it is there."""

    async def keep(self, digest: str, until: datetime) -> None:
        """Let nobody take the file out before `until`, where the store can bind everybody."""

    async def keeps(self) -> bool:
        """Whether `keep` binds whoever runs the store, too."""

    def invite(self, key: str, digest: str, size: int) -> Ticket | None:
        """Say where a file may be sent to under `key`; None: only through the hall, by `put`."""

    async def admits(self, origin: str) -> bool:
        """Whether a browser lets pages of this web origin send to where `invite` says."""

    async def settle(self, key: str, digest: str, size: int, judge: Judge, *, head: int) -> None:
        """Take in what was sent under `key`; `judge` sees its first `head` bytes before that.

        Raises MissingBlob where nothing was sent, and BadBlob or what `judge` raises with nothing
        left behind.
        """

    async def discard(self, key: str) -> None:
        """Take away what was sent under `key` and not settled, if there is anything."""

    def close(self) -> None:
        """Let go of whatever the vault holds open."""


class DirectoryVault:
    """A vault in a folder of this machine: `<root>/<two digits>/<digest>`, read-only files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def put(self, digest: str, chunks: AsyncIterable[bytes], *, limit: int) -> int:
        """Store a file: temporary file, fsync, rename, fsync of the folder."""
        target = self._place(digest)
        arrival = await asyncio.to_thread(_Arrival, self._incoming)
        try:
            async for chunk in chunks:
                if arrival.size + len(chunk) > limit:
                    raise BadBlob(f"more than {limit} bytes")
                # Hashing and writing release the interpreter: other uploads go on meanwhile.
                await asyncio.to_thread(arrival.take, chunk)
            await asyncio.to_thread(arrival.settle, target, digest)
        finally:
            await asyncio.shield(asyncio.to_thread(arrival.discard))
        return arrival.size

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        """Give the file in pieces of `READ_BYTES`."""
        file = await asyncio.to_thread(_open, self._place(digest))
        try:
            while chunk := await asyncio.to_thread(file.read, READ_BYTES):
                yield chunk
        finally:
            file.close()

    async def size(self, digest: str) -> int | None:
        """Return the number of bytes, None where there is no such file."""
        return await asyncio.to_thread(_size, self._place(digest))

    async def delete(self, digest: str) -> None:
        """Take the file out, if it is there."""
        await asyncio.to_thread(self._place(digest).unlink, missing_ok=True)

    async def keep(self, digest: str, until: datetime) -> None:
        """Do nothing more: a file here is read-only, and root is not bound by anything."""

    async def keeps(self) -> bool:
        """Say no."""
        return False

    def invite(self, key: str, digest: str, size: int) -> Ticket | None:  # noqa: ARG002 - the Vault's
        """Say that files come through the hall."""
        return None

    async def admits(self, origin: str) -> bool:  # noqa: ARG002 - the Vault's
        """Say yes: they come to the origin of the page itself."""
        return True

    async def settle(self, key: str, digest: str, size: int, judge: Judge, *, head: int) -> None:  # noqa: ARG002
        """Find nothing: nobody is ever invited."""
        raise MissingBlob(digest)

    async def discard(self, key: str) -> None:
        """Do nothing: nobody is ever invited."""

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):  # a digest becomes a path: nothing else may
            raise BadBlob("not a SHA-256 digest in lower-case hex")
        return self._root / digest[:2] / digest


class _Arrival:
    """A file on its way in, under a name of its own; every method blocks."""

    def __init__(self, folder: Path) -> None:
        descriptor, name = tempfile.mkstemp(dir=folder)
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._hash = hashlib.sha256()
        self.size = 0

    def take(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        rest = memoryview(chunk)
        while rest:  # an unbuffered write may be short
            rest = rest[self._file.write(rest) :]
        self.size += len(chunk)

    def settle(self, target: Path, digest: str) -> None:
        if self._hash.hexdigest() != digest:
            raise BadBlob("the content has another digest than the one announced")
        os.fchmod(self._file.fileno(), 0o400)
        os.fsync(self._file.fileno())
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            durable.sync_folder(target.parent.parent)
        # A file of this digest that is there already has the same bytes: replacing it is harmless.
        durable.rename(self._path, target)

    def discard(self) -> None:
        """Close the file, and take it away where it did not settle."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise MissingBlob(path.name) from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
