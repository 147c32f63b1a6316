"""Whatever is sent to hurt the hall is refused at once, in few words, and costs it little.

Every act that takes JSON gets every bomb, signed by somebody who may; every live room gets every
bad socket. Each has its own clear status or close code.

Source: `assurance.md` 4 and rows 14 and 15.
"""

import asyncio
import gzip
import resource
import struct
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType, hdrs

from bidding.keys import box_of, room_of
from notary.identity import Line, Role
from sql.database import Database
from tests.assurance import raw
from tests.assurance.ground import Ground, a_ground, take_in
from tests.assurance.raw import Answer, Request
from tests.assurance.reading import addresses
from tests.assurance.test_roles import values
from tests.bidding.town import BOX, announce
from web.access import TABLE, Route

ONE_IN = 4
MOST_SECONDS = 1.0
MOST_GROWTH = 64 * 1024 * 1024
MEGABYTE = 1024 * 1024

JSON: dict[str, str] = {"Content-Type": raw.JSON}
REFUSED: dict[str, tuple[int, str]] = {
    "json": (400, "request.not_json"),
    "disguised": (415, "request.disguised"),
    "type": (415, "request.wrong_type"),
    "large": (413, "request.too_large"),
}
# What is sent, as what, and how it is refused. The objects would be good but for one thing.
BOMBS: Mapping[str, tuple[bytes, dict[str, str], str]] = {
    "nothing": (b"", JSON, "json"),
    "half an object": (b'{"object":', JSON, "json"),
    "NaN": (b'{"object":NaN}', JSON, "json"),
    "Infinity": (b'{"object":-Infinity}', JSON, "json"),
    "1e400": (b'{"object":1e400}', JSON, "json"),
    "a fraction": (b'{"object":0.1}', JSON, "json"),
    "an integer of 5,000 digits": (b'{"object":' + b"9" * 5000 + b"}", JSON, "json"),
    "an integer beyond 2^53": (b'{"object":9007199254740992}', JSON, "json"),
    "a key twice": (b'{"object":{},"object":{}}', JSON, "json"),
    "a lone surrogate": (b'{"object":"\\ud800"}', JSON, "json"),
    "U+0000": (b'{"object":"\\u0000"}', JSON, "json"),
    "a byte order mark": (b"\xef\xbb\xbf{}", JSON, "json"),
    "no UTF-8": (b'{"object":"\xff"}', JSON, "json"),
    "UTF-16": ("{}".encode("utf-16"), JSON, "json"),
    "arrays 10^5 deep": (b"[" * 100_000 + b"]" * 100_000, JSON, "json"),
    "objects 10^4 deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, JSON, "json"),
    "arrays 33 deep": (b"[" * 33 + b"]" * 33, JSON, "json"),
    "charset=bogus": (b"{}", {hdrs.CONTENT_TYPE: f"{raw.JSON}; charset=bogus"}, "disguised"),
    "charset=utf-16": (b"{}", {hdrs.CONTENT_TYPE: f"{raw.JSON}; charset=utf-16"}, "disguised"),
    "gzip": (
        gzip.compress(bytes(64 * MEGABYTE)),
        JSON | {hdrs.CONTENT_ENCODING: "gzip"},
        "disguised",
    ),
    "deflate": (
        zlib.compress(bytes(64 * MEGABYTE)),
        JSON | {hdrs.CONTENT_ENCODING: "deflate"},
        "disguised",
    ),
    "a form": (b"a=1&" * 1000, {hdrs.CONTENT_TYPE: "application/x-www-form-urlencoded"}, "type"),
    "XML": (b"<!DOCTYPE a [<!ENTITY b 'c'>]>", {hdrs.CONTENT_TYPE: "application/xml"}, "type"),
    "ten megabytes": (b" " * 10 * MEGABYTE, JSON, "large"),
}
"""Compressed ones are as large as the smallest limit once packed."""


@asynccontextmanager
async def a_target(database: Database, folder: Path) -> AsyncIterator[Ground]:
    """Serve a tender that takes bids."""
    async with a_ground(database, folder, firms=1) as ground:
        await take_in(ground, folder, "administrator", Line.EXECUTION, Role.ADMINISTRATOR)
        await announce(ground.town)
        yield ground


def targets(ground: Ground) -> list[tuple[Route, str, str | None]]:
    """Return every act that takes JSON: its route, one address, and somebody who may."""
    application = ground.browser.app
    assert application is not None
    may = {role: name for name, one in ground.town.people.items() for role in one.actor.roles}
    return [
        (
            route,
            next(iter(addresses(route, path, values(ground)))),
            may[min(route.roles)] if route.roles else None,
        )
        for (_, path), route in application[TABLE].items()
        if route.takes is not None
    ]


async def throw(http: aiohttp.ClientSession, request: Request) -> Answer:
    """Send a bomb and require that it is answered soon, and that the hall has not swelled."""
    # Of this process, hall and sender in one: what others do on the machine does not count.
    before = resource.getrusage(resource.RUSAGE_SELF)
    answer = await raw.send(http, request)
    after = resource.getrusage(resource.RUSAGE_SELF)

    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < MOST_SECONDS
    assert (after.ru_maxrss - before.ru_maxrss) * 1024 < MOST_GROWTH
    return answer


@pytest.mark.parametrize("share", [ONE_IN, pytest.param(1, marks=pytest.mark.nightly)])
async def test_every_act_refuses_every_bomb(database: Database, tmp_path: Path, share: int) -> None:
    async with a_target(database, tmp_path) as ground, aiohttp.ClientSession() as http:
        # By day each act gets every fourth bomb, the next act the next ones; at night all.
        for n, (route, address, who) in enumerate(targets(ground)):
            for name, (content, headers, refused) in list(BOMBS.items())[n % share :: share]:
                request = raw.act(route.method, ground.origin + address, content)
                request.headers |= headers
                if who is not None:
                    raw.sign(request, ground.pair(who), ground.town.clock.now)
                answer = await throw(http, request)

                assert (answer.status, answer.code) == REFUSED[refused], (address, name)


# Sockets: frames are written by hand, since no client library would send these (RFC 6455, 5.2)

TEXT, BINARY, CONTINUED, FINAL, COMPRESSED = 0x1, 0x2, 0x0, 0x80, 0x40
POLICY, TOO_BIG, BAD_DATA, PROTOCOL, NOT_UTF_8, NO_ROOM, ROLLED_BACK = (
    1008,
    1009,
    1003,
    1002,
    1007,
    4404,
    4409,
)


def frame(head: int, payload: bytes) -> bytes:
    """Return a client's frame; its mask is of zeros."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 2**16:
        length = bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        length = bytes([0x80 | 127]) + struct.pack("!Q", size)
    return bytes([head]) + length + bytes(4) + payload


def packed(payload: bytes) -> bytes:
    """Return a payload as permessage-deflate would have it, which nobody has agreed on."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


SOCKETS: Mapping[str, tuple[bytes, int]] = {
    "a frame of 5 MiB": (frame(FINAL | TEXT, b" " * 5 * MEGABYTE), TOO_BIG),
    "fragments without an end": (
        frame(TEXT, b" " * 1000) + frame(CONTINUED, b" " * 1000) * 50,
        TOO_BIG,
    ),
    "a deflate bomb": (frame(FINAL | COMPRESSED | TEXT, packed(bytes(4 * MEGABYTE))), PROTOCOL),
    "invalid UTF-8": (frame(FINAL | TEXT, b"\xff\xfe"), NOT_UTF_8),
    "words": (frame(FINAL | TEXT, b"hello"), BAD_DATA),
    "another object": (frame(FINAL | TEXT, b'{"ping":1,"x":2}'), BAD_DATA),
    "a ping with a text": (frame(FINAL | TEXT, b'{"ping":"1"}'), BAD_DATA),
    "JSON 10^3 deep": (frame(FINAL | TEXT, b"[" * 1000 + b"]" * 1000), BAD_DATA),
    "binary": (frame(FINAL | BINARY, b'{"ping":1}'), BAD_DATA),
    "a continuation of nothing": (frame(FINAL | CONTINUED, b"x"), PROTOCOL),
    "a reserved opcode": (frame(FINAL | 0x3, b"x"), PROTOCOL),
}


async def close_code(ground: Ground, path: str, sent: bytes) -> int:
    """Open a socket by hand, send bytes, and return the code by which the hall closes it."""
    host, port = ground.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions: permessage-deflate",
    )
    try:
        writer.write("\r\n".join((*lines, "", "")).encode())
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101")
            assert b"permessage-deflate" not in head
            writer.write(sent)
            while (await reader.readexactly(1))[0] != FINAL | 0x8:
                await reader.readexactly(await _size(reader))
            return int.from_bytes((await reader.readexactly(await _size(reader)))[:2])
    finally:
        writer.close()


async def _size(reader: asyncio.StreamReader) -> int:
    size = (await reader.readexactly(1))[0]
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    return size


def room_path(ground: Ground) -> str:
    return f"/rooms/{room_of(box_of(ground.town.hall, BOX))}/socket"


async def test_every_bad_socket_is_closed_with_its_code(database: Database, tmp_path: Path) -> None:
    async with a_target(database, tmp_path) as ground:
        codes = {
            name: await close_code(ground, f"{room_path(ground)}?after=0", sent)
            for name, (sent, _) in SOCKETS.items()
        }
        unknown = await close_code(ground, f"/rooms/o-{16 * '0'}/socket", b"")
        ahead = await close_code(ground, f"{room_path(ground)}?after=7", b"")

    assert codes == {name: code for name, (_, code) in SOCKETS.items()}
    assert (unknown, ahead) == (NO_ROOM, ROLLED_BACK)


@pytest.mark.parametrize("named", [{}, {"Origin": "http://{host}"}])
async def test_a_socket_of_a_program_or_of_our_own_page_is_served(
    database: Database, tmp_path: Path, named: dict[str, str]
) -> None:
    async with (
        a_target(database, tmp_path) as ground,
        aiohttp.ClientSession() as http,
        http.ws_connect(
            ground.origin + room_path(ground), headers=of_host(named, ground)
        ) as socket,
    ):
        assert (await socket.receive()).type is WSMsgType.TEXT


@pytest.mark.parametrize(
    "named", ["https://evil.example", "null", "http://{host}.evil.example", "https://{host}"]
)
async def test_a_socket_of_another_sites_page_is_refused(
    database: Database, tmp_path: Path, named: str
) -> None:
    async with a_target(database, tmp_path) as ground, aiohttp.ClientSession() as http:
        headers = of_host({"Origin": named}, ground)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(ground.origin + room_path(ground), headers=headers)

    assert refused.value.status == 403


def of_host(headers: Mapping[str, str], ground: Ground) -> dict[str, str]:
    """Return headers with the hall's own host in them."""
    host = ground.origin.removeprefix("http://")
    return {name: value.format(host=host) for name, value in headers.items()}


async def test_others_are_served_while_five_hundred_sockets_do_nothing(
    database: Database, tmp_path: Path
) -> None:
    async with (
        a_target(database, tmp_path) as ground,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        address = ground.origin + room_path(ground)
        sockets = await asyncio.gather(*(http.ws_connect(address) for _ in range(500)))
        answer = await throw(http, Request("GET", f"{ground.origin}/api/v1/time"))
        for socket in sockets:
            assert (await socket.receive()).type is WSMsgType.TEXT
        await asyncio.gather(*(socket.close() for socket in sockets))

    assert answer.status == 200
