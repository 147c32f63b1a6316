"""Acts on a published tender, as its agency and purchaser do them in a town."""

from pathlib import Path
from typing import Any

from bidding import dossier, keys
from bidding.clients.gate import Cleared, Dossier, clear
from bidding.facts import BoxKey
from bidding.moving import end_boxes, move_boxes
from bidding.parts import drop_tender
from notary import ledger, policy, shape
from notary.authority import Authorities
from notary.canonical import Json
from notary.once import Answer
from tests.bidding.town import BOX, TENDER, Town, once
from trading import amending, cancelling
from trading import service as trading
from trading.amending import Proposal
from trading.amendments import Act
from trading.cancelling import Boxes
from trading.types import Notice, Signed, Words

WHY = {"zh": "补充图纸", "en": "drawings added"}
BOXES = Boxes(move=move_boxes, end=end_boxes, drop_parts=drop_tender)


def a_change(lot: str = "1", stage: str = "single", **box: Json) -> dict[str, Any]:
    """Make a change of one box; `box` says what is new of it."""
    return {"reason": WHY, "lots": [{"lot": lot, "boxes": [{"stage": stage, **box}]}]}


async def prepare(town: Town, wish: dict[str, Any], tender: str = TENDER) -> Answer:
    """Prepare a change as the agency."""
    return await amending.draft_amendment(
        town.database,
        town.hall,
        town.vault,
        town.people["drafter"].actor,
        once("drafter"),
        tender,
        wish,
    )


async def proposed(town: Town, act: Act = "amend", tender: str = TENDER) -> Proposal:
    """Read what waits for the purchaser's signature."""
    approver = town.people["approver"]
    return await amending.proposal(town.database, town.hall, approver.actor, tender, act)


async def sign(town: Town, text: bytes, name: str = "approver", tender: str = TENDER) -> Answer:
    """Sign a revision as the purchaser."""
    person = town.people[name]
    return await amending.amend(
        town.database,
        town.hall,
        town.vault,
        person.actor,
        once(name),
        tender,
        Signed(text, person.sign(text)),
        move_boxes=move_boxes,
    )


async def amend(town: Town, wish: dict[str, Any], tender: str = TENDER) -> Answer:
    """Prepare a change and sign it."""
    await prepare(town, wish, tender)
    return await sign(town, text_of(await proposed(town, tender=tender)), tender=tender)


def text_of(proposal: Proposal) -> bytes:
    """Return the exact text to sign."""
    return str(amending.told(proposal)["json"]).encode()


async def cancel(town: Town, tender: str = TENDER) -> Answer:
    """Prepare the end of a tender and sign it."""
    await cancelling.draft_cancellation(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        tender,
        Words(zh="资金未落实", en="the funds fell through"),
    )
    text = text_of(await proposed(town, "cancel", tender))
    person = town.people["approver"]
    return await cancelling.cancel(
        town.database,
        town.hall,
        town.vault,
        person.actor,
        once("approver"),
        tender,
        Signed(text, person.sign(text)),
        BOXES,
    )


async def recall(town: Town, name: str = "approver", tender: str = TENDER) -> Answer:
    """Take a notice back as its publisher."""
    person = town.people[name]
    asked = await cancelling.draft_recall(town.database, town.hall, person.actor, tender)
    text = str(asked["json"]).encode()
    return await cancelling.recall(
        town.database,
        town.hall,
        town.vault,
        person.actor,
        once(name),
        tender,
        Signed(text, person.sign(text)),
        BOXES,
    )


async def in_force(town: Town, tender: str = TENDER) -> Notice:
    """Return the notice in force."""
    async with town.database.transaction() as tx:
        return (await trading.revisions(tx, tender))[-1].notice


async def cleared_for_release(town: Town, folder: Path, key: BoxKey = BOX) -> Cleared:
    """Check the town's box as a duty client does that knows the log and wants no cosigner."""
    await town.settle()
    async with town.database.transaction() as tx:
        inception = await ledger.entry_at(tx, 0)
    assert inception is not None
    return clear(
        shape.read(Dossier, await dossier.for_release(town.database, key)),
        keys.box_of(town.hall, key),
        policy.parse(f"log {inception.fields['vkey']}\nquorum none\n".encode()),
        Authorities.from_folder(folder / "authorities"),
        town.clock.now,
    )
