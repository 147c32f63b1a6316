"""Whole journeys without a mouse: what a person does here is Tab, typing, Enter and arrows."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from notary import credentials
from tests.bidding.acts import entries
from tests.bidding.disputed import lawful
from tests.bidding.town import BOX, DEADLINE, TENDER, announce, bid
from tests.browser.bidders import RECEIPT, a_file, arrived, ready
from tests.browser.conftest import Reading
from tests.browser.reader import Window
from tests.browser.shown import AWARDED, Shown
from tests.browser.test_signing import keys as trustees_answer
from tests.browser.test_verifying import payload, taken
from tests.web.served import PASSWORD, SECRET
from trading import service as trading
from web import beijing

pytestmark = pytest.mark.asyncio(loop_scope="session")

FARTHEST = 200  # stops to anything on a page
NUMBER = "GC-2026-1001"


class Hands:
    """A person's hands on a keyboard and on nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def to(self, place: str) -> None:
        """Press Tab until `place` has the focus."""
        for _ in range(FARTHEST):
            if await self.page.evaluate("place => document.activeElement.matches(place)", place):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: no Tab leads to {place}")

    async def press(self, place: str) -> None:
        """Go to a link or a button and press Enter."""
        await self.to(place)
        await self.page.keyboard.press("Enter")

    async def write(self, place: str, text: str) -> None:
        """Go to a field and type, over what stands in it."""
        await self.to(place)
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.type(text)

    async def pick(self, place: str, value: str) -> None:
        """Go to a list and press the arrow until it says `value`."""
        await self.to(place)
        chosen = self.page.locator(place)
        for _ in range(await chosen.locator("option").count()):
            if await chosen.input_value() == value:
                return
            await self.page.keyboard.press("ArrowDown")
        await expect(chosen).to_have_value(value)

    async def choose(self, place: str, *files: object) -> None:
        """Go to a field for files; its window is the machine's own, which no page can spoil."""
        await self.to(place)
        await self.page.locator(place).set_input_files(files)  # type: ignore[arg-type]


async def test_somebody_logs_in_and_out(hall: Shown, read: Reading) -> None:
    await hall.give_password("supervisor")
    page = await (await read(hall)).go("/")
    hands = Hands(page)
    await hands.press("header a[href='/login']")
    await expect(page.locator("#password")).to_be_visible()
    await hands.write("#name", "supervisor")
    await hands.write("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#code")).to_be_visible()
    code, _ = credentials.current_code(SECRET, hall.town.clock.now)
    await hands.write("#code", code)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{hall.origin}/desk")

    await hands.press("form.leave button")
    await expect(page).to_have_url(f"{hall.origin}/")


@pytest.mark.nightly
async def test_a_tender_is_drafted_approved_and_public(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    document = tmp_path / "招标文件.txt"
    document.write_text("第一章 投标人须知\n", "utf-8")
    page = await (await read(hall, Window(person="drafter"))).go("/desk")
    hands, save = Hands(page), "main form .after-6 button"
    await hands.press("main a[href='/desk/tenders/new']")
    await expect(page.locator("#number")).to_be_visible()
    await hands.write("#number", NUMBER)
    await hands.write("#title_zh", "北苑小学操场翻修工程（施工）")
    await hands.pick("#purchaser", "ORG-PURCHASER")
    await hands.pick("#rules", "demo/2026-11")
    await hands.press(save)
    await expect(page).to_have_url(f"{hall.origin}/desk/tenders/{NUMBER}/lots")
    await hands.write("#lot_1_ceiling", "8,800,000")
    await hands.press(save)
    await expect(page.locator("#deadline_y")).to_be_visible()
    await hands.press(save)
    await expect(page).to_have_url(f"{hall.origin}/desk/tenders/{NUMBER}/documents")
    await hands.choose("#file", document)
    await expect(page.locator("main .rows .row-title")).to_have_text("招标文件.txt")
    await hands.press("main a.btn[href$='/holders']")
    await expect(page).to_have_url(f"{hall.origin}/desk/tenders/{NUMBER}/holders")
    await hands.press(save)
    await expect(page.locator("#limits")).to_be_visible()
    await trustees_answer(hall)
    await hands.press("form[action$='/handover'] button")
    await expect(page.locator("main .done")).to_be_visible()

    await hall.give_password("approver")
    page = await (await read(hall, Window(person="approver"))).go("/desk")
    hands = Hands(page)
    await hands.press("main .desk a.btn")
    await expect(page.locator(".sign [name=confirmation]")).to_be_visible(timeout=15_000)
    await hands.write(".sign [name=confirmation]", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".sign [data-part=press]")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".sign [data-part=done]")).to_be_focused()
    async with hall.town.database.transaction() as tx:
        (published,) = await trading.revisions(tx, NUMBER)
    assert [lot.ceiling_fen for lot in published.notice.lots] == [880_000_000]


@pytest.mark.nightly
async def test_a_bid_is_sealed_and_submitted(hall: Shown, read: Reading) -> None:
    await announce(hall.town)
    await hall.give_password("firm-1")
    page = await (await read(hall, Window(person="firm-1"))).go(f"/tenders/{TENDER}")
    hands = Hands(page)
    await hands.press(".act-now .btn-wide")
    await ready(page)
    await hands.choose("#b0-files", a_file("技术标.pdf", b"%PDF-1.7 how we build"))
    await arrived(page, 1)
    await hands.write("#b0-price_fen", "10,767,000")
    await hands.write("#bid-code", PASSWORD)
    await hands.press("[data-part=confirm] [data-part=press]")

    await expect(page).to_have_url(hall.origin + RECEIPT, timeout=30_000)
    await expect(page.locator(".receipt .tag.is-done")).to_be_visible()


@pytest.mark.nightly
async def test_a_bidder_enters_the_opening_and_objects(hall: Shown, read: Reading) -> None:
    await announce(hall.town)
    for n in (1, 2, 3):
        await bid(hall.town, f"firm-{n}", 1_076_700_000 + n)
    await hall.close(BOX, DEADLINE)
    while not await entries(hall.town, "bid-opened"):
        assert await hall.step()
    page = await (await read(hall, Window(person="firm-1"))).go("/")
    hands = Hands(page)
    await hands.press("header a[href='/openings']")
    await expect(page).to_have_url(f"{hall.origin}/openings")
    await hands.press(f"main a[href='{hall.room()}']")
    await expect(page.locator("#object-text")).to_be_visible()
    await hands.write("#object-text", "第 2 份的工期没有读出")
    await hands.press("form[action$='/objections'] button")

    await expect(page.locator("#room-spoken")).to_contain_text("第 2 份的工期没有读出")


@pytest.mark.nightly
async def test_a_firm_objects_to_the_documents_and_complains(hall: Shown, read: Reading) -> None:
    await announce(hall.town, lawful())
    page = await (await read(hall, Window(person="firm-1"))).go(f"/tenders/{TENDER}")
    hands = Hands(page)
    await hands.write("#objection-text", "业绩要求指向一家企业")
    await hands.press("form[action$='/objections'] button")
    await expect(page.locator("[aria-labelledby=objections] .log li")).to_have_count(1)
    await hands.press(f"main a[href='/complaints/new?tender={TENDER}']")
    await expect(page.locator("#known_on")).to_be_visible()
    await hands.to("input[name=about]")
    await page.keyboard.press("ArrowUp")  # from the first, round to the last: something else
    await hands.write("#known_on", f"{beijing.today(hall.town.clock.now)}")
    await hands.write("#text", "异议未在三日内答复")
    await hands.press("form[action='/complaints'] button")

    await expect(page).to_have_url(f"{hall.origin}/complaints")
    await expect(page.locator("main")).to_contain_text("异议未在三日内答复")


async def test_a_record_is_checked(season: Shown, read: Reading) -> None:
    page = await (await read(season)).go("/")
    hands = Hands(page)
    await hands.press("header a[href='/verify']")
    await expect(page.locator("#check-files")).to_be_visible()
    record = await taken(season, f"/tenders/{AWARDED}/record.tar")
    await hands.choose("#check-files", payload("record.tar", record))
    await expect(page.locator("[data-part=answer]")).to_be_focused(timeout=20_000)
    await hands.press("[data-part=more] summary")

    await expect(page.locator("[data-part=facts]")).to_be_visible()
