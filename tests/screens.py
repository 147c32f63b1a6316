"""Pictures of every page, for the eye: `python -m tests.screens FOLDER [WORD …]`.

A hall of its own plays a season; each of its places is pictured in both languages, at the width of
a desk and of a telephone, then every sample, which shows the states that no season is in, then
what only a browser's own work shows, the print of what people print, and each sheet of the papers.
WORD: take only pictures whose name holds one of these.
"""

import asyncio
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from importlib import resources
from itertools import chain, product
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from playwright.async_api import Browser, Page, Route, async_playwright

from bidding.store import envelopes
from sql.migrate import migrate
from sql.postgres import OWNER, EmbeddedPostgres, binaries
from tests.browser.bidders import a_file, arrived, ready
from tests.browser.conftest import FLAGS
from tests.browser.places import PLACES
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window, a_reader
from tests.browser.shown import AWARDED, BIDDING, Shown, a_box, play_a_season, shown
from tests.conftest import FORGETFUL, in_memory
from tests.web import samples, samples_house, samples_room, samples_walls
from web import assets
from web.access import Route as Entry
from web.app import AREAS
from web.letterhead import Lang, View
from web.pages import Pages
from web.views.public import State

VIEWS = tuple(product((ZH, EN), (DESK, TELEPHONE)))
NO_PAGE = re.compile(r"^/(assets|log|feeds)/|/(socket|events)$|[.](?!\*)[a-z]+$")
"""Files and streams, which nobody looks at."""

SAMPLED = {
    "/login/code/{person}": "code",
    "/enrol/{application:[0-9a-f]{32}}/{token:[0-9a-f]{32}}": "application",
    "/desk/applications/{application:[0-9a-f]{32}}": "admission",
    "/desk/tenders/{tender}/change": "change-amend",
    "/desk/tenders/{tender}/recall": "change-recall",
    "/rules/{kind:[a-z][a-z0-9-]{0,31}}/{month:[0-9]{4}-[0-9]{2}}/confirm": "rules-confirm",
    "/objections/{objection:[0-9a-f]{32}}": "objection",
    "/supervision/alarms/{alarm:A-[0-9A-F]{16}}": "alarm",
    "/alarms/{alarm:A-[0-9A-F]{16}}/inquiries/{n:[1-9][0-9]{0,5}}": "inquiry",
    "/m/{message:[0-9]{1,18}}/{token:[0-9a-f]{32}}": "letter",
    "/leave/{subscription:[0-9a-f]{32}}/{token:[0-9a-f]{32}}": "leave",
    "/welcome/{invitation:[0-9a-f]{32}}/{token:[0-9a-f]{32}}": "welcome",
}
"""Routes whose pages no season leads to, and the sample that shows each."""

WALL = (1920, 1080)
ON_WALLS = ("room-wall", "watch-wall")
PRINTED = {
    "a result": f"/tenders/{AWARDED}/result",
    "a tender": f"/tenders/{BIDDING}",
    "the rules": "/rules/construction/2026-11",
}
HELD_UP = samples_room.held_up()
STATES: dict[str, Callable[[], View]] = {
    **{
        f"tender {state}": partial(samples.tender, state)
        for state in (
            *(State.INTERRUPTED, State.SUSPENDED, State.PAUSED, State.HALTED, State.CANCELLED),
            *(State.NOT_OPENED, State.CONFIRMING, State.CANDIDATES, State.VOID),
        )
    },
    "room-wall-of-12": lambda: samples_walls.crowded(12, 9),
    "room-wall-of-20": lambda: samples_walls.crowded(20, 20),
    "room-wall-of-42": lambda: samples_walls.crowded(42, 30),
    "room interrupted": lambda: HELD_UP[1],
    "room paused": lambda: HELD_UP[4],
    "room suspended": lambda: HELD_UP[8],
    "room halted": lambda: HELD_UP[12],
    "room postponed": lambda: HELD_UP[-2],
}
"""States that neither a season nor the samples of the tests are in."""

Walk = Callable[[Shown, Page], Awaitable[None]]


async def _filled_in(hall: Shown, page: Page) -> None:
    await page.goto(f"{hall.origin}/tenders/{BIDDING}/bid")
    await ready(page)
    await page.locator("#b0-files").set_input_files(
        [a_file("技术标.pdf", b"%PDF" * 9000), a_file("已标价工程量清单.xlsx", b"PK" * 500)]
    )
    await arrived(page, 2)
    await page.locator("#b0-price_fen").fill("10,767,000")
    await page.locator("#b0-price_fen").blur()


async def _checked(hall: Shown, page: Page) -> None:
    await page.goto(f"{hall.origin}/tenders/{AWARDED}")
    record = await page.request.get(f"{hall.origin}/tenders/{AWARDED}/record.tar")
    await page.goto(f"{hall.origin}/verify")
    await page.locator("input[type=file]").first.set_input_files(
        {"name": "record.tar", "mimeType": "application/x-tar", "buffer": await record.body()}
    )
    await page.locator("[data-part=answer]:visible").first.wait_for(timeout=30_000)


async def _refused_log_in(hall: Shown, page: Page) -> None:
    await page.goto(f"{hall.origin}/login")
    await page.locator("input[name=name]").first.fill("nobody")
    await page.locator("input[name=password]").first.fill("wrong")
    await page.locator("input[name=password]").first.press("Enter")
    await page.locator(".errors, .refusal").first.wait_for(timeout=10_000)


WALKS: dict[str, tuple[str | None, Walk]] = {
    "a bid filled in": ("firm-2", _filled_in),
    "a record checked": (None, _checked),
    "a refused log-in": (None, _refused_log_in),
}
"""What only a browser's own work shows: who is at it, and what is done."""


class Folder:
    """Where the pictures go, and which of them are wanted."""

    def __init__(self, path: Path, words: list[str]) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path, self._words = path, words

    def wants(self, name: str) -> bool:
        """Tell whether a picture is to be taken."""
        return not self._words or any(word in name for word in self._words)

    def place(self, name: str, lang: str, width: int | str) -> Path:
        """Return where a picture goes."""
        return self._path / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.{lang}.{width}.png"


async def _take(page: Page, path: Path) -> None:
    """Take a whole page when all of it has come, without what moves.

    The window grows to the page: what lies below its edge is laid out only when it is reached.
    """
    await page.wait_for_load_state("networkidle")
    size = page.viewport_size
    assert size is not None
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    await page.screenshot(path=path, full_page=True, animations="disabled")
    await page.set_viewport_size(size)


async def take_places(browser: Browser, hall: Shown, folder: Folder) -> None:
    """Picture every page of the season, as whoever may see it."""
    for name, place in PLACES.items():
        for lang, size in VIEWS if folder.wants(name) else ():
            window = Window(lang=lang, size=size, person=place.person)
            async with a_reader(browser, hall, window) as reader:
                page = await reader.go(place.on(hall), status=place.status)
                await _take(page, folder.place(name, lang, size[0]))


async def take_walks(browser: Browser, hall: Shown, folder: Folder) -> None:
    """Picture what a browser has done."""
    for name, (person, walk) in WALKS.items():
        for lang, size in VIEWS if folder.wants(name) else ():
            window = Window(lang=lang, size=size, person=person)
            async with a_reader(browser, hall, window) as reader:
                await walk(hall, reader.page)
                await _take(reader.page, folder.place(name, lang, size[0]))


async def take_samples(browser: Browser, hall: Shown, folder: Folder) -> None:
    """Picture every sample, drawn by the hall's templates and dressed by its own files."""
    built = assets.read(Path(str(resources.files("web") / "static")))
    drawing = Pages(built, chain.from_iterable(AREAS))
    for name, view in {**samples_house.PAGES, **STATES}.items():
        sizes = (WALL,) if name.startswith(ON_WALLS) else (DESK, TELEPHONE)
        for lang, size in product(Lang, sizes) if folder.wants(name) else ():
            at = samples_house.PATHS.get(name, "/")
            html = drawing.render(view(), samples.sheet(lang, at, reader=samples.READER))
            async with a_reader(
                browser, hall, Window(lang=lang, size=size, scripts=False)
            ) as reader:
                await reader.page.route(hall.origin + at, _answering(html))
                await reader.page.goto(hall.origin + at)
                await _take(reader.page, folder.place(f"sample {name}", lang, size[0]))


def _answering(html: str) -> Callable[[Route], Awaitable[None]]:
    async def answer(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html; charset=utf-8")

    return answer


async def take_prints(browser: Browser, hall: Shown, folder: Folder) -> None:
    """Picture what a printer would put on paper."""
    for name, address in PRINTED.items():
        for lang in (ZH, EN) if folder.wants(f"print of {name}") else ():
            async with a_reader(browser, hall, Window(lang=lang, size=(794, 1123))) as reader:
                await reader.page.emulate_media(media="print")
                await _take(await reader.go(address), folder.place(f"print of {name}", lang, "a4"))


async def take_papers(browser: Browser, hall: Shown, folder: Folder) -> None:
    """Keep every paper as a reader gets it."""
    async with hall.town.database.transaction() as tx:
        sent = await envelopes.envelopes_of_bidder(tx, "FIRM-1")
    own = next(one for one in sent if one.key.tender == AWARDED)
    papers = {
        "receipt": f"/tenders/{AWARDED}/receipts/{own.envelope_id}.pdf",
        "record": f"{hall.room(a_box(AWARDED))}/record.pdf",
        "award notice": f"/tenders/{AWARDED}/result.pdf",
    }
    for name, address in papers.items():
        for lang in (ZH, EN) if folder.wants(f"paper {name}") else ():
            async with a_reader(browser, hall, Window(lang=lang, person="firm-1")) as reader:
                paper = await reader.context.request.get(f"{hall.origin}{address}?lang={lang}")
                assert paper.ok, (address, paper.status)
                place = folder.place(f"paper {name}", lang, "a4").with_suffix(".pdf")
                place.write_bytes(await paper.body())


def pages(routes: Iterable[Entry]) -> Iterator[str]:
    """Return the addresses of pages as the access table writes them, a branch's like the hall's."""
    for route in routes:
        own = re.sub(r"^/b/\{.*?\}\}/", "/", route.path)
        if route.method == "GET" and not route.is_api and not NO_PAGE.search(own):
            yield own


def unpictured(paths: Iterable[str]) -> list[str]:
    """Return the addresses among `paths` that are in no picture."""
    seen = [
        *(urlsplit(one.address).path for one in PLACES.values() if one.status == HTTPStatus.OK),
        *(f"/rooms/o-{'0' * 16}{one.then.split('?')[0]}" for one in PLACES.values() if one.room),
    ]
    shown = {path for path, name in SAMPLED.items() if name in samples_house.PAGES}
    return [
        path
        for path in paths
        if path not in shown and not any(re.fullmatch(_pattern(path), one) for one in seen)
    ]


def _pattern(path: str) -> str:
    named = re.sub(r"\{\w+:((?:[^{}]|\{[^}]*\})+)\}", r"(?:\1)", path)
    return re.sub(r"\{[a-z_]+\}", "[^/]+", named)


@asynccontextmanager
async def a_season(folder: Path) -> AsyncIterator[Shown]:
    """Serve a hall with a tender in each state, from a database that lives as long."""
    home = Path(tempfile.mkdtemp(prefix="hall-screens-", dir=in_memory()))
    home.chmod(0o711)
    postgres = EmbeddedPostgres(home, binaries(None), FORGETFUL)
    try:
        await postgres.start()
        await migrate(postgres.dsn(OWNER))
        async with shown(postgres, folder) as hall:
            await play_a_season(hall, folder)
            yield hall
    finally:
        await postgres.stop()
        shutil.rmtree(home)


async def main(path: Path, words: list[str]) -> None:
    """Take the pictures, and say nothing of each file that a browser asks for."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    folder = Folder(path, words)
    with tempfile.TemporaryDirectory() as kept:
        async with a_season(Path(kept)) as hall, async_playwright() as playwright:
            chromium = os.environ.get("HALL_CHROMIUM", "/usr/bin/chromium")
            browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            await take_places(browser, hall, folder)
            await take_samples(browser, hall, folder)
            await take_prints(browser, hall, folder)
            await take_papers(browser, hall, folder)
            await take_walks(browser, hall, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
