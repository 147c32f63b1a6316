"""A second channel, as another body runs it: takes manifests, signs for them, has its own clock."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import hdrs, web
from aiohttp.test_utils import TestServer

from notary import canonical, cms
from notary.canonical import Json, sha256_hex
from tests.bidding.golden import certificate, key

NAME, AT = "市公证处", "2026-11-22T01:29:58Z"


@dataclass(kw_only=True)
class Lodge:
    """The channel. `hall`: whose pages may ask. `lies`: it signs for something else."""

    hall: str = ""
    origin: str = ""
    lies: bool = False
    taken: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Sign for a manifest and its signature."""
        handed = canonical.loads(await request.read())
        assert isinstance(handed, dict)
        text, p7s = canonical.dumps(handed["object"]), base64.b64decode(str(handed["p7s"]))
        cms.verify(text, p7s)
        self.taken.append(text)
        receipt = canonical.dumps(
            {
                "v": "hall-lodged/v1",
                "name": NAME,
                "at": AT,
                "object_sha256": sha256_hex(b"another" if self.lies else text),
                "p7s_sha256": sha256_hex(p7s),
            }
        )
        signed = cms.sign(receipt, key("bidder"), certificate("bidder"))
        answer: Json = {
            "receipt": receipt.decode(),
            "receipt_p7s": base64.b64encode(signed).decode(),
        }
        return web.Response(status=201, body=canonical.dumps(answer), headers=self._headers())

    async def allow(self, _request: web.Request) -> web.Response:
        """Let pages of the hall ask."""
        return web.Response(headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {
            hdrs.CONTENT_TYPE: "application/json",
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: self.hall,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: hdrs.CONTENT_TYPE,
        }


@asynccontextmanager
async def a_lodge() -> AsyncIterator[Lodge]:
    """Open a channel for as long as the context lasts."""
    made, application = Lodge(), web.Application()
    application.router.add_post("/lodged", made.take)
    application.router.add_route("OPTIONS", "/lodged", made.allow)
    async with TestServer(application, host="127.0.0.1") as server:
        made.origin = str(server.make_url("/")).rstrip("/")
        yield made
