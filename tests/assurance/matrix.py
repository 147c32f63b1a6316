"""The scene and the questions of the role matrix; run it to write `matrix.txt` anew.

A route that is added is asked about from the next run on. Whoever adds a kind of object that others
must not see puts one of them into `Scene.there`.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, groupby
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import hdrs

from bidding.facts import BoxKey
from bidding.keys import box_of, room_of
from notary import canonical, cms
from notary.canonical import Json, sha256_hex
from notary.entropy import system_entropy
from notary.identity import Role
from sql.database import Database
from sql.migrate import migrate
from sql.postgres import APPLICATION, OWNER, EmbeddedPostgres, binaries, erase
from tests.assurance import bodies, raw
from tests.assurance.everybody import sole, take_everybody_in
from tests.assurance.ground import Ground, a_draft_until, a_ground, invitation, sealed
from tests.assurance.raw import Answer, Request
from tests.bidding.town import DEADLINE, announce, award_lot, bid, give_keys
from trading.types import Stage
from web.access import TABLE, Does, Route, Table
from web.app import AREAS

SNAPSHOT = Path(__file__).with_name("matrix.txt")

DRAFT = "GC-2026-0930"
BIDDING = "GC-2026-0931"
SEALED = "GC-2026-0932"
AWARDED = "GC-2026-0933"
NOWHERE = "GC-2026-0999"
PHASES = {"draft": DRAFT, "bidding": BIDDING, "sealed": SEALED, "awarded": AWARDED, "none": NOWHERE}

NO_ID = 64 * "0"
NO_TOKEN = 32 * "0"

_PARAMETER = re.compile(r"\{([a-z_]+)")
_PATTERN = re.compile(r"\{([a-z_]+)(?::((?:[^{}]|\{[0-9,]+\})*))?\}")
_CHANCE = re.compile(
    r'"(receipt[a-z_0-9]*|reference)":"[^"]*"|name="key" value="[^"]*"|'
    r'\\?"(record|salt|at|merge_by|time|now)\\?":\\?"[^"]*"'
)

Who = Role | str | None
"""Somebody with one role and nothing of his own; somebody of the town by name; nobody known."""

INSIDERS = ("drafter", "approver", "firm-1")
"""Those to whom something in the scene belongs."""


EVERYBODY: tuple[Who, ...] = (None, *INSIDERS, *Role)

_DESCRIBED = frozenset({"/api/v1/openapi.json"})
"""What has no vocabulary of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A town with a tender in each phase. `there`: what is somebody's, and secret."""

    ground: Ground
    table: Table
    there: Mapping[str, str]
    nowhere: Mapping[str, str]
    cookies: Mapping[str, str]


def key_of(tender: str) -> BoxKey:
    """Return the one box of a tender."""
    return BoxKey(tender, "1", Stage.SINGLE)


@asynccontextmanager
async def a_scene(database: Database, folder: Path) -> AsyncIterator[Scene]:
    """Serve a town with everybody in it, a tender in each phase, and a bid that is still sealed."""
    async with a_ground(database, folder, firms=3) as ground:
        town = ground.town
        await take_everybody_in(ground, folder)
        for tender in (AWARDED, SEALED):
            await announce(town, a_draft_until(tender, DEADLINE))
            for n in (1, 2, 3):
                await bid(town, f"firm-{n}", 1_300_000_000 - n, key_of(tender))
        await town.open_box(key_of(AWARDED))
        await award_lot(town, AWARDED)
        await town.carry(key_of(SEALED))
        later = town.clock.now + timedelta(hours=2)
        await announce(town, a_draft_until(BIDDING, later))
        offer = sealed(town, "firm-1", await invitation(town, key_of(BIDDING)), 1)
        await ground.bid("firm-1", offer)
        await ground.send("drafter", "POST", "/tenders", a_draft_until(DRAFT, later))
        await give_keys(town, "officer")
        await town.settle()
        application = ground.browser.app
        assert application is not None
        async with database.transaction() as tx:
            key = await tx.fetchval("SELECT key_sha256 FROM bidding.trustee_key LIMIT 1")
        room = room_of(box_of(town.hall, key_of(BIDDING)))
        certificate = cms.cert_sha256(town.people["firm-1"].certificate)
        there = {
            "tender": DRAFT,
            "envelope": offer.envelope_id,
            "digest": sha256_hex(offer.part_0),
            "key": key,
            "certificate": certificate,
            "person": "firm-1",
        }
        names = [*INSIDERS, *(sole(role) for role in Role)]
        yield Scene(
            ground=ground,
            table=application[TABLE],
            there=there,
            nowhere=nowhere(town.hall.origin.rpartition("/")[2]) | {"room": room},
            cookies={name: await ground.log_in(name) for name in names},
        )


def nowhere(log: str) -> dict[str, str]:
    """Return, for every parameter, what is not there, or what everybody may know."""
    return _least_of_each() | {
        "tender": NOWHERE,
        "lot": "1",
        "stage": "single",
        "section": "what",
        "envelope": NO_ID,
        "digest": NO_ID,
        "key": NO_ID,
        "certificate": NO_ID,
        "proposal": "00000000-0000-0000-0000-000000000000",
        "person": "nobody",
        "role": "auditor",
        "objection": NO_TOKEN,
        "transfer": NO_TOKEN,
        "token": NO_TOKEN,
        "stand_in": NO_TOKEN,
        "invitation": NO_TOKEN,
        "message": "1",
        "n": "1",
        "room": f"o-{16 * '0'}",
        "log": log,
        "index": "0",
        "path": "0/000.p/1",
        "name": "hall.js",
    }


def _least_of_each() -> dict[str, str]:
    """Return the least value of every parameter of an address that any route has."""
    paths = [route.path for route in chain.from_iterable(AREAS)]
    return {
        name: bodies.matching(pattern or "[a-z]+")
        for path in paths
        for name, pattern in _PATTERN.findall(path)
    }


def secret_pairs(scene: Scene) -> Iterator[tuple[Route, str, dict[str, str], dict[str, str]]]:
    """Give every route with an object, and the values of its address for a secret one and none."""
    for (_, path), route in sorted(scene.table.items(), key=lambda row: row[0]):
        names = _PARAMETER.findall(path)
        for name in names:
            if name in scene.there and not path.endswith("/socket"):
                none = {one: scene.nowhere[one] for one in names}
                yield route, path, none | {name: scene.there[name]}, none


async def asked(
    http: aiohttp.ClientSession,
    scene: Scene,
    route: Route,
    path: str,
    values: Mapping[str, str],
    who: Who,
) -> Answer:
    """Ask as somebody: the API by a signature, a page by a session."""
    address = path
    for name, value in values.items():
        address = address.replace(f"{{{name}}}", value)
    url = scene.ground.origin + address
    if route.does is Does.READ:
        request = Request(route.method, url, {hdrs.ACCEPT: raw.JSON if route.is_api else "*/*"})
    elif route.is_api:
        body = b"" if route.takes is None else canonical.dumps(bodies.least(route.takes))
        request = raw.act(route.method, url, body)
        request.headers[hdrs.ACCEPT] = raw.JSON
    else:
        form = urlencode({"key": system_entropy(16).hex()}).encode()
        request = raw.act(route.method, url, form, "application/x-www-form-urlencoded")
        request.headers["Sec-Fetch-Site"] = "same-origin"
    if who is not None:
        name = sole(who) if isinstance(who, Role) else who
        if route.is_api:
            raw.sign(request, scene.ground.pair(name), scene.ground.town.clock.now)
        else:
            request.headers[hdrs.COOKIE] = scene.cookies[name]
    return await raw.send(http, request)


def without_chance(text: str) -> str:
    """Return an answer without what is new each time: keys of forms, receipts, references."""
    return _CHANCE.sub("", text)


async def members(scene: Scene) -> list[str]:
    """Return a line for each route, phase and answer: its members, and who gets them.

    Of those whom the table lets in; that it lets in nobody else is asserted on the way.
    """
    lines = []
    async with aiohttp.ClientSession() as http:
        for (method, path), route in sorted(scene.table.items(), key=lambda row: row[0]):
            if route.does is not Does.READ or not route.is_api or path in _DESCRIBED:
                continue
            names = _PARAMETER.findall(path)
            for phase, tender in PHASES.items() if "tender" in names else (("", ""),):
                values = {name: scene.nowhere[name] for name in names}
                if tender:
                    values["tender"] = tender
                rows = [
                    (shape, _called(who))
                    for who in EVERYBODY
                    for shape in [_shape(await asked(http, scene, route, path, values, who))]
                    if _is_let_in(scene, route, who, shape)
                ]
                for shape, same in groupby(sorted(rows, key=_shape_of), key=_shape_of):
                    called = [name for _, name in same]
                    who_gets = " ".join(called) if len(called) < len(EVERYBODY) else "everybody"
                    lines.append(" ".join(f"{method} {path} {phase}: {shape}: {who_gets}".split()))
    return lines


def _shape_of(row: tuple[str, str]) -> str:
    return row[0]


def _is_let_in(scene: Scene, route: Route, who: Who, shape: str) -> bool:
    """Tell whether the table lets somebody in; require that the door says no to all others."""
    assert not shape.startswith("5"), (route.path, who, shape)
    if not route.roles:
        return True
    if who is None:
        assert shape == "401 access.unknown", (route.path, shape)
        return False
    person = scene.ground.town.people[sole(who) if isinstance(who, Role) else who]
    if person.actor.roles & route.roles:
        return True
    assert shape == "403 access.not_yours", (route.path, who, shape)
    return False


def _called(who: Who) -> str:
    return "anonymous" if who is None else str(who)


def _shape(answer: Answer) -> str:
    """Return the status of an answer, and the names of its members: a refusal's code alone."""
    if answer.status >= 400:
        return f"{answer.status} {answer.code}"
    try:
        body = canonical.loads(answer.body, limit=len(answer.body) + 1)
    except ValueError:
        return f"{answer.status} bytes"
    return f"{answer.status} {','.join(sorted(set(_names(body, ''))))}"


def _names(body: Json, prefix: str) -> Iterator[str]:
    if isinstance(body, dict):
        for name, member in body.items():
            # Ids and hashes that are names of members are not vocabulary.
            shown = "*" if re.search(r"[0-9]{4}|^FIRM|^/", name) else name
            yield f"{prefix}{shown}"
            yield from _names(member, f"{prefix}{shown}.")
    elif isinstance(body, list):
        for member in body:
            yield from _names(member, prefix)


async def _write() -> None:
    home = Path(tempfile.mkdtemp(prefix="hall-matrix-"))
    home.chmod(0o711)
    server = EmbeddedPostgres(home, binaries())
    try:
        await server.start()
        await migrate(server.dsn(OWNER))
        database = await Database.open(server.dsn(APPLICATION))
        with tempfile.TemporaryDirectory() as folder:
            async with a_scene(database, Path(folder)) as scene:
                SNAPSHOT.write_text("".join(f"{line}\n" for line in await members(scene)))
        await database.close()
    finally:
        await server.stop()
        erase(home)


if __name__ == "__main__":
    asyncio.run(_write())
