"""Challenges: random bytes that a key answers, once and soon.

Each is for one purpose and, but at the log-in, for one person. Only its hash is in the table. It is
spent before the answer is looked at: a wrong answer costs it too.

Source: Web Authentication Level 3, section 13.4.3.
"""

import hashlib
from datetime import timedelta
from enum import StrEnum

from notary.hall import Hall
from notary.refusal import Refusal
from sql.database import Database

BYTES = 32
GOOD_FOR = timedelta(minutes=5)


class Purpose(StrEnum):
    """What the answer is good for."""

    ENROL = "enrol"  # a passkey is made
    LOG_IN = "log-in"
    CONFIRM = "confirm"  # the one confirmation of an act


class ChallengeOver(Refusal):
    """The challenge was used, is older than five minutes, or was made for something else.

    Source: Web Authentication Level 3, section 13.4.3.
    """

    code = "challenge.over"


async def make(database: Database, hall: Hall, purpose: Purpose, person: str | None) -> bytes:
    """Make a challenge; `person`: who answers it, None where the answer itself says who."""
    challenge = hall.entropy(BYTES)
    async with database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO web.challenge (challenge_sha256, purpose, person_id, made_at)
            VALUES ($1, $2, $3, $4)
            """,
            _hash(challenge),
            purpose,
            person,
            await hall.clock(tx),
        )
    return challenge


async def spend(
    database: Database, hall: Hall, challenge: bytes, purpose: Purpose, person: str | None
) -> None:
    """Use up a challenge, in a transaction that no refusal rolls back. Raises ChallengeOver."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """
            DELETE FROM web.challenge
             WHERE challenge_sha256 = $1
            RETURNING purpose, person_id, made_at
            """,
            _hash(challenge),
        )
        at = await hall.clock(tx)
    if row is None or (row["purpose"], row["person_id"]) != (purpose, person):
        raise ChallengeOver
    if at >= row["made_at"] + GOOD_FOR:
        raise ChallengeOver


def _hash(challenge: bytes) -> bytes:
    return hashlib.sha256(challenge).digest()
