import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from notary.canonical import Json
from notary.entropy import system_entropy
from sql.database import Database
from tests.bidding.town import TRUSTEES, Town, a_draft, a_town, give_keys
from tests.web.served import Browser, serving
from trading.types import Phase
from web import client, schema
from web.access import API
from web.client import Body, Refused, SigningPair

PAPER = b"%PDF-1.7 tender documents"
DIGEST = hashlib.sha256(PAPER).hexdigest()
NAME = "招标文件 第 1 册.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A served hall, and what its people send to it."""

    town: Town
    origin: str
    browser: Browser

    def pair(self, name: str) -> SigningPair:
        """Return what `name` signs requests with."""
        person = self.town.people[name]
        return SigningPair(key=person.key, certificate=person.certificate)

    async def send(
        self, name: str | None, method: str, path: str, body: Body = None
    ) -> dict[str, Any]:
        """Send a request signed by `name`, or by nobody."""
        pair = None if name is None else self.pair(name)
        async with client.connect(self.origin, system_entropy, pair) as sender:
            return cast("dict[str, Any]", await sender.send(method, path, body))

    async def announce(self, tender: str = "GC-2026-0918") -> dict[str, Any]:
        """Draft, answer with keys, sign and publish, all over the wire but the keys."""
        offered: Json = [{"path": NAME, "sha256": DIGEST, "size": len(PAPER)}]
        wish = a_draft(tender=tender, documents=offered)
        await self.send("drafter", "PUT", f"/documents/{DIGEST}", PAPER)
        await self.send("drafter", "POST", "/tenders", wish)
        for trustee in TRUSTEES:
            await give_keys(self.town, trustee)
        return await self.publish(tender)

    async def publish(self, tender: str) -> dict[str, Any]:
        """Ask for the text, sign it as the purchaser does, and send it."""
        asked = await self.send("approver", "GET", f"/tenders/{tender}/draft-notice")
        body = self.signed(asked["json"])
        return await self.send("approver", "POST", f"/tenders/{tender}/notices", body)

    def signed(self, text: str) -> dict[str, Json]:
        """Sign a notice as the purchaser does."""
        p7s = self.town.people["approver"].sign(text.encode())
        return {"object": json.loads(text), "p7s": base64.b64encode(p7s).decode()}


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    town = await a_town(database, tmp_path)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Desk(town=town, origin=origin, browser=browser)


async def test_a_tender_is_published_over_the_wire(desk: Desk) -> None:
    published = await desk.announce()

    shown = await desk.send(None, "GET", "/tenders/GC-2026-0918")
    assert shown["tender"]["phase"] == Phase.BIDDING
    assert shown["tender"]["ceiling_fen"] == "1512500000"
    [revision] = shown["notices"]
    assert revision["notice_sha256"] == published["notice_sha256"]
    assert hashlib.sha256(revision["json"].encode()).hexdigest() == published["notice_sha256"]


async def test_a_draft_sent_twice_is_drafted_once(desk: Desk) -> None:
    async with client.connect(desk.origin, system_entropy, desk.pair("drafter")) as sender:
        first = await sender.send("POST", "/tenders", a_draft(), key="a-key-of-sixteen")
        again = await sender.send("POST", "/tenders", a_draft(), key="a-key-of-sixteen")

    assert again == first
    async with desk.town.database.transaction() as tx:
        drafted = await tx.fetchval(
            "SELECT count(*) FROM notary.ledger_body WHERE kind = 'trading.drafted.v1'"
        )
    assert drafted == 1


async def test_a_notice_waits_for_the_keys_it_pins(desk: Desk) -> None:
    await desk.send("drafter", "POST", "/tenders", a_draft())

    with pytest.raises(Refused) as refused:
        await desk.send("approver", "GET", "/tenders/GC-2026-0918/draft-notice")

    assert refused.value.code == "policy.keys_missing"


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        (None, "POST", "/tenders", 401),
        ("approver", "POST", "/tenders", 403),
        ("drafter", "POST", "/tenders/GC-2026-0918/notices", 403),
        ("firm-1", "GET", "/tenders/GC-2026-0918/draft-notice", 403),
        (None, "PUT", f"/documents/{DIGEST}", 401),
        ("firm-1", "PUT", f"/documents/{DIGEST}", 403),
        (None, "GET", "/tenders/GC-2026-0918", 404),
        (None, "GET", f"/documents/{DIGEST}", 404),
        (None, "GET", "/tenders?stage=x", 400),
        (None, "GET", "/tenders?page=0", 400),
    ],
)
async def test_who_may_not_is_told_so(
    desk: Desk, name: str | None, method: str, path: str, status: int
) -> None:
    body: Body = None if method == "GET" else PAPER if method == "PUT" else {}

    with pytest.raises(Refused) as refused:
        await desk.send(name, method, path, body)

    assert refused.value.status == status


async def test_a_draft_of_another_form_is_told_its_place(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        await desk.send("drafter", "POST", "/tenders", a_draft(currency="yuan"))

    assert (refused.value.status, refused.value.code) == (422, "request.bad_body")
    assert refused.value.problem["facts"] == {"place": "$.currency"}


async def test_a_rule_says_no_with_article_and_next_step(desk: Desk) -> None:
    wish = a_draft()
    wish["lots"][0]["ceiling_fen"] = None
    await desk.send("drafter", "POST", "/tenders", wish)
    for trustee in TRUSTEES:
        await give_keys(desk.town, trustee)

    with pytest.raises(Refused) as refused:
        await desk.send("approver", "GET", "/tenders/GC-2026-0918/draft-notice")

    problem = refused.value.problem
    assert problem["type"] == "urn:hall:problem:tender.cap_published"
    assert problem["status"] == 422
    assert "演示规则" in str(problem["article"])
    assert problem["next"]


async def test_a_document_comes_back_under_its_name(desk: Desk) -> None:
    await desk.announce()

    async with desk.browser.get(f"{API}/documents/{DIGEST}") as answer:
        assert await answer.read() == PAPER
        assert answer.headers["Content-Length"] == str(len(PAPER))
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.content_disposition is not None
        assert answer.content_disposition.type == "attachment"
        assert answer.content_disposition.filename == NAME
    async with desk.browser.head(f"{API}/documents/{DIGEST}") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


async def test_bytes_of_another_digest_are_refused(desk: Desk) -> None:
    other = hashlib.sha256(b"other").hexdigest()

    with pytest.raises(Refused) as refused:
        await desk.send("drafter", "PUT", f"/documents/{other}", PAPER)

    assert (
        refused.value.code == "request.signature_bad"
    )  # the signature covers the address's digest


async def test_the_list_is_filtered_by_its_address(desk: Desk) -> None:
    await desk.announce()
    await desk.announce("GC-2026-0919")

    every = await desk.send(None, "GET", "/tenders")
    assert (every["total"], len(every["tenders"])) == (2, 2)
    one = await desk.send(None, "GET", "/tenders?q=0919&kind=construction&phase=bidding")
    assert [row["tender"] for row in one["tenders"]] == ["GC-2026-0919"]
    none = await desk.send(None, "GET", "/tenders?phase=awarded&order=newest&page=2")
    assert (none["tenders"], none["total"]) == ([], 0)
    assert none["by_phase"]["bidding"] == 2


async def test_of_two_publications_at_once_one_happens(desk: Desk) -> None:
    await desk.send("drafter", "POST", "/tenders", a_draft(documents=[]))
    for trustee in TRUSTEES:
        await give_keys(desk.town, trustee)

    outcomes = await asyncio.gather(
        *(desk.publish("GC-2026-0918") for _ in range(5)), return_exceptions=True
    )

    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert len(refused) == 4
    assert {one.status for one in refused} <= {404, 409}


async def test_what_the_api_answers_is_what_its_schemas_say(desk: Desk) -> None:
    stored = await desk.send("drafter", "PUT", f"/documents/{DIGEST}", PAPER)
    drafted = await desk.send("drafter", "POST", "/tenders", a_draft())
    for trustee in TRUSTEES:
        await give_keys(desk.town, trustee)
    asked = await desk.send("approver", "GET", "/tenders/GC-2026-0918/draft-notice")
    published = await desk.publish("GC-2026-0918")
    listed = await desk.send(None, "GET", "/tenders")
    shown = await desk.send(None, "GET", "/tenders/GC-2026-0918")

    schema.require("stored", stored)
    schema.require("drafted", drafted)
    schema.require("draft-notice", asked)
    schema.require("published", published)
    schema.require("tenders", listed)
    schema.require("tender", shown)
    with pytest.raises(schema.BadBody):
        schema.require("tender", {**shown, "more": 1})
