"""Contracts as they stand: read whole, for the acts on them, the pages, the open data.

Source: docs/decisions/0007.
"""

from dataclasses import dataclass

from bidding.contract import (
    CONTRACT_LIMIT,
    Agreed,
    Change,
    Contract,
    End,
    Stated,
    Step,
)
from bidding.store import contracts as store
from notary.shape import load
from sql.database import Database, Tx
from trading import service as trading
from trading.types import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A contract and the notice in force of its tender."""

    contract: Agreed
    notice: Notice


async def of_lot(tx: Tx, tender: str, lot: str) -> Agreed | None:
    """Return the contract of a lot, None where none is recorded."""
    stated = await store.statements_of(tx, tender, lot)
    if not stated:
        return None
    return Agreed(
        stated=stated,
        signed=load(Contract, stated[0].json, limit=CONTRACT_LIMIT),
        changes=[
            load(Change, one.json, limit=CONTRACT_LIMIT)
            for one in stated
            if one.step is Step.CHANGED
        ],
        end=_end(stated[-1]),
        milestones=await store.milestones_of(tx, tender, lot),
    )


def _end(last: Stated) -> End | None:
    if last.step is not Step.ENDED:
        return None
    return load(End, last.json, limit=CONTRACT_LIMIT)


async def of_tender(database: Database, tender: str) -> dict[str, Agreed]:
    """Return the contracts of a tender by lot."""
    async with database.transaction() as tx:
        found = {lot: await of_lot(tx, tender, lot) for lot in await store.lots_of(tx, tender)}
    return {lot: one for lot, one in found.items() if one is not None}


async def running_for(tx: Tx, org: str) -> list[Running]:
    """Return the contracts of a body, agency, purchaser or winner, that somebody has to look at."""
    found = []
    for tender, lot in await store.running_for(tx, org):
        contract = await of_lot(tx, tender, lot)
        assert contract is not None  # noqa: S101 - found by its first statement
        notice = (await trading.revisions(tx, tender))[-1].notice
        found.append(Running(contract=contract, notice=notice))
    return found
