"""Following a tender over the wire and by its button; nobody else learns of it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from notary.canonical import Json
from sql.database import Database
from tests.assurance.ground import Ground, a_ground
from tests.bidding.town import TENDER, announce
from web.client import Refused

PATH = f"/tenders/{TENDER}/following"
CONTACT: dict[str, Json] = {"mail": "firm@example.cn", "mobile": None, "lang": "en"}


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    async with a_ground(database, tmp_path, firms=2) as made:
        await announce(made.town)
        yield made


async def test_a_firm_follows_and_stops_over_the_wire(ground: Ground) -> None:
    with pytest.raises(Refused) as nowhere:
        await ground.send("firm-1", "POST", PATH)
    assert (nowhere.value.status, nowhere.value.code) == (422, "contact.missing")

    assert await ground.send("firm-1", "POST", "/contact", CONTACT) == CONTACT
    assert await ground.send("firm-1", "POST", PATH) == {"tender": TENDER}
    assert await ground.send("firm-1", "DELETE", PATH) == {"tender": TENDER}
    with pytest.raises(Refused) as again:
        await ground.send("firm-1", "DELETE", PATH)
    with pytest.raises(Refused) as nothing:
        await ground.send("firm-1", "POST", "/tenders/GC-0/following")

    assert {again.value.code, nothing.value.code} == {"follower.unknown"}


async def test_a_reader_follows_by_the_button_and_no_other_page_shows_it(ground: Ground) -> None:
    await ground.send("firm-1", "POST", "/contact", CONTACT)
    page = f"{ground.origin}/tenders/{TENDER}"
    async with aiohttp.ClientSession() as stranger, stranger.get(page) as before:
        seen = re.sub(r"\d\d:\d\d:\d\d", "", await before.text())
    cookie = await ground.log_in("firm-1")
    ours = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    async with aiohttp.ClientSession(headers=ours) as http:
        async with http.get(f"{ground.origin}{PATH}") as shown:
            key = re.search(r'name="key" value="([0-9a-f]+)"', await shown.text())
        assert key is not None
        async with http.post(f"{ground.origin}{PATH}", data={"key": key[1]}) as done:
            assert "Stop following" in await done.text()
        async with http.get(f"{ground.origin}/messages") as own:
            assert TENDER in await own.text()

    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(page) as after:
            assert re.sub(r"\d\d:\d\d:\d\d", "", await after.text()) == seen
        async with stranger.get(f"{ground.origin}{PATH}?lang=en") as asked:
            assert "Log in to follow" in await asked.text()
