"""Papers: PDF/A-3b that carries its machine record byte for byte, the same bytes each time."""

import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bidding.store import awards, boxes, envelopes
from notary import cms, receipt, sessions
from sql.database import Database
from tests.bidding.town import BOX, TENDER, Town, a_town, announce, award_lot, bid
from tests.web.served import Browser, serving
from web.letterhead import Lang

PRICES = {"firm-1": 1_310_000_000, "firm-2": 1_200_000_000, "firm-3": 1_250_000_000}
_EMBEDDED = re.compile(
    rb"<<((?:(?!endobj).)*?/Type/EmbeddedFile(?:(?!endobj).)*?)>>\nstream\n(.*?)\nendstream",
    re.DOTALL,
)


def embedded(pdf: bytes) -> list[bytes]:
    """Return the files inside a PDF, in their order."""
    return [
        zlib.decompress(data) if b"FlateDecode" in head else data
        for head, data in _EMBEDDED.findall(pdf)
    ]


def require_archival(pdf: bytes) -> None:
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf


@pytest.fixture
async def served_town(database: Database, tmp_path: Path) -> AsyncIterator[tuple[Town, Browser]]:
    town = await a_town(database, tmp_path, firms=3)
    await announce(town)
    for name, price in PRICES.items():
        await bid(town, name, price)
    async with serving(database, town.hall, town.vault) as (_, browser):
        yield town, browser


async def read(browser: Browser, path: str, status: int = 200) -> bytes:
    async with browser.get(path) as answer:
        assert answer.status == status
        return await answer.read()


async def come_as(town: Town, browser: Browser, name: str) -> None:
    async with town.database.transaction() as tx:
        token = await sessions.begin(tx, town.hall, town.people[name].actor.person)
    browser.session.cookie_jar.update_cookies({"hall": token})


async def test_a_receipt_is_its_bidders_alone_and_holds_what_the_hall_signed(
    served_town: tuple[Town, Browser],
) -> None:
    town, browser = served_town
    async with town.database.transaction() as tx:
        sent = {one.bidder: one.envelope_id for one in await envelopes.envelopes_in(tx, BOX)}
    path = f"/tenders/{TENDER}/receipts/{sent['FIRM-1']}.pdf"

    await read(browser, path, 401)
    await come_as(town, browser, "firm-2")
    await read(browser, path, 404)
    await come_as(town, browser, "firm-1")
    first = await read(browser, path)
    again = await read(browser, path)
    english = await read(browser, f"{path}?lang=en")

    assert first == again != english
    require_archival(first)
    given, p7s = embedded(first)
    assert receipt.parse(given).fields["envelope"] == sent["FIRM-1"]
    cms.verify(given, p7s)
    assert embedded(english) == [given, p7s]


async def test_an_opening_and_a_result_are_papers_that_hold_their_records(
    served_town: tuple[Town, Browser],
) -> None:
    town, browser = served_town
    async with town.database.transaction() as tx:
        box = await boxes.box(tx, BOX)
    assert box is not None
    places = (f"/rooms/{box.room}/record.pdf", f"/tenders/{TENDER}/result.pdf")
    for place in places:
        await read(browser, place, 404)

    await town.open_box()
    record = await read(browser, places[0])
    await award_lot(town)
    notice = await read(browser, places[1])

    async with town.database.transaction() as tx:
        box = await boxes.box(tx, BOX)
        made = await awards.awards_of(tx, BOX.tender, BOX.lot)
    assert box is not None
    assert embedded(record) == [box.opening_json, box.opening_p7s]
    assert embedded(notice) == [made[-1].json, made[-1].p7s]
    for place, written in zip(places, (record, notice), strict=True):
        require_archival(written)
        assert await read(browser, place) == written
        for lang in Lang:
            require_archival(await read(browser, f"{place}?lang={lang}"))


async def test_a_receipt_says_beforehand_what_another_device_would_wait(
    served_town: tuple[Town, Browser],
) -> None:
    town, browser = served_town
    await come_as(town, browser, "firm-1")
    path = f"/tenders/{TENDER}/receipt"

    assert "最多要多等 15 分钟" in (await read(browser, path)).decode()
    browser.session.cookie_jar.update_cookies({"lang": "en"})
    assert "or allow up to 15 minutes:" in (await read(browser, path)).decode()
