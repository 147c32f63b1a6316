"""A bridge to a CA token, as a driver opens it on a person's own machine: two addresses, loopback.

It answers the pages of one hall and no others, and signs what they bring with the key of a test
certificate; a real one asks for the PIN in between.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.serialization import Encoding

from notary import authority, cms, home
from notary.entropy import system_entropy
from tests.authorities import YEAR
from tests.bidding.town import NOW
from web.client import SigningPair

ORG = "91210300MA0TESTX01"


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


def a_token(folder: Path) -> SigningPair:
    """Make a token of a firm that the hall does not know."""
    key = authority.new_key(system_entropy)
    certificate = authority.issue(
        *home.demo_authority(folder / "home"),
        common_name="孙燕",
        organisation="辽建一公司",
        organization_identifier=ORG,
        public_key=key.public_key(),
        entropy=system_entropy,
        at=NOW,
        until=NOW + YEAR,
    )
    return SigningPair(key=key, certificate=certificate)
