"""The opening of a box, step by step, each one act and repeatable: the clerk carries it.

closing -> list -> shares asked for -> (trustees release) -> bid by bid -> bulk parts -> record.
Nobody needs to press anything. A step takes the box FOR UPDATE SKIP LOCKED and looks again at what
is due: two clerks never do the same thing twice, a killed one leaves nothing half done.

Source: `bid-seal/v1` section 8; architecture.md, Processes.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding import announcing, deadline, limits, outages, parts, stages, steps
from bidding.facts import BoxKey
from bidding.look import Look, look
from bidding.steps import Step
from bidding.store import boxes
from notary.hall import Hall
from notary.vault import Vault
from sql.database import Database, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was done with a box; if nothing, after what time the clock alone makes a step due."""

    step: Step | None = None
    wait: timedelta | None = None


async def due(database: Database, hall: Hall) -> tuple[list[BoxKey], datetime | None, datetime]:
    """Return the boxes past their closing and not finished, when the next one closes, and now."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        found = [*await boxes.unfinished(tx, now), *await outages.restless(tx, now)]
        return list(dict.fromkeys(found)), await boxes.next_closing(tx), now


async def not_closing(tx: Tx, parts_by: datetime) -> list[BoxKey]:
    """Return the boxes that should have begun to close before `parts_by` and have not."""
    return await boxes.not_closing(tx, parts_by)


async def carry_on(database: Database, hall: Hall, vault: Vault, key: BoxKey) -> Carried:
    """Do the next step of a box if one is due."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        seen = await look(tx, vault, key, now)
    step = None if seen is None else steps.next_step(seen.box, seen.progress, now)
    if seen is None:
        return Carried()
    if step is None:
        return Carried(wait=steps.until_next_bid(seen.box, seen.progress, now))
    if step is Step.LIST:
        await deadline.keep_lists(hall, vault)
        await parts.keep_listed(database, vault, seen.box)
    done = await _ACTS[step](database, hall, seen)
    return Carried(step=step if done else None)


_ACTS: Mapping[Step, Callable[[Database, Hall, Look], Awaitable[bool]]] = {
    Step.TELL: outages.tell_news,
    Step.EXTEND: outages.extend,
    Step.CLOSE: deadline.close,
    Step.LIST: deadline.make_list,
    Step.LEAVE_SHUT: deadline.leave_shut,
    Step.REVISE: stages.revise,
    Step.FORFEIT: limits.forfeit,
    Step.ASK: deadline.ask,
    Step.POSTPONE: announcing.postpone,
    Step.ANNOUNCE: announcing.announce,
    Step.CHECK: announcing.check,
    Step.FINISH: announcing.finish,
}
"""Each does its step if it is still due once the box is locked, and says whether it was."""
