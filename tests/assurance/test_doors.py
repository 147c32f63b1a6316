"""No limit and no lock ever shuts a bidder out at a deadline.

A rival types wrong passwords for the bidder's name; sixty bidders sit behind one address; somebody
holds all the connections that one address may have. Whoever is logged in or signs is not counted.

Source: `people.md` 6; `assurance.md` 4 and row 22.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import aiohttp
from aiohttp import web

from notary import credentials
from notary.refusal import Refusal
from sql.database import Database
from tests.assurance import raw
from tests.assurance.ground import Ground, a_ground, invitation, sealed
from tests.assurance.raw import Answer, Request
from tests.assurance.running import patiently
from tests.bidding.town import BOX, DEADLINE, announce
from tests.web.served import FACTOR_KEY, PASSWORD, SECRET, serving
from web import limits
from web.access import API, PUBLIC, Does, Route

FIRMS = 60
LAST_MINUTES = timedelta(minutes=5)
PAST_THE_FREE_ONES = 8


async def test_wrong_passwords_of_a_rival_bar_the_form_and_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    async with a_ground(database, tmp_path, firms=2) as ground:
        town = ground.town
        await announce(town)
        offer = sealed(town, "firm-1", await invitation(town), 1)
        cookie = await ground.log_in("firm-1")
        town.clock.move_to(DEADLINE - LAST_MINUTES)
        for _ in range(PAST_THE_FREE_ONES):
            await log_in(ground, "firm-1", "a rival's guess")

        assert (await log_in(ground, "firm-1", PASSWORD)).status == 429
        async with aiohttp.ClientSession(headers={"Cookie": cookie}) as http:
            assert (await raw.send(http, Request("GET", f"{ground.origin}/desk"))).status == 200
        assert (await ground.send("firm-1", "GET", "/me"))["person"] == "firm-1"
        # A final act that is confirmed within the session: the rival has not barred it either.
        code, _ = credentials.current_code(SECRET, town.clock.now)
        await credentials.confirm(database, town.hall, FACTOR_KEY, "firm-1", code)
        await ground.upload(offer.part_0)
        assert (await ground.submit("firm-1", offer))["envelope"] == offer.envelope_id


async def log_in(ground: Ground, name: str, password: str) -> Answer:
    form = f"name={name}&password={password}&onward=/desk".replace(" ", "+").encode()
    request = raw.act("POST", f"{ground.origin}/login", form, "application/x-www-form-urlencoded")
    request.headers["Sec-Fetch-Site"] = "same-origin"
    async with aiohttp.ClientSession() as http:
        return await raw.send(http, request)


async def test_wrong_confirmations_are_barred_too_and_do_not_bar_the_form(
    database: Database, tmp_path: Path
) -> None:
    async with a_ground(database, tmp_path, firms=1) as ground:
        town = ground.town
        await ground.log_in("firm-1")
        codes = []
        for _ in range(PAST_THE_FREE_ONES):
            try:
                await credentials.confirm(database, town.hall, FACTOR_KEY, "firm-1", "a guess")
            except Refusal as refusal:
                codes.append(refusal.code)

        assert codes[:5] == ["login.refused"] * 5
        assert codes[5:] == ["login.barred"] * 3
        town.clock.move_to(town.clock.now + timedelta(seconds=30))  # a fresh code
        assert (await log_in(ground, "firm-1", PASSWORD)).status == 200


# One address


OPEN_TO_ALL = f"{API}/waits"

NOBODYS = (ip_network("192.0.2.0/24"),)
"""Shared addresses without this machine's own: to such a hall it is one rival's."""


@asynccontextmanager
async def a_crowd(database: Database, folder: Path, firms: int) -> AsyncIterator[Ground]:
    """Serve a town to one address that is nobody's waiting room, and keep its doors occupied."""
    let_go = asyncio.Event()

    async def waits(_request: web.Request) -> web.Response:
        await let_go.wait()
        return web.Response()

    async with a_ground(database, folder, firms=firms) as ground:
        hall, vault = ground.town.hall, ground.town.vault
        route = Route("GET", OPEN_TO_ALL, waits, summary="", roles=PUBLIC, does=Does.READ)
        async with serving(database, hall, vault, route, shared=NOBODYS) as (origin, browser):
            assert browser.app is not None
            yield Ground(town=ground.town, origin=origin, browser=browser, entropy=ground.entropy)
            let_go.set()


async def test_an_address_has_so_many_unsigned_requests_and_no_more(
    database: Database, tmp_path: Path
) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        a_crowd(database, tmp_path, 1) as ground,
        aiohttp.ClientSession(connector=connector) as http,
    ):
        url = ground.origin + OPEN_TO_ALL
        waiting = [
            asyncio.create_task(raw.send(http, Request("GET", url)))
            for _ in range(limits.AT_ONCE - 1)
        ]
        await until_counted(ground, limits.AT_ONCE - 1)
        last = await raw.send(http, Request("GET", f"{ground.origin}{API}/time"))
        waiting.append(asyncio.create_task(raw.send(http, Request("GET", url))))
        await until_counted(ground, limits.AT_ONCE)
        one_more = await raw.send(http, Request("GET", f"{ground.origin}{API}/time"))
        signed = raw.sign(
            Request("GET", f"{ground.origin}{API}/me"), ground.pair("firm-1"), ground.town.clock.now
        )

        # Who submits says who it is in what it sends: readers do not keep it out.
        act = raw.act("POST", f"{ground.origin}{API}/envelopes", b"{}")

        assert last.status == 200
        assert (await raw.send(http, act)).code == "request.bad_body"
        assert (one_more.status, one_more.code) == (429, "request.too_many")
        assert (await raw.send(http, signed)).status == 200
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def until_counted(ground: Ground, requests: int) -> None:
    """Wait until so many requests are being answered."""
    application = ground.browser.app
    assert application is not None

    async def are_counted() -> bool:
        return sum(application[limits.COUNTS].values()) >= requests

    await patiently(are_counted)


async def test_sixty_bidders_of_one_waiting_room_submit_in_the_last_minute(
    database: Database, tmp_path: Path
) -> None:
    async with a_ground(database, tmp_path, firms=FIRMS) as ground:
        town = ground.town
        await announce(town)
        offered = await invitation(town)
        bids = {
            f"firm-{n}": sealed(town, f"firm-{n}", offered, 1_000_000 + n)
            for n in range(1, FIRMS + 1)
        }
        town.clock.move_to(DEADLINE - timedelta(seconds=10))

        given = await asyncio.gather(*(ground.bid(name, bid) for name, bid in bids.items()))

        assert [one["envelope"] for one in given] == [bid.envelope_id for bid in bids.values()]
        async with database.transaction() as tx:
            taken = await tx.fetchval(
                "SELECT count(*) FROM bidding.envelope WHERE tender_id = $1", BOX.tender
            )
        assert taken == FIRMS
