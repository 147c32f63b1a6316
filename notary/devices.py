"""Keys of devices: made in a browser, never to leave it, certified by the hall under a log-in.

The hall runs this authority itself, for what its people sign at their desks. It never vouches for a
duty certificate, a trustee's key, a promise or a release: `Authorities.bodies` leaves it out.

Source: web.md 6; sealing.md 4, CMS.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from notary import authority, cms, identity, register
from notary.credentials import Confirm
from notary.entropy import Entropy
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database

LIFE = timedelta(days=365)
"""How long a device's certificate is good; a new one takes a minute."""

_LONGEST_NAME = 64  # RFC 5280, appendix A: ub-common-name


class KeyOfAnotherKind(Refusal):
    """The device's key is no public key on P-256.

    Source: web.md 6: WebCrypto ECDSA P-256.
    """

    code = "device.wrong_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthority:
    """The authority for the devices of a hall's people."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a browser asks: a certificate for its public key (SubjectPublicKeyInfo, DER).

    `name`: what its person calls the device.
    """

    public_key: bytes
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A certificate of a person. `name` is None for one of a configured authority."""

    cert_sha256: str
    name: str | None
    enrolled_at: datetime
    used_at: datetime | None
    until: datetime
    revoked_at: datetime | None

    def is_good(self, at: datetime) -> bool:
        """Tell whether it may sign at `at`, as far as the register knows."""
        return self.revoked_at is None and at <= self.until


def create(entropy: Entropy, at: datetime) -> DeviceAuthority:
    """Make the authority: at the first start."""
    mark = x509.CertificatePolicies([x509.PolicyInformation(authority.DEVICE_KEYS, None)])
    key, certificate = authority.create_authority("Devices of this hall", entropy, at, mark)
    return DeviceAuthority(key=key, certificate=certificate)


async def certify(
    database: Database,
    hall: Hall,
    vouching: DeviceAuthority,
    confirm: Confirm,
    actor: Actor,
    once: Once,
    wish: Wish,
) -> Answer:
    """Certify a device's key for a person, who confirms it once more.

    Way back: the certificate can be revoked at any time. Raises KeyOfAnotherKind, CertificateTaken,
    and what `confirm` raises.
    """
    public_key = _public_key(wish.public_key)
    await confirm(actor.person)
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        body = await identity.organisation(tx, actor.org)
        until = at.replace(microsecond=0) + LIFE
        certificate = authority.issue(
            vouching.key,
            vouching.certificate,
            common_name=(await identity.name_of(tx, actor.person) or actor.person)[:_LONGEST_NAME],
            organisation=(actor.org if body is None else body.name)[:_LONGEST_NAME],
            organization_identifier=actor.org,
            public_key=public_key,
            entropy=hall.entropy,
            at=at,
            until=until,
        )
        await register.add_certificate(
            tx, hall, actor.org, actor.person, certificate, by=actor.person, at=at, device=wish.name
        )
        answer: Answer = {
            "cert_sha256": cms.cert_sha256(certificate),
            "certificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
            "person": actor.person,
        }
        await once.keep(tx, answer)
        return answer


async def of_person(database: Database, hall: Hall, person: str) -> tuple[list[Device], datetime]:
    """Return the certificates of a person, newest first, and the hall's time."""
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        rows = await tx.fetch(
            """
            SELECT cert_sha256, der, device, enrolled_at, used_at, revoked_at
              FROM notary.certificate
             WHERE person_id = $1
             ORDER BY enrolled_at DESC, cert_sha256
            """,
            person,
        )
    found = [
        Device(
            cert_sha256=row["cert_sha256"],
            name=row["device"],
            enrolled_at=row["enrolled_at"],
            used_at=row["used_at"],
            until=x509.load_der_x509_certificate(row["der"]).not_valid_after_utc,
            revoked_at=row["revoked_at"],
        )
        for row in rows
    ]
    return found, at


def _public_key(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyOfAnotherKind from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyOfAnotherKind
    return key
