"""A bridge to a CA token, as a driver opens it on a person's own machine: two addresses, loopback.

It answers the pages of one hall and no others, and signs what they bring with the key of a test
certificate; a real one asks for the PIN in between.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import hdrs, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.serialization import Encoding

from notary import cms
from web.client import SigningPair


@dataclass(kw_only=True)
class Bridge:
    """The driver's side. `pair`: what is in the token; None: the token is not in."""

    hall: str = ""
    pair: SigningPair | None = None
    origin: str = ""
    signed: list[bytes] = field(default_factory=list)

    async def certificate(self, request: web.Request) -> web.Response:
        """Give the token's certificate, DER."""
        pair = self._token(request)
        return self._answer(pair.certificate.public_bytes(Encoding.DER))

    async def sign(self, request: web.Request) -> web.Response:
        """Sign the body, detached."""
        pair, text = self._token(request), await request.read()
        self.signed.append(text)
        return self._answer(cms.sign(text, pair.key, pair.certificate))

    def _token(self, request: web.Request) -> SigningPair:
        if request.headers.get(hdrs.ORIGIN) != self.hall:
            raise web.HTTPForbidden
        if self.pair is None:
            raise web.HTTPServiceUnavailable(headers={hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: self.hall})
        return self.pair

    def _answer(self, content: bytes) -> web.Response:
        return web.Response(body=content, headers={hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: self.hall})


@asynccontextmanager
async def a_bridge() -> AsyncIterator[Bridge]:
    """Open a bridge for as long as the context lasts."""
    made, application = Bridge(), web.Application()
    application.router.add_get("/certificate", made.certificate)
    application.router.add_post("/sign", made.sign)
    async with TestServer(application, host="127.0.0.1") as server:
        made.origin = str(server.make_url("/")).rstrip("/")
        yield made
