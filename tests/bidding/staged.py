"""A tender whose lots have several boxes, one opened after another."""

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

from bidding import dossier, rejecting, releases
from bidding.clients.duty import Duty, Grounds, Identity
from bidding.clients.logbook import Logbook
from bidding.facts import BoxFacts, BoxKey
from bidding.sealed.objects import Holder
from bidding.steps import Step
from bidding.store import boxes
from bidding.types import Box
from notary import cms, ledger, note, policy
from notary.canonical import Json, dumps
from notary.entropy import system_entropy
from notary.instant import seconds
from notary.once import Answer
from notary.policy import Policy as LogPolicy
from tests.bidding.drafts import DEADLINE, TENDER, TRUSTEES, a_draft
from tests.bidding.town import Town, bid, once, release_as
from trading.types import Stage

EVALUATED = timedelta(minutes=20)
"""A later stage opens so long after the one before it, and a box closes so long after its first."""

FIRMS = ("firm-1", "firm-2", "firm-3", "firm-4")
NAME = {"name": "bidder_name", "type": "text", "label": {"zh": "投标人", "en": "Bidder"}}
PRICE = {"name": "price_fen", "type": "fen", "label": {"zh": "投标报价", "en": "Price"}}


def place(stage: str, lot: str = "1") -> BoxKey:
    return BoxKey(TENDER, lot, Stage(stage))


def a_staged_draft(
    *stages: str,
    lots: tuple[str, ...] = ("1",),
    limits: tuple[dict[str, Json], ...] = (),
    **more: Json,
) -> dict[str, Any]:
    """Make a draft whose lots have these stages, each after the one before it.

    Bids of a stage after a prequalification close later than it is opened; all others together.
    """
    draft = a_draft(**more)
    (single,) = draft["lots"]
    draft["lots"] = [
        {**single, "lot": lot, "limits": [*limits], "boxes": _boxes(stages)} for lot in lots
    ]
    return draft


def _boxes(stages: tuple[str, ...]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    closes = opens = DEADLINE
    for before, stage in zip((None, *stages), stages, strict=False):
        if before is not None:
            opens += EVALUATED
        if before == "qualification":
            closes = opens
        made.append(
            {
                "stage": stage,
                "mode": "shared",
                "after": before,
                "deadline": seconds(closes),
                "open_at": None if before is None else seconds(opens),
                "max_bytes": 104857600,
                "form": [NAME, PRICE] if stage == stages[-1] else [NAME],
            }
        )
    return made


async def bid_at(
    town: Town, *stages: str, firms: tuple[str, ...] = FIRMS[:3], lot: str = "1"
) -> dict[tuple[str, str], str]:
    """Let firms bid at these stages, the first the cheapest; return envelopes by firm, stage."""
    return {
        (firm, stage): str(
            (await bid(town, firm, 1_200_000_000 + n, place(stage, lot)))["envelope"]
        )
        for n, firm in enumerate(firms)
        for stage in stages
    }


async def open_stage(town: Town, stage: str, lot: str = "1") -> list[Step]:
    """Carry a box from its opening to its end, with the shares of two trustees."""
    key = place(stage, lot)
    facts = await box_at(town, stage, lot)
    if town.clock.now < facts.open_at:
        town.clock.move_to(facts.open_at)
    done = await town.carry(key)
    asked = await box_at(town, stage, lot)
    if asked.asked_at is not None and asked.finished_at is None:  # nobody left: done at once
        for name in TRUSTEES[:2]:
            await release_as(town, name, key)
        done += await town.carry(key)
    return done


async def box_at(town: Town, stage: str, lot: str = "1") -> BoxFacts:
    async with town.database.transaction() as tx:
        found = await boxes.box(tx, place(stage, lot))
    assert found is not None
    return found


async def reject_as_agency(
    town: Town, envelope: str, *, ground: str = "technical.required", lot: str = "1"
) -> Answer:
    return await rejecting.reject(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        TENDER,
        lot,
        envelope=envelope,
        ground=ground,
        article="招标投标法实施条例 51",
        reason="技术标不满足招标文件的实质性要求",
    )


async def overturn_as_agency(town: Town, envelope: str, *, lot: str = "1") -> Answer:
    return await rejecting.overturn(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        TENDER,
        lot,
        envelope=envelope,
        article="招标投标法实施条例 54",
    )


def duty_of(town: Town, name: str, folder: Path, log: LogPolicy) -> Duty:
    """Make the duty client of a trustee of the town, over the hall's own services."""
    person = town.people[name]

    async def send(method: str, path: str, body: Json = None, *, key: str | None = None) -> Json:
        assert method == "GET" or key is not None
        if path.startswith("/log/"):
            old, new = (int(part.partition("=")[2]) for part in path.partition("?")[2].split("&"))
            return await dossier.consistency(town.database, old, new)
        if method == "GET":
            _, _, tender, lot, stage, _ = path.split("/")
            return await dossier.for_release(town.database, BoxKey(tender, lot, Stage(stage)))
        assert isinstance(body, dict)
        text, p7s = dumps(body["object"]), base64.b64decode(str(body["p7s"]))
        act = releases.promise if path == "/promises" else releases.release
        return await act(town.database, town.hall, once(name), text, p7s)

    async def permit(_box: Box) -> None:
        return

    return Duty(
        identity=Identity(
            holder=Holder(
                id=person.actor.org,
                name=person.actor.org,
                cert_sha256=cms.cert_sha256(person.certificate),
            ),
            member="chief",
            duty="armed",
            root=person.root,
            sign=person.sign,
        ),
        send=send,
        grounds=Grounds(log=log, authorities=town.hall.authorities, clock=lambda: town.clock.now),
        logbook=Logbook(folder / name),
        entropy=system_entropy,
        permit=permit,
        pause=lambda _seconds: asyncio.sleep(0),
    )


async def log_of(town: Town) -> LogPolicy:
    """Return what a stranger goes by who knows the hall's log and no cosigner."""
    async with town.database.transaction() as tx:
        inception = await ledger.entry_at(tx, 0)
    assert inception is not None
    return policy.parse(policy.of_log(note.parse_key(str(inception.fields["vkey"]))))


async def set_aside_in_silence(town: Town, envelope: str) -> None:
    """Lie as a hall that lets a rejection count no more and puts nothing of it into the ledger."""
    async with town.database.transaction() as tx:
        await tx.execute(
            """
            UPDATE bidding.rejection
               SET overturned_at = at, overturned_entry_id = 0
             WHERE envelope_id = $1
            """,
            envelope,
        )
