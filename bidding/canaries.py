"""Canaries: pinned keys are proved alive with a fresh test envelope before their opening.

The hall makes one for each key a day before and again half an hour before; the body's duty client
opens it by itself and says what it found, never a share. Silence is a fact that others read.

Source: `sealing.md` 6.3 and 6a.2; `people.md` 3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding import rules
from bidding.clients import sealing
from bidding.facts import BoxFacts, Canary, TrusteeKey
from bidding.losses import READY
from bidding.sealed.policy import read_policy
from bidding.store import boxes, trustees
from bidding.store import canaries as store
from notary import ledger
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import service as trading

MOMENTS = (30, 24 * 60)
"""Minutes before the opening at which a key is tried (`people.md` 3)."""

OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A canary that a body has to open, with the key it is for."""

    key: TrusteeKey
    canary: Canary


async def make_due(database: Database, hall: Hall) -> int:
    """Make the canaries that are due now, and return how many: each once."""
    made = 0
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        for box in await boxes.opening_until(tx, now, now + timedelta(minutes=max(MOMENTS))):
            published = (await trading.revisions(tx, box.key.tender))[0].at
            minutes = _due(box, published, now)
            if minutes is None:
                continue
            text = (await trustees.policies_of(tx, box.key))[box.policy_sha256]
            policy = read_policy(text)
            pinned = [one.key_sha256 for group in policy.groups for one in group.members]
            for key_sha256 in _untried(pinned, await store.of_keys(tx, pinned), box, minutes):
                test = sealing.rehearsal(policy, hall.entropy, now)
                canary = Canary(
                    key_sha256=key_sha256,
                    open_at=box.open_at,
                    minutes_before=minutes,
                    policy_json=text,
                    seal_json=test.seal,
                    secret=test.secret.hex(),
                    made_at=now,
                )
                await store.insert(tx, canary)
                made += 1
    return made


def _due(box: BoxFacts, published: datetime, now: datetime) -> int | None:
    """Return the last moment that has come, None before the first one since the publication."""
    moments = ((box.open_at - timedelta(minutes=minutes), minutes) for minutes in MOMENTS)
    come = [minutes for at, minutes in moments if published <= at <= now]
    return min(come, default=None)


def _untried(pinned: list[str], made: list[Canary], box: BoxFacts, minutes: int) -> Iterator[str]:
    """Give the keys that have no canary of this moment yet."""
    known = {
        one.key_sha256
        for one in made
        if (one.open_at, one.minutes_before)
        == (
            box.open_at,
            minutes,
        )
    }
    yield from (key for key in pinned if key not in known)


async def asked_of(database: Database, hall: Hall, actor: Actor) -> list[Asked]:
    """Return the canaries that the actor's body has not answered."""
    found = []
    async with database.transaction() as tx:
        for canary in await store.unanswered_of(tx, actor.org, await hall.clock(tx)):
            key = await trustees.key(tx, canary.key_sha256)
            assert key is not None  # noqa: S101 - a canary is of a key
            found.append(Asked(key=key, canary=canary))
    return found


async def answer(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    key_sha256: str,
    *,
    manifest_sha256: str,
    outcome: str,
) -> Answer:
    """Take what a body found in a canary of a key: `ok`, or the first check that failed.

    Raises KeyNotAsked where that one does not wait for it.
    """
    async with database.transaction() as tx:
        key = await trustees.key(tx, key_sha256)
        if key is None or key.holder_org != actor.org:
            raise rules.KeyNotAsked
        await store.hold(tx, key_sha256)
        at = await hall.clock(tx)
        waiting = [
            one
            for one in await store.unanswered_of(tx, actor.org, at)
            if (one.key_sha256, sha256_hex(one.seal_json)) == (key_sha256, manifest_sha256)
        ]
        if not waiting:
            raise rules.KeyNotAsked
        await store.mark_answered(tx, waiting[0], at, outcome=outcome)
        await ledger.append(
            tx,
            hall,
            READY,
            subject=key.key.tender,
            actor=actor.person,
            at=at,
            fields={
                **key.key._asdict(),
                "group": key.group_id,
                "key_sha256": key_sha256,
                "manifest_sha256": manifest_sha256,
                "outcome": outcome,
            },
        )
        done: Answer = {"key_sha256": key_sha256, "serves": outcome == OK}
        await once.keep(tx, done)
        return done


async def proved(tx: Tx, keys: list[TrusteeKey]) -> dict[str, datetime]:
    """Return when each key was proved to open last, by hash; one that failed since is not there.

    A canary that waits for its answer says nothing yet: whether its body is silent is for whoever
    asks, by the time since it was made.
    """
    last = {one.key_sha256: one.rehearsed_at for one in keys if one.lost_at is None}
    for canary in await store.of_keys(tx, sorted(last)):
        if canary.answered_at is not None and canary.key_sha256 in last:
            last[canary.key_sha256] = canary.answered_at if canary.outcome == OK else None
    return {key: at for key, at in last.items() if at is not None}


async def silent(tx: Tx, keys: list[str], before: datetime) -> frozenset[str]:
    """Return the keys whose last canary was made before an instant and has no answer."""
    last = {one.key_sha256: one for one in await store.of_keys(tx, keys)}
    return frozenset(
        key for key, one in last.items() if one.answered_at is None and one.made_at < before
    )
