"""The clerk carries out what is due and needs no person: it never decides, it asks `opening`.

Several may run, on several machines; each step is one act, and a box that another clerk has is
passed over. What fails is tried again a second later and never stops the other boxes.
"""

import asyncio

import structlog

from bidding import canaries, completing, opening, parts, transfers
from bidding.facts import BoxKey
from bidding.steps import Step
from notary.hall import Hall
from notary.rooms import Doorbell
from notary.vault import Vault
from sql.database import Database

LOOK_AGAIN_S = 1.0
"""Boxes are looked at so often, and at once at a known deadline or when the bell rings."""

SWEEP_S = 60.0

UNFINISHED_S = 5.0
"""Well below a minute: a store that comes back just before `parts_by` loses no bid."""

AT_ONCE = 4
"""Boxes carried at the same time: a slow one holds up no other, and acts keep their connections."""

log = structlog.get_logger()


async def run(database: Database, hall: Hall, vault: Vault, bell: Doorbell) -> None:
    """Carry every box of this hall; runs until it is cancelled."""
    with bell.subscribe() as listener:
        while True:
            wait = LOOK_AGAIN_S
            try:
                wait = await carry_all(database, hall, vault, bell)
            except Exception:  # a database that is away now is there the next time
                log.exception("clerk.failed")
            await listener.wait(wait)


async def keep_clean(database: Database, hall: Hall, vault: Vault) -> None:
    """Sweep away parts that nobody needs, now and then; runs until it is cancelled."""
    while True:
        try:
            swept = await parts.sweep(database, hall, vault)
            swept += await transfers.sweep(database, hall, vault)
            if swept:
                log.info("clerk.swept")  # how many would count replacements before the closing
        except Exception:  # a database that is away now is there the next time
            log.exception("clerk.sweep_failed")
        await asyncio.sleep(SWEEP_S)


async def complete_bids(database: Database, hall: Hall, vault: Vault) -> None:
    """Let bids take effect whose last part nobody asks about again; runs until it is cancelled."""
    while True:
        try:
            await completing.complete_unfinished(database, hall, vault)
        except Exception:  # a database that is away now is there the next time
            log.exception("clerk.completing_failed")
        await asyncio.sleep(UNFINISHED_S)


async def try_keys(database: Database, hall: Hall, bell: Doorbell) -> None:
    """Have trustees' keys proved alive before their openings; runs until it is cancelled."""
    while True:
        try:
            made = await canaries.make_due(database, hall)
            if made:
                bell.ring()
                log.info("clerk.keys_tried", keys=made)
        except Exception:  # a database that is away now is there the next time
            log.exception("clerk.canaries_failed")
        await asyncio.sleep(SWEEP_S)


async def carry_all(database: Database, hall: Hall, vault: Vault, bell: Doorbell) -> float:
    """Do what is due for every box; return after how many seconds to look again."""
    keys, next_closing, now = await opening.due(database, hall)
    free = asyncio.Semaphore(AT_ONCE)

    async def carry(key: BoxKey) -> float:
        async with free:
            return await _carry(database, hall, vault, bell, key)

    waits = await asyncio.gather(*map(carry, keys))
    if next_closing is not None:
        waits = [*waits, (next_closing - now).total_seconds()]
    return max(0.0, min([LOOK_AGAIN_S, *waits]))


async def _carry(
    database: Database, hall: Hall, vault: Vault, bell: Doorbell, key: BoxKey
) -> float:
    """Do the steps of one box until none is due; return after how many seconds one may be.

    Bulk parts take long: after each bid that is checked all other boxes have their turn.
    """
    wait = None
    try:
        while (carried := await opening.carry_on(database, hall, vault, key)).step is not None:
            bell.ring()
            log.info("clerk.stepped", **key._asdict(), step=carried.step.name)
            if carried.step is Step.CHECK:
                return 0.0
        wait = carried.wait
    except Exception:  # one box in trouble never holds up the others
        log.exception("clerk.box_failed", **key._asdict())
    return LOOK_AGAIN_S if wait is None else wait.total_seconds()
