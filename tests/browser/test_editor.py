"""A tender made by hand in a real browser: the agency drafts it, the purchaser makes it public."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Dialog, Page, Route, expect

from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Reader, Window
from tests.browser.shown import Shown
from tests.browser.test_signing import keys, make_key
from trading import service as trading

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER = "GC-2026-1001"
MOST = 8  # people.md 1: the agency's actions to publication


class Hand:
    """A person's hand on a page: it counts what it presses."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    async def press(self, place: str) -> None:
        """Press what is there."""
        self.presses += 1
        await self.page.locator(place).click()

    async def save(self) -> None:
        """Press the button that saves and goes on."""
        await self.press("main form .after-6 button")


async def begin(hand: Hand, hall: Shown) -> None:
    """Begin a tender of two lots."""
    page = hand.page
    await page.locator("#number").fill(NUMBER)
    await page.locator("#title_zh").fill("北苑小学操场翻修工程（施工）")
    await page.locator("#purchaser").select_option("ORG-PURCHASER")
    await page.locator("#rules").select_option("demo/2026-11")
    await page.locator("#count").fill("2")
    await hand.save()
    await expect(page).to_have_url(f"{hall.origin}/desk/tenders/{NUMBER}/lots")


async def sound(reader: Reader) -> None:
    assert await reader.violations() == []
    assert await reader.sideways() == []


async def test_a_tender_of_two_lots_is_drafted_handed_over_approved_and_public(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    document = tmp_path / "招标文件.txt"
    document.write_text("第一章 投标人须知\n", "utf-8")
    agency = await read(hall, Window(person="drafter"))
    page = await agency.go("/desk")
    hand = Hand(page)
    await hand.press("a[href='/desk/tenders/new']")
    await begin(hand, hall)
    await page.locator("#lot_1_ceiling").fill("8,800,000")
    await expect(page.locator("#lot_1_ceiling-w")).to_have_text("捌佰捌拾万元整")
    await page.locator("#lot_2_ceiling").fill("1200000.50")
    await hand.save()
    await expect(page.locator("#deadline_y")).to_be_visible()
    await hand.save()
    hand.presses += 1  # the choice of a file sends it
    await page.locator("#file").set_input_files(document)
    await expect(page.locator("main .rows .row-title")).to_have_text("招标文件.txt")
    await hand.press("main a.btn[href$='/holders']")
    await hand.save()
    await expect(page.locator("#limits")).to_be_visible()
    await keys(hall)  # the trustees' programs
    await hand.press("form[action$='/handover'] button")
    await expect(page.locator("main .done")).to_be_visible()
    assert hand.presses <= MOST

    await hall.give_password("approver")
    purchaser = await read(hall, Window(person="approver"))
    page = await purchaser.go("/desk")
    await page.locator("main .desk a.btn").click()
    await expect(page.locator("h2", has_text="8,800,000")).to_have_count(0)
    await expect(page.locator("main")).to_contain_text("8,800,000.00")
    await sound(purchaser)
    await make_key(page)
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_visible()
    async with hall.town.database.transaction() as tx:
        (published,) = await trading.revisions(tx, NUMBER)
    assert [lot.ceiling_fen for lot in published.notice.lots] == [880_000_000, 120_000_050]
    visitor = await read(hall)
    await visitor.go(f"/tenders/{NUMBER}")


@pytest.mark.nightly
@pytest.mark.parametrize(("lang", "size"), [(ZH, DESK), (EN, TELEPHONE)])
async def test_every_section_is_accessible_and_says_what_is_wrong_at_its_field(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    reader = await read(hall, Window(lang=lang, size=size, person="drafter"))
    page = await reader.go("/desk/tenders/new")
    await sound(reader)
    reader.expected = 422
    await page.locator("main form .after-6 button").click()
    await expect(page.locator(".errors")).to_be_focused()
    await expect(page.locator("#number")).to_have_attribute("aria-invalid", "true")
    await sound(reader)
    await page.locator(".errors a").first.click()
    await expect(page.locator("#number")).to_be_focused()
    reader.expected = 200
    hand = Hand(page)
    await begin(hand, hall)
    for section, place, wrong in (
        ("lots", "#lot_1_ceiling", "twelve"),
        ("times", "#deadline_d", "32"),
        ("holders", "#k", "9"),
    ):
        reader.expected = 200
        await reader.go(f"/desk/tenders/{NUMBER}/{section}")
        await sound(reader)
        reader.expected = 422
        await page.locator(place).fill(wrong)
        await page.locator("main form .after-6 button").click()
        await expect(page.locator(".errors")).to_be_focused()
        await expect(page.locator(place)).to_have_value(wrong)
        await sound(reader)
    reader.expected = 200
    for section in ("documents", ""):
        await reader.go(f"/desk/tenders/{NUMBER}/{section}".rstrip("/"))
        await sound(reader)


@pytest.mark.nightly
async def test_the_forms_work_without_javascript(hall: Shown, read: Reading) -> None:
    page = await (await read(hall, Window(person="drafter", scripts=False))).go("/desk/tenders/new")
    hand = Hand(page)
    await begin(hand, hall)
    await page.locator("button[name=press][value=add]").click()
    await page.locator("#lot_3_title_zh").fill("监控")
    await page.locator("button[name=press][value=remove-2]").click()
    await expect(page.locator("#lot_2_title_zh")).to_have_value("监控")
    await page.locator("#lot_1_ceiling").fill("100")
    await page.locator("#lot_2_ceiling").fill("200")
    await hand.save()
    await expect(page.locator("#deadline_y")).to_be_visible()
    await page.goto(f"{hall.origin}/desk/tenders/{NUMBER}/documents")
    await expect(page.locator("main .note.is-near")).to_be_visible()


async def test_a_file_chosen_before_the_script_has_come_is_sent_when_it_comes(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    document = tmp_path / "招标文件.txt"
    document.write_text("第一章 投标人须知\n", "utf-8")
    page = await (await read(hall, Window(person="drafter"))).go("/desk/tenders/new")
    await begin(Hand(page), hall)
    chosen = asyncio.Event()

    async def late(asked: Route) -> None:
        async with asyncio.timeout(20):
            await chosen.wait()
        await asked.continue_()

    await page.route("**/assets/editor-*.js", late)
    await page.goto(f"{hall.origin}/desk/tenders/{NUMBER}/documents", wait_until="commit")
    await page.locator("#file").set_input_files(document)
    chosen.set()

    await expect(page.locator("main .rows .row-title")).to_have_text("招标文件.txt")


@pytest.mark.nightly
async def test_another_tender_is_begun_with_all_that_the_last_one_had(
    hall: Shown, read: Reading
) -> None:
    reader = await read(hall, Window(person="drafter"))
    page = await reader.go("/desk/tenders/new")
    hand = Hand(page)
    await begin(hand, hall)
    await page.locator("#lot_1_ceiling").fill("8,800,000")
    await page.locator("#lot_2_ceiling").fill("1,200,000")
    await hand.save()

    await reader.go("/desk/tenders/new")
    hand.presses = 0
    await page.locator("#number").fill("GC-2026-1002")
    await page.locator("#model").select_option(NUMBER)
    await page.locator("#title_zh").fill("北苑小学操场翻修工程（二次）")
    await page.locator("#purchaser").select_option("ORG-PURCHASER")
    await page.locator("#rules").select_option("demo/2026-11")
    await hand.save()
    await expect(page).to_have_url(f"{hall.origin}/desk/tenders/GC-2026-1002")
    await expect(page.locator("main")).to_contain_text("1,200,000.00")
    await hand.press("form[action$='/handover'] button")

    assert hand.presses == 2


async def test_a_draft_is_shown_to_its_two_bodies_and_the_editor_to_its_agency(
    hall: Shown, read: Reading
) -> None:
    page = await (await read(hall, Window(person="drafter"))).go("/desk/tenders/new")
    await begin(Hand(page), hall)
    draft = f"/desk/tenders/{NUMBER}"
    seen: dict[tuple[str | None, str], int] = {}
    for person in ("drafter", "approver", "firm-1", None):
        reader = await read(hall, Window(person=person))
        for address in (draft, f"{draft}/notice", f"{draft}/times"):
            answer = await reader.context.request.get(hall.origin + address)
            seen[person, address.removeprefix(draft)] = answer.status

    places = ("", "/notice", "/times")
    assert {place: seen["drafter", place] for place in places} == dict.fromkeys(places, 200)
    assert {place: seen["firm-1", place] for place in places} == dict.fromkeys(places, 403)
    assert {place: seen[None, place] for place in places} == dict.fromkeys(places, 401)
    assert [seen["approver", place] for place in places] == [403, 200, 403]


@pytest.mark.nightly
async def test_a_deadline_that_is_too_soon_is_mended_by_the_day_that_the_limit_names(
    hall: Shown, read: Reading
) -> None:
    reader = await read(hall, Window(person="drafter"))
    page = await reader.go("/desk/tenders/new")
    await page.locator("#number").fill(NUMBER)
    await page.locator("#title_zh").fill("北苑小学操场翻修工程（施工）")
    await page.locator("#rules").select_option("construction/2026-11")
    await page.locator("main form .after-6 button").click()
    await page.locator("#lot_1_ceiling").fill("8,800,000")
    await page.locator("main form .after-6 button").click()
    await page.locator("#deadline_m").fill("11")
    await page.locator("#deadline_d").fill("20")
    await page.locator("main form .after-6 button").click()
    await reader.go(f"/desk/tenders/{NUMBER}")
    mend = page.locator("section[aria-labelledby=limits] tr:has(.tag.is-bad) a").first
    await expect(mend).to_be_visible()
    await sound(reader)
    await mend.click()
    await expect(page.locator("#deadline_d")).not_to_have_value("20")
    await page.locator("main form .after-6 button").click()
    await reader.go(f"/desk/tenders/{NUMBER}")

    await expect(page.locator("section[aria-labelledby=limits] .tag.is-bad")).to_have_count(0)


async def test_what_is_not_saved_says_so_and_is_not_left_unasked(
    hall: Shown, read: Reading
) -> None:
    reader = await read(hall, Window(person="drafter"))
    page = await reader.go("/desk/tenders/new")
    said = page.locator("[data-part=unsaved]")
    await expect(said).to_be_empty()
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", answer)
    await page.locator("#title_zh").click()
    await page.keyboard.type("x")
    await expect(said).not_to_be_empty()

    await reader.go("/desk")
    assert asked == ["beforeunload"]
