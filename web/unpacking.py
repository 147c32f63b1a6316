"""A plain tar taken apart while it arrives: nothing of it is kept but what is asked for.

As `hall seal` and the browser write a `bid.seal`: regular files of POSIX ustar, one after the other
(`sealing.md` 3, transport). Whatever else a tar may hold is refused.

Source: POSIX.1-1988, ustar.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from notary.refusal import Refusal

_BLOCK = 512
_SIZE = slice(124, 136)
_SUM = slice(148, 156)
_BLANKS = b" " * 8
_REGULAR = 156
_MAGIC = slice(257, 262)


class NotASealedBid(Refusal):
    """The file is no `bid.seal`: another file, or one that was cut off or altered on its way.

    Source: `bid-seal/v1` section 3, transport.
    """

    code = "submit.not_sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of the tar whose content comes next; `size` in bytes."""

    name: str
    size: int


class Tar:
    """A tar that is read once, from front to back."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """Take the bytes as they come, in pieces of any size."""
        self._chunks = chunks
        self._ahead = b""
        self._left = 0
        self._fill = 0

    async def next(self) -> Member | None:
        """Return the next file, None after the last; what is left of the one before is skipped."""
        async for _ in self.content():
            pass
        await self._exactly(self._fill)
        header = await self._exactly(_BLOCK)
        if not any(header):
            return None
        member = _read(header)
        self._left, self._fill = member.size, -member.size % _BLOCK
        return member

    async def small(self, name: str, most: int) -> bytes:
        """Return the content of the next file, which has this name, in at most so many bytes."""
        member = await self.next()
        if member is None or member.name != name or member.size > most:
            raise NotASealedBid(why=f"no {name} where it should be")
        return b"".join([chunk async for chunk in self.content()])

    async def content(self) -> AsyncIterator[bytes]:
        """Give the content of the file that was read last, in pieces."""
        while self._left:
            piece = self._ahead or await self._more()
            self._ahead = piece[self._left :]
            piece = piece[: self._left]
            self._left -= len(piece)
            yield piece

    async def _exactly(self, size: int) -> bytes:
        read = b""
        while len(read) < size:
            piece = self._ahead or await self._more()
            taken = size - len(read)
            read, self._ahead = read + piece[:taken], piece[taken:]
        return read

    async def _more(self) -> bytes:
        async for chunk in self._chunks:
            if chunk:
                return chunk
        raise NotASealedBid(why="cut off")


def _read(header: bytes) -> Member:
    """Read the header of a regular file, or refuse it."""
    try:
        said, size = int(header[_SUM].rstrip(b"\0 "), 8), int(header[_SIZE].rstrip(b"\0 "), 8)
        name = header[:100].rstrip(b"\0").decode("ascii")
    except ValueError as error:
        raise NotASealedBid(why="no header of a tar") from error
    summed = sum(header[: _SUM.start] + _BLANKS + header[_SUM.stop :])
    regular = header[_REGULAR : _REGULAR + 1] in {b"0", b"\0"} and header[_MAGIC] == b"ustar"
    if said != summed or not regular or size < 0:
        raise NotASealedBid(why="no header of a tar")
    return Member(name=name, size=size)
