"""No byte that anybody can read tells how many bids there are before the deadline.

Source: 招标投标法 22; `ledger.md` 8, held kinds; `assurance.md` row 4.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from bidding import export
from bidding.clients.sealing import SealedBid
from bidding.facts import BoxKey
from bidding.keys import box_of, room_of
from bidding.sealed.statements import OwnerRelease
from notary import canonical, published, sums
from notary.canonical import Json, sha256_hex
from notary.identity import Line, Role
from notary.shape import write
from sql.database import Database
from tests.assurance import raw
from tests.assurance.ground import (
    Ground,
    a_draft_until,
    a_ground,
    chain,
    invitation,
    sealed,
    take_in,
)
from tests.assurance.matrix import nowhere
from tests.assurance.raw import Answer
from tests.assurance.reading import Values, read_all
from tests.bidding.town import DEADLINE, announce, award_lot, bid
from trading.types import Stage
from web.access import API, PUBLIC, Does, Route
from web.client import Refused
from web.keys import DATABASE

PAST = "GC-2026-0901"
OPEN = "GC-2026-0918"
INVITED = "GC-2026-0919"
DRAFT = "GC-2026-0920"
BOX = BoxKey(OPEN, "1", Stage.SINGLE)
BY_INVITATION = BoxKey(INVITED, "1", Stage.SINGLE)

FIRMS = 12
ROUNDS = 4
BIDS = 50
READERS = ("drafter", "approver", "officer", "supervisor", "auditor", "firm-12")
"""firm-12 takes part in nothing; what a bidder may know of its own bids is no secret."""


# Controls: pages that count, each in another way, all found by the same walk


async def _count(request: web.Request) -> int:
    async with request.app[DATABASE].transaction() as tx:
        counted: int = await tx.fetchval(
            "SELECT count(*) FROM bidding.envelope WHERE tender_id = $1", OPEN
        )
    return counted


async def in_the_body(request: web.Request) -> web.Response:
    return web.Response(text=str(await _count(request)))


async def in_a_header(request: web.Request) -> web.Response:
    return web.Response(headers={"ETag": f'"{await _count(request)}"'})


async def in_the_length(request: web.Request) -> web.Response:
    return web.Response(headers={"X-Padding": "=" * (await _count(request) % 100)})


async def in_the_status(request: web.Request) -> web.Response:
    return web.Response(status=200 if await _count(request) else 404)


async def in_a_serial(request: web.Request) -> web.Response:
    async with request.app[DATABASE].transaction() as tx:
        serial = await tx.fetchval("SELECT max(entry_id) FROM notary.ledger_body")
    return web.Response(text=str(serial))


COUNTING = {
    "/counts-in-the-body": in_the_body,
    "/counts-in-a-header": in_a_header,
    "/counts-in-the-length": in_the_length,
    "/counts-in-the-status": in_the_status,
    "/counts-in-a-serial": in_a_serial,
    f"{API}/counts": in_the_body,
}
CONTROLS = [
    Route("GET", path, handler, summary="", roles=PUBLIC, does=Does.READ)
    for path, handler in COUNTING.items()
]


# The scene: one tender that is over, two that take bids, one that is a draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is read, and the bids that come in while it is read again and again."""

    ground: Ground
    folder: Path
    chains: dict[str, list[SealedBid]]
    refused: dict[str, SealedBid]
    invited: SealedBid
    values: Values
    desks: dict[str, str]


@asynccontextmanager
async def a_scene(database: Database, folder: Path) -> AsyncIterator[Scene]:
    """Serve a town in the middle of its day, and seal every bid before anything is read."""
    async with a_ground(database, folder, *CONTROLS, firms=FIRMS) as ground:
        town = ground.town
        await take_in(ground, folder, "auditor", Line.SUPERVISION, Role.AUDITOR)
        await announce(town, a_draft_until(PAST, DEADLINE))
        past = BoxKey(PAST, "1", Stage.SINGLE)
        for n in (1, 2, 3):
            await bid(town, f"firm-{n}", 1_300_000_000 - n, past)
        await town.open_box(past)
        await award_lot(town, PAST)
        later = town.clock.now + timedelta(hours=2)
        await announce(town, a_draft_until(OPEN, later))
        guests: Json = [f"FIRM-{n}" for n in range(1, 6)]
        await announce(town, a_draft_until(INVITED, later, method="invited", invited=guests))
        await ground.send("drafter", "POST", "/tenders", a_draft_until(DRAFT, later))
        await town.settle()
        offered = await invitation(town, BOX)
        chains = {
            f"firm-{n}": chain(town, f"firm-{n}", offered, ROUNDS + n % 2) for n in range(1, FIRMS)
        }
        to_guests = await invitation(town, BY_INVITATION)
        async with database.transaction() as tx:
            newest = await published.newest(tx)
        assert newest is not None
        yield Scene(
            ground=ground,
            folder=folder,
            chains=chains,
            refused={
                "E-BIND": sealed(town, "firm-1", offered, 1),
                "bidding.not_invited": sealed(town, "firm-7", to_guests, 7),
            },
            invited=sealed(town, "firm-1", to_guests, 7),
            values=_values(ground, chains, newest.size),
            desks={name: await ground.log_in(name) for name in READERS},
        )


def _values(ground: Ground, chains: dict[str, list[SealedBid]], size: int) -> Values:
    """Return what addresses may name, ids of bids that are yet to come among them."""
    town, first = ground.town, chains["firm-1"][0]
    full, rest = divmod(size, 256)
    assert not full
    rooms = [room_of(box_of(town.hall, BoxKey(one, "1", Stage.SINGLE))) for one in (PAST, OPEN)]
    return {name: (value,) for name, value in nowhere("").items()} | {
        "tender": (PAST, OPEN, INVITED, DRAFT, "GC-0"),
        "lot": ("1", "2"),
        "stage": ("single",),
        "room": (*rooms, f"o-{16 * '0'}"),
        "digest": (sha256_hex(first.part_0), first.envelope_id, 64 * "0"),
        "envelope": (first.envelope_id, 64 * "0"),
        "key": (64 * "0",),
        "certificate": (64 * "0",),
        "person": ("firm-1", "nobody"),
        "name": ("hall.js",),
        "log": (town.hall.origin.rpartition("/")[2],),
        "index": ("0", str(size - 1), str(size), str(size + 1)),
        "path": (
            *(f"0/000.p/{n}" for n in (rest, rest + 1, rest + BIDS)),
            *(f"entries/000.p/{n}" for n in (rest, rest + 1)),
            "0/000",
        ),
    }


async def bid_once(scene: Scene) -> None:
    """Let the first bid come in."""
    await scene.ground.bid("firm-1", scene.chains["firm-1"][0])
    await scene.ground.town.settle()


async def bid_on(scene: Scene) -> None:
    """Let all others come in: replacements, withdrawals and refused attempts among them."""
    ground, chains = scene.ground, scene.chains
    for turn in range(ROUNDS + 1):
        for name, bids in chains.items():
            if bids[turn:] and (name, turn) != ("firm-1", 0):
                await ground.bid(name, bids[turn])
            if turn == 1 and len(bids) == ROUNDS:
                await ground.withdraw(name, bids[turn].envelope_id)
        await ground.town.settle()
    await ground.withdraw("firm-3", chains["firm-3"][-1].envelope_id)
    await ground.bid("firm-1", scene.invited)
    await require_refused(ground, scene)
    await ground.town.settle()


async def require_refused(ground: Ground, scene: Scene) -> None:
    """Make attempts that are refused, each for its reason and with its entry."""
    await ground.upload(scene.refused["bidding.not_invited"].part_0)
    for code, attempt in scene.refused.items():
        name = "firm-7" if code == "bidding.not_invited" else "firm-1"
        with pytest.raises(Refused) as refused:
            await ground.submit(name, attempt)
        assert refused.value.code == code
    with pytest.raises(Refused) as unsigned:
        await ground.submit("firm-2", scene.chains["firm-1"][0])
    assert unsigned.value.code == "E-CERT"
    with pytest.raises(Refused) as foreign:
        await ground.withdraw("firm-2", scene.chains["firm-1"][-1].envelope_id)
    assert foreign.value.code == "envelope.unknown"


async def read(scene: Scene) -> dict[str, Answer | list[str]]:
    """Read everything, and hear every refusal of what is asked too early or by others."""
    return await read_all(scene.ground, scene.values, READERS, scene.desks) | await refusals(scene)


async def refusals(scene: Scene) -> dict[str, Answer | list[str]]:
    """Return the answers to acts that nobody can do before the opening, whoever asks."""
    ground, bid = scene.ground, scene.chains["firm-1"][0]
    lot = f"/tenders/{OPEN}/lots/1"
    released = OwnerRelease(
        origin=ground.town.hall.origin,
        tender=BOX.tender,
        lot=BOX.lot,
        stage=BOX.stage,
        envelope=bid.envelope_id,
        secret=bid.secret,
    )
    rejection: Json = {
        "envelope": bid.envelope_id,
        "ground": "form.mismatch",
        "article": "1",
        "reason": "none",
    }
    acts: dict[str, tuple[str, Json]] = {
        f"{lot}/rejections": ("drafter", rejection),
        f"{lot}/candidates": ("drafter", ground.signed("drafter", b"{}")),
        f"{lot}/awards": ("drafter", ground.signed("drafter", b"{}")),
        "/owner-releases": ("officer", {"object": write(released)}),
        "/promises": ("officer", ground.signed("officer", b"{}")),
        "/releases": ("officer", ground.signed("officer", b"{}")),
    }
    answers: dict[str, Answer | list[str]] = {}
    async with aiohttp.ClientSession() as http:
        for path, (who, body) in acts.items():
            request = raw.act("POST", f"{ground.origin}{API}{path}", canonical.dumps(body))
            raw.sign(request, ground.pair(who), ground.town.clock.now)
            answers[path] = answer = await raw.send(http, request)
            assert 400 <= answer.status < 500
    return answers


async def count(scene: Scene, kind: str) -> int:
    """Count the entries of a kind about the tender that takes bids."""
    async with scene.ground.town.database.transaction() as tx:
        counted: int = await tx.fetchval(
            "SELECT count(*) FROM notary.ledger_body WHERE kind = $1 AND subject <> $2",
            f"bidding.{kind}.v1",
            PAST,
        )
    return counted


async def exported(scene: Scene, name: str) -> dict[str, bytes]:
    """Return the files of an export; its signature alone is made with fresh chance."""
    town, target = scene.ground.town, scene.folder / name
    await export.write(town.database, town.hall, town.vault, target)
    return {
        str(path.relative_to(target)): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file() and path.name != sums.SIGNATURE
    }


async def listen(scene: Scene, room: str, heard: list[str]) -> None:
    """Note whatever a socket of a room says, until it is cancelled."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{scene.ground.origin}/rooms/{room}/socket?after=0") as socket,
    ):
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            heard.append(message.data)


def changed(
    before: dict[str, Answer | list[str]], after: dict[str, Answer | list[str]]
) -> set[str]:
    """Return what was read and is not the same."""
    assert before.keys() == after.keys()
    return {asked for asked, answer in before.items() if after[asked] != answer}


def counting(readings: set[str]) -> set[str]:
    """Return the controls that are among readings, and every other reading as it is."""
    return {
        next((path for path in COUNTING if f"address='{path}'" in one), one) for one in readings
    }


async def test_no_public_byte_tells_the_number_of_bids(database: Database, tmp_path: Path) -> None:
    async with a_scene(database, tmp_path) as scene:
        heard: list[str] = []

        room = scene.values["room"][1]
        listening = asyncio.create_task(listen(scene, room, heard))
        none = await read(scene)
        again = await read(scene)
        export_of_none = await exported(scene, "none")
        await bid_once(scene)
        one = await read(scene)
        await bid_on(scene)
        fifty = await read(scene)
        export_of_fifty = await exported(scene, "fifty")
        listening.cancel()

        assert await count(scene, "bid-received") == BIDS + 1
        assert await count(scene, "bid-withdrawn") == 6
        assert await count(scene, "bid-refused") == 4

    assert all(isinstance(one, list) or one.status < 500 for one in none.values())
    assert none["desk of supervisor"] != none["desk of drafter"]
    assert changed(none, again) == set()
    assert counting(changed(none, one)) == set(COUNTING)
    assert counting(changed(none, fifty)) == set(COUNTING)
    assert export_of_none == export_of_fifty
    assert all(re.match(r'\{"(hello|beat)":', said) for said in heard)
    assert heard
