"""Two officers make a rule law in a real browser: one names its text, the other signs as well."""

import pytest
from playwright.async_api import expect

from notary import home
from notary.identity import Line, Role
from tests.bidding.town import enrol
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.browser.test_signing import make_key

pytestmark = pytest.mark.asyncio(loop_scope="session")

SET = "/rules/construction/2026-11"
RULE = "etender.refuse_unencrypted"
TEXT = "电子招标投标办法第二十六条，公报原文"


@pytest.mark.nightly
@pytest.mark.parametrize(("lang", "size"), [(ZH, DESK), (EN, TELEPHONE)])
async def test_two_officers_confirm_a_rule_by_buttons(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    town = hall.town
    assert town.hall.rules is not None
    own = home.demo_authority(town.hall.rules.parent)
    town.people["deputy"] = await enrol(
        town.database, town.hall, own, "deputy", "ORG-OFFICER", Line.DECISION, (Role.OFFICER,)
    )
    for name in ("officer", "deputy"):
        await hall.give_password(name)

    reader = await read(hall, Window(lang=lang, size=size, person="officer"))
    page = await reader.go(SET)
    row = page.locator(f"[id='{RULE}']")
    await row.locator("summary").click()
    await row.locator("[name=text]").fill(TEXT)
    await row.locator("form button").click()
    await make_key(page)
    assert await reader.violations() == []
    assert await reader.sideways() == []
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()

    second = await read(hall, Window(lang=lang, size=size, person="deputy"))
    page = await second.go("/desk")
    await page.locator("a.btn[href='/rules']").click()
    await expect(page.locator("main")).to_contain_text(TEXT)
    await make_key(page)
    assert await second.violations() == []
    assert await second.sideways() == []
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    await page.locator(".sign .done a.btn").click()
    await expect(page.locator(f"[id='{RULE}']")).to_contain_text(TEXT)
