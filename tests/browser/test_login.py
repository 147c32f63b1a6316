"""Coming in and going out, as a person does it: with hands on a keyboard."""

import pytest
from playwright.async_api import Page, expect

from notary import credentials
from tests.browser.conftest import Reading
from tests.browser.reader import EN, ZH, Window
from tests.browser.shown import Shown
from tests.web.served import PASSWORD, SECRET

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "supervisor"
DESK_OF = {ZH: "我的待办", EN: "My desk"}


async def give_name(page: Page, password: str) -> None:
    """Do the first step."""
    await page.get_by_role("textbox").first.fill(NAME)
    await page.locator("#password").fill(password)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("lang", [ZH, pytest.param(EN, marks=pytest.mark.nightly)])
async def test_password_and_code_lead_to_the_desk_and_out_again(
    hall: Shown, read: Reading, lang: str
) -> None:
    await hall.give_password(NAME)
    reader = await read(hall, Window(lang=lang))
    page = await reader.go("/desk", status=401)
    await page.locator("main a[href^='/login']").click()
    await give_name(page, PASSWORD)
    await expect(page.locator("#code")).to_be_visible()
    assert await reader.violations() == []
    code, _ = credentials.current_code(SECRET, hall.town.clock.now)
    async with page.context.expect_page() as opened:
        await page.locator(f"a[href='/login/code/{NAME}']").click()
    shown = await (await opened.value).locator("main").inner_text()
    assert code in shown

    await page.locator("#code").fill(code)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{hall.origin}/desk")
    await expect(page.locator("h1")).to_have_text(DESK_OF[lang])
    await expect(page.locator("header .role")).to_contain_text("ORG-SUPERVISOR")

    await page.locator("form.leave button").click()
    await expect(page).to_have_url(f"{hall.origin}/")
    await expect(page.locator("header a[href='/login']")).to_be_visible()
    await reader.go("/desk", status=401)


async def test_a_wrong_password_comes_back_with_the_form_and_the_focus_on_what_is_wrong(
    hall: Shown, read: Reading
) -> None:
    await hall.give_password(NAME)
    reader = await read(hall)
    page = await reader.go("/login")
    reader.expected = 401
    await give_name(page, "guess")

    await expect(page.locator(".errors")).to_be_focused()
    await expect(page.locator("#name")).to_be_visible()
    assert await reader.violations() == []


async def test_the_language_can_be_changed_between_the_two_steps(
    hall: Shown, read: Reading
) -> None:
    await hall.give_password(NAME)
    page = await (await read(hall)).go("/login")
    await give_name(page, PASSWORD)
    await expect(page.locator("#code")).to_be_visible()

    await page.locator("a[hreflang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", EN)
    await expect(page.locator("#code")).to_be_visible()
