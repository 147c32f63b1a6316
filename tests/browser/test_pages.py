"""Every page in a real browser: quiet, at home, accessible, as wide as its screen."""

from itertools import cycle, product

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Reading
from tests.browser.places import PLACES
from tests.browser.reader import DESK, EN, NARROW, TELEPHONE, ZH, Window
from tests.browser.shown import AWARDED, OPENING, Shown, a_box

pytestmark = pytest.mark.asyncio(loop_scope="session")


VIEWS = list(product((ZH, EN), (DESK, TELEPHONE)))
# Made of the same parts as others that are read by day, or read there by a test of their own.
AT_NIGHT = {
    "a room once more",
    "a public record",
    "a public record of an agency",
    "administration",
    "a search of entries",
    "a bid to make",
    "receipts of bids",
    "receipts of an opened bid",
    "every condition",
    "openings of a day",
    "subscriptions",
    "help for bidders",
    "help for everybody",
    "accessibility",
    "a search without results",
    "a tender left shut",
    "a room left shut",
    "submit to a tender",
    "a closed entry",
    "an entry of the ledger",
    "a rule set",
    "a draft's lots",
    "a draft's times",
    "a draft's documents",
    "a draft's holders",
    "tenders of one's own",
    "a cancellation",
    "a room of a supervisor",
    "a complaint",
    "complaints",
    "following a tender",
    "the telephone list",
    "no such tender",
    "a wrong question",
    "a search",
    "a tender in its opening",
    "a room before",
    "a room after",
    "the rules",
    "my devices",
    "bringing a firm in",
    "a draft's tasks",
    "an outage",
    "my messages",
    "setting up",
    "a desk of nobody",
    "the desk of officer",
    "the desk of auditor",
    "the desk of expert",
    "the desk of administrator",
}
# Each other page once in every run, by turns in another language and width; all every night.
MAIN = dict(
    zip(
        [name for name in PLACES if name not in AT_NIGHT],
        cycle((VIEWS[0], VIEWS[3], VIEWS[1], VIEWS[2])),
        strict=False,
    )
)
CASES = [
    pytest.param(
        name,
        lang,
        size,
        id=f"{name}-{lang}-{size[0]}",
        marks=() if MAIN.get(name) == (lang, size) else pytest.mark.nightly,
    )
    for name in PLACES
    for lang, size in VIEWS
]


@pytest.mark.parametrize(("name", "lang", "size"), CASES)
async def test_a_page_is_quiet_accessible_and_no_wider_than_its_screen(
    season: Shown, read: Reading, name: str, lang: str, size: tuple[int, int]
) -> None:
    place = PLACES[name]
    reader = await read(season, Window(lang=lang, size=size, person=place.person))
    page = await reader.go(place.on(season), status=place.status)

    assert await page.locator("html").get_attribute("lang") == lang
    assert await reader.violations() == []
    assert await reader.sideways() == []
    assert await reader.naked_times() == []
    await page.set_viewport_size({"width": NARROW, "height": TELEPHONE[1]})
    assert await reader.sideways() == []


async def test_every_link_of_every_page_leads_somewhere(season: Shown, read: Reading) -> None:
    reader = await read(season)
    links: dict[str, str] = {}
    for name, place in PLACES.items():
        if place.status == 200 and place.person is None:
            page = await reader.go(place.on(season))
            found = await page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
            links |= {link.partition("#")[0]: name for link in found}

    dead = {}
    for link, name in links.items():
        answer = await reader.context.request.get(link)
        if answer.status != 200:
            dead[link] = (name, answer.status)
    assert dead == {}


@pytest.mark.parametrize("lang", [ZH, pytest.param(EN, marks=pytest.mark.nightly)])
async def test_the_public_record_reads_without_any_script(
    season: Shown, read: Reading, lang: str
) -> None:
    reader = await read(season, Window(lang=lang, scripts=False))
    page = await reader.go("/")
    await page.locator("input[type=search]").fill(AWARDED)
    await page.locator("[role=search] button").click()
    assert page.url.startswith(f"{season.origin}/announcements?")
    listed = page.locator("main .rows a")
    await expect(listed).to_have_count(1)

    await page.locator(".facets input[name=stage][value=awarded]").check()
    await page.locator(".facets input[name=stage][value=open]").check()
    await page.locator(".facets button").click()
    await expect(listed).to_have_count(1)
    await page.locator(".chips a[href*='stage=open']").first.click()
    await expect(page.locator(".chips a:not(.is-clear)")).to_have_count(1)
    await reader.go(f"/announcements?q={AWARDED}")

    await listed.click()
    assert page.url == f"{season.origin}/tenders/{AWARDED}"
    await expect(page.locator("#checked .ok")).to_be_visible()
    await expect(page.locator(".record li, .record dt, .record dd").first).to_be_visible()
    await page.locator(f"a[href^='/tenders/{AWARDED}/result']").first.click()
    await expect(page.locator(".five > li")).to_have_count(5)
    await reader.go(season.room(a_box(OPENING)))
    await expect(page.locator("#room-bids tbody tr:not(.is-shut)")).to_have_count(3)


async def test_facets_narrow_the_list_in_place_and_the_address_keeps_them(
    season: Shown, read: Reading
) -> None:
    page = await (await read(season)).go("/announcements")
    every = await page.locator("main .rows > li").count()
    await page.locator(".facets input[name=stage][value=open]").check()

    await expect(page.locator("main .rows > li")).to_have_count(1)
    assert every > 1
    assert "stage=open" in page.url
    await page.reload()
    await expect(page.locator("main .rows > li")).to_have_count(1)


@pytest.mark.parametrize("address", ["/announcements?q=GC&stage=result", f"/tenders/{AWARDED}"])
async def test_the_language_switch_keeps_the_page(
    season: Shown, read: Reading, address: str
) -> None:
    page = await (await read(season)).go(address)
    await page.locator("a[hreflang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", EN)
    assert page.url.startswith(season.origin + address)
    english = await page.locator("h1").inner_text()
    await page.reload()
    await expect(page.locator("h1")).to_have_text(english)

    await page.locator("a[hreflang=zh-CN]").click()
    await expect(page.locator("html")).to_have_attribute("lang", ZH)


async def test_the_keyboard_skips_to_the_content_and_its_focus_shows(
    season: Shown, read: Reading
) -> None:
    page = await (await read(season)).go("/announcements")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await expect(page.locator(".skip")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")

    focused = page.locator("main :focus")
    await expect(focused).to_have_count(1)
    outline = await focused.evaluate(
        "one => parseFloat(getComputedStyle(one).outlineWidth) || getComputedStyle(one).boxShadow"
    )
    assert outline not in {0, "none"}
