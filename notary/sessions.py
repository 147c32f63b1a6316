"""Who is logged in, and which signed request was seen: the rows behind cookies and nonces.

A session begins at a log-in, ends after half an hour without a request of somebody and in any case
after twelve hours. The token itself is only in the cookie. Source: web.md 5.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import asyncpg

from notary.hall import Hall
from notary.refusal import Refusal
from sql.database import Tx

TOKEN_BYTES = 32
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
HALFWAY = timedelta(minutes=5)

KEPT: Mapping[str, timedelta] = {
    "session": LONGEST,
    "nonce": timedelta(minutes=5),
    "challenge": timedelta(minutes=5),
    "password_lock": timedelta(days=1),
    "confirmation_lock": timedelta(days=1),
    "outcome": timedelta(days=30),
}
"""How long the hall keeps what passes, by table; records are kept for good."""

# `seen_at` is written at most this often: a page of twenty requests is one update.
_SEEN_EVERY = timedelta(minutes=1)


class Replayed(Refusal):
    """The signed request was seen before.

    Source: web.md 5: a nonce once.
    """

    code = "request.replayed"


async def begin(tx: Tx, hall: Hall, person: str) -> str:
    """Begin a session and return its token, which is nowhere else."""
    return await _insert(tx, hall, person, halfway=False)


async def begin_halfway(tx: Tx, hall: Hall, person: str) -> str:
    """Remember for five minutes that the password was right; it stands for nobody."""
    return await _insert(tx, hall, person, halfway=True)


async def person_halfway(tx: Tx, hall: Hall, token: str) -> str | None:
    """Return whose code is awaited, None if nobody's is any more."""
    person: str | None = await tx.fetchval(
        """
        SELECT person_id
          FROM web.session
         WHERE token_sha256 = $1
           AND began_at > $2
           AND halfway
        """,
        _hash(token),
        await hall.clock(tx) - HALFWAY,
    )
    return person


async def person_of(tx: Tx, hall: Hall, token: str) -> str | None:
    """Return who is logged in with `token` and does something, None if nobody is any more."""
    at = await hall.clock(tx)
    row = await _lasting(tx, token, at)
    if row is None:
        return None
    if at - row["seen_at"] >= _SEEN_EVERY:
        await tx.execute(
            """
            UPDATE web.session
               SET seen_at = greatest(seen_at, $2)
             WHERE token_sha256 = $1
            """,
            _hash(token),
            at,
        )
    person: str = row["person_id"]
    return person


async def onlooker_of(tx: Tx, hall: Hall, token: str) -> str | None:
    """Return who is logged in, of a request that a page makes by itself: it prolongs nothing."""
    row = await _lasting(tx, token, await hall.clock(tx))
    return None if row is None else row["person_id"]


async def end(tx: Tx, token: str) -> None:
    """End one session, if it still lasts."""
    await tx.execute(
        """
        DELETE FROM web.session
         WHERE token_sha256 = $1
        """,
        _hash(token),
    )


async def end_all(tx: Tx, person: str) -> None:
    """End every session of a person, whose rights have changed."""
    await tx.execute(
        """
        DELETE FROM web.session
         WHERE person_id = $1
        """,
        person,
    )


async def use_nonce(tx: Tx, cert_sha256: str, nonce: str, at: datetime) -> None:
    """Spend the nonce of a signed request, or raise Replayed."""
    try:
        await tx.execute(
            """
            INSERT INTO web.nonce (cert_sha256, nonce, used_at)
            VALUES ($1, $2, $3)
            """,
            cert_sha256,
            nonce,
            at,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "nonce_is_used_once":
            raise
        raise Replayed from error


async def sweep(tx: Tx, at: datetime) -> None:
    """Delete what no longer matters: old sessions, nonces, locks and answers."""
    await tx.execute("DELETE FROM web.session WHERE began_at <= $1", at - KEPT["session"])
    await tx.execute("DELETE FROM web.nonce WHERE used_at <= $1", at - KEPT["nonce"])
    await tx.execute(
        "DELETE FROM web.password_lock WHERE failed_at <= $1", at - KEPT["password_lock"]
    )
    await tx.execute(
        "DELETE FROM web.confirmation_lock WHERE failed_at <= $1", at - KEPT["confirmation_lock"]
    )
    await tx.execute("DELETE FROM web.challenge WHERE made_at <= $1", at - KEPT["challenge"])
    await tx.execute("DELETE FROM web.outcome WHERE kept_at <= $1", at - KEPT["outcome"])


async def _lasting(tx: Tx, token: str, at: datetime) -> asyncpg.Record | None:
    return await tx.fetchrow(
        """
        SELECT person_id, seen_at
          FROM web.session
         WHERE token_sha256 = $1
           AND seen_at > $2
           AND began_at > $3
           AND NOT halfway
        """,
        _hash(token),
        at - IDLE,
        at - LONGEST,
    )


async def _insert(tx: Tx, hall: Hall, person: str, *, halfway: bool) -> str:
    token = hall.entropy(TOKEN_BYTES).hex()
    await tx.execute(
        """
        INSERT INTO web.session (token_sha256, person_id, halfway, began_at, seen_at)
        VALUES ($1, $2, $3, $4, $4)
        """,
        _hash(token),
        person,
        halfway,
        await hall.clock(tx),
    )
    return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
