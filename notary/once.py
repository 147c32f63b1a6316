"""An act and its answer, bound to the key that its sender chose: done once, however often sent.

The row that remembers an answer is written in the transaction of the act itself, so after a crash
a key resolves to exactly one outcome: either both are there or neither is. The primary key has the
last word: of two requests that run at the same time the second meets it, rolls back whole and is
given the answer of the first. A service that acts for a sender takes a `Once` and does this:

    async def withdraw(
        database: Database, hall: Hall, actor: Actor, once: Once, envelope: str
    ) -> Answer:
        try:
            async with database.transaction() as tx:
                ...  # lock, clock, rules, store, ledger.append
                answer: Answer = {"envelope": envelope, "receipt": ...}
                await once.keep(tx, answer)  # the last statement of the act
                return answer
        except Refusal as refusal:
            async with database.transaction() as tx:
                ...  # ledger.append of the `…-refused` kind
                await once.keep_refusal(tx, refusal)
            raise

An act without a `…-refused` entry leaves out the second half: `web.idempotency` keeps its refusal.
`Answered` is no Refusal; it passes through a service untouched. What is kept is not HTTP: the same
response is made of an answer whether it is fresh or remembered (`web.answers`).
"""

from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from notary import canonical
from notary.canonical import Json
from notary.refusal import Refusal
from sql.database import Tx

Answer: TypeAlias = dict[str, Json]


class Answered(Exception):  # noqa: N818 - not an error: the same request has its outcome already
    """A twin of this request was quicker: roll back; `Once.recall` has the outcome."""


class KeyReused(Refusal):
    """The key was used before, by the same sender, for another request.

    Source: draft-ietf-httpapi-idempotency-key-header, section 2.7.
    """

    code = "request.key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a key resolved to: `body` is the answer, or the facts of the refusal named `refused`."""

    refused: str | None
    body: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One request of one sender: who, the key, and the hash of what was asked.

    `actor` is a person's id, or empty where the body says who (a sealed bid, an enrolment).
    """

    actor: str
    key: str
    request_sha256: bytes

    async def keep(self, tx: Tx, answer: Answer) -> None:
        """Remember `answer` as the outcome of this key, or raise `Answered`."""
        await self._insert(tx, None, answer)

    async def keep_refusal(self, tx: Tx, refusal: Refusal) -> None:
        """Remember `refusal` as the outcome of this key, or raise `Answered`."""
        await self._insert(tx, refusal.code, dict(refusal.facts))

    async def recall(self, tx: Tx) -> Outcome | None:
        """Return what this key resolved to, None if nothing yet; raise `KeyReused`."""
        row = await tx.fetchrow(
            """
            SELECT request_sha256, refused, body
              FROM web.outcome
             WHERE actor = $1
               AND key = $2
            """,
            self.actor,
            self.key,
        )
        if row is None:
            return None
        if row["request_sha256"] != self.request_sha256:
            raise KeyReused
        body = canonical.loads(row["body"])
        assert isinstance(body, dict)  # noqa: S101 - the table holds what _insert wrote
        return Outcome(refused=row["refused"], body=body)

    async def _insert(self, tx: Tx, refused: str | None, body: Answer) -> None:
        try:
            await tx.execute(
                """
                INSERT INTO web.outcome (actor, key, request_sha256, refused, body)
                VALUES ($1, $2, $3, $4, $5)
                """,
                self.actor,
                self.key,
                self.request_sha256,
                refused,
                canonical.dumps(body),
            )
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "one_outcome_per_key":
                raise
            raise Answered from error
