"""A window of a real browser on a hall, which notes whatever goes wrong behind a reader's back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.browser.shown import Shown

DESK, TELEPHONE = (1440, 900), (390, 844)
NARROW = 320
ZH, EN = "zh-CN", "en"

_AXE = Path("web/browser/node_modules/axe-core/axe.min.js")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_STATUS = "Failed to load resource: the server responded with a status of "

_ZONE = "北京时间|Beijing time"
_NAKED_TIMES = """zone => {
  const named = new RegExp(zone, 'i'), found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let one = walker.nextNode(); one; one = walker.nextNode()) {
    const text = one.nodeValue ?? '', place = one.parentElement;
    if (!/(^|[^0-9:])[0-2][0-9]:[0-5][0-9]/.test(text)) continue;
    if (!place || place.closest('script, style, pre, code, ins, del, .mono, [hidden]')) continue;
    const part = place.closest('section, form, header, footer, .title, .track, tr, li, p, dd');
    const head = place.closest('section')?.querySelector('.sec-head, h2, caption');
    const strip = place.closest('.track');
    const beside = [part, head, strip].map(each => each?.textContent ?? '').join(' ') + text;
    if (!named.test(beside)) found.push(text.trim().slice(0, 80));
  }
  return found;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What window a reader opens.

    `size`: its pixels. `scripts`: whether it runs any. `breaks`: its connections are broken on
    purpose. `person`: who has logged in.
    """

    lang: str = ZH
    size: tuple[int, int] = DESK
    scripts: bool = True
    breaks: bool = False
    person: str | None = None


@dataclass(kw_only=True)  # without slots: playwright notes its handlers on the object
class Reader:
    """One window. `wrong`: what its console, its network and its scripts complained of.

    `expected`: a status that the test asks for.
    """

    hall: Shown
    context: BrowserContext
    page: Page
    breaks: bool
    expected: int = 200
    wrong: list[str] = field(default_factory=list)

    async def go(self, address: str, *, status: int = 200) -> Page:
        """Open a page of the hall."""
        self.expected = status
        answer = await self.page.goto(self.hall.origin + address)
        assert answer is not None
        assert answer.status == status, address
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), address
        assert "unsafe" not in policy, address
        return self.page

    async def violations(self) -> list[str]:
        """Return what axe-core finds against WCAG 2.2 AA on the page as it is."""
        await self.page.evaluate(_AXE.read_text("utf-8"))
        found: dict[str, Any] = await self.page.evaluate(
            "rules => axe.run({runOnly: {type: 'tag', values: rules}})", _RULES
        )
        return [
            f"{broken['id']}: {node['html'][:200]}"
            for broken in found["violations"]
            for node in broken["nodes"]
        ]

    async def sideways(self) -> list[str]:
        """Return what makes the page scroll to the side: nothing, or the widest elements."""
        found: list[str] = await self.page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.querySelectorAll('main *, header *, footer *')]
                .filter(one => one.getBoundingClientRect().right > wide + 1)
                .map(one => one.outerHTML.slice(0, 120));
            }"""
        )
        return found

    async def naked_times(self) -> list[str]:
        """Return the times of day on the page beside which nothing names their zone.

        A part of the page names it once: beside the time, or in the head of a list of times.
        """
        found: list[str] = await self.page.evaluate(_NAKED_TIMES, _ZONE)
        return found

    def watch(self) -> None:
        """Note what goes wrong from now on."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("request", lambda asked: self._on_request(asked.url))
        self.page.on("websocket", lambda socket: self._on_request(socket.url))
        self.page.on("response", self._on_response)

    def _on_console(self, said: ConsoleMessage) -> None:
        if said.text.startswith(f"{_STATUS}{self.expected}"):
            return
        if self.breaks and ("WebSocket" in said.text or "net::ERR_" in said.text):
            return
        self.wrong.append(f"{self.page.url}: {said.type}: {said.text}")

    def _on_request(self, url: str) -> None:
        here = self.hall.origin.removeprefix("http://")
        beside = tuple(f"{one}/" for one in self.hall.beside)
        if not url.startswith((f"http://{here}/", f"ws://{here}/", "data:", *beside)):
            self.wrong.append(f"asked elsewhere: {url}")

    def _on_response(self, answer: Response) -> None:
        if answer.status not in {200, 201, 204, 303, 304, self.expected}:
            self.wrong.append(f"{answer.url}: {answer.status}")


@asynccontextmanager
async def a_reader(chromium: Browser, hall: Shown, window: Window) -> AsyncIterator[Reader]:
    """Open a window on a hall."""
    width, height = window.size
    context = await chromium.new_context(
        viewport={"width": width, "height": height},
        locale=window.lang,
        timezone_id="Asia/Shanghai",
        java_script_enabled=window.scripts,
    )
    try:
        if window.person is not None:
            await hall.log_in(context, window.person)
        reader = Reader(
            hall=hall, context=context, page=await context.new_page(), breaks=window.breaks
        )
        reader.watch()
        yield reader
    finally:
        await context.close()
