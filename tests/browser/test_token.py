"""A CA token through its bridge: it enrols its firm, logs in, confirms and signs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from notary import canonical, cms
from sql.postgres import EmbeddedPostgres
from tests.bidding.town import TRUSTEES, a_draft, give_keys, once
from tests.browser.bridge import ORG, Bridge, a_token
from tests.browser.conftest import Reading
from tests.browser.reader import TELEPHONE, Window
from tests.browser.shown import Shown, shown
from tests.people import enrolment, signed
from trading import service as trading
from web.client import SigningPair

pytestmark = pytest.mark.asyncio(loop_scope="session")

TENDER = "GC-2026-0918"
NOTICE = f"/desk/tenders/{TENDER}/notice"


@pytest_asyncio.fixture(loop_scope="session")
async def hall(postgres: EmbeddedPostgres, tmp_path: Path, bridge: Bridge) -> AsyncIterator[Shown]:
    async with shown(postgres, tmp_path, bridge=bridge.origin) as made:
        bridge.hall = made.origin
        yield made


async def test_a_token_enrols_its_firm_and_logs_in(
    hall: Shown, read: Reading, bridge: Bridge, tmp_path: Path
) -> None:
    reader = await read(hall, Window(size=TELEPHONE))
    page = await reader.go("/enrol")
    assert await reader.violations() == []
    reader.expected = 503
    await page.locator("[data-way=enrol-token]").click()
    await expect(page.locator("[data-ways] [data-part=refusal]")).to_be_focused()
    assert await reader.violations() == []

    bridge.pair = a_token(tmp_path)
    await page.locator("[data-way=enrol-token]").click()
    await expect(page).to_have_url(f"{hall.origin}/enrol?enrolled={ORG}")
    assert await reader.violations() == []
    await page.locator(".done a").click()
    await page.locator("[data-way=log-in-token]").click()
    await expect(page).to_have_url(f"{hall.origin}/firm")
    await expect(page.locator("h1")).to_have_text("辽建一公司")
    assert await reader.sideways() == []


@pytest.mark.nightly
async def test_a_file_that_was_signed_elsewhere_enrols_its_firm(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    pair, file = a_token(tmp_path), tmp_path / "enrolment.json"
    said = enrolment(ORG, pair, origin=hall.town.hall.origin)
    file.write_bytes(canonical.dumps(signed(said, pair)))
    page = await (await read(hall)).go("/enrol")
    await page.locator("#signed-file").set_input_files(file)
    await expect(page.locator("#signed")).to_have_value(file.read_text())
    await page.locator("form[action='/enrol/signed'] button").click()

    await expect(page).to_have_url(f"{hall.origin}/enrol?enrolled={ORG}")
    await expect(page.locator(".done pre code")).to_contain_text("hall key link DIR")


async def test_a_token_signs_where_the_device_has_no_key(
    hall: Shown, read: Reading, bridge: Bridge
) -> None:
    town = hall.town
    await trading.draft(town.database, town.hall, town.people["drafter"].actor, once(), a_draft())
    for name in TRUSTEES:
        await give_keys(town, name)
    approver = town.people["approver"]
    bridge.pair = SigningPair(key=approver.key, certificate=approver.certificate)
    page = await (await read(hall, Window(person="approver"))).go(NOTICE)
    await page.locator(".sign [data-part=by-token]").click()

    await expect(page.locator(".sign [data-part=done]")).to_be_focused()
    async with town.database.transaction() as tx:
        (notice,) = await trading.revisions(tx, TENDER)
    assert cms.verify(notice.json, notice.p7s) == bridge.pair.certificate
    assert bridge.signed == [notice.json]
