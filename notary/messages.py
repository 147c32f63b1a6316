"""Messages: what people are told, on which ways it goes, and how that went.

A task writes occasions and messages (`write`) in the transaction that moves its cursor, and sends
what is due (`take_due`, `note_sent`, `note_failed`). An attempt is noted before it is made: a crash
in between sends again later under the same number, and never forgets. What cannot be delivered, or
was not read in time, stands on the telephone list until somebody has called.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database, Tx

AGAIN = timedelta(minutes=1)
"""Between two attempts on one way; an attempt without an answer counts as one."""

MOST_ATTEMPTS = 3


class Channel(StrEnum):
    """A way on which a message goes."""

    MAIL = "mail"
    SMS = "sms"


class MessageUnknown(Refusal):
    """There is no such message for the reader, or it needs no call.

    Source: people.md 7.
    """

    code = "message.unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of a message; `at` None: only when every other way has failed."""

    channel: Channel
    address: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person is told: words in this person's language, and the page that has more.

    `read_by`: unread then, the telephone list has it; None where nobody waits for an answer.
    `leave`: the page that ends what it is sent for, by one press.
    """

    person: str
    said: str
    href: str
    ways: tuple[Way, ...]
    read_by: datetime | None
    leave: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A way to be tried now."""

    message: int
    channel: Channel
    address: str
    said: str
    href: str
    attempts: int
    leave: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message as its receiver, or whoever has to call, sees it.

    `states`: the ways and how each went, `mail: sent`.
    """

    message: int
    matter: str
    tender: str | None
    person: str
    name: str
    said: str
    href: str
    made_at: datetime
    read_at: datetime | None
    mobile: str | None
    states: tuple[tuple[str, str], ...]


async def take_cursor(tx: Tx) -> int:
    """Return the index of the last entry that was read, and keep others from reading on."""
    idx: int = await tx.fetchval("SELECT idx FROM web.message_cursor FOR UPDATE")
    return idx


async def move_cursor(tx: Tx, idx: int) -> None:
    """Note that every entry up to `idx` was read."""
    await tx.execute("UPDATE web.message_cursor SET idx = $1", idx)


async def begin(tx: Tx, cause: str, matter: str, tender: str | None, at: datetime) -> bool:
    """Note that there is something to tell; False where it was told before."""
    done = await tx.execute(
        """
        INSERT INTO web.occasion (cause, matter, tender_id, at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT an_occasion_is_told_once DO NOTHING
        """,
        cause,
        matter,
        tender,
        at,
    )
    return done != "INSERT 0 0"


async def begun(tx: Tx, causes: Collection[str]) -> frozenset[str]:
    """Return which of these were told before."""
    rows = await tx.fetch(
        "SELECT cause FROM web.occasion WHERE cause = ANY($1::text[])", list(causes)
    )
    return frozenset(row["cause"] for row in rows)


async def write(tx: Tx, cause: str, letters: Sequence[Letter], at: datetime) -> None:
    """Write what each of these people is told of an occasion that has just begun."""
    for letter in letters:
        message = await tx.fetchval(
            """
            INSERT INTO web.message (cause, person_id, said, href, made_at, read_by, leave_href)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            RETURNING message_id
            """,
            cause,
            letter.person,
            letter.said,
            letter.href,
            at,
            letter.read_by,
            letter.leave,
        )
        await tx.executemany(
            """
            INSERT INTO web.delivery (message_id, channel, address, next_at)
            VALUES ($1, $2, $3, coalesce($4::timestamptz, 'infinity'))
            """,
            [(message, way.channel, way.address, way.at) for way in letter.ways],
        )


async def take_due(tx: Tx, at: datetime, limit: int) -> list[Due]:
    """Take what is due, and note the attempt; what its receiver has read is spared.

    Two senders at once take different rows.
    """
    await tx.execute(
        """
        UPDATE web.delivery
           SET state = 'spared'
          FROM web.message
         WHERE message.message_id = delivery.message_id
           AND delivery.state = 'waiting'
           AND delivery.next_at <= $1
           AND message.read_at IS NOT NULL
        """,
        at,
    )
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT message_id, channel
              FROM web.delivery
             WHERE state = 'waiting'
               AND next_at <= $1
             ORDER BY next_at, message_id
             LIMIT $3
               FOR UPDATE SKIP LOCKED
        )
        UPDATE web.delivery
           SET attempts = delivery.attempts + 1,
               next_at = $2
          FROM due
          JOIN web.message USING (message_id)
         WHERE delivery.message_id = due.message_id
           AND delivery.channel = due.channel
        RETURNING delivery.message_id AS message, delivery.channel, delivery.address,
                  message.said, message.href, delivery.attempts, message.leave_href AS leave
        """,
        at,
        at + AGAIN,
        limit,
    )
    return [Due(**{**row, "channel": Channel(row["channel"])}) for row in rows]


async def note_sent(tx: Tx, due: Due, gateway_id: str, at: datetime) -> None:
    """Note that a gateway has taken a message, under its own number."""
    await tx.execute(
        """
        UPDATE web.delivery
           SET state = 'sent',
               sent_at = $3,
               gateway_id = $4
         WHERE message_id = $1
           AND channel = $2
        """,
        due.message,
        due.channel,
        at,
        gateway_id,
    )


async def note_failed(tx: Tx, due: Due, error: str, at: datetime) -> None:
    """Note what a gateway said; after the last attempt the next way is due at once."""
    await tx.execute(
        """
        UPDATE web.delivery
           SET error = $3,
               state = CASE WHEN attempts >= $4 THEN 'failed' ELSE state END
         WHERE message_id = $1
           AND channel = $2
        """,
        due.message,
        due.channel,
        error,
        MOST_ATTEMPTS,
    )
    if due.attempts < MOST_ATTEMPTS:
        return
    await tx.execute(
        """
        UPDATE web.delivery
           SET next_at = $2
         WHERE message_id = $1
           AND state = 'waiting'
           AND next_at > $2
        """,
        due.message,
        at,
    )


async def of_person(tx: Tx, person: str, limit: int) -> list[Told]:
    """Return the newest messages to a person."""
    return await _told(tx, "message.person_id = $1", person, limit)


async def one(tx: Tx, message: int) -> Told | None:
    """Return one message, for whoever has its link."""
    found = await _told(tx, "message.message_id = $1", message, 1)
    return found[0] if found else None


async def to_call(tx: Tx, at: datetime, limit: int) -> list[Told]:
    """Return the telephone list: what reached nobody, or was not read in time, oldest last.

    Who follows a tender may have taken its documents, and nobody is to know who did before the
    deadline (招标投标法 22): until then no call betrays a follower to whom nothing goes through.
    What somebody may leave by one press is worth no call.
    """
    return await _told(
        tx,
        """
        message.read_at IS NULL
        AND message.called_at IS NULL
        AND message.leave_href IS NULL
        AND (message.read_by <= $1
             OR ((SELECT bool_and(state = 'failed')
                    FROM web.delivery
                   WHERE delivery.message_id = message.message_id)
                 AND (message.read_by IS NOT NULL
                      OR NOT EXISTS (SELECT
                                       FROM trading.tender
                                      WHERE tender.tender_id = occasion.tender_id
                                        AND deadline > $1))))
        """,
        at,
        limit,
    )


async def _told(tx: Tx, which: str, given: str | int | datetime, limit: int) -> list[Told]:
    rows = await tx.fetch(
        f"""
        SELECT message.message_id AS message, occasion.matter, occasion.tender_id AS tender,
               message.person_id AS person, person.name, message.said, message.href,
               message.made_at, message.read_at, contact.mobile,
               ARRAY(SELECT channel || ':' || state
                       FROM web.delivery
                      WHERE delivery.message_id = message.message_id
                      ORDER BY channel) AS states
          FROM web.message
          JOIN web.occasion USING (cause)
          JOIN notary.person USING (person_id)
          LEFT JOIN web.contact USING (person_id)
         WHERE {which}
         ORDER BY message.message_id DESC
         LIMIT $2
        """,  # noqa: S608 - `which` is one of the three texts above
        given,
        limit,
    )
    return [Told(**{**row, "states": _states(row["states"])}) for row in rows]


def _states(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    pairs = (one.partition(":") for one in written)
    return tuple((channel, state) for channel, _, state in pairs)


async def mark_read(tx: Tx, message: int, at: datetime) -> None:
    """Note that a message was read; the first time counts."""
    await tx.execute(
        """
        UPDATE web.message
           SET read_at = $2
         WHERE message_id = $1
           AND read_at IS NULL
        """,
        message,
        at,
    )


async def mark_all_read(database: Database, hall: Hall, actor: Actor, once: Once) -> Answer:
    """Note that the actor has read every message so far."""
    async with database.transaction() as tx:
        done = await tx.execute(
            """
            UPDATE web.message
               SET read_at = $2
             WHERE person_id = $1
               AND read_at IS NULL
            """,
            actor.person,
            await hall.clock(tx),
        )
        answer: Answer = {"read": int(done.removeprefix("UPDATE "))}
        await once.keep(tx, answer)
        return answer


async def note_call(
    database: Database, hall: Hall, actor: Actor, once: Once, message: int
) -> Answer:
    """Take a message off the telephone list: the actor has called. Raises MessageUnknown."""
    async with database.transaction() as tx:
        done = await tx.execute(
            """
            UPDATE web.message
               SET called_at = $3,
                   called_by = $2
             WHERE message_id = $1
               AND read_at IS NULL
               AND called_at IS NULL
            """,
            message,
            actor.person,
            await hall.clock(tx),
        )
        if done == "UPDATE 0":
            raise MessageUnknown(message=message)
        answer: Answer = {"message": message}
        await once.keep(tx, answer)
        return answer


def token(key: bytes, message: int) -> str:
    """Return what the link of a message ends with: nobody guesses it, nothing keeps it."""
    return hmac.digest(key, b"message/v1 %d" % message, "sha256")[:16].hex()


def is_token(key: bytes, message: int, given: str) -> bool:
    """Tell whether a link is the one that the hall has sent."""
    return hmac.compare_digest(token(key, message), given)
