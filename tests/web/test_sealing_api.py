"""What a browser that seals or submits a bid asks the hall, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from yarl import URL

from bidding.clients.offer import SealedTo, offer_of
from bidding.clients.sealing import SealedBid
from bidding.keys import box_of
from bidding.sealed.statements import OwnerRelease
from notary import policy
from notary.authority import Authorities
from notary.canonical import Json, sha256_hex
from notary.entropy import system_entropy
from notary.instant import seconds
from notary.shape import read, write
from sql.database import Database
from tests.bidding.acts import age_file, box_facts, boxed, sealed_again, told
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    Town,
    a_town,
    announce,
    bid,
    seal_as,
    send_part,
    submit_as,
)
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
    town = await a_town(database, tmp_path, firms=3)
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
    log = told["log"]
    assert (log["origin"], log["vkey"]) == (counter.town.hall.origin, log["policy"].split()[1])
    assert policy.parse(log["policy"].encode()).quorum is None
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

    told = await counter.send("firm-1", "POST", "/ways", {"parts": asked})
    first, second = told["parts"]
    named = await naming(counter.town, sealed[0], away)
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
    assert [one["envelope"] for one in sent["completed"]] == [named]
    assert found == {"present": [sha256_hex(here), sha256_hex(away)]}


async def naming(town: Town, sealed: SealedBid, part: bytes) -> str:
    """Have an envelope accepted that names a part which is not here."""
    bid = await sealed_again(town, sealed, part)
    async with town.database.transaction() as tx:
        await tx.execute("DELETE FROM bidding.part WHERE sha256 = $1", sha256_hex(part))
    await submit_as(town, "firm-1", bid)
    return bid.envelope_id


@pytest.mark.parametrize("name", [None, "drafter"])
async def test_who_is_no_bidder_sends_no_part_that_no_accepted_bid_names(
    counter: Counter, name: str | None
) -> None:
    sealed = await seal_as(counter.town, "firm-1", 1)
    part = age_file()
    one: Json = {"sha256": sha256_hex(part), "size": len(part)}
    tries: list[tuple[str, str, Body]] = [
        ("PUT", f"/parts/{sha256_hex(part)}", part),
        ("POST", "/transfers", one),
        ("POST", "/ways", {"parts": [one]}),
    ]

    for method, path, body in tries:
        with pytest.raises(client.Refused) as refusal:
            await counter.send(name, method, path, body)
        assert (refusal.value.status, refusal.value.code) == (403, "part.unnamed")
    named = await naming(counter.town, sealed, part)
    told = [await counter.send(name, *one) for one in reversed(tries)]
    assert [one["envelope"] for one in told[-1]["completed"]] == [named]


@pytest.mark.parametrize("late", [False, True])
async def test_anybody_shows_a_secret_and_is_told_whether_it_counts(
    counter: Counter, *, late: bool
) -> None:
    town = counter.town
    sealed = [await seal_as(town, f"firm-{n}", 10**9 + n) for n in (1, 2, 3)]
    for n, one in enumerate(sealed, start=1):
        await submit_as(town, f"firm-{n}", one)
    town.clock.move_to(DEADLINE)
    await town.carry()
    box = await box_facts(town)
    town.clock.move_to(box.owner_by + timedelta(microseconds=1) if late else box.owner_by)
    shown = OwnerRelease(**boxed(town), envelope=sealed[0].envelope_id, secret=sealed[0].secret)

    first = await counter.send(None, "POST", "/owner-releases", {"object": write(shown)})
    again = await counter.send(None, "POST", "/owner-releases", {"object": write(shown)})

    schema.require("owner-released", first)
    assert (first["envelope"], first["counts"]) == (sealed[0].envelope_id, not late)
    assert first["told_by"] == seconds(box.owner_by)
    assert {**again, "receipt_p7s": ""} == {**first, "receipt_p7s": ""}
    await town.carry()
    opened = [one.envelope_id for one in await told(town) if one.verdict == "opened"]
    assert opened == ([] if late else [sealed[0].envelope_id])


async def test_a_bidder_reads_its_own_receipts_and_nobody_elses(counter: Counter) -> None:
    town = counter.town
    first = await bid(town, "firm-1", 10**9)
    await bid(town, "firm-2", 10**9)
    second = await seal_as(town, "firm-1", 9 * 10**8)
    async with town.database.transaction() as tx:
        await tx.execute("DELETE FROM bidding.part WHERE sha256 = $1", sha256_hex(second.part_0))
    await submit_as(town, "firm-1", second)

    waiting = await counter.send("firm-1", "GET", "/receipts")
    await send_part(town, second.part_0)
    whole = await counter.send("firm-1", "GET", "/receipts")

    schema.require("receipts", waiting)
    assert [one["counts"] for one in waiting["receipts"]] == ["incomplete", "sealed"]
    assert waiting["receipts"][0]["missing"] == [sha256_hex(second.part_0)]
    assert waiting["receipts"][1]["receipt"] == first["receipt"]
    assert [one["counts"] for one in whole["receipts"]] == ["sealed", "replaced"]
    assert whole["receipts"][0]["completed"] is not None
    assert {one["envelope"] for one in whole["receipts"]} == {
        second.envelope_id,
        first["envelope"],
    }
