"""What a browser without scripts is told and can do: all but sealing, passkeys and checking."""

import re

import pytest
from playwright.async_api import expect

from notary import credentials
from tests.bidding.disputed import lawful
from tests.bidding.town import TENDER, announce
from tests.browser.conftest import Reading
from tests.browser.places import PLACES
from tests.browser.reader import Window
from tests.browser.shown import AWARDED, Shown
from tests.web.served import PASSWORD, SECRET

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]

# What a clock or a browser's own work writes, and what only a key on a device does (web.md 4).
LIVE = (
    "[data-until], [data-written], #clock, .clock, [role=status], #line, [data-ways], .sign, #bid, "
    "[data-part], #replay-play, #replay-check, #sound, noscript"
)
FACTS = """live => {
  const found = new Set(), words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = words.nextNode(); text; text = words.nextNode()) {
    const one = text.parentElement, said = text.nodeValue.replace(/\\s+/g, ' ').trim();
    if (said && !one.closest(live) && one.checkVisibility()) found.add(said);
  }
  return [...found];
}"""
FACTUAL = [
    name
    for name, place in PLACES.items()
    if place.status == 200 and name != "readiness"  # tells how far two clocks are apart, each time
]


@pytest.mark.parametrize("name", FACTUAL)
async def test_a_page_says_the_same_without_scripts(
    season: Shown, read: Reading, name: str
) -> None:
    place = PLACES[name]
    said = {}
    for scripts in (True, False):
        reader = await read(season, Window(scripts=scripts, person=place.person))
        page = await reader.go(place.on(season), status=place.status)
        await page.wait_for_load_state("networkidle")
        said[scripts] = set(await page.evaluate(FACTS, LIVE))

    assert said[True] - said[False] == set()
    assert len(said[False]) > 20


async def test_a_person_logs_in_objects_and_complains_without_scripts(
    hall: Shown, read: Reading
) -> None:
    await announce(hall.town, lawful())
    await hall.give_password("firm-1")
    page = await (await read(hall, Window(scripts=False))).go(f"/login?onward=/tenders/{TENDER}")
    await page.locator("#name").fill("firm-1")
    await page.locator("#password").fill(PASSWORD)
    await page.locator("main form button").first.click()
    code, _ = credentials.current_code(SECRET, hall.town.clock.now)
    await page.locator("#code").fill(code)
    await page.locator("main form button").first.click()
    await expect(page).to_have_url(f"{hall.origin}/tenders/{TENDER}")
    await page.locator("#objection-text").fill("业绩要求指向一家企业")
    await page.locator("form[action$='/objections'] button").click()
    await expect(page.locator("[aria-labelledby=objections] .log li")).to_have_count(1)

    await page.locator(f"main a[href='/complaints/new?tender={TENDER}']").click()
    await page.locator("input[name=about][value=other]").check()
    await page.locator("#known_on").fill("2026-11-02")
    await page.locator("#text").fill("公告改动没有通知所有人")
    await page.locator("form[action='/complaints'] button").click()
    await expect(page).to_have_url(f"{hall.origin}/complaints")
    await expect(page.locator("main")).to_contain_text("公告改动没有通知所有人")
    await page.locator("form.leave button").click()
    await expect(page.locator("header a[href='/login']")).to_be_visible()


async def test_a_reader_follows_and_browses_the_record_without_scripts(
    season: Shown, read: Reading
) -> None:
    reader = await read(season, Window(scripts=False))
    page = await reader.go("/openings")
    await page.locator("main a[href^='/openings?day=']").first.click()
    await expect(page.locator("h1")).to_be_visible()
    await page.locator("main a[href^='/rooms/']").first.click()
    await expect(page.locator("#room-board")).to_be_visible()
    await reader.go(f"/tenders/{AWARDED}")
    await page.locator("main a[href^='/subjects/']").first.click()
    await expect(page).to_have_url(re.compile("/subjects/"))
    await page.locator("footer a[href='/ledger']").click()
    await page.locator("main a[href^='/ledger/']").first.click()
    await expect(page.locator("main .hash").first).to_be_visible()
    await page.locator("header a[href='/statistics']").click()
    await expect(page.locator("main table").first).to_be_visible()
    await page.locator("header a[href='/help']").click()
    await page.locator("main a[href^='/help/']").first.click()
    await expect(page.locator("h1")).to_be_visible()
    await page.locator("header a[href='/submit']").click()
    await expect(page.locator("#bid")).to_be_visible()
    await page.locator("header a[hreflang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
