"""A tender under the law's own rule set, and what is said for and against it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bidding import award, contested, keys
from notary.canonical import Json
from notary.instant import seconds
from notary.once import Answer
from sql.database import Database
from tests.bidding.drafts import a_draft
from tests.bidding.town import BOX, TENDER, TRUSTEES, Town, a_town, announce, bid, once, release_as
from trading import objections

CONSTRUCTION = "construction/2026-11"
DEADLINE = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""21 days after the notice, a Monday, 09:30 in Beijing."""

WINDOW = timedelta(minutes=5)
"""How long objections and confirmations are awaited after the last bid."""


def lawful(**changes: Json) -> dict[str, Any]:
    """Make a draft under the law's own rule set."""
    draft = a_draft(rules=CONSTRUCTION, **changes)
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(DEADLINE)
    return draft


async def a_lawful_town(database: Database, folder: Path, firms: int = 4) -> Town:
    """Publish a tender under the law; three firms have sealed bids, the first one the best."""
    town = await a_town(database, folder / "home", firms)
    await announce(town, lawful())
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
    return town


async def read_out(town: Town) -> None:
    """Close the box, open it and read every bid out; the room still waits for objections."""
    town.clock.move_to(DEADLINE)
    await town.carry()
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()


async def finish(town: Town) -> None:
    """Let the time for objections in the room go by."""
    town.clock.move_to(town.clock.now + WINDOW)
    await town.carry()


def room_of(town: Town) -> str:
    """Return the opening room of the town's box."""
    return keys.room_of(keys.box_of(town.hall, BOX))


async def in_room(
    town: Town, act: Callable[..., Awaitable[Answer]], name: str, *given: str | int
) -> Answer:
    """Say something in the opening room."""
    actor = town.people[name].actor
    return await act(town.database, town.hall, actor, once(name), room_of(town), *given)


async def to_documents(town: Town, name: str = "firm-1", text: str = "限价太低") -> Answer:
    """Object to the documents."""
    actor = town.people[name].actor
    return await objections.object_to_documents(
        town.database,
        town.hall,
        actor,
        once(name),
        TENDER,
        text,
        tell=contested.tell_suspension,
    )


async def to_candidates(town: Town, name: str = "firm-2", text: str = "业绩不实") -> Answer:
    """Object to the candidates."""
    actor = town.people[name].actor
    return await objections.object_to_candidates(
        town.database,
        town.hall,
        actor,
        once(name),
        TENDER,
        "1",
        text,
        publicity=contested.publicity_until,
    )


async def answer(town: Town, objection: Answer, name: str = "drafter") -> Answer:
    """Answer an objection to documents or candidates."""
    actor, which = town.people[name].actor, str(objection["objection"])
    return await objections.answer(
        town.database,
        town.hall,
        actor,
        once(name),
        which,
        "不修改",
        tell=contested.tell_suspension,
    )


async def withdraw(town: Town, objection: Answer, name: str = "firm-1") -> Answer:
    """Withdraw an objection to documents or candidates."""
    actor, which = town.people[name].actor, str(objection["objection"])
    return await objections.withdraw(
        town.database, town.hall, actor, once(name), which, tell=contested.tell_suspension
    )


async def draft(town: Town) -> bytes:
    """Return the award that follows now, as its agency is given it to sign."""
    await town.settle()
    actor = town.people["drafter"].actor
    drafted = await award.draft(town.database, town.hall, actor, TENDER, "1")
    return str(drafted["json"]).encode()


async def sign(town: Town, act: award.SignedAct, text: bytes) -> Answer:
    """Sign a step to the award."""
    agency = town.people["drafter"]
    return await act(
        town.database, town.hall, agency.actor, once("drafter"), text, agency.sign(text)
    )
