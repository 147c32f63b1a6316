"""Receipts in a real browser: a bid is taken back, or opened by its owner where others fail."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from bidding.facts import BoxFacts
from bidding.store import boxes
from tests.bidding.test_bidder_mode import CEILING, LAW, OWN, by_owner
from tests.bidding.town import BOX, DEADLINE, announce, bid
from tests.browser.bidders import (
    BID,
    RECEIPT,
    SEAL,
    Actions,
    at_work,
    own_bids,
    ready,
    receipted,
    submit_one,
)
from tests.browser.conftest import Reading
from tests.browser.reader import EN, TELEPHONE, Reader, Window
from tests.browser.shown import Shown
from tests.notary.cosigned import COURT
from tests.trading.shelves import as_whole_set, put
from tests.web.served import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]


async def test_a_bid_is_taken_back_and_another_follows(hall: Shown, read: Reading) -> None:
    reader = await at_work(hall, read, Window(lang=EN, size=TELEPHONE, person="firm-1"))
    page = reader.page
    await submit_one(hall, page)
    await page.locator("details:has([data-part=press]) summary").click()
    assert await reader.violations() == []
    assert await reader.sideways() == []
    await page.locator("details [data-part=press]").click()

    await expect(page.locator(".tag.is-over")).to_be_visible()
    (first,) = await own_bids(hall)
    assert first.withdrawn_at is not None
    await page.locator("main .btn").click()
    await ready(page)
    assert await reader.sideways() == []
    await Actions(page).press(SEAL)  # what was typed is still there, and the key of this device
    await receipted(hall, page)
    assert len(await own_bids(hall)) == 2


async def leave(page: Page) -> None:
    """Let a page ask all that it asks, and nothing once its session is past."""
    await page.wait_for_load_state("networkidle")
    await page.goto("about:blank")


async def postpone(hall: Shown, page: Page) -> None:
    """Leave the page, close the box among rivals, and let no key holder release in time."""
    await leave(page)
    town = hall.town
    await bid(town, "firm-2", 1_088_000_000)
    await bid(town, "firm-3", 1_099_000_000)
    town.clock.move_to(DEADLINE)
    await town.carry()
    town.clock.move_to((await the_box(hall)).release_by)
    await town.carry()


async def at_its_hour(hall: Shown, page: Page) -> None:
    """Set the browser's clock as the town's: a bidder's secret goes by the bidder's own."""
    await page.clock.set_fixed_time(hall.town.clock.now)


async def the_box(hall: Shown) -> BoxFacts:
    async with hall.town.database.transaction() as tx:
        box = await boxes.box(tx, BOX)
    assert box is not None
    return box


async def waited_until(hall: Shown) -> datetime:
    """Return how long a browser waits for cosignatures."""
    box = await the_box(hall)
    return box.parts_by + timedelta(minutes=box.gate_wait_min)


def in_beijing(at: datetime) -> str:
    return f"{at + timedelta(hours=8):%H:%M:%S}"


async def given(hall: Shown) -> int:
    """Return how many owners have given their secret."""
    async with hall.town.database.transaction() as tx:
        count: int = await tx.fetchval("SELECT count(*) FROM bidding.owner_release")
    return count


async def test_where_key_holders_are_missing_a_bidder_opens_its_own(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read)
    page = reader.page
    await submit_one(hall, page)
    await expect(page.locator("[data-part=own]")).to_have_count(0)
    await postpone(hall, page)
    await hall.log_in(reader.context, "firm-1")
    await at_its_hour(hall, page)
    await reader.go(RECEIPT)
    await expect(page.locator("[data-part=open]")).to_be_visible()
    assert await reader.violations() == []
    await page.locator("[data-part=open]").click()

    await expect(page.locator("[data-part=own]")).to_be_hidden()
    assert await given(hall) == 1


async def test_a_list_that_the_log_does_not_prove_gets_no_secret(
    hall: Shown, read: Reading
) -> None:
    reader = await at_work(hall, read)
    page = reader.page
    await submit_one(hall, page)
    await postpone(hall, page)
    await hall.log_in(reader.context, "firm-1")

    async def forged(route: Route) -> None:
        answer = await route.fetch()
        dossier = await answer.json()
        told = json.loads(dossier["list"]["json"])
        told["envelopes"] = told["envelopes"][:-1]
        dossier["list"]["json"] = json.dumps(told)
        await route.fulfill(response=answer, json=dossier)

    await page.route("**/dossier", forged)
    await at_its_hour(hall, page)
    await reader.go(RECEIPT)
    await page.locator("[data-part=open]").click()
    await expect(page.locator("[data-part=told]")).to_contain_text("list: ", timeout=30_000)
    await expect(page.locator("[data-part=own]")).to_be_visible()
    assert await given(hall) == 0

    await page.unroute("**/dossier")  # the page asks again by itself
    await expect(page.locator("[data-part=own]")).to_be_hidden(timeout=30_000)
    assert await given(hall) == 1


async def test_a_receipt_with_its_passphrase_opens_it_on_another_device(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    page = (await at_work(hall, read)).page
    await submit_one(hall, page)
    await page.locator("details:has([data-part=copy]) summary").click()
    await page.locator("[data-part=passphrase]").fill(PASSWORD)
    async with page.expect_download() as coming:
        await page.locator("[data-part=copy] [type=submit]").click()
    await (await coming.value).save_as(tmp_path / "receipt.age")
    await postpone(hall, page)

    other = await read(hall, Window(lang=EN, size=TELEPHONE, person="firm-1"))
    await at_its_hour(hall, other.page)
    await other.go(RECEIPT)
    await other.page.locator("[data-part=receipt-file]").set_input_files(tmp_path / "receipt.age")
    await other.page.locator("[data-part=receipt-pass]").fill(PASSWORD)
    assert await other.violations() == []
    assert await other.sideways() == []
    await other.page.locator("[data-part=open]").click()
    # A device that did not seal the bid has kept no policy: whose lines are wanted it cannot know.
    until = await waited_until(hall)
    told = other.page.locator("[data-part=told]")
    await expect(told).to_contain_text(f"at {in_beijing(until)} by the clock", timeout=30_000)
    assert await other.sideways() == []
    assert await given(hall) == 0

    await other.page.clock.set_fixed_time(until)
    await expect(other.page.locator("[data-part=own]")).to_be_hidden(timeout=30_000)
    assert await given(hall) == 1


async def publish_by_owner(hall: Shown, home: Path) -> None:
    """Publish a tender whose bids nobody but their bidders can open."""
    law = as_whole_set(LAW, hall__sealing_mode_max_fen=CEILING + 1)
    put(home / "rules", OWN, law)
    await announce(hall.town, by_owner())
    await hall.give_password("firm-1")


async def open_among_rivals(hall: Shown, reader: Reader) -> datetime:
    """Submit a bid in the browser and two beside it, and come to the opening; return its time."""
    page = await reader.go(BID)
    await expect(page.locator("[data-part=work]")).to_be_visible(timeout=30_000)
    await submit_one(hall, page)
    await leave(page)
    await bid(hall.town, "firm-2", 1_088_000_000)
    await bid(hall.town, "firm-3", 1_099_000_000)
    open_at = (await the_box(hall)).open_at
    hall.town.clock.move_to(open_at)
    await hall.town.carry()
    await hall.log_in(reader.context, "firm-1")
    return open_at


async def test_where_nobody_shares_the_key_the_page_gives_it_by_itself(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await publish_by_owner(hall, tmp_path / "home")
    reader = await read(hall, Window(person="firm-1"))
    page = reader.page
    open_at = await open_among_rivals(hall, reader)
    await page.clock.set_fixed_time(open_at - timedelta(milliseconds=1))
    await reader.go(RECEIPT)
    told = page.locator("[data-part=told]")
    await expect(told).to_contain_text("按这台电脑的时钟，还没到开标时刻", timeout=30_000)
    assert await given(hall) == 0

    await page.clock.set_fixed_time(open_at)
    await expect(told).to_contain_text("已交给", timeout=30_000)
    assert await given(hall) == 1


async def test_a_connection_that_breaks_once_costs_no_bid(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await publish_by_owner(hall, tmp_path / "home")
    reader = await read(hall, Window(person="firm-1"))
    page = reader.page
    open_at = await open_among_rivals(hall, reader)
    await page.clock.set_fixed_time(open_at)
    await page.route("**/dossier", lambda route: route.abort("connectionreset"), times=1)
    await reader.go(RECEIPT)
    told = page.locator("[data-part=told]")
    await expect(told).to_contain_text("本页会自己再试", timeout=30_000)
    assert await given(hall) == 0

    await expect(told).to_contain_text("已交给", timeout=30_000)
    assert await given(hall) == 1
    assert "ERR_CONNECTION_RESET" in reader.wrong.pop()


def changing(change: Callable[[dict[str, Any]], None]) -> Callable[[Route], Awaitable[None]]:
    """Let what the hall answers be changed on its way."""

    async def on_its_way(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        change(told)
        await route.fulfill(response=answer, json=told)

    return on_its_way


def wanting_the_court(sealing: dict[str, Any]) -> None:
    """Let a log want the lines of a witness."""
    log = sealing["log"]
    log["policy"] = f"log {log['vkey']}\nwitness c {COURT.key.vkey}\nquorum c\n"


def cosigned(dossier: dict[str, Any]) -> None:
    """Put the line of the witness under the newest checkpoint."""
    text = dossier["checkpoint"].partition("\n\n")[0] + "\n"
    dossier["checkpoint"] += COURT.line(text).text


@pytest.mark.parametrize("ends", ["with a cosignature", "with its time"])
async def test_the_page_waits_for_the_cosignatures_that_its_log_had_wanted(
    hall: Shown, read: Reading, tmp_path: Path, ends: str
) -> None:
    await publish_by_owner(hall, tmp_path / "home")
    reader = await read(hall, Window(person="firm-1"))
    page = reader.page
    await page.route("**/sealing", changing(wanting_the_court))
    open_at = await open_among_rivals(hall, reader)
    await page.unroute("**/sealing")  # a hall that wants nobody now: what was kept counts
    until = await waited_until(hall)
    comes = ends == "with a cosignature"
    await page.clock.set_fixed_time(open_at if comes else until - timedelta(milliseconds=1))
    await reader.go(RECEIPT)
    told = page.locator("[data-part=told]")
    waits = f"到 {in_beijing(until)}（按这台电脑的时钟）"
    await expect(told).to_contain_text(waits, timeout=30_000)
    assert await reader.violations() == []
    assert await given(hall) == 0

    if comes:
        await page.route("**/dossier", changing(cosigned))
    else:
        await page.clock.set_fixed_time(until)
    await expect(told).to_contain_text("已交给", timeout=30_000)
    assert await given(hall) == 1
