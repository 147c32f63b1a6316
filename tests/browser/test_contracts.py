"""A contract from the award to the winner's word, by buttons; the hash of its file made here."""

import hashlib

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.bidding.town import BOX, DEADLINE, TENDER, announce, award_lot, bid
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Window
from tests.browser.shown import Shown
from tests.browser.test_signing import make_key
from web import beijing

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = f"/tenders/{TENDER}/contract?lot=1"
SCAN = b"%PDF-1.7 the signed contract"


async def awarded(hall: Shown) -> None:
    """Award the lot to the cheapest of three."""
    await announce(hall.town)
    for n, price in enumerate((1_076_700_000, 1_088_000_000, 1_099_000_000), start=1):
        await bid(hall.town, f"firm-{n}", price)
    await hall.close(BOX, DEADLINE)
    while await hall.step():
        pass
    await award_lot(hall.town)


async def fill(hall: Shown, page: Page) -> None:
    """Type what stands on the paper, and let the browser compute the hash of its file."""
    day = beijing.today(hall.town.clock.now)
    typed = {"number": "HT-1", "days": "180"}
    typed |= {"day_y": str(day.year), "day_m": str(day.month), "day_d": str(day.day)}
    for name, said in typed.items():
        await page.locator(f"main [name={name}]").fill(said)
    scan = FilePayload(name="contract.pdf", mimeType="application/pdf", buffer=SCAN)
    await page.locator("#sha256-file").set_input_files(scan)
    await expect(page.locator("#sha256")).to_have_value(hashlib.sha256(SCAN).hexdigest())


@pytest.mark.nightly
@pytest.mark.parametrize(("lang", "size"), [(ZH, DESK), (EN, TELEPHONE)])
async def test_a_contract_is_recorded_and_confirmed_by_buttons(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    await awarded(hall)
    for name in ("drafter", "firm-1"):
        await hall.give_password(name)
    agency = await read(hall, Window(lang=lang, size=size, person="drafter"))
    page = await agency.go("/desk")
    await page.locator(f"a.btn[href='{PAGE}']").click()
    # The price of the award stands there already.
    await expect(page.locator("[name=amount]")).to_have_value("10,767,000.00")
    await fill(hall, page)
    assert await agency.violations() == []
    assert await agency.sideways() == []
    await page.locator("main form button.btn").click()
    await make_key(page)
    assert await agency.violations() == []
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    await page.locator(".sign .done a.btn").click()
    await expect(page.locator("main .tag.is-near")).to_have_count(1)

    winner = await read(hall, Window(lang=lang, size=size, person="firm-1"))
    page = await winner.go("/desk")
    await page.locator(f"a.btn[href^='{PAGE}']").click()
    assert await winner.violations() == []
    assert await winner.sideways() == []
    await page.locator("button[name=agreed][value=yes]").click()
    await expect(page.locator("main .note.is-near")).to_have_count(0)
