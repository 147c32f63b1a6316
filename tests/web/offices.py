"""The page of administration for tests: a house with two who may let others in, and its forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notary import identity
from notary.identity import Line, Role
from sql.database import Database
from tests.people import newcomer
from tests.web.served import Served, served

PAGE = "/administration"
ZHAO = {
    "org": "AUDIT",
    "org_name": "Audit Office",
    "line": "supervision",
    "branch": "",
    "person": "zhao-lei",
    "person_name": "Zhao Lei",
    "role_supervisor": "yes",
    "role_trustee": "yes",
}


@asynccontextmanager
async def a_house_of_two(database: Database) -> AsyncIterator[Served]:
    """Serve a house whose administrator, li-na, and officer, zhou, log in by password."""
    async with served(database) as made:
        await made.take_in_with_password(newcomer("li-na"))
        office = {"org": "OFFICE", "line": Line.DECISION, "roles": (Role.OFFICER,)}
        await made.take_in_with_password(newcomer("zhou", **office))
        await made.log_in("li-na")
        yield made


async def page(house: Served) -> str:
    """Read the page of administration."""
    async with house.browser.get(f"{PAGE}?lang=en") as shown:
        assert shown.status == 200
        return await shown.text()


async def press(house: Served, action: str, **fields: str) -> tuple[int, str]:
    """Send a form with the key of the page; return status and page that come."""
    key = re.search(r'name="key" value="([0-9a-f]{32}-[a-z0-9]+)"', await page(house))
    assert key is not None
    async with house.browser.post(f"{PAGE}{action}", data={"key": key[1], **fields}) as answer:
        return answer.status, await answer.text()


async def proposed(house: Served, **fields: str) -> str:
    """Propose somebody; return the action of the button that approves it."""
    status, html = await press(house, "/proposals", **fields)
    assert status == 200
    *_, proposal = re.findall(r'<li id="([0-9a-f]{32})">', html)  # the newest is the last
    return f"/proposals/{proposal}/approval"


async def roles_of(house: Served, person: str) -> frozenset[Role]:
    """Read the roles of somebody."""
    async with house.database.transaction() as tx:
        return await identity.roles_of(tx, person, house.clock.now)


async def shown_links(house: Served) -> list[str]:
    """Return the actions of the buttons that show a link on the page."""
    return re.findall(rf'action="{PAGE}(/links/[0-9a-f]{{32}}/showing)"', await page(house))
