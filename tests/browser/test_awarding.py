"""An opened lot in its agency's hands: reject with a reason, publish the candidates, award."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.bidding.town import BOX, DEADLINE, TENDER, announce, bid
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.browser.test_signing import make_key

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOT = f"/desk/tenders/{TENDER}/lots/1"
CEILING = 1_512_500_000


async def opened(hall: Shown) -> None:
    """Open three bids, of which the cheapest is above no ceiling and the dearest is."""
    await announce(hall.town)
    for n, price in enumerate((1_076_700_000, 1_088_000_000, CEILING + 1), start=1):
        await bid(hall.town, f"firm-{n}", price)
    await hall.close(BOX, DEADLINE)
    while await hall.step():
        pass
    await hall.town.settle()


@pytest.mark.parametrize(
    ("lang", "size"), [(ZH, DESK), pytest.param(EN, TELEPHONE, marks=pytest.mark.nightly)]
)
async def test_a_lot_is_awarded_by_buttons(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    await opened(hall)
    await hall.give_password("drafter")
    reader = await read(hall, Window(lang=lang, size=size, person="drafter"))
    page = await reader.go("/desk")
    await page.locator(f"a.btn[href='{LOT}']").click()
    assert await reader.violations() == []
    assert await reader.sideways() == []
    # The price above the ceiling has to go first: the page says so, and offers nothing else.
    await expect(page.locator("section[aria-labelledby=next] .note")).to_be_visible()
    await expect(page.locator(".sign")).to_have_count(0)
    bids = page.locator("main .rows > li")
    await bids.last.locator("summary").click()
    await expect(bids.last.locator("select")).to_have_value("price.above_ceiling")
    await bids.last.locator("textarea").fill("投标报价高于最高投标限价 15,125,000.00 元")
    assert await reader.violations() == []
    await bids.last.locator("form button").click()
    await expect(bids.last.locator(".tag.is-bad")).to_be_visible()
    await hall.town.settle()  # the award names the rejection's place in the log: the page waits

    await make_key(page)
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    hall.town.clock.move_to(hall.town.clock.now + timedelta(seconds=1))
    await reader.go(LOT)
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    await page.locator(".sign .done a.btn").click()
    await expect(page.locator(".five")).to_contain_text("FIRM-1")
