"""The bytes of a request: no more than its route takes, not too slow, and in no disguise."""

import asyncio

from aiohttp import hdrs, web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from notary.refusal import Refusal

_CHUNK = 64 * 1024
# assurance.md 4: after the headers a body comes at 1 KiB/s at least.
_FIRST_SECONDS = 10.0
_SLOWEST_BYTES_PER_SECOND = 1024

_RAW = web.RequestKey("raw", bytes)


class TooLarge(Refusal):
    """The body is larger than its route takes.

    Source: RFC 9110, section 15.5.14; the limits are assurance.md 4.
    """

    code = "request.too_large"


class TooSlow(Refusal):
    """The body came slower than 1 KiB a second.

    Source: assurance.md 4.
    """

    code = "request.too_slow"


class Disguised(Refusal):
    """The body has another character set than UTF-8, or is compressed.

    Source: assurance.md 4.
    """

    code = "request.disguised"


def require_plain(request: web.Request) -> None:
    """Refuse a body that would have to be decoded before anybody can say what was signed."""
    charset = request.headers.get(hdrs.CONTENT_TYPE, "").lower().partition("charset=")[2]
    if charset.partition(";")[0].strip().strip('"') not in {"", "utf-8"}:
        raise Disguised
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Disguised


async def read(request: web.Request, limit: int) -> bytes:
    """Return the whole body, read once. Raises Disguised, TooLarge, TooSlow."""
    if _RAW not in request:
        require_plain(request)
        request[_RAW] = await _read(request, limit)
    return request[_RAW]


async def _read(request: web.Request, limit: int) -> bytes:
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge(limit=limit)
    body = bytearray()
    began = asyncio.get_running_loop().time()
    try:
        while True:
            patience = _FIRST_SECONDS + len(body) / _SLOWEST_BYTES_PER_SECOND
            async with asyncio.timeout_at(began + patience):
                chunk = await request.content.read(_CHUNK)
            if not chunk:
                return bytes(body)
            body += chunk
            if len(body) > limit:
                raise TooLarge(limit=limit)
    except TimeoutError as error:
        raise TooSlow from error
    except HTTPRequestEntityTooLarge as error:
        raise TooLarge(limit=limit) from error
