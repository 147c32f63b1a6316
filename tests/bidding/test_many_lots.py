"""Of several tenders with several lots each keeps its own: reading them at once mixes none up."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import asyncpg

from bidding import rejecting, standing
from bidding.facts import BoxKey
from sql.database import Database
from tests.bidding.agreed import a_paper
from tests.bidding.agreed import sign as sign_contract
from tests.bidding.disputed import to_documents, withdraw
from tests.bidding.drafts import DEADLINE, TENDER, TRUSTEES, a_draft
from tests.bidding.revising import a_change, amend
from tests.bidding.town import Town, a_town, announce, award_lot, bid, once, release_as
from trading.types import Stage

OTHER = "GC-2026-1001"
A1, A2, B1, B2 = (
    BoxKey(tender, lot, Stage.SINGLE) for tender in (TENDER, OTHER) for lot in ("1", "2")
)
PRICE = 1_300_000_000


def two_lots(tender: str) -> dict[str, Any]:
    """Make the draft of a tender with two lots."""
    draft = a_draft(tender=tender)
    second = deepcopy(draft["lots"][0])
    second["lot"] = "2"
    draft["lots"].append(second)
    return draft


async def seen(town: Town) -> dict[BoxKey, Mapping[str, Any]]:
    """Return what of each box another one's could be mistaken for."""
    found, _ = await standing.for_desk(town.database, town.hall, "ORG-AGENCY")
    return {
        one.standing.box.key: {
            "revisions": len(one.notices),
            "suspended": one.standing.around.suspended_since,
            "steps": [(said.step, said.winner) for said in one.standing.awards],
            "contract": one.standing.contract_at,
            "done": one.standing.done,
            "rejected": [(said.bidder, said.envelope_id) for said in one.rejections],
            "limits": {name: said.fen for name, said in one.limits.items()},
            "prices": [said.price_fen for said in one.standing.results],
            "released": sorted(one.released),
        }
        for one in found
    }


async def reject(town: Town, envelope: str, key: BoxKey) -> None:
    """Reject a bid of a lot as the agency."""
    await rejecting.reject(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        once("drafter"),
        key.tender,
        key.lot,
        envelope=envelope,
        ground="bid.not_responsive",
        article="招标投标法实施条例 51",
        reason="no bond",
    )


async def open_limits(owner_dsn: str, fens: Mapping[BoxKey, tuple[str, int]]) -> None:
    """Let secret limits of lots be open, as rows."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("ALTER TABLE bidding.limit_opened DISABLE TRIGGER USER")
        for nth, (key, (name, fen)) in enumerate(fens.items()):
            await owner.execute(
                """
                INSERT INTO bidding.limit_opened (tender_id, lot, name, fen, salt, at, entry_id)
                SELECT $1, $2, $3, $4, repeat('0', 64), now(), entry_id
                  FROM notary.ledger_body
                 ORDER BY entry_id
                 LIMIT 1 OFFSET $5
                """,
                key.tender,
                key.lot,
                name,
                fen,
                nth,
            )
    finally:
        await owner.close()


async def test_what_was_said_of_one_lot_is_said_of_no_other(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    for tender in (TENDER, OTHER):
        await announce(town, two_lots(tender))
    await amend(town, a_change(max_bytes=6_000_000))
    objected = town.clock.now
    objection = await to_documents(town)
    before = await seen(town)
    await withdraw(town, objection)
    sent = {
        (key, firm): str((await bid(town, f"firm-{firm}", PRICE + tens + firm, key))["envelope"])
        for key, tens in ((A1, 0), (A2, 10), (B1, 20), (B2, 30))
        for firm in (1, 2, 3)
    }
    town.clock.move_to(DEADLINE)
    for key in (A1, A2, B1, B2):
        await town.carry(key)
    for key, names in ((A1, ("officer", "operator")), (A2, TRUSTEES[1:]), (B1, TRUSTEES[::2])):
        for name in names:
            await release_as(town, name, key)
        await town.carry(key)
    await reject(town, sent[A2, 1], A2)
    await reject(town, sent[B1, 1], B1)
    await award_lot(town, TENDER, "1")
    signed = town.clock.now
    await sign_contract(town, a_paper(town, amount_fen=PRICE + 1))
    await award_lot(town, OTHER, "1")
    await open_limits(owner_dsn, {A2: ("minimum", 7), B1: ("reference", 9)})
    after = await seen(town)

    def awarded(envelope: str) -> list[tuple[str, str]]:
        return [("candidates", envelope), ("awarded", envelope)]

    blank: dict[str, Any] = {
        "revisions": 1, "suspended": None, "steps": [], "contract": None, "done": 0,
        "rejected": [], "limits": {}, "prices": [], "released": [],
    }  # fmt: skip
    of_a = {**blank, "revisions": 2}
    assert before == {
        A1: {**of_a, "suspended": objected},
        A2: {**of_a, "suspended": objected},
        B1: blank,
        B2: blank,
    }
    assert after == {
        A1: {
            **of_a,
            "steps": awarded(sent[A1, 1]),
            "contract": signed,
            "done": 5,
            "prices": [PRICE + 1, PRICE + 2, PRICE + 3],
            "released": ["officer", "operator"],
        },
        A2: {
            **of_a,
            "done": 5,
            "rejected": [("FIRM-1", sent[A2, 1])],
            "limits": {"minimum": 7},
            "prices": [PRICE + 11, PRICE + 12, PRICE + 13],
            "released": ["operator", "supervisor"],
        },
        B1: {
            **blank,
            "steps": awarded(sent[B1, 2]),
            "done": 3,
            "rejected": [("FIRM-1", sent[B1, 1])],
            "limits": {"reference": 9},
            "prices": [PRICE + 21, PRICE + 22, PRICE + 23],
            "released": ["officer", "supervisor"],
        },
        B2: {**blank, "done": 3},
    }
