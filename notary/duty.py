"""Duty certificates: what a body's own machine may sign for it, and who may sign for a body at all.

A duty client signs with a self-signed software key. The body's CA certificate says so in a
`hall-duty/v1` statement, for named uses and at most 366 days; of several statements for one duty
certificate the newest counts. Source: sealing.md 3, 6a and 9 (V2).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from notary import authority, cms, identity, ledger, shape
from notary.cms import BadCertificate
from notary.hall import Hall
from notary.identity import Actor, Holder, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.register import Name
from notary.signature import (
    CertificateUntrusted,
    Malformed,
    SignatureBad,
    read,
    require_trusted,
)
from sql.database import Database, Tx

_LONGEST = timedelta(days=366)


class Use(StrEnum):
    """What a duty certificate may be used for."""

    TRUSTEE = "trustee"
    DRAW = "draw"
    WITNESS = "witness"
    LIMITS = "limits"


# What a request signed by a duty key may do; draws and witnessing need no role of a person.
_ROLE_OF_USE = {Use.TRUSTEE: Role.TRUSTEE, Use.LIMITS: Role.AGENCY}


class DutyStated(Refusal):
    """The same statement was made before.

    Source: sealing.md 6a.
    """

    code = "duty.stated"


class DutyNotYours(Refusal):
    """The statement was signed for another body, or for a certificate of another body.

    Source: sealing.md 3: a duty statement is signed by the body's CA certificate.
    """

    code = "duty.not_yours"


class DutyTooLong(Refusal):
    """The statement's time is empty or longer than 366 days.

    Source: sealing.md 6a.
    """

    code = "duty.too_long"


class CertificateUnknown(Refusal):
    """Nobody in this hall may sign this with the certificate now.

    Source: sealing.md 9, V2, E-CERT.
    """

    code = "certificate.unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body for which a statement is made."""

    id: shape.Id
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyStatement:
    """What a body's CA certificate signs for a duty certificate."""

    v: Literal["hall-duty/v1"]
    origin: shape.Origin
    body: Body
    cert_sha256: shape.Sha256
    uses: tuple[Use, ...]
    from_: shape.Moment
    to: shape.Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed: a body, and the person whose CA certificate stands behind the signature.

    `uses` is None for that certificate itself, which may sign everything.
    """

    org: str
    person: str
    certificate: x509.Certificate
    uses: frozenset[Use] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement as it was signed."""

    duty_sha256: str
    statement: bytes
    p7s: bytes


async def state_duty(
    database: Database, hall: Hall, once: Once, statement: bytes, p7s: bytes, certificate: bytes
) -> Answer:
    """Take a body's statement for the duty certificate `certificate` (DER).

    Raises Malformed, WrongHall, SignatureBad, CertificateUntrusted, CertificateUnknown,
    DutyTooLong, DutyNotYours, DutyStated, PreparesOnly.
    """
    duty, signed_by = read(DutyStatement, statement, p7s, hall.origin)
    _require_self_signed(certificate, duty.cert_sha256)
    if not duty.from_ < duty.to <= duty.from_ + _LONGEST:
        raise DutyTooLong(days=_LONGEST.days)
    sha256 = hashlib.sha256(statement).hexdigest()
    async with database.transaction() as tx:
        # Of two statements at once for one certificate, one is the newer; the lock says which.
        await tx.execute("SELECT pg_advisory_xact_lock(hashtext($1))", duty.cert_sha256)
        at = await hall.clock(tx)
        require_trusted(hall.authorities.bodies, signed_by, at)
        holder = await identity.resolve_certificate(tx, cms.cert_sha256(signed_by))
        if holder is None or holder.revoked_at is not None:
            raise CertificateUnknown(certificate=cms.cert_sha256(signed_by))
        await identity.require_binding(tx, holder.person)
        await _require_own(tx, duty, holder)
        try:
            await tx.execute(
                """
                INSERT INTO notary.duty
                       (duty_sha256, org_id, cert_sha256, der, uses, from_at, to_at, signed_by,
                        statement, p7s, stated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                sha256,
                holder.org,
                duty.cert_sha256,
                certificate,
                sorted(set(duty.uses)),
                duty.from_,
                duty.to,
                cms.cert_sha256(signed_by),
                statement,
                p7s,
                at,
            )
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "duty_is_stated_once":
                raise
            raise DutyStated(duty=sha256) from error
        await ledger.append(
            tx,
            hall,
            "notary.duty-stated.v1",
            subject=holder.org,
            actor=holder.person,
            at=at,
            fields={
                "org": holder.org,
                "duty_sha256": sha256,
                "cert_sha256": duty.cert_sha256,
            },
        )
        answer: Answer = {"duty_sha256": sha256, "org": holder.org}
        await once.keep(tx, answer)
        return answer


async def who_signs(tx: Tx, cert_sha256: str, at: datetime) -> Signer | None:
    """Return for whom a certificate may sign at `at`: as enrolled, or by its newest statement.

    None where it is neither, revoked, not yet or no longer good. The chain of a CA certificate is
    not checked here: `notary.signature.require_trusted`.
    """
    holder = await identity.resolve_certificate(tx, cert_sha256)
    if holder is not None:
        if holder.revoked_at is not None and holder.revoked_at <= at:
            return None
        return Signer(
            org=holder.org, person=holder.person, certificate=holder.certificate, uses=None
        )
    row = await tx.fetchrow(
        """
        SELECT duty.org_id, duty.der, duty.uses, duty.from_at, duty.to_at,
               certificate.person_id, certificate.revoked_at
          FROM notary.duty
          JOIN notary.certificate ON certificate.cert_sha256 = duty.signed_by
         WHERE duty.cert_sha256 = $1
           AND duty.stated_at <= $2
         ORDER BY duty.duty_id DESC
         LIMIT 1
        """,
        cert_sha256,
        at,
    )
    if row is None or not row["from_at"] <= at < row["to_at"]:
        return None
    if row["revoked_at"] is not None and row["revoked_at"] <= at:
        return None
    return Signer(
        org=row["org_id"],
        person=row["person_id"],
        certificate=x509.load_der_x509_certificate(row["der"]),
        uses=frozenset(Use(use) for use in row["uses"]),
    )


async def statements_for(tx: Tx, certificates: Sequence[str]) -> list[Stated]:
    """Return every statement for these duty certificates, oldest first."""
    rows = await tx.fetch(
        """
        SELECT duty_sha256, statement, p7s
          FROM notary.duty
         WHERE cert_sha256 = ANY($1::text[])
         ORDER BY duty_id
        """,
        list(certificates),
    )
    return [Stated(**row) for row in rows]


async def heard_since(tx: Tx, at: datetime) -> frozenset[str]:
    """Return the bodies whose duty clients have sent a signed request since `at`.

    Signed requests are remembered for five minutes, no longer.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT duty.org_id
          FROM web.nonce
          JOIN notary.duty USING (cert_sha256)
         WHERE nonce.used_at >= $1
        """,
        at,
    )
    return frozenset(row["org_id"] for row in rows)


async def require_signer(
    tx: Tx, hall: Hall, certificate: x509.Certificate, *, org: str, use: Use | None, at: datetime
) -> Signer:
    """Return who signed for `org`, or refuse: the check V2 of a signed object.

    `use`: what a duty certificate must be stated for; None where only the body's CA certificate
    will do. Raises CertificateUnknown, CertificateUntrusted, PreparesOnly.
    """
    sha256 = cms.cert_sha256(certificate)
    signer = await who_signs(tx, sha256, at)
    if signer is None or signer.org != org:
        raise CertificateUnknown(certificate=sha256)
    if signer.uses is None:
        await identity.require_binding(tx, signer.person)
        # What a duty certificate may sign, no device's key does in its place.
        trusted = hall.authorities if use is None else hall.authorities.bodies
        require_trusted(trusted, certificate, at)
        await identity.note_use(tx, sha256, at)
    elif use not in signer.uses:
        raise CertificateUnknown(certificate=sha256)
    else:
        _require_in_force(certificate, at)
    return signer


async def actor_of(tx: Tx, signer: Signer, cert_sha256: str, at: datetime) -> Actor | None:
    """Return who acts by a signed request; a duty key has only the roles that its uses need."""
    actor = await identity.actor_of(tx, signer.person, at, cert_sha256)
    if actor is None or signer.uses is None:
        return actor
    roles = {_ROLE_OF_USE[use] for use in signer.uses if use in _ROLE_OF_USE}
    return Actor(
        person=actor.person,
        org=signer.org,
        roles=actor.roles & roles,
        branch=actor.branch,
        cert_sha256=cert_sha256,
    )


def _require_in_force(certificate: x509.Certificate, at: datetime) -> None:
    try:
        authority.require_in_force(certificate, at)
    except BadCertificate as error:
        raise CertificateUntrusted(certificate=cms.cert_sha256(certificate)) from error


def _require_self_signed(der: bytes, sha256: str) -> None:
    """Refuse unless `der` is the certificate that the statement names, signed by its own key."""
    if hashlib.sha256(der).hexdigest() != sha256:
        raise SignatureBad
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(certificate)
    except Exception as error:  # the library has no common base for what a foreign one can raise
        raise Malformed(why="not a self-signed certificate") from error
    if certificate.public_bytes(Encoding.DER) != der:
        raise Malformed(why="not the certificate's own bytes")


async def _require_own(tx: Tx, duty: DutyStatement, holder: Holder) -> None:
    """Refuse a statement for another body, or a duty certificate that another body has stated."""
    other = await tx.fetchval(
        """
        SELECT org_id
          FROM notary.duty
         WHERE cert_sha256 = $1
           AND org_id <> $2
         LIMIT 1
        """,
        duty.cert_sha256,
        holder.org,
    )
    if duty.body.id != holder.org or other is not None:
        raise DutyNotYours(org=duty.body.id)
