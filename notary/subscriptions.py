"""Queries that a person wants to hear of by mail: how often, whether paused, and what was found.

What a query means is the pages' matter; here it is a text. Nobody but the person sees it.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notary import followers
from notary.followers import NowhereToTell
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database, Tx

MOST = 50
"""Live subscriptions of one person: each is looked at with every publication."""

_ID_BYTES = 16


class Rhythm(StrEnum):
    """How often a subscription writes."""

    AT_ONCE = "at_once"  # with each publication
    DAILY = "daily"  # in the morning, all of the last day in one mail


class Change(StrEnum):
    """What a person does to an own subscription."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


class SubscriptionUnknown(Refusal):
    """There is no such subscription of this person, or it has ended.

    Source: web.md 9, page 4.
    """

    code = "subscription.unknown"


class TooManySubscriptions(Refusal):
    """A person has as many live subscriptions as the hall looks after.

    Source: web.md 9, page 4; a rule of the hall.
    """

    code = "subscription.too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One query that somebody subscribed to."""

    subscription: str
    person: str
    query: str
    rhythm: Rhythm
    since: datetime
    paused_at: datetime | None


_COLUMNS = "subscription_id AS subscription, person_id AS person, query, rhythm, since, paused_at"


async def subscribe(
    database: Database, hall: Hall, actor: Actor, once: Once, query: str, rhythm: Rhythm
) -> Answer:
    """Let the actor hear of what a query finds from now on.

    Raises NowhereToTell without a mail address, TooManySubscriptions.
    """
    async with database.transaction() as tx:
        contact = await followers.contact_of(tx, actor.person)
        if contact is None or contact.mail is None:
            raise NowhereToTell
        if len(await of_person(tx, actor.person)) >= MOST:
            raise TooManySubscriptions(most=MOST)
        subscription = hall.entropy(_ID_BYTES).hex()
        await tx.execute(
            """
            INSERT INTO web.subscription (subscription_id, person_id, query, rhythm, since)
            VALUES ($1, $2, $3, $4, $5)
            """,
            subscription,
            actor.person,
            query,
            rhythm,
            await hall.clock(tx),
        )
        answer: Answer = {"subscription": subscription}
        await once.keep(tx, answer)
        return answer


async def change(
    database: Database, hall: Hall, actor: Actor, once: Once, subscription: str, to: Change
) -> Answer:
    """Change an own subscription. Raises SubscriptionUnknown."""
    async with database.transaction() as tx:
        found = await one(tx, subscription)
        if found is None or found.person != actor.person:
            raise SubscriptionUnknown
        await _write(tx, found, to, await hall.clock(tx))
        answer: Answer = {"subscription": subscription}
        await once.keep(tx, answer)
        return answer


async def leave(tx: Tx, subscription: str, at: datetime) -> None:
    """End a subscription by its link; one that has ended stays so."""
    found = await one(tx, subscription)
    if found is not None:
        await _write(tx, found, Change.END, at)


async def of_person(tx: Tx, person: str) -> list[Subscription]:
    """Return the live subscriptions of a person, newest first: for that person alone."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM web.subscription
         WHERE person_id = $1
           AND ended_at IS NULL
         ORDER BY since DESC, subscription_id
        """,  # noqa: S608 - a constant
        person,
    )
    return [Subscription(**{**row, "rhythm": Rhythm(row["rhythm"])}) for row in rows]


async def one(tx: Tx, subscription: str) -> Subscription | None:
    """Return a live subscription and hold it, None where there is none."""
    row = await tx.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM web.subscription
         WHERE subscription_id = $1
           AND ended_at IS NULL
           FOR UPDATE
        """,  # noqa: S608 - a constant
        subscription,
    )
    return None if row is None else Subscription(**{**row, "rhythm": Rhythm(row["rhythm"])})


async def at_work(tx: Tx) -> list[Subscription]:
    """Return the subscriptions that are neither paused nor ended, for whoever writes to them."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM web.subscription
         WHERE ended_at IS NULL
           AND paused_at IS NULL
         ORDER BY subscription_id
        """  # noqa: S608 - a constant
    )
    return [Subscription(**{**row, "rhythm": Rhythm(row["rhythm"])}) for row in rows]


async def note_found(
    tx: Tx, subscription: str, tender: str, at: datetime, told_at: datetime | None
) -> bool:
    """Note that a subscription found a tender; tell whether that is new."""
    done = await tx.execute(
        """
        INSERT INTO web.subscription_find (subscription_id, tender_id, found_at, told_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (subscription_id, tender_id) DO NOTHING
        """,
        subscription,
        tender,
        at,
        told_at,
    )
    return done != "INSERT 0 0"


async def waiting(tx: Tx, before: datetime) -> list[Subscription]:
    """Return the subscriptions at work that found something before an instant, not told yet."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM web.subscription
         WHERE ended_at IS NULL
           AND paused_at IS NULL
           AND EXISTS (SELECT
                         FROM web.subscription_find
                        WHERE subscription_find.subscription_id = subscription.subscription_id
                          AND told_at IS NULL
                          AND found_at < $1)
         ORDER BY subscription_id
        """,  # noqa: S608 - a constant
        before,
    )
    return [Subscription(**{**row, "rhythm": Rhythm(row["rhythm"])}) for row in rows]


async def take_untold(tx: Tx, subscription: str, before: datetime, at: datetime) -> list[str]:
    """Return the tenders found before an instant, not told yet, and note that they are now."""
    rows = await tx.fetch(
        """
        UPDATE web.subscription_find
           SET told_at = $3
         WHERE subscription_id = $1
           AND told_at IS NULL
           AND found_at < $2
        RETURNING tender_id
        """,
        subscription,
        before,
        at,
    )
    return sorted(row["tender_id"] for row in rows)


def token(key: bytes, subscription: str) -> str:
    """Return what the links of a subscription end with: nobody guesses it, nothing keeps it."""
    return hmac.digest(key, b"subscription/v1 " + subscription.encode(), "sha256")[:16].hex()


def is_token(key: bytes, subscription: str, given: str) -> bool:
    """Tell whether a link is the one that the hall has given."""
    return hmac.compare_digest(token(key, subscription), given)


async def _write(tx: Tx, held: Subscription, to: Change, at: datetime) -> None:
    rhythm = Rhythm(to.value) if to in {Change.AT_ONCE, Change.DAILY} else held.rhythm
    paused_at = held.paused_at
    if to is Change.PAUSE:
        paused_at = paused_at or at
    elif to is Change.RESUME:
        paused_at = None
    await tx.execute(
        """
        UPDATE web.subscription
           SET rhythm = $2,
               paused_at = $3,
               ended_at = CASE WHEN $4 THEN greatest(since, $5) END
         WHERE subscription_id = $1
        """,
        held.subscription,
        rhythm,
        paused_at,
        to is Change.END,
        at,
    )
