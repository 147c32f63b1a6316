"""The register of bodies, people, certificates and roles: one fact and its entry a function.

The functions are parts of acts and take the act's transaction and instant; `by` is the person who
acts, or `hall` at the first start. The acts themselves are in `notary.enrolment`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from notary import cms, identity, ledger, shape
from notary.hall import Hall
from notary.identity import Line, Organisation, Role
from notary.refusal import Refusal
from notary.signature import Malformed, require_trusted
from sql.database import Tx

LONGEST_NAME = 200

Name = Annotated[str, shape.text(rf"[^\x00-\x1f\x7f]{{1,{LONGEST_NAME}}}")]
Branch = Annotated[str, shape.text("[a-z][a-z0-9-]{0,31}")]


class CertificateTaken(Refusal):
    """The certificate is enrolled already.

    Source: architecture.md, "Who": a certificate has one holder.
    """

    code = "certificate.taken"


class IdTaken(Refusal):
    """Somebody has that id already, or the body is known with another line or branch.

    Source: architecture.md, "Who": an organisation belongs to one line.
    """

    code = "identity.id_taken"


class RoleHeld(Refusal):
    """The person has that role already.

    Source: architecture.md, "Who".
    """

    code = "identity.role_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A person of a body, with roles. `certificate`: DER; None for log-in by password alone."""

    org: shape.Id
    org_name: Name
    line: Line
    branch: Branch | None
    person: shape.Id
    person_name: Name
    roles: tuple[Role, ...]
    certificate: shape.Base64 | None

    @property
    def body(self) -> Organisation:
        """The body that the newcomer acts for."""
        return Organisation(org=self.org, name=self.org_name, line=self.line, branch=self.branch)


async def take_in(
    tx: Tx, hall: Hall, newcomer: Newcomer, *, by: str, proposed_by: str | None, at: datetime
) -> None:
    """Write a person with body, certificate and roles; a body already known must be the same.

    Raises IdTaken, CertificateTaken, CertificateUntrusted, and what `grant` raises.
    """
    body = newcomer.body
    if not await add_organisation(tx, hall, body, by=by, at=at):
        known = await identity.organisation(tx, body.org)
        if known is None or (known.line, known.branch) != (body.line, body.branch):
            raise IdTaken(id=body.org)
    await add_person(tx, hall, body, newcomer.person, newcomer.person_name, by=by, at=at)
    if newcomer.certificate is not None:
        certificate = _certificate(newcomer.certificate)
        require_trusted(hall.authorities.bodies, certificate, at)
        await add_certificate(tx, hall, body.org, newcomer.person, certificate, by=by, at=at)
    for role in newcomer.roles:
        await grant(tx, hall, newcomer.person, role, by=by, proposed_by=proposed_by, at=at)


async def let_in(
    tx: Tx, hall: Hall, newcomer: Newcomer, *, by: str, proposed_by: str | None, at: datetime
) -> None:
    """Take a newcomer in; who is here already as proposed, without a certificate, gets the roles.

    Raises what `take_in` and `grant` raise.
    """
    known = await identity.actor_of(tx, newcomer.person, at)
    is_here = (
        newcomer.certificate is None
        and known is not None
        and known.org == newcomer.org
        and await identity.organisation(tx, known.org) == newcomer.body
        and await identity.name_of(tx, newcomer.person) == newcomer.person_name
    )
    if not is_here:
        await take_in(tx, hall, newcomer, by=by, proposed_by=proposed_by, at=at)
        return
    for role in newcomer.roles:
        await grant(tx, hall, newcomer.person, role, by=by, proposed_by=proposed_by, at=at)


async def hold(tx: Tx, person: str) -> None:
    """Hold the body of a person to the end of the act: its people's roles change one by one.

    What roles somebody has is read after this; of a person who is not here nothing is held.
    """
    await tx.fetchrow(
        """
        SELECT
          FROM notary.organisation
          JOIN notary.person USING (org_id)
         WHERE person_id = $1
           FOR NO KEY UPDATE OF organisation
        """,
        person,
    )


async def add_organisation(
    tx: Tx, hall: Hall, body: Organisation, *, by: str, at: datetime
) -> bool:
    """Write a body unless its id is known; return whether it is new."""
    done = await tx.execute(
        """
        INSERT INTO notary.organisation (org_id, name, line, branch, enrolled_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (org_id) DO NOTHING
        """,
        body.org,
        body.name,
        body.line,
        body.branch,
        at,
    )
    if done == "INSERT 0 0":
        return False
    await ledger.append(
        tx,
        hall,
        "notary.organisation-enrolled.v1",
        subject=body.org,
        actor=by,
        at=at,
        fields={"org": body.org, "name": body.name, "line": body.line, "branch": body.branch},
    )
    return True


async def add_person(
    tx: Tx, hall: Hall, body: Organisation, person: str, name: str, *, by: str, at: datetime
) -> None:
    """Write a person of a body, or raise IdTaken."""
    done = await tx.execute(
        """
        INSERT INTO notary.person (person_id, org_id, name, branch, enrolled_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (person_id) DO NOTHING
        """,
        person,
        body.org,
        name,
        body.branch,
        at,
    )
    if done == "INSERT 0 0":
        raise IdTaken(id=person)
    await ledger.append(
        tx,
        hall,
        "notary.person-enrolled.v1",
        subject=person,
        actor=by,
        at=at,
        fields={"org": body.org, "person": person},
    )


async def add_certificate(
    tx: Tx,
    hall: Hall,
    org: str,
    person: str,
    certificate: x509.Certificate,
    *,
    by: str,
    at: datetime,
    device: str | None = None,
) -> None:
    """Write whose certificate it is, or raise CertificateTaken; its chain is checked before.

    `device`: what its person calls the machine whose key the hall itself certifies.
    """
    sha256 = cms.cert_sha256(certificate)
    done = await tx.execute(
        """
        INSERT INTO notary.certificate (cert_sha256, der, person_id, org_id, enrolled_at, device)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (cert_sha256) DO NOTHING
        """,
        sha256,
        certificate.public_bytes(Encoding.DER),
        person,
        org,
        at,
        device,
    )
    if done == "INSERT 0 0":
        raise CertificateTaken(certificate=sha256)
    await ledger.append(
        tx,
        hall,
        "notary.certificate-enrolled.v1",
        subject=person,
        actor=by,
        at=at,
        fields={"org": org, "person": person, "cert_sha256": sha256},
    )


async def grant(
    tx: Tx, hall: Hall, person: str, role: Role, *, by: str, proposed_by: str | None, at: datetime
) -> None:
    """Give a person a role. Raises LinesMixed, SeatsShared, RoleHeld."""
    # The body stays locked to the end: two grants at once could each be lawful and not together.
    # NO KEY: the rows that name the body hold its key, and must not wait for this lock.
    held = await tx.fetchrow(
        """
        SELECT organisation.org_id, organisation.line, person.branch
          FROM notary.organisation
          JOIN notary.person USING (org_id)
         WHERE person_id = $1
           FOR NO KEY UPDATE OF organisation
        """,
        person,
    )
    assert held is not None  # noqa: S101 - the act has just written or read the person
    org, line, branch = held
    identity.require_seat(role, org, Line(line), await identity.roles_in(tx, org))
    try:
        await tx.execute(
            """
            INSERT INTO notary.role_grant (person_id, org_id, line, role, branch, granted_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            person,
            org,
            line,
            role,
            branch,
            at,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "role_is_held_once":
            raise
        raise RoleHeld(role=role, id=person) from error
    await ledger.append(
        tx,
        hall,
        "notary.role-granted.v1",
        subject=person,
        actor=by,
        at=at,
        fields={
            "org": org,
            "person": person,
            "role": role,
            "branch": branch,
            "proposed_by": proposed_by,
        },
    )


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise Malformed(why="not a certificate") from error
