"""What the tests of contracts do: an awarded lot, and the acts of its two sides."""

from datetime import date
from pathlib import Path
from typing import Any

from bidding import contracting, contracts, performing
from bidding.contract import Agreed, Due, Ending
from bidding.contracting import Ended, Paper
from bidding.performing import Plan
from notary.once import Answer
from notary.shape import Fen
from sql.database import Database
from tests.bidding.town import TENDER, Town, a_town, announce, award_lot, bid, once

PRICE = 1_300_000_000
NUMBER = "HT-2026-0918"
DOCUMENT = "d0" * 32


async def an_awarded_lot(database: Database, folder: Path) -> Town:
    """Open three bids and award the lot to the first firm, at PRICE."""
    town = await a_town(database, folder, 3)
    await announce(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", PRICE + n - 1)
    await town.open_box()
    await award_lot(town)
    return town


def today(town: Town) -> date:
    """Return the day of the town's clock, in Beijing."""
    return town.clock.now.date()


def a_paper(town: Town, **changed: object) -> Paper:
    """Return what stands on the paper of a lawful contract, or of one that differs."""
    said: dict[str, Any] = {
        "number": NUMBER,
        "signed_on": today(town),
        "amount_fen": Fen(PRICE),
        "days": 180,
        "bond_fen": None,
        "reason": "",
        "document_sha256": DOCUMENT,
    }
    return Paper(**{**said, **changed})


async def sign(town: Town, paper: Paper | None = None, signer: str = "drafter") -> Answer:
    """Record the contract as its agency does."""
    drafter = town.people["drafter"].actor
    drafted = await contracting.draft_contract(
        town.database, town.hall, drafter, TENDER, "1", paper or a_paper(town)
    )
    text = str(drafted["json"]).encode()
    return await contracting.sign(
        town.database, town.hall, drafter, once("drafter"), text, town.people[signer].sign(text)
    )


async def change(town: Town, paper: Paper) -> Answer:
    """Record a change of it."""
    drafter = town.people["drafter"]
    drafted = await contracting.draft_change(
        town.database, town.hall, drafter.actor, TENDER, "1", paper
    )
    text = str(drafted["json"]).encode()
    return await contracting.change(
        town.database, town.hall, drafter.actor, once("drafter"), text, drafter.sign(text)
    )


async def end(town: Town, ending: Ending = Ending.FINISHED) -> Answer:
    """Record that it has ended."""
    drafter = town.people["drafter"]
    drafted = await contracting.draft_end(
        town.database,
        town.hall,
        drafter.actor,
        TENDER,
        "1",
        Ended(ended_on=today(town), ending=ending, reason="验收合格", document_sha256=None),
    )
    text = str(drafted["json"]).encode()
    return await contracting.end(
        town.database, town.hall, drafter.actor, once("drafter"), text, drafter.sign(text)
    )


async def say(town: Town, name: str, n: int, *, agreed: bool = True, text: str = "") -> Answer:
    """Answer statement `n` as somebody."""
    return await contracting.answer(
        town.database,
        town.hall,
        town.people[name].actor,
        once(name),
        TENDER,
        "1",
        n,
        agreed=agreed,
        text=text,
    )


def a_plan(town: Town, **changed: object) -> Plan:
    """Return a delivery due today, or what differs."""
    said: dict[str, Any] = {
        "milestone": None,
        "what": Due.DELIVERY,
        "title": "主体结构封顶",
        "due_on": today(town),
        "amount_fen": None,
    }
    return Plan(**{**said, **changed})


async def plan(town: Town, planned: Plan, name: str = "drafter") -> Answer:
    """Plan a milestone as somebody."""
    person = town.people[name].actor
    return await performing.plan(town.database, town.hall, person, once(name), TENDER, "1", planned)


async def report(
    town: Town, name: str, milestone: int = 1, done_on: date | None = None, text: str = ""
) -> Answer:
    """Report a milestone reached, as somebody."""
    return await performing.report(
        town.database,
        town.hall,
        town.people[name].actor,
        once(name),
        TENDER,
        "1",
        milestone,
        done_on=done_on or today(town),
        text=text,
    )


async def acknowledge(
    town: Town, name: str, milestone: int = 1, *, agreed: bool = True, text: str = ""
) -> Answer:
    """Say as somebody that a report is so, or not."""
    return await performing.answer(
        town.database,
        town.hall,
        town.people[name].actor,
        once(name),
        TENDER,
        "1",
        milestone,
        agreed=agreed,
        text=text,
    )


async def standing(town: Town) -> Agreed:
    """Return the contract as it stands."""
    async with town.database.transaction() as tx:
        found = await contracts.of_lot(tx, TENDER, "1")
    assert found is not None
    return found
