"""Drills: a person at a trustee's machine reads what only its root can, and the ledger says so.

A machine that has not been touched for a month may not be found on the day of an opening. The hall
asks a question in an age file to the newest key that the member has given, so that nobody's bare
word counts: the answer is in the file. Nothing is kept of a question; it is made again to judge.

Source: `sealing.md` 6a; hall rule `hall.drill_days`.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding.clients import rehearsing
from bidding.facts import TrusteeKey
from bidding.losses import READY
from bidding.store import drills as store
from bidding.store import trustees
from notary import instant, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database

PLACE = {"tender": "drill", "lot": "1", "stage": "single"}
"""A drill is of no tender: its place is made up."""

OK = "ok"

ANSWERED_WITHIN = timedelta(minutes=10)
"""A question is for the person who sits there now."""


class DrillNotAnswered(Refusal):
    """A drill counts by the answer to the hall's question: this one is wrong, too late or missing.

    Source: sealing.md 6a; people.md 3.1: a human drill.
    """

    code = "drill.not_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to a member of a body: by which key, at which instant."""

    key: TrusteeKey
    at: datetime
    question: bytes


async def ask(
    database: Database, hall: Hall, key: bytes, actor: Actor, member: str
) -> Asked | None:
    """Return a question that only the member's machine can read, None where it has given no key.

    `key`: 32 bytes that the hall keeps outside its database.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        newest = await trustees.newest_of(tx, actor.org, member)
    if newest is None:
        return None
    answer = _answer(key, newest, at)
    return Asked(key=newest, at=at, question=rehearsing.ask(answer, newest.recipient, hall.entropy))


def _instant(text: str) -> datetime:
    try:
        return instant.parse_micros(text)
    except ValueError as error:
        raise DrillNotAnswered from error


def _answer(key: bytes, asked: TrusteeKey, at: datetime) -> str:
    said = f"drill/v1 {asked.holder_org} {asked.member} {asked.key_sha256} {instant.micros(at)}"
    return hmac.digest(key, said.encode(), "sha256").hex()


async def report(
    database: Database,
    hall: Hall,
    key: bytes,
    actor: Actor,
    once: Once,
    *,
    key_sha256: str,
    asked_at: str,
    answer: str | None,
    outcome: str,
) -> Answer:
    """Take what came of a drill on a machine of the actor's body: `ok` with the answer, or not.

    `asked_at`: as the question said it. Raises DrillNotAnswered.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        tried = await trustees.key(tx, key_sha256)
        if tried is None or tried.holder_org != actor.org:
            raise DrillNotAnswered
        asked = _instant(asked_at)
        right = _answer(key, tried, asked)
        in_time = asked <= at <= asked + ANSWERED_WITHIN
        if outcome == OK and not (in_time and hmac.compare_digest(right, answer or "")):
            raise DrillNotAnswered
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
                "manifest_sha256": sha256_hex(right.encode()),
                "outcome": outcome,
            },
        )
        await store.insert(
            tx, actor.org, tried.member, at, outcome=outcome, entry_id=entry.entry_id
        )
        done = acknowledge(hall, entry, "accepted")
        await once.keep(tx, done)
        return done
