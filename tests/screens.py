"""Pictures of a running hall, for the eye: `python -m tests.screens FOLDER`, hall at `HALL_URL`.

Every public page, and the first tender and room that they lead to, in both languages and at the
width of a desk and of a telephone.
"""

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PAGES = (
    *("/", "/announcements", "/openings", "/verify", "/status", "/login", "/submit"),
    *("/statistics", "/help", "/help/bidder", "/accessibility", "/subscriptions/new?q=GC"),
)
LEADING_ON = re.compile(r"/(tenders|rooms)/[^/?#]+(/\w+)?$")
LANGUAGES = ("zh-CN", "en")
WIDTHS = {1440: 900, 390: 844}  # a desk's screen and a telephone's: their heights
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def addresses(page: Page, hall: str) -> list[str]:
    """Return the public pages and the first page of each kind that a list leads to."""
    first: dict[str, str] = {}
    for listing in ("/", "/announcements", "/openings"):
        page.goto(hall + listing)
        links = page.locator("main a[href^='/']").evaluate_all("a => a.map(x => x.pathname)")
        for link in links:
            if kind := LEADING_ON.match(link):
                first.setdefault(f"{kind[1]}{kind[2] or ''}", link)
    return [*PAGES, *first.values()]


def main(folder: Path) -> None:
    """Take all pictures into `folder`."""
    hall = os.environ.get("HALL_URL", "http://localhost:8080")
    chromium = os.environ.get("HALL_CHROMIUM", "/usr/bin/chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for width, height in WIDTHS.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai"
            )
            for address in addresses(page, hall):
                name = re.sub(r"\W+", "-", address).strip("-") or "home"
                for language in LANGUAGES:
                    page.goto(f"{hall}{address}{'&' if '?' in address else '?'}lang={language}")
                    picture = folder / f"{name}.{language}.{width}.png"
                    page.screenshot(path=picture, full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
