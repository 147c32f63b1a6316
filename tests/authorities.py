"""Authorities, certificates and revocation lists for tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from notary import authority
from notary.authority import Authorities
from notary.cms import PublicKey
from notary.entropy import system_entropy

AT = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class TestAuthority:
    """One authority and what it signs."""

    __test__ = False  # a name that pytest would collect

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def issue(
        self,
        public_key: PublicKey,
        *,
        name: str = "Wang Min",
        organisation: str = "Anshan Example Construction",
        identifier: str = "91210300MA00000000",
        at: datetime = AT,
        until: datetime = AT + YEAR,
    ) -> x509.Certificate:
        """Issue a certificate that is valid from AT for a year."""
        return authority.issue(
            self.key,
            self.certificate,
            common_name=name,
            organisation=organisation,
            organization_identifier=identifier,
            public_key=public_key,
            entropy=system_entropy,
            at=at,
            until=until,
        )

    def crl(
        self, revoked: Mapping[int, datetime], *, at: datetime = AT
    ) -> x509.CertificateRevocationList:
        """Sign the list of serial numbers and the moments from which they are revoked."""
        return crl(self.certificate.subject, self.key, revoked, at=at)

    def authorities(self, *crls: x509.CertificateRevocationList) -> Authorities:
        """Return the configuration that trusts this authority alone."""
        return Authorities([self.certificate], list(crls))


def an_authority(name: str = "Test CA") -> TestAuthority:
    """Make an authority that is valid from AT on."""
    return TestAuthority(*authority.create_authority(name, system_entropy, AT))


def crl(
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    revoked: Mapping[int, datetime],
    *,
    at: datetime = AT,
    extension: x509.ExtensionType | None = None,
) -> x509.CertificateRevocationList:
    """Sign a revocation list, with a critical `extension` if one is given."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(at)
        .next_update(at + timedelta(days=30))
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    for serial, since in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, SHA256())
