"""A published tender is changed by hand: prepared by the agency, signed by the purchaser."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.bidding.town import DEADLINE, TENDER, announce
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.browser.test_signing import make_key, published

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESK_OF = f"/desk/tenders/{TENDER}"


@pytest.mark.parametrize(
    ("lang", "size"), [(ZH, DESK), pytest.param(EN, TELEPHONE, marks=pytest.mark.nightly)]
)
async def test_a_deadline_is_moved_and_sealed_bids_stay_good(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    await announce(hall.town)
    await hall.town.settle()
    agency = await read(hall, Window(lang=lang, size=size, person="drafter"))
    page = await agency.go("/desk/tenders")
    assert await agency.violations() == []
    assert await agency.sideways() == []
    await page.locator(f"a[href='{DESK_OF}/amendment']").click()
    assert await agency.violations() == []
    assert await agency.sideways() == []
    agency.expected = 422
    await page.locator("main form .after-6 button").click()
    await expect(page.locator(".errors")).to_be_focused()
    agency.expected = 200
    await page.locator("#reason_zh").fill("清单补充，推迟一天截标")
    await page.locator("#deadline_d").fill("3")
    await page.locator("main form .after-6 button").click()
    await expect(page.locator("main del").first).to_have_text("2026-11-02 09:30")
    assert await agency.violations() == []
    assert await agency.sideways() == []
    await expect(page.locator("main .acts .back b")).to_have_count(1)
    watching = await read(hall, Window(person="approver"))
    desk = await watching.go("/desk")
    await expect(desk.locator(f"a[href='{DESK_OF}/change']")).to_have_count(0)
    await page.locator("button[value=change]").click()
    await expect(page.locator("#deadline_d")).to_have_value("3")
    await page.locator("main form .after-6 button").click()
    await page.locator("button[value=hand-over]").click()
    await expect(page).to_have_url(f"{hall.origin}{DESK_OF}/change")
    assert await agency.violations() == []

    await hall.give_password("approver")
    purchaser = await read(hall, Window(lang=lang, size=size, person="approver"))
    page = await purchaser.go("/desk")
    await page.locator(f"a.btn[href='{DESK_OF}/change']").click()
    await expect(page.locator("#bids ~ .note, section[aria-labelledby=bids] .note")).to_be_visible()
    assert await purchaser.violations() == []
    assert await purchaser.sideways() == []
    await make_key(page)
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()

    first, second = await published(hall)
    (before,), (after,) = first.notice.lots[0].boxes, second.notice.lots[0].boxes
    assert before.deadline == DEADLINE
    assert after.deadline == DEADLINE + timedelta(days=1)
    assert not after.reseal


async def test_a_notice_is_taken_back_by_its_publisher_within_minutes(
    hall: Shown, read: Reading
) -> None:
    await announce(hall.town)
    await hall.town.settle()
    await hall.give_password("approver")
    purchaser = await read(hall, Window(person="approver"))
    page = await purchaser.go("/desk/tenders")
    await page.locator(f"a[href='{DESK_OF}/recall']").click()
    assert await purchaser.violations() == []
    await make_key(page)
    await page.locator(".sign [data-part=press]").click()

    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    _, last = await published(hall)
    assert last.kind == "trading.cancelled"


@pytest.mark.nightly
async def test_a_tender_is_cancelled_and_begun_again(hall: Shown, read: Reading) -> None:
    await announce(hall.town)
    await hall.town.settle()
    agency = await read(hall, Window(person="drafter"))
    page = await agency.go(f"{DESK_OF}/cancellation")
    assert await agency.violations() == []
    await page.locator("#reason_zh").fill("资金计划调整")
    await page.locator("main form .after-6 button").click()
    await expect(page.locator("main .note.is-bad")).to_be_visible()
    assert await agency.violations() == []
    await page.locator("button[value=hand-over]").click()
    await hall.give_password("approver")
    purchaser = await read(hall, Window(person="approver"))
    signing = await purchaser.go(f"{DESK_OF}/change")
    await make_key(signing)
    await signing.locator(".sign [data-part=press]").click()
    await expect(signing.locator(".sign [data-part=done]")).to_be_visible()

    await agency.go("/desk/tenders")
    await page.locator("summary").click()
    await page.locator("details [name=tender]").fill("GC-2026-0918-2")
    await page.locator("details form button").click()
    await expect(page).to_have_url(f"{hall.origin}/desk/tenders/GC-2026-0918-2")
    await expect(page.locator("main")).to_contain_text("15,125,000.00")
