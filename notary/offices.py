"""Who holds which role, since when, and who stands in: for those who look after the hall.

Nothing is granted or taken here; that is `enrolment`, `colleagues` and `stand_ins`.

Source: people.md 5; web.md 9, pages 21 and 28.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from notary.identity import Role
from notary.stand_ins import StandIn
from sql.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A role that somebody holds for a body. `stand_ins`: who has it meanwhile, now or later."""

    person: str
    name: str
    org: str
    org_name: str
    line: str
    role: Role
    branch: str | None
    since: datetime
    stand_ins: tuple[StandIn, ...] = ()


async def held(tx: Tx, at: datetime, roles: Collection[Role]) -> list[Office]:
    """Return who holds these roles at `at`, by role, body and name."""
    rows = await tx.fetch(
        """
        SELECT person_id AS person, person.name, role_grant.org_id AS org,
               organisation.name AS org_name, role_grant.line, role, role_grant.branch,
               granted_at AS since
          FROM notary.role_grant
          JOIN notary.person USING (person_id)
          JOIN notary.organisation ON organisation.org_id = role_grant.org_id
         WHERE role = ANY($1::text[])
           AND granted_at <= $2
           AND (ended_at IS NULL OR ended_at > $2)
         ORDER BY role, organisation.name, person.name, person_id
        """,
        [str(role) for role in roles],
        at,
    )
    lasting = await _stand_ins(tx, at)
    return [
        Office(
            **{
                **row,
                "role": Role(row["role"]),
                "stand_ins": tuple(
                    one
                    for one in lasting
                    if (one.absent, one.role) == (row["person"], Role(row["role"]))
                ),
            }
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A certificate by which a body is known here; those of devices are left out."""

    sha256: str
    enrolled_at: datetime
    revoked_at: datetime | None


async def credentials(tx: Tx, org: str) -> list[Credential]:
    """Return the certificates of a body, the newest first."""
    rows = await tx.fetch(
        """
        SELECT cert_sha256 AS sha256, enrolled_at, revoked_at
          FROM notary.certificate
         WHERE org_id = $1
           AND device IS NULL
         ORDER BY enrolled_at DESC, cert_sha256
        """,
        org,
    )
    return [Credential(**row) for row in rows]


async def _stand_ins(tx: Tx, at: datetime) -> list[StandIn]:
    rows = await tx.fetch(
        """
        SELECT stand_in_id AS stand_in, absent, away.name AS absent_name, here.person_id AS person,
               here.name AS person_name, role, from_at, to_at, reason
          FROM notary.stand_in
          JOIN notary.person AS away ON away.person_id = absent
          JOIN notary.person AS here ON here.person_id = stand_in.person_id
         WHERE ended_at IS NULL
           AND to_at > $1
         ORDER BY from_at, stand_in_id
        """,
        at,
    )
    return [StandIn(**{**row, "role": Role(row["role"])}) for row in rows]
