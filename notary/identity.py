"""Who: roles and lines, and who somebody is at this moment.

Deciding, carrying out and watching are three lines that never meet in one body, so nobody can watch
himself; architecture.md, "Who". The acts that enrol are in `notary.enrolment`, what a duty client
may sign in `notary.duty`, passwords in `notary.credentials`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from notary.refusal import Refusal
from sql.database import Tx


class Role(StrEnum):
    """What somebody may be in the hall."""

    BIDDER = "bidder"  # 投标人
    PURCHASER = "purchaser"  # 招标人, 采购人
    AGENCY = "agency"  # 代理机构
    OPERATOR = "operator"  # 交易中心
    OFFICER = "officer"  # 交易管理办
    SUPERVISOR = "supervisor"  # 监管
    AUDITOR = "auditor"
    EXPERT = "expert"
    TRUSTEE = "trustee"
    ADMINISTRATOR = "administrator"


class Line(StrEnum):
    """Which of the powers that watch each other a body belongs to."""

    DECISION = "decision"
    EXECUTION = "execution"
    SUPERVISION = "supervision"
    NONE = "none"  # firms, experts, outside bodies such as a notary office


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a person of a body, by log-in, or by the certificate that signed the request."""

    person: str
    org: str
    roles: frozenset[Role]
    branch: str | None
    cert_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A body of the hall."""

    org: str
    name: str
    line: Line
    branch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose certificate it is. A revoked one still explains what it signed before."""

    org: str
    person: str
    certificate: x509.Certificate
    revoked_at: datetime | None


class LinesMixed(Refusal):
    """A role of one line was asked for a body of another.

    Source: architecture.md, "Who": nobody holds roles of two lines.
    """

    code = "identity.lines_mixed"


class SeatsShared(Refusal):
    """One body would be operator and also purchaser or agency.

    Source: architecture.md, "Who": officer, operator, purchaser or agency, and supervisor never
    share an organisation. Those of different lines are kept apart by `LinesMixed`.
    """

    code = "identity.seats_shared"


class PreparesOnly(Refusal):
    """A colleague who prepares would bind the firm: by a signature, or by an act of its own.

    Source: people.md 5: rights *prepare* and *submit*.
    """

    code = "firm.prepares_only"


class NotTheHead(Refusal):
    """Only the head of the body may do this, and not to itself.

    Source: people.md 5.
    """

    code = "firm.not_the_head"


def line_of(role: Role) -> Line | None:
    """Return the line that `role` belongs to; None for a trustee, who counts for its body's."""
    match role:
        case Role.OFFICER:
            return Line.DECISION
        case Role.PURCHASER | Role.AGENCY | Role.OPERATOR | Role.ADMINISTRATOR:
            return Line.EXECUTION
        case Role.SUPERVISOR | Role.AUDITOR:
            return Line.SUPERVISION
        case Role.BIDDER | Role.EXPERT:
            return Line.NONE
        case Role.TRUSTEE:
            return None


def is_privileged(role: Role) -> bool:
    """Tell whether two persons must agree before anybody holds `role` (`people.md` 5)."""
    return role is not Role.BIDDER


def require_seat(role: Role, org: str, line: Line, held: Iterable[Role]) -> None:
    """Refuse `role` for a body of `line` whose people hold the roles `held`."""
    if line_of(role) not in {None, line}:
        raise LinesMixed(role=role, org=org, line=line)
    seats = {*held, role}
    if Role.OPERATOR in seats and seats & {Role.PURCHASER, Role.AGENCY}:
        raise SeatsShared(role=role, org=org)


async def organisation(tx: Tx, org: str) -> Organisation | None:
    """Read a body."""
    return (await organisations(tx, [org])).get(org)


async def organisations(tx: Tx, orgs: Iterable[str]) -> dict[str, Organisation]:
    """Read these bodies, as far as the hall knows them."""
    rows = await tx.fetch(
        """
        SELECT org_id AS org, name, line, branch
          FROM notary.organisation
         WHERE org_id = ANY($1::text[])
        """,
        list(orgs),
    )
    return {row["org"]: Organisation(**{**row, "line": Line(row["line"])}) for row in rows}


async def branch_name(tx: Tx, branch: str) -> str | None:
    """Return what a branch is called: as its operator, else as itself; None where none is.

    A branch (分中心) is there as soon as a body belongs to it.
    """
    row = await tx.fetchrow(
        """
        SELECT organisation.name, role_grant.role
          FROM notary.organisation
          LEFT JOIN notary.role_grant ON role_grant.org_id = organisation.org_id
                                     AND role_grant.role = 'operator'
                                     AND role_grant.ended_at IS NULL
         WHERE organisation.branch = $1
         ORDER BY role_grant.role NULLS LAST, organisation.enrolled_at
         LIMIT 1
        """,
        branch,
    )
    if row is None:
        return None
    return str(row["name"]) if row["role"] is not None else branch


async def branches(tx: Tx) -> dict[str, str]:
    """Return what every branch of the hall is called, by its code."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT branch
          FROM notary.organisation
         WHERE branch IS NOT NULL
         ORDER BY branch
        """
    )
    return {row["branch"]: await branch_name(tx, row["branch"]) or row["branch"] for row in rows}


async def name_of(tx: Tx, person: str) -> str | None:
    """Read a person's name, for the head of that person's own pages."""
    name: str | None = await tx.fetchval(
        """
        SELECT name
          FROM notary.person
         WHERE person_id = $1
        """,
        person,
    )
    return name


async def roles_of(tx: Tx, person: str, at: datetime) -> frozenset[Role]:
    """Read the roles that a person has at `at`: the own, and those of whom this one stands in for.

    A stand-in inherits a role for as long as the absent person holds it (`people.md` 5).
    """
    rows = await tx.fetch(
        """
        SELECT role
          FROM notary.role_grant
         WHERE person_id = $1
           AND ended_at IS NULL
         UNION
        SELECT stand_in.role
          FROM notary.stand_in
          JOIN notary.role_grant ON role_grant.person_id = stand_in.absent
                                AND role_grant.role = stand_in.role
                                AND role_grant.ended_at IS NULL
         WHERE stand_in.person_id = $1
           AND stand_in.ended_at IS NULL
           AND stand_in.from_at <= $2
           AND stand_in.to_at > $2
        """,
        person,
        at,
    )
    return frozenset(Role(row["role"]) for row in rows)


async def holds_role(tx: Tx, person: str) -> bool:
    """Tell whether a person holds a role itself: whoever only stands in for another does not."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM notary.role_grant
                        WHERE person_id = $1
                          AND ended_at IS NULL)
        """,
        person,
    )
    return found


async def roles_in(tx: Tx, org: str) -> frozenset[Role]:
    """Read the roles that the people of a body hold now."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT role
          FROM notary.role_grant
         WHERE org_id = $1
           AND ended_at IS NULL
        """,
        org,
    )
    return frozenset(Role(row["role"]) for row in rows)


async def prepares_only(tx: Tx, person: str) -> bool:
    """Tell whether a person prepares for the body and signs nothing in its name.

    The head never does: where the one before has left, whoever is next answers for the firm, even
    one that prepared. Else nobody of it could lift that.
    """
    org: str | None = await tx.fetchval(
        """
        SELECT person.org_id
          FROM notary.preparer
          JOIN notary.person USING (person_id)
         WHERE person_id = $1
           AND ended_at IS NULL
        """,
        person,
    )
    return org is not None and await head_of(tx, org) != person


async def require_binding(tx: Tx, person: str) -> None:
    """Refuse an act that binds the body to a colleague who only prepares it. Raises PreparesOnly.

    What is sealed, signed, objected, asked, confirmed or complained of speaks for the firm.
    """
    if await prepares_only(tx, person):
        raise PreparesOnly


async def head_of(tx: Tx, org: str) -> str | None:
    """Return the head of a body: of those who hold a role for it, the one enrolled first."""
    head: str | None = await tx.fetchval(
        """
        SELECT person.person_id
          FROM notary.person
         WHERE person.org_id = $1
           AND EXISTS (SELECT FROM notary.role_grant
                        WHERE role_grant.person_id = person.person_id
                          AND ended_at IS NULL)
         ORDER BY person.enrolled_at, person.person_id
         LIMIT 1
        """,
        org,
    )
    return head


async def actor_of(
    tx: Tx, person: str, at: datetime, cert_sha256: str | None = None
) -> Actor | None:
    """Read who a person is at `at`, None if nobody has that id."""
    row = await tx.fetchrow(
        """
        SELECT org_id, branch
          FROM notary.person
         WHERE person_id = $1
        """,
        person,
    )
    if row is None:
        return None
    return Actor(
        person=person,
        org=row["org_id"],
        roles=await roles_of(tx, person, at),
        branch=row["branch"],
        cert_sha256=cert_sha256,
    )


async def resolve_certificate(tx: Tx, cert_sha256: str) -> Holder | None:
    """Read whose certificate it is, None if it is not enrolled. Does not ask its authority."""
    row = await tx.fetchrow(
        """
        SELECT org_id, person_id, der, revoked_at
          FROM notary.certificate
         WHERE cert_sha256 = $1
        """,
        cert_sha256,
    )
    if row is None:
        return None
    return Holder(
        org=row["org_id"],
        person=row["person_id"],
        certificate=x509.load_der_x509_certificate(row["der"]),
        revoked_at=row["revoked_at"],
    )


async def note_use(tx: Tx, cert_sha256: str, at: datetime) -> None:
    """Note that a certificate has signed: to the quarter of an hour, and without waiting."""
    await tx.execute(
        """
        UPDATE notary.certificate
           SET used_at = $2
         WHERE cert_sha256 = (SELECT cert_sha256
                                FROM notary.certificate
                               WHERE cert_sha256 = $1
                                 AND (used_at IS NULL
                                      OR used_at < $2::timestamptz - interval '15 minutes')
                                 FOR NO KEY UPDATE SKIP LOCKED)
        """,
        cert_sha256,
        at,
    )


async def bodies_with(tx: Tx, role: Role) -> list[Organisation]:
    """Read the bodies whose people hold a role now, by id."""
    rows = await tx.fetch(
        """
        SELECT org_id, name, organisation.line, branch
          FROM notary.organisation
         WHERE org_id IN (SELECT org_id
                            FROM notary.role_grant
                           WHERE role = $1
                             AND ended_at IS NULL)
         ORDER BY org_id
        """,
        role,
    )
    return [
        Organisation(
            org=row["org_id"], name=row["name"], line=Line(row["line"]), branch=row["branch"]
        )
        for row in rows
    ]
