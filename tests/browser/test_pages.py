"""Every page in a real browser: quiet, at home, accessible, as wide as its screen."""

from dataclasses import dataclass
from itertools import cycle, product

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, NARROW, TELEPHONE, ZH, Window
from tests.browser.shown import (
    AWARDED,
    BIDDING,
    DRAFT,
    OPENING,
    PERSON,
    SHUT,
    Shown,
    a_box,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its address or, with `room`, the opening of that tender and what comes `then`."""

    address: str = ""
    room: str | None = None
    then: str = ""
    person: str | None = None
    status: int = 200

    def on(self, hall: Shown) -> str:
        """Return its address in a hall."""
        return self.address if self.room is None else hall.room(a_box(self.room)) + self.then


PLACES = {
    "home": Place("/"),
    "announcements": Place("/announcements"),
    "a search": Place("/announcements?q=%E9%9B%86%E8%B4%B8&kind=works&stage=result"),
    "a search without results": Place("/announcements?q=nothing&kind=land"),
    "every condition": Place(
        "/announcements?q=GC&kind=works&kind=land&branch=-&agency=ORG-AGENCY&min=1&max=x&from=y"
    ),
    "openings": Place("/openings"),
    "openings of a day": Place("/openings?day=2026-11-02"),
    "subscribing": Place("/subscriptions/new?q=GC&kind=works&min=100"),
    "subscriptions": Place("/subscriptions", person="drafter"),
    "statistics": Place("/statistics"),
    "help": Place("/help"),
    "help for bidders": Place("/help/bidder"),
    "help for everybody": Place("/help/citizen"),
    "accessibility": Place("/accessibility"),
    "a tender that takes bids": Place(f"/tenders/{BIDDING}"),
    "a tender in its opening": Place(f"/tenders/{OPENING}"),
    "a tender left shut": Place(f"/tenders/{SHUT}"),
    "an awarded tender": Place(f"/tenders/{AWARDED}"),
    "a room before": Place(room=BIDDING),
    "a room during": Place(room=OPENING),
    "a room after": Place(room=AWARDED),
    "a room left shut": Place(room=SHUT),
    "a room once more": Place(room=AWARDED, then="/replay?at=9"),
    "a public record": Place("/subjects/FIRM-3"),
    "a public record of an agency": Place("/subjects/ORG-AGENCY"),
    "supervision of a day": Place("/supervision", person="supervisor"),
    "administration": Place("/administration", person="administrator"),
    "a search of entries": Place("/audit?kind=trading", person="auditor"),
    "a result": Place(f"/tenders/{AWARDED}/result"),
    "status": Place("/status"),
    "verify": Place("/verify"),
    "submit": Place("/submit"),
    "the ledger": Place("/ledger"),
    "an entry of the ledger": Place("/ledger/0"),
    "a closed entry": Place("/ledger/1"),
    "submit to a tender": Place(f"/submit?tender={BIDDING}"),
    "a bid to make": Place(f"/tenders/{BIDDING}/bid", person="firm-2"),
    "receipts of bids": Place(f"/tenders/{BIDDING}/receipt", person="firm-1"),
    "receipts of an opened bid": Place(f"/tenders/{AWARDED}/receipt", person="firm-1"),
    "the rules": Place("/rules"),
    "a rule set": Place("/rules/construction/2026-11"),
    "log-in": Place("/login"),
    "bringing a firm in": Place("/enrol"),
    "keys that we hold": Place("/desk/keys", person="officer"),
    "my devices": Place("/desk/devices", person="drafter"),
    "a new tender": Place("/desk/tenders/new", person="drafter"),
    "a draft's tasks": Place(f"/desk/tenders/{DRAFT}", person="drafter"),
    "a draft's lots": Place(f"/desk/tenders/{DRAFT}/lots", person="drafter"),
    "a draft's times": Place(f"/desk/tenders/{DRAFT}/times", person="drafter"),
    "a draft's documents": Place(f"/desk/tenders/{DRAFT}/documents", person="drafter"),
    "a draft's holders": Place(f"/desk/tenders/{DRAFT}/holders", person="drafter"),
    "a notice to approve": Place(f"/desk/tenders/{DRAFT}/notice", person="approver"),
    "tenders of one's own": Place("/desk/tenders", person="drafter"),
    "an amendment": Place(f"/desk/tenders/{BIDDING}/amendment", person="drafter"),
    "a cancellation": Place(f"/desk/tenders/{BIDDING}/cancellation", person="drafter"),
    "an opened lot": Place(f"/desk/tenders/{AWARDED}/lots/1", person="drafter"),
    "what supervision holds up": Place(f"/tenders/{BIDDING}/supervision", person="supervisor"),
    "a room of a supervisor": Place(room=OPENING, person="supervisor"),
    "an outage": Place(f"/tenders/{BIDDING}/outage", person="operator"),
    "how to complain": Place(f"/complaints/new?tender={BIDDING}"),
    "a complaint": Place(f"/complaints/new?tender={BIDDING}", person="drafter"),
    "complaints": Place("/complaints", person="drafter"),
    "my messages": Place("/messages", person="drafter"),
    "following a tender": Place(f"/tenders/{BIDDING}/following"),
    "my firm": Place("/firm", person="firm-1"),
    "the telephone list": Place("/calls", person="operator"),
    "readiness": Place("/readiness", person="operator"),
    "setting up": Place("/setup", person="administrator"),
    "no such page": Place("/nowhere", status=404),
    "no such tender": Place("/tenders/GC-0", status=404),
    "a desk of nobody": Place("/desk", status=401),
    "a wrong question": Place("/announcements?colour=red", status=400),
    **{f"the desk of {role}": Place("/desk", person=who) for role, who in PERSON.items()},
}
VIEWS = list(product((ZH, EN), (DESK, TELEPHONE)))
# Made of the same parts as others that are read by day, or read there by a test of their own.
AT_NIGHT = {
    "a room once more",
    "a public record",
    "a public record of an agency",
    "administration",
    "a search of entries",
    "a bid to make",
    "receipts of bids",
    "receipts of an opened bid",
    "every condition",
    "openings of a day",
    "subscriptions",
    "help for bidders",
    "help for everybody",
    "accessibility",
    "a search without results",
    "a tender left shut",
    "a room left shut",
    "submit to a tender",
    "a closed entry",
    "an entry of the ledger",
    "a rule set",
    "a draft's lots",
    "a draft's times",
    "a draft's documents",
    "a draft's holders",
    "tenders of one's own",
    "a cancellation",
    "a room of a supervisor",
    "a complaint",
    "complaints",
    "following a tender",
    "the telephone list",
    "no such tender",
    "a wrong question",
    "a search",
    "a tender in its opening",
    "a room before",
    "a room after",
    "the rules",
    "my devices",
    "bringing a firm in",
    "a draft's tasks",
    "an outage",
    "my messages",
    "setting up",
    "a desk of nobody",
    "the desk of officer",
    "the desk of auditor",
    "the desk of expert",
    "the desk of administrator",
}
# Each other page once in every run, by turns in another language and width; all every night.
MAIN = dict(
    zip(
        [name for name in PLACES if name not in AT_NIGHT],
        cycle((VIEWS[0], VIEWS[3], VIEWS[1], VIEWS[2])),
        strict=False,
    )
)
CASES = [
    pytest.param(
        name,
        lang,
        size,
        id=f"{name}-{lang}-{size[0]}",
        marks=() if MAIN.get(name) == (lang, size) else pytest.mark.nightly,
    )
    for name in PLACES
    for lang, size in VIEWS
]


@pytest.mark.parametrize(("name", "lang", "size"), CASES)
async def test_a_page_is_quiet_accessible_and_no_wider_than_its_screen(
    season: Shown, read: Reading, name: str, lang: str, size: tuple[int, int]
) -> None:
    place = PLACES[name]
    reader = await read(season, Window(lang=lang, size=size, person=place.person))
    page = await reader.go(place.on(season), status=place.status)

    assert await page.locator("html").get_attribute("lang") == lang
    assert await reader.violations() == []
    assert await reader.sideways() == []
    assert await reader.naked_times() == []
    await page.set_viewport_size({"width": NARROW, "height": TELEPHONE[1]})
    assert await reader.sideways() == []


async def test_every_link_of_every_page_leads_somewhere(season: Shown, read: Reading) -> None:
    reader = await read(season)
    links: dict[str, str] = {}
    for name, place in PLACES.items():
        if place.status == 200 and place.person is None:
            page = await reader.go(place.on(season))
            found = await page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
            links |= {link.partition("#")[0]: name for link in found}

    dead = {}
    for link, name in links.items():
        answer = await reader.context.request.get(link)
        if answer.status != 200:
            dead[link] = (name, answer.status)
    assert dead == {}


@pytest.mark.parametrize("lang", [ZH, pytest.param(EN, marks=pytest.mark.nightly)])
async def test_the_public_record_reads_without_any_script(
    season: Shown, read: Reading, lang: str
) -> None:
    reader = await read(season, Window(lang=lang, scripts=False))
    page = await reader.go("/")
    await page.locator("input[type=search]").fill(AWARDED)
    await page.locator("[role=search] button").click()
    assert page.url.startswith(f"{season.origin}/announcements?")
    listed = page.locator("main .rows a")
    await expect(listed).to_have_count(1)

    await page.locator(".facets input[name=stage][value=awarded]").check()
    await page.locator(".facets input[name=stage][value=open]").check()
    await page.locator(".facets button").click()
    await expect(listed).to_have_count(1)
    await page.locator(".chips a[href*='stage=open']").first.click()
    await expect(page.locator(".chips a:not(.is-clear)")).to_have_count(1)
    await reader.go(f"/announcements?q={AWARDED}")

    await listed.click()
    assert page.url == f"{season.origin}/tenders/{AWARDED}"
    await expect(page.locator("#checked .ok")).to_be_visible()
    await expect(page.locator(".record li, .record dt, .record dd").first).to_be_visible()
    await page.locator(f"a[href^='/tenders/{AWARDED}/result']").first.click()
    await expect(page.locator(".five > li")).to_have_count(5)
    await reader.go(season.room(a_box(OPENING)))
    await expect(page.locator("#room-bids tbody tr:not(.is-shut)")).to_have_count(3)


async def test_facets_narrow_the_list_in_place_and_the_address_keeps_them(
    season: Shown, read: Reading
) -> None:
    page = await (await read(season)).go("/announcements")
    every = await page.locator("main .rows > li").count()
    await page.locator(".facets input[name=stage][value=open]").check()

    await expect(page.locator("main .rows > li")).to_have_count(1)
    assert every > 1
    assert "stage=open" in page.url
    await page.reload()
    await expect(page.locator("main .rows > li")).to_have_count(1)


@pytest.mark.parametrize("address", ["/announcements?q=GC&stage=result", f"/tenders/{AWARDED}"])
async def test_the_language_switch_keeps_the_page(
    season: Shown, read: Reading, address: str
) -> None:
    page = await (await read(season)).go(address)
    await page.locator("a[hreflang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", EN)
    assert page.url.startswith(season.origin + address)
    english = await page.locator("h1").inner_text()
    await page.reload()
    await expect(page.locator("h1")).to_have_text(english)

    await page.locator("a[hreflang=zh-CN]").click()
    await expect(page.locator("html")).to_have_attribute("lang", ZH)


async def test_the_keyboard_skips_to_the_content_and_its_focus_shows(
    season: Shown, read: Reading
) -> None:
    page = await (await read(season)).go("/announcements")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await expect(page.locator(".skip")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")

    focused = page.locator("main :focus")
    await expect(focused).to_have_count(1)
    outline = await focused.evaluate(
        "one => parseFloat(getComputedStyle(one).outlineWidth) || getComputedStyle(one).boxShadow"
    )
    assert outline not in {0, "none"}


@pytest.mark.parametrize("address", ["/", f"/tenders/{BIDDING}"])
async def test_every_stop_of_the_keyboard_is_seen(
    season: Shown, read: Reading, address: str
) -> None:
    page = await (await read(season)).go(address)
    stops = await page.locator("a[href], button, input, select, summary, [tabindex='0']").count()
    unseen = []
    for _ in range(min(stops, 40)):
        await page.keyboard.press("Tab")
        unseen += await page.evaluate(
            """() => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              const style = getComputedStyle(one);
              const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none';
              const there = one === document.body
                || (box.bottom > 0 && box.top < innerHeight && box.width > 0);
              return there && (ring || one === document.body) ? [] : [one.outerHTML.slice(0, 120)];
            }"""
        )
    assert unseen == []
