"""The list of announcements, and the same query as a feed, a table and open data."""

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from notary.vault import DirectoryVault
from sql.database import Database
from tests.bidding.drafts import DEADLINE, TENDER, a_draft
from tests.bidding.town import Town, a_town, announce
from tests.web.served import Browser, serving
from web import beijing

ATOM = "{http://www.w3.org/2005/Atom}"
LAND = "TD-2026-0007"


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    made = await a_town(database, tmp_path, firms=1)
    await announce(made)
    await announce(
        made, a_draft(tender=LAND, title={"zh": "=宗地\u000b出让", "en": "A plot & more"})
    )
    return made


@pytest.fixture
async def browser(town: Town, tmp_path: Path) -> AsyncIterator[Browser]:
    async with serving(town.database, town.hall, DirectoryVault(tmp_path)) as (_, made):
        yield made


async def body(browser: Browser, path: str) -> str:
    async with browser.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_a_condition_may_be_chosen_twice_and_taken_off_again(browser: Browser) -> None:
    html = await body(browser, "/announcements?kind=works&kind=land&agency=ORG-AGENCY&min=1")

    assert TENDER in html
    assert 'href="/announcements?kind=works&amp;agency=ORG-AGENCY&amp;min=1"' in html
    async with browser.get("/announcements?q=a&q=b") as answer:
        assert answer.status == 400


async def test_a_box_without_a_match_stays_with_its_zero(browser: Browser) -> None:
    html = await body(browser, "/announcements?max=0.01")

    assert "<span>土地使用权</span><b>0</b>" in html
    assert "ORG-AGENCY 单位</span><b>0</b>" in html


async def test_an_empty_list_leads_to_the_nearest_query_that_finds_something(
    browser: Browser,
) -> None:
    one_off = await body(browser, "/announcements?q=GC&kind=mining&stage=open")
    assert 'href="/announcements?q=GC&amp;stage=open"' in one_off.split('class="empty')[1]

    nothing = await body(browser, "/announcements?q=%E4%B8%8D%E4%BC%9A%E6%9C%89")
    assert "看全部：2 条公告" in nothing


async def test_a_page_behind_the_last_is_the_last(browser: Browser) -> None:
    assert TENDER in await body(browser, "/announcements?page=99")


async def test_a_feed_has_the_newest_of_the_query(browser: Browser) -> None:
    text = await body(browser, "/announcements.atom?q=%E5%AE%97%E5%9C%B0&lang=en")
    feed = ET.fromstring(text)  # noqa: S314 - of our own server

    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "A plot & more"
    assert str(entry.findtext(f"{ATOM}id")).endswith(f"/tenders/{LAND}")
    assert feed.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated")
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert str(links["alternate"]).endswith("/announcements?q=%E5%AE%97%E5%9C%B0")


async def test_a_table_is_a_table_whatever_people_wrote(browser: Browser) -> None:
    text = await body(browser, "/announcements.csv")
    head, *rows = csv.reader(text.removeprefix("\ufeff").splitlines())

    assert head[:3] == ["编号", "名称", "交易类别"]
    assert {row[0] for row in rows} == {TENDER, LAND}
    (land,) = [row for row in rows if row[0] == LAND]
    assert land[1] == "'=宗地出让"
    assert land[8] == beijing.iso(DEADLINE)
    assert land[11].endswith(f"/tenders/{LAND}")


async def test_open_data_of_a_query_is_that_query(browser: Browser) -> None:
    text = await body(browser, f"/announcements.json?q={LAND}")
    package = json.loads(text)

    assert [one["ocid"] for one in package["releases"]] == [f"ocds-213czf-{LAND}"]
    assert package["uri"].endswith(f"/announcements.json?q={LAND}")
    async with browser.get("/announcements.json?q=nothing") as answer:
        assert (answer.status, await answer.read()) == (204, b"")


async def test_openings_are_a_list_a_day_and_a_calendar(town: Town, browser: Browser) -> None:
    day = beijing.today(DEADLINE)
    assert TENDER in await body(browser, f"/openings?day={day}")
    assert TENDER not in await body(browser, f"/openings?day={day.replace(day=28)}")
    whole = await body(browser, "/openings.ics")
    assert whole.count("BEGIN:VEVENT") == 2
    own = await body(browser, f"/tenders/{TENDER}/openings.ics?lang=en")
    assert own.count("BEGIN:VEVENT") == 1
    assert f"{DEADLINE:DTSTART:%Y%m%dT%H%M%SZ}" in own
    assert "UID:o-" in own
    assert f"@{town.hall.origin.partition('/')[0]}" in own


async def test_search_engines_are_told_what_stays(browser: Browser) -> None:
    assert f"/tenders/{LAND}</loc><lastmod>" in await body(browser, "/sitemap.xml")
    assert "/sitemap.xml" in await body(browser, "/robots.txt")


async def test_a_browser_that_shows_a_file_finds_no_picture_and_no_error(browser: Browser) -> None:
    async with browser.get("/favicon.ico") as answer:
        assert (answer.status, await answer.read()) == (204, b"")
