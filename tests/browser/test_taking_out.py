"""A file taken out of a bid: the others are sealed anew, or left as they are if wished."""

import pytest
from playwright.async_api import expect

from tests.browser.bidders import Actions, a_file, arrived, at_work, own_bids, ready, submit_one
from tests.browser.conftest import Reading
from tests.browser.shown import Shown

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]

OFFER, METHOD = b"%PDF-1.7 offer", b"%PDF-1.7 " + b"how we build " * 1000


async def test_a_file_taken_out_leaves_no_part_under_its_key(hall: Shown, read: Reading) -> None:
    reader = await at_work(hall, read)
    page, does = reader.page, Actions(reader.page)
    await does.choose(a_file("一.pdf", OFFER), a_file("二.pdf", METHOD))
    await arrived(page, 2)
    before = await page.locator("[data-cell=hash]").all_inner_texts()
    await page.reload()  # the files themselves are gone: what stays is sealed again from its parts
    await ready(page)
    await arrived(page, 2)
    await page.get_by_role("button", name="一.pdf").click()
    await expect(page.locator("[data-part=taking-out]")).to_be_focused()
    assert await reader.violations() == []
    assert await reader.sideways() == []
    await page.locator("[data-part=keep-it]").click()
    await expect(page.locator("[data-cell=name]")).to_have_count(2)
    await page.get_by_role("button", name="一.pdf").click()
    await page.locator("[data-part=anew]").click()

    await expect(page.locator("[data-cell=name]")).to_have_text(["二.pdf"])
    await arrived(page, 1)
    (after,) = await page.locator("[data-cell=hash]").all_inner_texts()
    assert after not in before
    await submit_one(hall, page)


async def test_whoever_declines_it_sends_nothing_again(hall: Shown, read: Reading) -> None:
    reader = await at_work(hall, read)
    page, does = reader.page, Actions(reader.page)
    await does.choose(a_file("一.pdf", OFFER), a_file("二.pdf", METHOD))
    await arrived(page, 2)
    _, before = await page.locator("[data-cell=hash]").all_inner_texts()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(f"{asked.method} {asked.url}"))
    await page.get_by_role("button", name="一.pdf").click()
    await page.locator("[data-part=as-they-are]").click()

    await expect(page.locator("[data-cell=name]")).to_have_text(["二.pdf"])
    await expect(page.locator("[data-cell=hash]")).to_have_text([before])
    await submit_one(hall, page)
    assert len([one for one in sent if one.startswith("PUT ")]) == 1  # the index
    (own,) = await own_bids(hall)
    assert own.completed_at is not None
