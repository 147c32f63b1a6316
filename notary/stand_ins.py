"""Stand-ins (代理): who has whose role while that person is away, and until when.

Granted by the absent person or the head of the body; an entry; it inherits rights and never lines,
which is why only a colleague of the same body can be one; it ends by itself. An expert has none: a
member of a panel is replaced.

Source: people.md 5.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import asyncpg

from notary import identity, instant, ledger, shape
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database, Tx

Reason = Annotated[str, shape.text(r"[^\x00-\x1f\x7f]{1,200}")]


class StandInOfAnotherBody(Refusal):
    """The stand-in acts for another body or for none any more, or is the absent person.

    Source: people.md 5: a stand-in inherits rights, never lines.
    """

    code = "stand_in.other_body"


class StandInNotYours(Refusal):
    """Only the absent person and the head of the body grant or end a stand-in.

    Source: people.md 5.
    """

    code = "stand_in.not_yours"


class StandInRoleNotHeld(Refusal):
    """The absent person does not have that role, or it is one that nobody stands in for.

    Source: people.md 5: not for experts, who are replaced.
    """

    code = "stand_in.role_not_held"


class StandInEmpty(Refusal):
    """The time of the stand-in is over or empty.

    Source: people.md 5: from, to.
    """

    code = "stand_in.empty"


class StandInUnknown(Refusal):
    """There is no such stand-in, or it has ended.

    Source: people.md 5.
    """

    code = "stand_in.unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInWish:
    """Who is to stand in for whom: `person` has the `role` of `absent` from `from_` until `to`."""

    absent: shape.Id
    person: shape.Id
    role: Role
    from_: shape.Moment
    to: shape.Moment
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """One stand-in as it was granted; names for the pages."""

    stand_in: str
    absent: str
    absent_name: str
    person: str
    person_name: str
    role: Role
    from_at: datetime
    to_at: datetime
    reason: str


async def grant(
    database: Database, hall: Hall, actor: Actor, once: Once, wish: StandInWish
) -> Answer:
    """Let a colleague stand in for an absent person of the actor's body.

    Raises StandInNotYours, StandInOfAnotherBody, StandInRoleNotHeld, StandInEmpty.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        if wish.to <= max(wish.from_, at):
            raise StandInEmpty
        await _require_granting(tx, actor, wish.absent)
        colleague = await identity.actor_of(tx, wish.person, at)
        if wish.person == wish.absent or colleague is None or colleague.org != actor.org:
            raise StandInOfAnotherBody
        if not colleague.roles:  # let go: past acts stay, and nothing new begins
            raise StandInOfAnotherBody
        branch = await _branch_of_role(tx, wish.absent, wish.role)
        stand_in = hall.entropy(16).hex()
        await tx.execute(
            """
            INSERT INTO notary.stand_in (stand_in_id, absent, person_id, org_id, role, branch,
                                         from_at, to_at, reason, granted_by, granted_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            stand_in,
            wish.absent,
            wish.person,
            actor.org,
            wish.role,
            branch,
            wish.from_,
            wish.to,
            wish.reason,
            actor.person,
            at,
        )
        await _append(tx, hall, actor, wish, org=actor.org, stand_in=stand_in, branch=branch, at=at)
        answer: Answer = {"stand_in": stand_in}
        await once.keep(tx, answer)
        return answer


async def end(database: Database, hall: Hall, actor: Actor, once: Once, stand_in: str) -> Answer:
    """End a stand-in now: the same entry again, with this instant as its end.

    Raises StandInUnknown, StandInNotYours.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        row = await tx.fetchrow(
            """
            SELECT stand_in_id, absent, person_id, org_id, role, branch, from_at, reason
              FROM notary.stand_in
             WHERE stand_in_id = $1
               AND org_id = $2
               AND ended_at IS NULL
               AND to_at > $3
               FOR UPDATE
            """,
            stand_in,
            actor.org,
            at,
        )
        if row is None:
            raise StandInUnknown
        if actor.person != row["person_id"]:  # who stands in may give it back
            await _require_granting(tx, actor, row["absent"])
        await tx.execute(
            """
            UPDATE notary.stand_in
               SET ended_at = $2
             WHERE stand_in_id = $1
            """,
            stand_in,
            at,
        )
        await _append_end(tx, hall, actor, row, at)
        answer: Answer = {"stand_in": stand_in}
        await once.keep(tx, answer)
        return answer


async def of_body(tx: Tx, org: str, at: datetime) -> list[StandIn]:
    """Return the stand-ins of a body that last or are still to come, soonest end first."""
    rows = await tx.fetch(
        """
        SELECT stand_in_id AS stand_in, absent, away.name AS absent_name, here.person_id AS person,
               here.name AS person_name, role, from_at, to_at, reason
          FROM notary.stand_in
          JOIN notary.person AS away ON away.person_id = absent
          JOIN notary.person AS here ON here.person_id = stand_in.person_id
         WHERE stand_in.org_id = $1
           AND ended_at IS NULL
           AND to_at > $2
         ORDER BY to_at, stand_in_id
        """,
        org,
        at,
    )
    return [StandIn(**{**row, "role": Role(row["role"])}) for row in rows]


async def end_all_of(tx: Tx, hall: Hall, actor: Actor, person: str, at: datetime) -> None:
    """End every stand-in by or for a person who leaves, as part of that act; each is an entry."""
    rows = await tx.fetch(
        """
        UPDATE notary.stand_in
           SET ended_at = $2
         WHERE (person_id = $1 OR absent = $1)
           AND ended_at IS NULL
           AND to_at > $2
        RETURNING stand_in_id, absent, person_id, org_id, role, branch, from_at, reason
        """,
        person,
        at,
    )
    await _append_ends(tx, hall, actor, rows, at)


async def end_all_by(tx: Tx, hall: Hall, actor: Actor, person: str, at: datetime) -> None:
    """End every stand-in for a person, and each that this one has granted; each is an entry."""
    rows = await tx.fetch(
        """
        UPDATE notary.stand_in
           SET ended_at = greatest(granted_at, $2)
         WHERE (absent = $1 OR granted_by = $1)
           AND ended_at IS NULL
           AND to_at > $2
        RETURNING stand_in_id, absent, person_id, org_id, role, branch, from_at, reason
        """,
        person,
        at,
    )
    await _append_ends(tx, hall, actor, rows, at)


async def _append_ends(
    tx: Tx, hall: Hall, actor: Actor, rows: list[asyncpg.Record], at: datetime
) -> None:
    for row in sorted(rows, key=lambda one: str(one["stand_in_id"])):
        await _append_end(tx, hall, actor, row, at)


async def _append_end(tx: Tx, hall: Hall, actor: Actor, row: asyncpg.Record, at: datetime) -> None:
    """Say again what was granted, with this instant as its end."""
    wish = StandInWish(
        absent=row["absent"],
        person=row["person_id"],
        role=Role(row["role"]),
        from_=row["from_at"],
        to=at,
        reason=row["reason"],
    )
    org, stand_in, branch = row["org_id"], row["stand_in_id"], row["branch"]
    await _append(tx, hall, actor, wish, org=org, stand_in=stand_in, branch=branch, at=at)


async def _require_granting(tx: Tx, actor: Actor, absent: str) -> None:
    """Refuse unless the actor is the absent person, or the head of the same body."""
    if actor.person == absent:
        return
    org = await tx.fetchval("SELECT org_id FROM notary.person WHERE person_id = $1", absent)
    if org != actor.org or await identity.head_of(tx, actor.org) != actor.person:
        raise StandInNotYours


async def _branch_of_role(tx: Tx, absent: str, role: Role) -> str | None:
    """Return the branch of a role that the absent person holds, or refuse."""
    row = await tx.fetchrow(
        """
        SELECT branch
          FROM notary.role_grant
         WHERE person_id = $1
           AND role = $2
           AND ended_at IS NULL
        """,
        absent,
        role,
    )
    if row is None or role is Role.EXPERT:
        raise StandInRoleNotHeld(role=role, id=absent)
    branch: str | None = row["branch"]
    return branch


async def _append(
    tx: Tx,
    hall: Hall,
    actor: Actor,
    wish: StandInWish,
    *,
    org: str,
    stand_in: str,
    branch: str | None,
    at: datetime,
) -> None:
    await ledger.append(
        tx,
        hall,
        "notary.stand-in-granted.v1",
        subject=wish.absent,
        actor=actor.person,
        at=at,
        fields={
            "org": org,
            "stand_in": stand_in,
            "absent": wish.absent,
            "person": wish.person,
            "role": wish.role,
            "branch": branch,
            "from": instant.micros(wish.from_),
            "to": instant.micros(wish.to),
            "reason": wish.reason,
        },
    )
