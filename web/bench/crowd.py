"""A crowd of watchers in one process: sockets that only count the events they hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from typing_extensions import override

from web.bench.stands import LOOPBACK

_AT_ONCE = 50
_SPACE = 4096
_HEADERS_END = b"\r\n\r\n"
_EVENT = b'{"at":'
"""How the canonical form of an event begins; a hello and a beat begin otherwise."""

_SHORT, _MEDIUM = 126, 127  # RFC 6455, 5.2: lengths that are written behind


class Crowd:
    """Watchers of one room, and when the last of them has heard an event."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        self._heard = 0
        self._last: asyncio.Future[float] | None = None

    @classmethod
    @asynccontextmanager
    async def gathered(cls, port: int, path: str, size: int) -> AsyncIterator[Self]:
        """Open so many sockets for as long as the context lasts."""
        crowd = cls(path)
        loop = asyncio.get_running_loop()
        turn = asyncio.Semaphore(_AT_ONCE)
        transports: list[asyncio.Transport] = []

        async def come() -> None:
            async with turn:
                transport, watcher = await loop.create_connection(
                    lambda: Watcher(crowd), LOOPBACK, port
                )
                transports.append(transport)
                await watcher.opened

        await asyncio.gather(*(come() for _ in range(size)))
        crowd.size = size
        try:
            yield crowd
        finally:
            for transport in transports:
                transport.abort()

    def next_event(self) -> asyncio.Future[float]:
        """Return what will be the instant at which the last watcher has heard the next event."""
        self._heard = 0
        self._last = asyncio.get_running_loop().create_future()
        return self._last

    def hear(self) -> None:
        """Count one watcher who has heard the event."""
        self._heard += 1
        if self._heard == self.size and self._last is not None:
            self._last.set_result(asyncio.get_running_loop().time())


class Watcher(asyncio.BufferedProtocol):
    """One socket of a crowd."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._space = bytearray(_SPACE)
        self._buffer = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a TCP connection
        transport.write(
            f"GET {self._crowd.path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )

    @override
    def get_buffer(self, sizehint: int) -> bytearray:
        return self._space

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self._buffer += self._space[:nbytes]
        if not self.opened.done():
            _, end, rest = self._buffer.partition(_HEADERS_END)
            if not end:
                return
            self._buffer = rest
            self.opened.set_result(None)
        while (start := _payload_start(self._buffer)) is not None:
            begin, end_of_frame = start
            if self._buffer.startswith(_EVENT, begin):
                self._crowd.hear()
            self._buffer = self._buffer[end_of_frame:]


def _payload_start(buffer: bytes) -> tuple[int, int] | None:
    """Return where the payload of the first frame begins and ends, None until all of it is here."""
    if len(buffer) < 2:  # noqa: PLR2004 - the shortest head of a frame
        return None
    size, begin = buffer[1], 2
    if size >= _SHORT:
        begin += 2 if size == _SHORT else 8
        size = int.from_bytes(buffer[2:begin])
    return (begin, begin + size) if len(buffer) >= begin + size else None
