"""Who may not is told so, and told the same whatever there is: 401 or 403, and nothing of the rest.

Every route of the access table that names roles is asked by anonymous and by somebody of each role
that it does not name, about an object that is theirs, another's, or nowhere. Where a role may act
but not on this object, the answer is that of an object that does not exist.

Source: `assurance.md` rows 2 and 3.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import hdrs

from bidding.sealed.statements import OwnerRelease
from bidding.types import EnvelopeId
from notary import canonical, cms
from notary.canonical import Json, sha256_hex
from notary.identity import Role
from notary.shape import write
from sql.database import Database
from tests.assurance import raw
from tests.assurance.everybody import sole, take_everybody_in
from tests.assurance.ground import (
    Ground,
    a_draft_until,
    a_ground,
    invitation,
    sealed,
)
from tests.assurance.matrix import nowhere
from tests.assurance.raw import Answer, Request
from tests.assurance.reading import addresses
from tests.bidding.town import BOX, DEADLINE, TENDER, announce, give_keys
from web.access import API, TABLE, Does, Route

DRAFT = "GC-2026-0930"
NOWHERE = "GC-2026-9999"


@asynccontextmanager
async def a_full_house(database: Database, folder: Path) -> AsyncIterator[Ground]:
    """Serve a town with one person of each single role, a tender, a bid and a draft."""
    async with a_ground(database, folder, firms=2) as ground:
        await take_everybody_in(ground, folder)
        await announce(ground.town)
        bid = sealed(ground.town, "firm-1", await invitation(ground.town), 1)
        await ground.bid("firm-1", bid)
        draft = a_draft_until(DRAFT, DEADLINE + timedelta(hours=1))
        await ground.send("drafter", "POST", "/tenders", draft)
        await give_keys(ground.town, "officer")
        yield ground


def values(ground: Ground) -> dict[str, tuple[str, ...]]:
    """Return ids of what is there, and of what is not."""
    certificate = cms.cert_sha256(ground.town.people["firm-1"].certificate)
    return {name: (value,) for name, value in nowhere("").items()} | {
        "tender": (TENDER, DRAFT, NOWHERE),
        "digest": (sha256_hex(b""),),
        "certificate": (certificate, 64 * "0"),
        "proposal": ("1", "00000000-0000-0000-0000-000000000000"),
        "person": ("firm-1", "nobody"),
        "role": ("bidder", "auditor"),
    }


def request_of(ground: Ground, route: Route, address: str) -> Request:
    """Return a request with an empty body, as if whoever sends it might."""
    url = ground.origin + address
    if route.does is Does.READ:
        return Request(route.method, url, {hdrs.ACCEPT: raw.JSON})
    return raw.act(route.method, url, b"{}" if route.takes is not None else b"")


def guarded(ground: Ground) -> dict[str, list[tuple[Route, str]]]:
    """Return every route that names roles, with its addresses: what they ask is not looked at."""
    application = ground.browser.app
    assert application is not None
    return {
        f"{method} {path}": [
            (route, one) for one in addresses(route, path, values(ground)) if "?" not in one
        ]
        for (method, path), route in application[TABLE].items()
        if route.roles and route.is_api
    }


def told(answer: Answer) -> tuple[int, bytes]:
    """Return what can be learnt from an answer."""
    return answer.status, answer.body


async def test_nobody_of_another_role_gets_further_than_the_door(
    database: Database, tmp_path: Path
) -> None:
    asked = 0
    async with a_full_house(database, tmp_path) as ground, aiohttp.ClientSession() as http:
        for name, requests in guarded(ground).items():
            route = requests[0][0]
            strangers = [None, *(role for role in Role if role not in route.roles)]
            for stranger in strangers:
                answers = []
                for _, address in requests:
                    request = request_of(ground, route, address)
                    if stranger is not None:
                        raw.sign(request, ground.pair(sole(stranger)), ground.town.clock.now)
                    answers.append(await raw.send(http, request))
                asked += len(answers)

                code = (401, "access.unknown") if stranger is None else (403, "access.not_yours")
                assert {(one.status, one.code) for one in answers} == {code}, (name, stranger)
                assert len({told(one) for one in answers}) == 1, (name, stranger)

    assert asked > 200


async def test_whoever_may_gets_past_the_door(database: Database, tmp_path: Path) -> None:
    # The control of the test above: the same requests by who is named are not refused for that.
    async with a_full_house(database, tmp_path) as ground, aiohttp.ClientSession() as http:
        for name, requests in guarded(ground).items():
            route, address = requests[0]
            for role in route.roles:
                request = request_of(ground, route, address)
                raw.sign(request, ground.pair(sole(role)), ground.town.clock.now)
                answer = await raw.send(http, request)

                assert answer.status != 401, (name, role, answer.body)
                assert b":access." not in answer.body, (name, role, answer.body)
                assert answer.status < 500, (name, role)


# Not yours = not there

Ask = Callable[[str], Request]
"""From the id of an object to a request about it."""


async def same(ground: Ground, who: str, ids: tuple[str, str], asked: dict[str, Ask]) -> None:
    """Ask about what is another's, and about what is not there: the answers differ in ids alone."""
    async with aiohttp.ClientSession() as http:
        for name, ask in asked.items():
            answers = []
            for one in ids:
                request = raw.sign(ask(one), ground.pair(who), ground.town.clock.now)
                answer = await raw.send(http, request)
                answers.append(without_receipt(answer, one))
            others, nowhere = answers

            assert others == nowhere, name


def without_receipt(answer: Answer, asked: str) -> dict[str, str]:
    """Return a refusal without the id that was asked for, and without its salted receipt."""
    assert 400 <= answer.status < 500
    facts = answer.problem["facts"]
    assert isinstance(facts, dict)
    shown = {name: fact for name, fact in facts.items() if not name.startswith("receipt")}
    said = {name: str(member).replace(asked, "it") for name, member in answer.problem.items()}
    return said | {"facts": str(shown).replace(asked, "it"), "had": str(sorted(facts))}


def reading(ground: Ground, path: str) -> Ask:
    return lambda one: Request(
        "GET", f"{ground.origin}{API}{path.format(one)}", {hdrs.ACCEPT: raw.JSON}
    )


def acting(ground: Ground, path: str, body: dict[str, Json]) -> Ask:
    return lambda one: raw.act(
        "POST", f"{ground.origin}{API}{path.format(one)}", canonical.dumps(body)
    )


@pytest.mark.parametrize("tender", [TENDER, DRAFT])
async def test_a_tender_of_others_is_as_one_that_is_not_there(
    database: Database, tmp_path: Path, tender: str
) -> None:
    rejection: dict[str, Json] = {
        "envelope": 64 * "0",
        "ground": "other",
        "article": "1",
        "reason": "none",
    }
    async with a_full_house(database, tmp_path) as ground:
        agency, purchaser = sole(Role.AGENCY), sole(Role.PURCHASER)
        signed = ground.signed(agency, b"{}")
        lot = "/tenders/{}/lots/1"
        await same(
            ground,
            agency,
            (tender, NOWHERE),
            {
                "draft-notice": reading(ground, "/tenders/{}/draft-notice"),
                "award-draft": reading(ground, f"{lot}/award-draft"),
                "rejections": acting(ground, f"{lot}/rejections", rejection),
                "candidates": acting(ground, f"{lot}/candidates", signed),
                "awards": acting(ground, f"{lot}/awards", signed),
            },
        )
        await same(
            ground,
            purchaser,
            (tender, NOWHERE),
            {
                "draft-notice": reading(ground, "/tenders/{}/draft-notice"),
                "notices": acting(ground, "/tenders/{}/notices", ground.signed(purchaser, b"{}")),
            },
        )


async def test_what_nobody_has_published_is_not_there(database: Database, tmp_path: Path) -> None:
    async with a_full_house(database, tmp_path) as ground, aiohttp.ClientSession() as http:
        for path in (
            f"{API}/tenders/{{}}",
            f"{API}/boxes/{{}}/1/single",
            f"{API}/boxes/{{}}/1/single/dossier",
            "/tenders/{}",
            "/tenders/{}/result",
            "/submit?tender={}",
        ):
            for accept in ("text/html", raw.JSON):
                answers = []
                for one in (DRAFT, NOWHERE):
                    url = ground.origin + path.format(one)
                    answer = await raw.send(http, Request("GET", url, {hdrs.ACCEPT: accept}))
                    answers.append((answer.status, answer.body.replace(one.encode(), b"it")))

                assert answers[0] == answers[1], path
                assert answers[0][0] == 404, path


async def test_a_bid_of_others_is_as_one_that_is_not_there(
    database: Database, tmp_path: Path
) -> None:
    async with a_full_house(database, tmp_path) as ground:
        theirs = sealed(ground.town, "firm-2", await invitation(ground.town), 2)
        await ground.bid("firm-2", theirs)

        def by_owner(envelope: str) -> Request:
            released = OwnerRelease(
                origin=ground.town.hall.origin,
                tender=BOX.tender,
                lot=BOX.lot,
                stage=BOX.stage,
                envelope=EnvelopeId(envelope),
                secret=bytes(32),
            )
            return acting(ground, "/owner-releases", {"object": write(released)})(envelope)

        def withdrawn(envelope: str) -> Request:
            return acting(ground, "/withdrawals", ground.withdrawal("firm-1", envelope))(envelope)

        await same(
            ground,
            "firm-1",
            (theirs.envelope_id, 64 * "0"),
            {"owner-release": by_owner, "withdrawal": withdrawn},
        )
        await same(
            ground,
            "firm-1",
            (sha256_hex(theirs.part_0), 64 * "0"),
            {"part": reading(ground, "/documents/{}")},
        )


async def test_a_certificate_or_key_of_others_is_as_one_that_is_not_there(
    database: Database, tmp_path: Path
) -> None:
    async with a_full_house(database, tmp_path) as ground:
        theirs = cms.cert_sha256(ground.town.people["firm-2"].certificate)
        async with database.transaction() as tx:
            key = await tx.fetchval("SELECT key_sha256 FROM bidding.trustee_key LIMIT 1")
        await same(
            ground,
            "firm-1",
            (theirs, 64 * "0"),
            {"revocation": acting(ground, "/certificates/{}/revocation", {"reason": "lost"})},
        )
        await same(
            ground,
            sole(Role.TRUSTEE),
            (key, 64 * "0"),
            {"rehearsal": acting(ground, "/trustee/keys/{}/rehearsal", {"outcome": "ok"})},
        )
