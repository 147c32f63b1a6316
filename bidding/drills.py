"""Drills: a person at a trustee's machine opens a test envelope, and the ledger says so.

A machine that has not been touched for a month may not be found on the day of an opening.

Source: `sealing.md` 6a; hall rule `hall.drill_days`.
"""

from bidding.losses import READY
from bidding.store import drills as store
from notary import ledger
from notary.acknowledgement import acknowledge
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from sql.database import Database

PLACE = {"tender": "drill", "lot": "1", "stage": "single"}
"""A drill is of no tender: its place is made up."""


async def report(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    *,
    member: str,
    key_sha256: str,
    manifest_sha256: str,
    outcome: str,
) -> Answer:
    """Take what came of a drill on a machine of the actor's body."""
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        entry = await ledger.append(
            tx,
            hall,
            READY,
            subject=actor.org,
            actor=actor.person,
            at=at,
            fields={
                **PLACE,
                "group": actor.org,
                "key_sha256": key_sha256,
                "manifest_sha256": manifest_sha256,
                "outcome": outcome,
            },
        )
        await store.insert(tx, actor.org, member, at, outcome=outcome, entry_id=entry.entry_id)
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer
