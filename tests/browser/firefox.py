"""Firefox, spoken to by WebDriver BiDi over a socket: the few words that a test of it needs."""

import asyncio
import json
import os
import re
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from notary import sessions
from tests.browser.shown import Shown

LISTENS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
START_S, ANSWER_S = 60, 120


@dataclass(slots=True)
class Firefox:
    """One window; what its pages say on the console goes to `wrong`."""

    socket: ClientConnection
    context: str = ""
    wrong: list[str] = field(default_factory=list)
    asked: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Give one command and return its result."""
        number = len(self.asked)
        answer = self.asked[number] = asyncio.get_running_loop().create_future()
        command = {"id": number, "method": method, "params": params}
        async with asyncio.timeout(ANSWER_S):
            await self.socket.send(json.dumps(command))
            result: dict[str, Any] = await answer
        return result

    async def listen(self) -> None:
        """Hear answers and what is said on the console."""
        async for frame in self.socket:
            heard = json.loads(frame)
            if heard["type"] == "success":
                self.asked[heard["id"]].set_result(heard["result"])
            elif heard["type"] == "error":
                self.asked[heard["id"]].set_exception(RuntimeError(heard["message"]))
            elif heard["method"] == "log.entryAdded":
                self.wrong.append(f"{heard['params']['level']}: {heard['params']['text']}")

    async def begin(self) -> None:
        """Begin a session in the window that is open."""
        await self.ask("session.new", capabilities={})
        tree = await self.ask("browsingContext.getTree")
        self.context = tree["contexts"][0]["context"]
        await self.ask("session.subscribe", events=["log.entryAdded"])

    async def come_in(self, hall: Shown, person: str | None) -> None:
        """Be somebody who has logged in, or nobody."""
        await self.ask("storage.deleteCookies")
        if person is None:
            return
        async with hall.town.database.transaction() as tx:
            token = await sessions.begin(tx, hall.town.hall, person)
        value = {"type": "string", "value": token}
        cookie = {"name": "hall", "value": value, "domain": "localhost", "path": "/"}
        await self.ask("storage.setCookie", cookie=cookie)

    async def look(self, width: int, height: int) -> None:
        """Give the page so many pixels."""
        viewport = {"width": width, "height": height}
        await self.ask("browsingContext.setViewport", context=self.context, viewport=viewport)

    async def go(self, url: str) -> object:
        """Open a page and return the status of the answer."""
        await self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")
        return await self.run("performance.getEntriesByType('navigation')[0]?.responseStatus")

    async def run(self, expression: str) -> object:
        """Return what a JavaScript expression is, as JSON can say it."""
        said = await self.ask(
            "script.evaluate",
            expression=f"JSON.stringify(({expression}) ?? null)",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])

    async def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is true."""
        async with asyncio.timeout(seconds):
            while not await self.run(expression):  # noqa: ASYNC110 - a page tells nobody
                await asyncio.sleep(0.1)

    async def press(self, selector: str) -> None:
        """Press a button."""
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def write(self, selector: str, text: str) -> None:
        """Write into a field, key by key."""
        await self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        keys = [{"type": way, "value": key} for key in text for way in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "hand", "actions": keys}
        await self.ask("input.performActions", context=self.context, actions=[source])

    async def choose(self, selector: str, files: Sequence[Path]) -> None:
        """Choose files."""
        found = await self.ask(
            "browsingContext.locateNodes",
            context=self.context,
            locator={"type": "css", "value": selector},
        )
        names = [str(file) for file in files]
        shared = {"sharedId": found["nodes"][0]["sharedId"]}
        await self.ask("input.setFiles", context=self.context, element=shared, files=names)


@asynccontextmanager
async def a_firefox(profile: Path) -> AsyncIterator[Firefox]:
    """Start Debian's Firefox and open a window of it; nothing may go wrong on a page of it."""
    profile.mkdir()
    (profile / "user.js").write_text('user_pref("intl.accept_languages", "zh-CN,zh");\n', "utf-8")
    path = os.environ.get("HALL_FIREFOX") or shutil.which("firefox-esr") or "firefox"
    flags = ("--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile)
    process = await asyncio.create_subprocess_exec(path, *flags, stderr=PIPE, stdout=PIPE)
    try:
        async with connect(f"{await _address(process)}/session", proxy=None, max_size=None) as made:
            firefox = Firefox(made)
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(firefox.listen())
                swallowing = group.create_task(_swallow(process))
                await firefox.begin()
                yield firefox
                listening.cancel()
                swallowing.cancel()
        assert firefox.wrong == []
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _address(process: Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(START_S):
        async for line in process.stderr:
            if found := LISTENS.search(line):
                return found[1].decode()
    raise RuntimeError("Firefox ended before it listened")


async def _swallow(process: Process) -> None:
    """Read what Firefox says of itself: a full pipe would stop it."""
    assert process.stderr is not None
    while await process.stderr.read(65536):
        pass
