"""Every page for everybody: by keyboard alone, at 400 % zoom, with spaced letters, own colours."""

from importlib import resources
from itertools import chain, product
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from tests.browser import walking
from tests.browser.bidders import ready
from tests.browser.conftest import Reading
from tests.browser.places import PLACES, Place
from tests.browser.reader import DESK, EN, NARROW, ZH, Reader, Window
from tests.browser.shown import Shown
from tests.web import samples, samples_house
from web import assets
from web.app import AREAS
from web.letterhead import Lang
from web.pages import Pages

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZOOMED = (NARROW, 256)  # 1280 x 1024 at 400 % (WCAG 2.2, 1.4.10)
WALKED_AT_400 = (
    *("home", "announcements", "a tender that takes bids", "a bid to make", "a room during"),
    *("a new tender", "a draft's lots", "a notice to approve", "the desk of bidder", "verify"),
)
"""Pages with what floats, folds or is long: here a bar could cover what has the focus."""
WALKED_BY_DAY = {"home", "a tender that takes bids"}
ZOOMED_BY_DAY = {("log-in", EN), ("a room during", ZH)}


async def opened(season: Shown, read: Reading, place: Place, lang: str = ZH) -> Reader:
    reader = await read(season, Window(lang=lang, person=place.person))
    page = await reader.go(place.on(season), status=place.status)
    if place.address.endswith("/bid"):
        await ready(page)
        await expect(page.locator("[data-part=confirm] [data-part=passkey]")).to_be_visible()
    return reader


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in WALKED_BY_DAY else pytest.mark.nightly)
        for name in PLACES
    ],
)
async def test_a_page_is_walked_through_by_keyboard_alone(
    season: Shown, read: Reading, name: str
) -> None:
    reader = await opened(season, read, PLACES[name])

    assert await walking.walk(reader.page) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", WALKED_AT_400)
async def test_a_page_is_walked_through_at_400_percent(
    season: Shown, read: Reading, name: str
) -> None:
    reader = await opened(season, read, PLACES[name])
    await reader.page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})

    assert await walking.walk(reader.page) == []


@pytest.mark.parametrize(
    ("name", "lang"),
    [
        pytest.param(*one, marks=() if one in ZOOMED_BY_DAY else pytest.mark.nightly)
        for one in product(PLACES, (ZH, EN))
    ],
)
async def test_a_page_loses_nothing_by_zoom_spacing_rest_and_own_colours(
    season: Shown, read: Reading, name: str, lang: str
) -> None:
    reader = await opened(season, read, PLACES[name], lang)
    page = reader.page
    wrong = [f"moves: {one}" for one in await walking.moving(page)]
    wrong += [f"own colours: {one}" for one in await walking.unmarked(page)]

    assert wrong == []
    assert await lost(reader) == []


async def lost(reader: Reader) -> list[str]:
    """Return what letters lose as wide as a desk, at 400 %, spaced, and wide again."""
    page = reader.page
    wrong = await walking.letters(page)
    await page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
    wrong += [f"at 400 %: {one}" for one in await walking.letters(page) + await reader.sideways()]
    await walking.space(page)
    wrong += [f"spaced: {one}" for one in await walking.letters(page) + await reader.sideways()]
    await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    wrong += [f"spaced, wide: {one}" for one in await walking.letters(page)]
    return wrong


WALLS = "-wall"  # as wide as the wall they hang on, and nobody zooms there
STATES = [name for name in samples_house.PAGES if WALLS not in name]


@pytest.mark.nightly
@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("name", STATES)
async def test_a_state_that_no_season_is_in_is_accessible_and_loses_nothing(
    season: Shown, read: Reading, name: str, lang: Lang
) -> None:
    built = assets.read(Path(str(resources.files("web") / "static")))
    at = samples_house.PATHS.get(name, "/")
    drawn = Pages(built, chain.from_iterable(AREAS)).render(
        samples_house.PAGES[name](), samples.sheet(lang, at, reader=samples.READER)
    )

    async def answer(route: Route) -> None:
        await route.fulfill(body=drawn, content_type="text/html; charset=utf-8")

    async def nothing(route: Route) -> None:
        await route.fulfill(body="", content_type="text/javascript")

    reader = await read(season, Window(lang=lang))
    await reader.page.route(season.origin + at, answer)
    await reader.page.route("**/assets/*.js", nothing)  # what it would ask for is not there
    await reader.page.goto(season.origin + at)

    assert await reader.violations() == []
    assert await reader.naked_times() == []
    assert await lost(reader) == []
