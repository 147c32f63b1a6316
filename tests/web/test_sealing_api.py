"""What a browser that seals or submits a bid asks the hall, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from yarl import URL

from bidding.keys import box_of
from bidding.offer import SealedTo, offer_of
from notary.authority import Authorities
from notary.canonical import Json, sha256_hex
from notary.entropy import system_entropy
from notary.shape import read
from sql.database import Database
from tests.bidding.acts import age_file
from tests.bidding.town import BOX, TENDER, Town, a_town, announce, bid, seal_as
from tests.web.served import Browser, serving
from web import client, schema
from web.client import Body, SigningPair

HERE = f"/boxes/{TENDER}/1/single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A served hall that takes bids."""

    town: Town
    origin: str
    browser: Browser

    async def send(
        self, name: str | None, method: str, path: str, body: Body = None
    ) -> dict[str, Any]:
        """Send a request signed by `name`, or by nobody."""
        pair = None
        if name is not None:
            person = self.town.people[name]
            pair = SigningPair(key=person.key, certificate=person.certificate)
        async with client.connect(self.origin, system_entropy, pair) as sender:
            return cast("dict[str, Any]", await sender.send(method, path, body))


@pytest.fixture
async def counter(database: Database, tmp_path: Path) -> AsyncIterator[Counter]:
    town = await a_town(database, tmp_path, firms=2)
    await announce(town)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Counter(town=town, origin=origin, browser=browser)


async def test_one_answer_is_all_that_a_sealing_page_needs(counter: Counter) -> None:
    first = str((await bid(counter.town, "firm-1", 1_300_000_000))["envelope"])

    told = await counter.send(None, "GET", f"{HERE}/sealing")
    own = await counter.send("firm-1", "GET", f"{HERE}/sealing")
    other = await counter.send("firm-2", "GET", f"{HERE}/sealing")
    agency = await counter.send("drafter", "GET", f"{HERE}/sealing")

    schema.require("sealing", told)
    given = {name: told[name] for name in ("notices", "policies", "keys", "duties")}
    trusted = Authorities.from_pem(told["authorities"]["roots"].encode())
    offer = offer_of(read(SealedTo, given), box_of(counter.town.hall, BOX), trusted, None)
    assert offer.policy.k == 2
    assert told["phase"] == "taking"
    assert told["limits"]["max_bytes"] == offer.terms.max_bytes
    assert told["bidder"] is agency["bidder"] is None
    assert own["bidder"] == {
        "id": "FIRM-1",
        "sequence": {"seq": 2, "supersedes": first, "earlier": [first], "withdrawn": False},
    }
    assert other["bidder"]["sequence"]["seq"] == 1


async def test_a_page_learns_where_each_part_goes_and_which_are_here(counter: Counter) -> None:
    sealed = [await seal_as(counter.town, "firm-1", n) for n in (1, 2)]
    here, away = [sealed[0].part_0, age_file()]
    asked: Json = [{"sha256": sha256_hex(one), "size": len(one)} for one in (here, away)]

    told = await counter.send(None, "POST", "/ways", {"parts": asked})
    first, second = told["parts"]
    # A page that was opened as a file: its origin is `null`, and it has no cookie.
    strange = {**second["headers"], "Origin": "null", "Sec-Fetch-Site": "cross-site"}
    async with counter.browser.put(URL(second["url"]).path, data=away, headers=strange) as answer:
        sent = await answer.json()
    wanted = ",".join([sha256_hex(here), sha256_hex(away), "0" * 64])
    found = await counter.send(None, "GET", f"/parts?sha256={wanted}")

    assert (first["present"], first["url"]) == (True, None)
    assert (second["present"], second["commit"]) == (False, None)
    assert second["url"] == f"{counter.origin}/api/v1/parts/{sha256_hex(away)}"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert sent["completed"] == []
    assert found == {"present": [sha256_hex(here), sha256_hex(away)]}
