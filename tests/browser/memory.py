"""How much memory the processes take in which pages and their workers run."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

MEBIBYTE = 2**20

HEAP = 170
"""MiB that sealing may take (web.md 7). Counted is all that its process grows by, code too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The renderers of a browser, and the bytes that each had when this was begun."""

    before: dict[int, int]

    def most(self) -> int:
        """Return by how many bytes one of them has grown at most since then.

        A page and its workers share one renderer; pages of earlier tests have their own.
        """
        return max(_memory(pid, "VmHWM") - had for pid, had in self.before.items())


async def growth_of(page: Page) -> Growth:
    """Count the peaks of a browser's renderers, of which a page and its workers are one."""
    assert page.context.browser is not None
    session = await page.context.browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    pids = [int(one["id"]) for one in told["processInfo"] if one["type"] == "renderer"]
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return Growth(before={pid: _memory(pid, "VmRSS") for pid in pids})


def _memory(pid: int, name: str) -> int:
    """Return bytes of a process that are in memory now (VmRSS), or were at most (VmHWM)."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024
