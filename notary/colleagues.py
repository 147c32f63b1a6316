"""Colleagues of a body: who they are, what they may, their devices, and how somebody leaves.

Of a firm the head brings colleagues in, who *prepare*, or also *submit*: only these sign for it.
Whoever decides, carries out or watches comes in by two persons (`notary.enrolment`), leaves here.

Source: people.md 5; web.md 9, page 5.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notary import identity, invitations, ledger, passkeys, register, sessions, shape, stand_ins
from notary.enrolment import TwoPersonsNeeded
from notary.hall import Hall
from notary.identity import Actor, Line, NotTheHead, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.register import IdTaken, Name, Newcomer
from notary.ways_in import Revocation
from sql.database import Database, Tx

Right = Literal["prepare", "submit"]


class ColleagueUnknown(Refusal):
    """Nobody of that id acts for the body.

    Source: people.md 5.
    """

    code = "firm.colleague_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueWish:
    """A colleague whom the head of a firm asks in, and what this one may do."""

    person: shape.Id
    name: Name
    right: Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """One person of a body. `is_head`: answers for the others; `prepares`: signs nothing."""

    person: str
    name: str
    roles: tuple[Role, ...]
    is_head: bool
    prepares: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A certificate of somebody of a body. `device`: its name, None where an authority gave it."""

    cert_sha256: str
    person: str
    name: str
    device: str | None
    enrolled_at: datetime
    used_at: datetime | None


async def of_body(tx: Tx, org: str) -> list[Colleague]:
    """Return everybody who holds a role for a body, by the time of enrolment: the head first."""
    head = await identity.head_of(tx, org)
    rows = await tx.fetch(
        """
        SELECT person_id, person.name, array_agg(role ORDER BY role) AS roles,
               EXISTS (SELECT FROM notary.preparer
                        WHERE preparer.person_id = person.person_id
                          AND preparer.ended_at IS NULL) AS prepares
          FROM notary.person
          JOIN notary.role_grant USING (person_id)
         WHERE person.org_id = $1
           AND ended_at IS NULL
         GROUP BY person_id, person.name, enrolled_at
         ORDER BY enrolled_at, person_id
        """,
        org,
    )
    return [
        Colleague(
            person=row["person_id"],
            name=row["name"],
            roles=tuple(Role(role) for role in row["roles"]),
            is_head=row["person_id"] == head,
            prepares=row["prepares"] and row["person_id"] != head,
        )
        for row in rows
    ]


async def devices_of(tx: Tx, of: str) -> list[Device]:
    """Return every certificate of a body, or of a person, that is not revoked, newest first."""
    rows = await tx.fetch(
        """
        SELECT cert_sha256, person_id AS person, person.name, device, certificate.enrolled_at,
               used_at
          FROM notary.certificate
          JOIN notary.person USING (person_id)
         WHERE (certificate.org_id = $1 OR person_id = $1)
           AND revoked_at IS NULL
         ORDER BY certificate.enrolled_at DESC, cert_sha256
        """,
        of,
    )
    return [Device(**row) for row in rows]


async def invite(
    database: Database, hall: Hall, actor: Actor, once: Once, wish: ColleagueWish
) -> Answer:
    """Ask a colleague into the actor's firm. Raises NotTheHead, TwoPersonsNeeded, IdTaken."""
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        await _require_head(tx, actor, None)
        body = await identity.organisation(tx, actor.org)
        if body is None or body.line is not Line.NONE or actor.roles != {Role.BIDDER}:
            raise TwoPersonsNeeded(org=actor.org)
        if await identity.name_of(tx, wish.person) is not None:
            raise IdTaken(id=wish.person)
        newcomer = Newcomer(
            org=body.org,
            org_name=body.name,
            line=body.line,
            branch=body.branch,
            person=wish.person,
            person_name=wish.name,
            roles=(Role.BIDDER,),
            certificate=None,
        )
        invitation = await invitations.invite(
            tx, hall, newcomer, prepares=wish.right == "prepare", by=actor.person, at=at
        )
        answer: Answer = {"invitation": invitation, "person": wish.person}
        await once.keep(tx, answer)
        return answer


async def set_right(
    database: Database, hall: Hall, actor: Actor, once: Once, person: str, right: Right
) -> Answer:
    """Let a colleague submit, or only prepare. Raises NotTheHead, ColleagueUnknown."""
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        await _require_head(tx, actor, person)
        await _require_colleague(tx, actor.org, person)
        if right == "prepare":
            await invitations.restrict(tx, person, actor.person, at)
        else:
            await tx.execute(
                """
                UPDATE notary.preparer
                   SET ended_at = greatest(since, $2)
                 WHERE person_id = $1
                   AND ended_at IS NULL
                """,
                person,
                at,
            )
        answer: Answer = {"person": person, "right": right}
        await once.keep(tx, answer)
        return answer


async def let_go(database: Database, hall: Hall, actor: Actor, once: Once, person: str) -> Answer:
    """Let somebody leave: devices, roles, stand-ins and sessions end in this one act.

    Past acts stay. By the head of the body, or an administrator. Raises NotTheHead,
    ColleagueUnknown.
    """
    async with database.transaction() as tx:
        await register.hold(tx, person)
        at = await hall.clock(tx)
        org = actor.org
        if Role.ADMINISTRATOR in actor.roles and person != actor.person:
            org = await tx.fetchval("SELECT org_id FROM notary.person WHERE person_id = $1", person)
        else:
            await _require_head(tx, actor, person)
        await _require_colleague(tx, org, person)
        revoked = await _revoke_all(tx, person, at)
        ended = await _end_roles(tx, person, at)
        await stand_ins.end_all_of(tx, hall, actor, person, at)
        await invitations.end_all(tx, person, at)
        await passkeys.revoke_all(tx, person, at)
        await sessions.end_all(tx, person)
        told = {"org": org, "person": person}
        for cert_sha256 in revoked:
            await ledger.append(
                tx,
                hall,
                "notary.certificate-revoked.v1",
                subject=person,
                actor=actor.person,
                at=at,
                fields={**told, "cert_sha256": cert_sha256, "reason": Revocation.LEFT},
            )
        for role, branch in ended:
            await ledger.append(
                tx,
                hall,
                "notary.role-ended.v1",
                subject=person,
                actor=actor.person,
                at=at,
                fields={**told, "role": role, "branch": branch},
            )
        answer: Answer = {"person": person, "devices": len(revoked), "roles": len(ended)}
        await once.keep(tx, answer)
        return answer


async def _require_head(tx: Tx, actor: Actor, person: str | None) -> None:
    if await identity.head_of(tx, actor.org) != actor.person or person == actor.person:
        raise NotTheHead


async def _require_colleague(tx: Tx, org: str | None, person: str) -> None:
    found = await tx.fetchval(
        """
        SELECT count(*)
          FROM notary.role_grant
         WHERE person_id = $1
           AND org_id = $2
           AND ended_at IS NULL
        """,
        person,
        org,
    )
    if not found:
        raise ColleagueUnknown(id=person)


async def _revoke_all(tx: Tx, person: str, at: datetime) -> list[str]:
    rows = await tx.fetch(
        """
        UPDATE notary.certificate
           SET revoked_at = $2
         WHERE person_id = $1
           AND revoked_at IS NULL
        RETURNING cert_sha256
        """,
        person,
        at,
    )
    return sorted(row["cert_sha256"] for row in rows)


async def _end_roles(tx: Tx, person: str, at: datetime) -> list[tuple[str, str | None]]:
    rows = await tx.fetch(
        """
        UPDATE notary.role_grant
           SET ended_at = $2
         WHERE person_id = $1
           AND ended_at IS NULL
        RETURNING role, branch
        """,
        person,
        at,
    )
    return sorted(((row["role"], row["branch"]) for row in rows), key=lambda one: one[0])
