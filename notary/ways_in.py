"""By what somebody comes in: password, passkey, certificate; and how what was made here ends.

Whoever is let in anew after the last role has ended may be another than the one who made password
and keys in between: a link that was lost is enough for that. So these count no more, and a link by
which they could be made is dead; nor does what was begun in that person's name. What an authority
has certified stays: it has seen its person.

Source: people.md 5 (two persons) and 7 (one-time links).
"""

from datetime import datetime
from enum import StrEnum

from cryptography import x509

from notary import credentials, invitations, ledger, sessions, stand_ins
from notary.hall import Hall
from notary.identity import Actor
from notary.signature import CertificateUntrusted, require_trusted
from sql.database import Tx


class Revocation(StrEnum):
    """Why a certificate is taken no more; entries from before this list have other words too."""

    LOST = "lost"
    COMPROMISED = "compromised"
    LEFT = "left"
    REPLACED = "replaced"


async def has(tx: Tx, hall: Hall, person: str, at: datetime) -> bool:
    """Tell whether a person can log in or sign at `at`: what its authority revoked counts no more.

    A device's key is none: whoever has only that has lost the way by which it was certified.
    """
    if await credentials.is_set(tx, person) or await _has_passkey(tx, person):
        return True
    rows = await tx.fetch(
        """
        SELECT der
          FROM notary.certificate
         WHERE person_id = $1
           AND revoked_at IS NULL
           AND device IS NULL
        """,
        person,
    )
    return any(_is_trusted(hall, row["der"], at) for row in rows)


async def end(tx: Tx, hall: Hall, actor: Actor, org: str, person: str, at: datetime) -> None:
    """End whatever a person of a body has to come in by, but the certificates of authorities.

    And what lets others in on this one's word: stand-ins, links, proposals. Sessions go last: a
    log-in that holds the row of its password is waited for, and ends with the others.
    """
    await stand_ins.end_all_by(tx, hall, actor, person, at)
    await invitations.end_all(tx, person, at)
    await invitations.end_all_by(tx, person, at)
    await _withdraw_all(tx, actor, person, at)
    await credentials.remove(tx, person)
    await tx.execute(
        """
        UPDATE notary.passkey
           SET revoked_at = greatest(enrolled_at, $2)
         WHERE person_id = $1
           AND revoked_at IS NULL
        """,
        person,
        at,
    )
    await sessions.end_all(tx, person)
    devices = await tx.fetch(
        """
        UPDATE notary.certificate
           SET revoked_at = greatest(enrolled_at, $2)
         WHERE person_id = $1
           AND revoked_at IS NULL
           AND device IS NOT NULL
        RETURNING cert_sha256
        """,
        person,
        at,
    )
    for cert_sha256 in sorted(row["cert_sha256"] for row in devices):
        await ledger.append(
            tx,
            hall,
            "notary.certificate-revoked.v1",
            subject=person,
            actor=actor.person,
            at=at,
            fields={
                "org": org,
                "person": person,
                "cert_sha256": cert_sha256,
                "reason": Revocation.REPLACED,
            },
        )


async def _withdraw_all(tx: Tx, actor: Actor, person: str, at: datetime) -> None:
    """Take back every proposal of a person that nobody has approved yet."""
    await tx.execute(
        """
        UPDATE notary.proposal
           SET withdrawn_by = $2,
               withdrawn_at = greatest(proposed_at, $3)
         WHERE proposed_by = $1
           AND approved_by IS NULL
           AND withdrawn_by IS NULL
        """,
        person,
        actor.person,
        at,
    )


async def _has_passkey(tx: Tx, person: str) -> bool:
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM notary.passkey
                        WHERE person_id = $1
                          AND revoked_at IS NULL)
        """,
        person,
    )
    return found


def _is_trusted(hall: Hall, der: bytes, at: datetime) -> bool:
    try:
        require_trusted(hall.authorities.bodies, x509.load_der_x509_certificate(der), at)
    except CertificateUntrusted:
        return False
    return True
