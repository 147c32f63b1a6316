"""Who vouches for a certificate: configured authorities, their lists, and a demo's own authority.

`Authorities` answers one question, for one moment: does a chain lead to a configured authority, is
everything in it valid, and is nothing revoked (`sealing.md` 4, CMS, E-CERT). Below it stands what
makes keys and certificates: of a demo's authority, of those it enrols, of duty clients and devices.
"""

import hashlib
import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from notary import durable
from notary.cms import BadCertificate, PublicKey, SigningKey
from notary.entropy import Entropy

_AUTHORITY_LIFE = timedelta(days=3652)
_NO_USAGE = dict.fromkeys(
    [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ],
    False,
)
_CERTIFYING = x509.KeyUsage(**_NO_USAGE | {"key_cert_sign": True, "crl_sign": True})
_SIGNING = x509.KeyUsage(**_NO_USAGE | {"digital_signature": True, "content_commitment": True})

DEVICE_KEYS = x509.ObjectIdentifier("2.25.170350693414461541590113900344771069166")
"""Marks an authority that a hall runs itself, for the devices of its people (a certificate policy).

Below 2.25 every UUID is a number of its own (ITU-T X.667).
"""

_SUFFIXES = {".crt", ".pem", ".crl"}
_BLOCK = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----.+?-----END \1-----\n?", re.DOTALL)


def _may_sign_certificates(
    _policy: Policy, _issuer: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("issued by a key that is not for certificates")


def _is_no_authority(
    _policy: Policy, _holder: x509.Certificate, basic: x509.BasicConstraints | None
) -> None:
    if basic is not None and basic.ca:
        raise ValueError("an authority's certificate signs certificates only")


def _may_sign(_policy: Policy, _holder: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ValueError("a key that is not for signatures")


# The defaults of pyca are those of the web's servers and clients: they want names of hosts or of
# mailboxes and the purpose clientAuth. A body's certificate needs to be for signatures, no more.
# That an issuer's basicConstraints say cA, pyca sees to by itself.
_AUTHORITY_POLICY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign_certificates)
)
_HOLDER_POLICY = (
    ExtensionPolicy.permit_all()
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_authority)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
)


class Authorities:
    """The certificates at which chains may end, and the revocation lists that they signed."""

    def __init__(
        self, roots: list[x509.Certificate], crls: list[x509.CertificateRevocationList]
    ) -> None:
        """Take what is configured; raise BadCertificate for a list that no root signed."""
        self.roots = tuple(roots)
        self.crls = tuple(crls)
        for crl in crls:
            _require_complete(crl)
            if not any(_signed(crl, root) for root in roots):
                raise BadCertificate(
                    f"no configured authority signed the list of {crl.issuer.rfc4514_string()}"
                )

    @classmethod
    def from_pem(cls, pem: bytes) -> "Authorities":
        """Read certificates and lists from PEM text, in its order; other blocks are passed over."""
        roots, crls = [], []
        try:
            for block in _BLOCK.finditer(pem):
                if block[1] == b"CERTIFICATE":
                    roots.append(x509.load_pem_x509_certificate(block[0]))
                else:
                    crls.append(x509.load_pem_x509_crl(block[0]))
        except (ValueError, x509.InvalidVersion) as error:
            raise BadCertificate("an unreadable certificate or list") from error
        return cls(roots, crls)

    @classmethod
    def from_folder(cls, folder: Path) -> "Authorities":
        """Read every `*.crt`, `*.pem` and `*.crl` of `folder`, PEM or DER, in order of names."""
        paths = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
        return cls.from_pem(b"".join(_pem_of(path) for path in paths))

    @property
    def bodies(self) -> "Authorities":
        """Those that no hall runs for devices: what a body promises with its keys, they vouch for.

        Else the platform could make its own trustees (`sealing.md` 4, CMS).
        """
        kept = [root for root in self.roots if not certifies_devices(root)]
        names = {root.subject for root in kept}
        return Authorities(kept, [crl for crl in self.crls if crl.issuer in names])

    def with_root(self, root: x509.Certificate) -> "Authorities":
        """Return these and one more, unless it is among them."""
        return self if root in self.roots else Authorities([*self.roots, root], list(self.crls))

    @property
    def roots_pem(self) -> bytes:
        """The authorities as one PEM text."""
        return b"".join(root.public_bytes(Encoding.PEM) for root in self.roots)

    @property
    def crls_pem(self) -> bytes | None:
        """The lists as one PEM text, a record's `crls.pem`; None means revocation unchecked."""
        return b"".join(crl.public_bytes(Encoding.PEM) for crl in self.crls) or None

    @property
    def crls_sha256(self) -> str | None:
        """The hash of `crls_pem` that a closing list names (`sealing.md` 3, list)."""
        return hashlib.sha256(self.crls_pem).hexdigest() if self.crls_pem else None

    def check(self, certificate: x509.Certificate, at: datetime) -> None:
        """Raise BadCertificate unless an authority vouches for `certificate` at `at`.

        What a later list says of an earlier moment counts as it stands: revoked is whatever was
        revoked by `at`. A list past its next update still counts, and its age refuses nobody: that
        the operator was late to fetch one is no bidder's fault (`people.md`).
        """
        if not self.roots:
            raise BadCertificate("no authority is configured")
        verifier = (
            PolicyBuilder()
            .store(Store(list(self.roots)))
            .time(at)
            .extension_policies(ca_policy=_AUTHORITY_POLICY, ee_policy=_HOLDER_POLICY)
            .build_client_verifier()
        )
        try:
            chain = verifier.verify(certificate, []).chain
        except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
            raise BadCertificate(f"no valid chain to a configured authority: {error}") from error
        for link in chain:
            if self._revoked(link, at):
                raise BadCertificate(f"revoked: {link.subject.rfc4514_string()}")

    def _revoked(self, certificate: x509.Certificate, at: datetime) -> bool:
        entries = (
            crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            for crl in self.crls
            if crl.issuer == certificate.issuer
        )
        return any(entry is not None and entry.revocation_date_utc <= at for entry in entries)


def certifies_devices(root: x509.Certificate) -> bool:
    """Tell whether an authority is one that a hall runs for devices: it says so itself."""
    try:
        policies = root.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return any(policy.policy_identifier == DEVICE_KEYS for policy in policies)


def require_in_force(certificate: x509.Certificate, at: datetime) -> None:
    """Raise BadCertificate unless `at` lies in the validity of `certificate`, ends included.

    For a self-signed duty certificate, whose chain is the body's statement (`sealing.md` 6a).
    """
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise BadCertificate("a certificate that is not yet or no longer valid")


def organization_identifier(certificate: x509.Certificate) -> str | None:
    """Return the subject's organizationIdentifier, 2.5.4.97 (`web.md` 5), None if not one."""
    return _only(certificate, NameOID.ORGANIZATION_IDENTIFIER)


def organization_name(certificate: x509.Certificate) -> str | None:
    """Return the subject's organizationName, None if there is not exactly one."""
    return _only(certificate, NameOID.ORGANIZATION_NAME)


def common_name(certificate: x509.Certificate) -> str | None:
    """Return the subject's commonName, None if there is not exactly one."""
    return _only(certificate, NameOID.COMMON_NAME)


def _only(certificate: x509.Certificate, name: x509.ObjectIdentifier) -> str | None:
    values = [
        str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(name)
    ]
    return values[0] if len(values) == 1 else None


def _pem_of(path: Path) -> bytes:
    content = path.read_bytes()
    if b"-----BEGIN" in content:
        return content + b"\n"
    try:
        if path.suffix == ".crl":
            return x509.load_der_x509_crl(content).public_bytes(Encoding.PEM)
        return x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM)
    except (ValueError, x509.InvalidVersion) as error:
        raise BadCertificate(f"{path.name} is neither PEM nor DER") from error


def _signed(crl: x509.CertificateRevocationList, root: x509.Certificate) -> bool:
    key = root.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    return crl.issuer == root.subject and crl.is_signature_valid(key)


def _require_complete(crl: x509.CertificateRevocationList) -> None:
    """Refuse lists that hold a part only: deltas, indirect ones (RFC 5280, 5.2.4 and 5.2.5)."""
    if any(extension.critical for extension in crl.extensions):
        raise BadCertificate("a revocation list with a critical extension: partial or indirect")


# Keys and certificates of our own


class BadKey(ValueError):  # noqa: N818 - named after what is wrong
    """Not a file with a key for signatures, or not its passphrase."""


def new_key(entropy: Entropy) -> ec.EllipticCurvePrivateKey:
    """Make a key on P-256.

    Source: FIPS 186-5, A.2.1: with 64 bits more than the order has, no key is likelier than others.
    """
    order = ec.SECP256R1.group_order
    return ec.derive_private_key(int.from_bytes(entropy(40)) % (order - 1) + 1, ec.SECP256R1())


def create_authority(
    name: str, entropy: Entropy, at: datetime, *marks: x509.ExtensionType
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Make an authority, valid for ten years: that of a demo hall or, marked, one for devices."""
    key = new_key(entropy)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _certificate(subject, key.public_key(), entropy, at, at + _AUTHORITY_LIFE)
    for extension in (x509.BasicConstraints(ca=True, path_length=0), _CERTIFYING):
        builder = builder.add_extension(extension, critical=True)
    for mark in marks:
        builder = builder.add_extension(mark, critical=False)
    return key, _sealed(builder, subject, key)


def issue(
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    *,
    common_name: str,
    organisation: str,
    organization_identifier: str,
    public_key: PublicKey,
    entropy: Entropy,
    at: datetime,
    until: datetime,
) -> x509.Certificate:
    """Issue a certificate for signatures to a holder in an organisation, valid from `at`."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, organization_identifier),
        ]
    )
    builder = _for_signatures(_certificate(subject, public_key, entropy, at, until))
    return _sealed(builder, authority.subject, authority_key)


def self_signed(
    key: ec.EllipticCurvePrivateKey,
    *,
    common_name: str,
    organisation: str,
    entropy: Entropy,
    at: datetime,
    until: datetime,
) -> x509.Certificate:
    """Make a duty client's certificate, which a statement of its body names (`sealing.md` 6a)."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        ]
    )
    builder = _for_signatures(_certificate(subject, key.public_key(), entropy, at, until))
    return _sealed(builder, subject, key)


def _certificate(
    subject: x509.Name, public_key: PublicKey, entropy: Entropy, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    # RFC 5280, 4.1.2.2: positive, at most 20 octets; 120 random bits, so that no list of serials
    # needs to be kept.
    serial = int.from_bytes(b"\x01" + entropy(15))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(at)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _for_signatures(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNING, critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    )


def _sealed(
    builder: x509.CertificateBuilder, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    builder = builder.issuer_name(issuer).add_extension(identifier, critical=False)
    return builder.sign(key, SHA256(), ecdsa_deterministic=True)


def save_key(path: Path, key: SigningKey, passphrase: str | None = None) -> None:
    """Write `key` to a new file (PKCS#8 in PEM) that only its owner reads; never over another."""
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    durable.sync_folder(path.parent)


def load_key(path: Path, passphrase: str | None = None) -> SigningKey:
    """Read the key for signatures of a file that `save_key` or openssl wrote, or raise BadKey."""
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{path.name}: no readable key, or another passphrase") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise BadKey(f"{path.name}: a key that makes no signatures in CMS")
    return key
