"""Signing by a button in a real browser: a key that stays on the device, one press an act."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from notary import cms, devices
from notary.authority import certifies_devices
from tests.bidding.town import TRUSTEES, a_draft, give_keys, once
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.web.served import PASSWORD
from trading import service as trading
from trading.notice import parse
from trading.types import Published

pytestmark = pytest.mark.asyncio(loop_scope="session")

TENDER = "GC-2026-0918"
NOTICE = f"/desk/tenders/{TENDER}/notice"


async def draft(hall: Shown, wish: dict[str, Any] | None = None) -> None:
    """Draft a tender as the agency's programs do."""
    town = hall.town
    await trading.draft(
        town.database, town.hall, town.people["drafter"].actor, once(), wish or a_draft()
    )


async def keys(hall: Shown) -> None:
    """Let the trustees' programs answer."""
    for name in TRUSTEES:
        await give_keys(hall.town, name)


async def make_key(page: Page) -> None:
    """Make the key of the device where the page offers it."""
    await page.locator(".sign [name=confirmation]").fill(PASSWORD)
    await page.locator(".sign form button[type=submit]").click()


async def published(hall: Shown) -> list[Published]:
    async with hall.town.database.transaction() as tx:
        return await trading.revisions(tx, TENDER)


@pytest.mark.parametrize(
    ("lang", "size"), [(ZH, DESK), pytest.param(EN, TELEPHONE, marks=pytest.mark.nightly)]
)
async def test_a_purchaser_publishes_with_a_key_that_the_browser_has_made(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    await draft(hall)
    await keys(hall)
    await hall.give_password("approver")
    reader = await read(hall, Window(lang=lang, size=size, person="approver"))
    page = await reader.go(NOTICE)
    await expect(page.locator(".sign [name=confirmation]")).to_be_visible()
    assert await reader.violations() == []
    hall.town.clock.now += timedelta(seconds=7)  # whoever makes a key has read the text before
    await make_key(page)
    press = page.locator(".sign [data-part=press]")
    await expect(press).to_be_focused()
    assert await reader.violations() == []
    assert await reader.sideways() == []
    await press.click()

    await expect(page.locator(".sign [data-part=done]")).to_be_focused()
    await expect(page.locator(".sign [data-part=at]")).to_contain_text(
        "北京时间" if lang == ZH else "Beijing time"
    )
    assert await reader.naked_times() == []
    async with page.expect_download() as kept:
        await page.locator(".sign [data-part=receipt]").click()
    receipt = json.loads(Path(await (await kept.value).path()).read_text("utf-8"))
    assert receipt["outcome"] == "accepted"
    assert await reader.violations() == []
    (notice,) = await published(hall)
    certificate = cms.verify(notice.json, notice.p7s)
    (own,) = [root for root in hall.town.hall.authorities.roots if certifies_devices(root)]
    assert certificate.issuer == own.subject
    assert parse(notice.json).published >= certificate.not_valid_before_utc
    await page.locator(".sign .done a.btn").click()
    await expect(page).to_have_url(f"{hall.origin}/tenders/{TENDER}")


@pytest.mark.nightly
async def test_a_key_that_is_there_signs_at_one_press_also_after_a_reload(
    hall: Shown, read: Reading
) -> None:
    await draft(hall)
    await keys(hall)
    await hall.give_password("approver")
    page = await (await read(hall, Window(person="approver"))).go(NOTICE)
    await make_key(page)
    await expect(page.locator(".sign [data-part=press]")).to_be_visible()

    await page.reload()
    await expect(page.locator(".sign [data-part=press]")).to_be_visible()
    await expect(page.locator(".sign [name=confirmation]")).to_be_hidden()
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    found, _ = await devices.of_person(hall.town.database, hall.town.hall, "approver")
    assert len([one for one in found if one.name is not None]) == 1


async def test_keys_that_are_awaited_come_by_themselves(hall: Shown, read: Reading) -> None:
    await draft(hall)
    await hall.give_password("approver")
    reader = await read(hall, Window(person="approver"))
    page = await reader.go(NOTICE)
    await expect(page.locator(".sign [data-part=status]")).not_to_be_empty()
    await expect(page.locator(".sign [data-part=press]")).to_be_hidden()

    await keys(hall)
    await expect(page.locator(".sign [name=confirmation]")).to_be_visible(timeout=15_000)


async def test_what_was_changed_since_it_was_read_is_not_signed(hall: Shown, read: Reading) -> None:
    await draft(hall)
    await keys(hall)
    await hall.give_password("approver")
    reader = await read(hall, Window(person="approver"))
    page = await reader.go(NOTICE)
    await make_key(page)
    press, refusal = (
        page.locator(".sign [data-part=press]"),
        page.locator(".sign [data-part=refusal]"),
    )
    await expect(press).to_be_visible()
    await draft(hall, a_draft(deposit_fen="100"))
    await press.click()  # with a key just made the page looks again, and sees it
    await expect(refusal).to_be_focused()
    await expect(page.locator(".sign [data-part=code]")).to_be_empty()

    await page.reload()
    await expect(press).to_be_visible()
    await draft(hall, a_draft(deposit_fen="200"))
    reader.expected = 409
    await press.click()  # else the hall sees it

    await expect(refusal).to_be_focused()
    await expect(page.locator(".sign [data-part=code]")).to_have_text("notice.differs")
    assert await published(hall) == []


@pytest.mark.nightly
async def test_a_wrong_confirmation_makes_no_key(hall: Shown, read: Reading) -> None:
    await draft(hall)
    await keys(hall)
    await hall.give_password("approver")
    reader = await read(hall, Window(person="approver"))
    page = await reader.go(NOTICE)
    reader.expected = 401
    await page.locator(".sign [name=confirmation]").fill("guess")
    await page.locator(".sign form button[type=submit]").click()

    await expect(page.locator(".sign [data-part=code]")).to_have_text("login.refused")
    found, _ = await devices.of_person(hall.town.database, hall.town.hall, "approver")
    assert [one.name for one in found] == [None]


@pytest.mark.nightly
async def test_a_revoked_device_signs_nothing_and_the_page_offers_another(
    hall: Shown, read: Reading
) -> None:
    await draft(hall)
    await keys(hall)
    await hall.give_password("approver")
    reader = await read(hall, Window(person="approver"))
    page = await reader.go(NOTICE)
    await make_key(page)
    await expect(page.locator(".sign [data-part=press]")).to_be_visible()
    await reader.go("/desk/devices")
    assert await reader.violations() == []
    device = page.locator("tbody tr", has_text="Chrome")
    await device.locator("button").click()
    await expect(device.locator(".tag.is-over")).to_be_visible()

    await reader.go(NOTICE)
    await expect(page.locator(".sign [name=confirmation]")).to_be_visible()


async def test_without_javascript_the_page_says_how_to_sign_elsewhere(
    hall: Shown, read: Reading
) -> None:
    await draft(hall)
    await keys(hall)
    page = await (await read(hall, Window(person="approver", scripts=False))).go(NOTICE)

    await expect(page.locator(".sign pre code")).to_contain_text(
        f"hall post /tenders/{TENDER}/notices"
    )
    await expect(page.locator(".sign [data-part=press]")).to_be_hidden()
