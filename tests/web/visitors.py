"""Somebody with a browser: reads pages as text, presses the buttons of forms."""

import re
from html import unescape

import aiohttp
from aiohttp import hdrs

from notary.entropy import system_entropy
from tests.assurance.ground import Ground


class Visitor:
    """Somebody with a browser, who is logged in or not."""

    def __init__(self, ground: Ground, cookie: str = "") -> None:
        self._origin = ground.origin
        self._ours = {"Sec-Fetch-Site": "same-origin", hdrs.ACCEPT: "text/html", "Cookie": cookie}

    async def read(self, path: str, lang: str = "en") -> str:
        """Return a page as text without its markup."""
        between = "&" if "?" in path else "?"
        page = await self.source(f"{path}{between}lang={lang}")
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())

    async def source(self, path: str) -> str:
        """Return a page as it is sent."""
        async with (
            aiohttp.ClientSession(headers=self._ours) as http,
            http.get(f"{self._origin}{path}") as page,
        ):
            assert page.status == 200, (path, page.status)
            return await page.text()

    async def press(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form; return the status, and where it leads or what it says."""
        form = {"key": system_entropy(16).hex(), **fields}
        async with (
            aiohttp.ClientSession(headers=self._ours) as http,
            http.post(
                f"{self._origin}{path}?lang=en", data=form, allow_redirects=False
            ) as answered,
        ):
            where = answered.headers.get(hdrs.LOCATION)
            return answered.status, where or await answered.text()


async def visitor(ground: Ground, name: str | None = None) -> Visitor:
    """Log somebody in."""
    return Visitor(ground, "" if name is None else await ground.log_in(name))
