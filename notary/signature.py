"""What every signed object must show before an act reads it: its form, its hall, its signature."""

from datetime import datetime
from typing import Protocol, TypeVar

from cryptography import x509

from notary import cms, shape
from notary.authority import Authorities
from notary.canonical import LIMIT
from notary.refusal import Refusal


class Malformed(Refusal):
    """A signed object is not of its form.

    Source: sealing.md 2, E-JSON.
    """

    code = "object.malformed"


class WrongHall(Refusal):
    """The object was made for another hall.

    Source: sealing.md 3: every object of a hall names its origin.
    """

    code = "object.wrong_hall"


class SignatureBad(Refusal):
    """The signature does not fit the object, or not the certificate that the object names.

    Source: sealing.md 9, V2, E-SIG.
    """

    code = "signature.bad"


class CertificateUntrusted(Refusal):
    """No configured authority vouches for the certificate at this moment.

    Source: sealing.md 9, V2, E-CERT: chain, validity, revocation.
    """

    code = "certificate.untrusted"


class OfHall(Protocol):
    """A signed object that names the hall it was made for."""

    @property
    def origin(self) -> str:
        """The origin of that hall's ledger."""
        ...


S = TypeVar("S", bound=OfHall)


def read(
    kind: type[S], statement: bytes, p7s: bytes, origin: str, *, limit: int = LIMIT
) -> tuple[S, x509.Certificate]:
    """Return a signed object and the certificate that signed it.

    Raises Malformed, WrongHall, SignatureBad; whose certificate it is, the caller asks.
    """
    try:
        signed = shape.load(kind, statement, limit=limit)
    except ValueError as error:
        raise Malformed(why=str(error)) from error
    if signed.origin != origin:
        raise WrongHall(origin=origin)
    try:
        return signed, cms.verify(statement, p7s)
    except cms.BadSignature as error:
        raise SignatureBad from error


def require_trusted(authorities: Authorities, certificate: x509.Certificate, at: datetime) -> None:
    """Refuse a certificate for which no configured authority vouches at `at`."""
    try:
        authorities.check(certificate, at)
    except cms.BadCertificate as error:
        raise CertificateUntrusted(certificate=cms.cert_sha256(certificate)) from error
