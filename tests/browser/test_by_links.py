"""Pages that are met by a link alone: a branch, a message, a welcome, an objection."""

import re

import pytest

from notary import colleagues, messages, register
from notary.colleagues import ColleagueWish
from notary.identity import Role
from notary.messages import Letter
from tests.bidding.disputed import lawful, to_documents
from tests.bidding.town import Town, announce, once
from tests.browser.conftest import Reading
from tests.browser.reader import NARROW, TELEPHONE, Reader, Window
from tests.browser.shown import Shown
from tests.browser.test_pages import VIEWS
from tests.people import newcomer
from tests.web.served import FACTOR_KEY

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRANCH = "chengbei"
PUBLIC = (
    "/login/code/supervisor",
    f"/b/{BRANCH}/",
    f"/b/{BRANCH}/announcements",
    f"/b/{BRANCH}/openings",
)


async def belong(town: Town) -> None:
    """Enrol a body of a branch."""
    body = newcomer(
        "zhou", org="BRANCH", org_name="城北分中心", branch=BRANCH, roles=(Role.OPERATOR,)
    )
    async with town.database.transaction() as tx:
        at = town.clock.now
        await register.take_in(tx, town.hall, body, by="hall", proposed_by=None, at=at)


async def tell(town: Town) -> str:
    """Write a message to a firm and return the address that it has."""
    now = town.clock.now
    letter = Letter(person="firm-1", said="标题\n内容", href="/status", ways=(), read_by=now)
    async with town.database.transaction() as tx:
        await messages.begin(tx, "test/firm-1", "ready", None, now)
        await messages.write(tx, "test/firm-1", [letter], now)
        (told,) = await messages.of_person(tx, "firm-1", 1)
    return f"/m/{told.message}/{messages.token(FACTOR_KEY, told.message)}"


async def invite(hall: Shown, reader: Reader) -> str:
    """Ask a colleague into a firm and return the address of the link."""
    town, wish = hall.town, ColleagueWish(person="colleague", name="小王", right="prepare")
    head = town.people["firm-1"].actor
    await colleagues.invite(town.database, town.hall, head, once("firm-1"), wish)
    page = await reader.go("/firm")
    [link] = re.findall(r"/welcome/[0-9a-f]{32}/[0-9a-f]{32}", await page.content())[:1]
    return str(link)


@pytest.mark.nightly
@pytest.mark.parametrize(("lang", "size"), VIEWS)
async def test_what_is_met_by_a_link_is_accessible_and_no_wider_than_its_screen(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    town = hall.town
    await announce(town, lawful())
    await belong(town)
    await hall.give_password("supervisor")
    objection = (await to_documents(town))["objection"]
    reader = await read(hall, Window(lang=lang, size=size, person="firm-1"))
    stranger = await read(hall, Window(lang=lang, size=size))
    places = [
        *((stranger, address) for address in PUBLIC),
        (stranger, await tell(town)),
        (stranger, await invite(hall, reader)),
        (reader, f"/objections/{objection}"),
    ]
    for window, address in places:
        page = await window.go(address)

        assert await window.violations() == [], address
        assert await window.sideways() == [], address
        assert await window.naked_times() == [], address
        await page.set_viewport_size({"width": NARROW, "height": TELEPHONE[1]})
        assert await window.sideways() == [], address
        await page.set_viewport_size({"width": size[0], "height": size[1]})
