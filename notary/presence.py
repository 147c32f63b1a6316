"""Showing a CA token: its signature of a fresh challenge logs in and confirms.

The firm's certificate is in the register; who can sign with it now is its person. A key of a device
shows nothing here: the hall certified it under a log-in, and it must not become one.

Source: web.md 6; people.md 6.
"""

from dataclasses import dataclass
from typing import Literal

from cryptography import x509

from notary import challenges, cms, duty, identity, shape
from notary.challenges import Purpose
from notary.hall import Hall
from notary.signature import SignatureBad, read, require_trusted
from sql.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What a token signs: this challenge of this hall, for this purpose and nothing else."""

    v: Literal["hall-presence/v1"]
    origin: shape.Origin
    challenge: shape.Sha256  # 32 bytes in hex, as a digest is
    purpose: Literal["log-in", "confirm"]


async def log_in(database: Database, hall: Hall, statement: bytes, p7s: bytes) -> str:
    """Return whose token has answered a log-in's challenge.

    Raises Malformed, WrongHall, SignatureBad, CertificateUntrusted, ChallengeOver.
    """
    certificate = await _answered(database, hall, Purpose.LOG_IN, None, statement, p7s)
    return await _person_of(database, hall, certificate)


async def confirm(
    database: Database, hall: Hall, person: str, statement: bytes, p7s: bytes
) -> None:
    """Take a token's answer as the one confirmation of `person`. Raises as `log_in` does."""
    certificate = await _answered(database, hall, Purpose.CONFIRM, person, statement, p7s)
    if await _person_of(database, hall, certificate) != person:
        raise SignatureBad


async def _answered(
    database: Database,
    hall: Hall,
    purpose: Purpose,
    person: str | None,
    statement: bytes,
    p7s: bytes,
) -> x509.Certificate:
    given, certificate = read(Presence, statement, p7s, hall.origin)
    if given.purpose != purpose:
        raise challenges.ChallengeOver
    await challenges.spend(database, hall, bytes.fromhex(given.challenge), purpose, person)
    return certificate


async def _person_of(database: Database, hall: Hall, certificate: x509.Certificate) -> str:
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        signer = await duty.who_signs(tx, cms.cert_sha256(certificate), at)
        if signer is None or signer.uses is not None:
            raise SignatureBad
        require_trusted(hall.authorities.bodies, certificate, at)
        await identity.note_use(tx, cms.cert_sha256(certificate), at)
    return signer.person
