"""Supervision in a real browser: an alarm is claimed and asked about, red ones sound on request."""

import pytest
from playwright.async_api import Route, expect

from tests.bidding.supervision import pause_as, resume_as
from tests.bidding.town import announce
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELD = "项目处于暂缓或暂停"
COUNT_TONES = """window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; start.apply(this, when); };
"""


@pytest.mark.nightly
@pytest.mark.parametrize(("lang", "size"), [(ZH, DESK), (EN, TELEPHONE)])
async def test_an_alarm_is_claimed_and_asked_about_by_buttons(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    await announce(hall.town)
    await hall.give_password("supervisor")
    await pause_as(hall.town, "supervisor")
    reader = await read(hall, Window(lang=lang, size=size, person="supervisor"))
    page = await reader.go("/supervision")
    assert await reader.violations() == []
    assert await reader.sideways() == []

    await page.locator("#alarms form button").first.click()
    await expect(page.locator("#ask")).to_be_visible()
    await page.locator("#org").select_option("ORG-AGENCY")
    await page.locator("#question").fill("为什么？")
    await page.locator("form[action$='/inquiries'] button").click()
    await expect(page.locator("#steps ~ ol, section:has(#steps) ol")).to_contain_text("为什么？")
    assert await reader.violations() == []
    assert await reader.sideways() == []


async def unanswered(_: Route) -> None:
    """Leave a request without an answer."""


async def test_a_new_red_alarm_sounds_once_after_somebody_wanted_it(
    hall: Shown, read: Reading
) -> None:
    await hall.give_password("supervisor")
    reader = await read(hall, Window(person="supervisor"))
    await reader.page.add_init_script(COUNT_TONES)
    await reader.page.clock.install()
    page = await reader.go("/supervision")
    await page.route("**/supervision?renews=1", unanswered)  # this test says itself what is red
    button = page.locator("#sound button")
    await page.locator("#alarms").evaluate("one => { one.dataset.red = 'A-1 '; }")
    assert await page.evaluate("window.tones") == 0  # off until somebody presses

    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await page.wait_for_function("window.tones === 4", timeout=5_000)  # a trial, and the alarm
    for red in ("", "A-1 "):
        await page.locator("#alarms").evaluate("(one, red) => { one.dataset.red = red; }", red)
    assert await page.evaluate("window.tones") == 4

    await page.locator("#alarms").evaluate("one => { one.dataset.red = 'A-1 A-2 '; }")
    assert await page.evaluate("window.tones") == 4  # not twice within a minute
    await page.clock.fast_forward(60_000)
    await page.wait_for_function("window.tones === 6", timeout=5_000)

    await page.unroute("**/supervision?renews=1")
    await page.reload()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await page.locator("h1").click()
    await expect(button).to_have_text("提示音：开")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    assert await page.evaluate("window.tones") == 0


@pytest.mark.nightly
async def test_the_list_renews_itself_and_leaves_the_rest_of_the_page(
    hall: Shown, read: Reading
) -> None:
    await announce(hall.town)
    await hall.give_password("supervisor")
    await pause_as(hall.town, "supervisor")
    reader = await read(hall, Window(person="supervisor"))
    page = await reader.go("/supervision")
    await expect(page.locator("#alarms")).to_contain_text(HELD)
    await page.locator("main").evaluate("one => { one.dataset.kept = 'yes'; }")

    await resume_as(hall.town, "supervisor")

    await expect(page.locator("#alarms")).not_to_contain_text(HELD, timeout=30_000)
    assert await page.locator("main").get_attribute("data-kept") == "yes"
    reader.expected = 401
    await page.context.clear_cookies()  # a session that is over says so, where the list stood
    await expect(page.locator("main a[href^='/login']").first).to_be_visible(timeout=30_000)
