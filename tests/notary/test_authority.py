import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

from notary import authority
from notary.authority import Authorities, BadKey
from notary.cms import BadCertificate
from notary.entropy import system_entropy
from tests import shared
from tests.authorities import AT, YEAR, TestAuthority, an_authority, crl

SECOND = timedelta(seconds=1)
REVOKED_AT = datetime(2026, 11, 10, tzinfo=UTC)


def golden() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(shared.path("vectors/seal-v1-golden.json").read_bytes())
    return content


def golden_certificate(name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(golden()["certificates"][name]))


def golden_authorities() -> Authorities:
    ca = golden_certificate("ca").public_bytes(Encoding.PEM)
    return Authorities.from_pem(ca + golden()["crls_pem"].encode())


def a_key() -> ec.EllipticCurvePrivateKey:
    return authority.new_key(system_entropy)


def test_golden_certificates_are_vouched_for() -> None:
    authorities = golden_authorities()
    for name in ("bidder", "rival", "purchaser", "agency", "supervisor", "notary", "hall"):
        authorities.check(golden_certificate(name), AT)


def test_golden_list_keeps_its_bytes_and_hash() -> None:
    authorities = golden_authorities()

    assert authorities.crls_pem == golden()["crls_pem"].encode()
    assert authorities.crls_sha256 == golden()["crls_sha256"]


def test_the_leaver_is_revoked_from_that_moment_on() -> None:
    leaver = golden_certificate("leaver")
    authorities = golden_authorities()

    authorities.check(leaver, REVOKED_AT - timedelta(microseconds=1))
    with pytest.raises(BadCertificate, match="revoked"):
        authorities.check(leaver, REVOKED_AT)


def test_without_a_list_revocation_is_not_checked() -> None:
    authorities = Authorities.from_pem(golden_certificate("ca").public_bytes(Encoding.PEM))

    assert authorities.crls_pem is None
    assert authorities.crls_sha256 is None
    authorities.check(golden_certificate("leaver"), AT)


def test_a_duty_certificate_has_no_authority_but_a_validity() -> None:
    duty = golden_certificate("supervisor-duty")

    with pytest.raises(BadCertificate):
        golden_authorities().check(duty, AT)
    first, last = duty.not_valid_before_utc, duty.not_valid_after_utc
    authority.require_in_force(duty, first)
    authority.require_in_force(duty, last)
    for at in (first - timedelta(microseconds=1), last + timedelta(microseconds=1)):
        with pytest.raises(BadCertificate):
            authority.require_in_force(duty, at)


def test_a_certificate_is_valid_from_its_first_second_to_its_last() -> None:
    ca = an_authority()
    certificate = ca.issue(a_key().public_key(), at=AT + SECOND, until=AT + YEAR)
    authorities = ca.authorities()

    authorities.check(certificate, AT + SECOND)
    authorities.check(certificate, AT + YEAR)
    for at in (AT, AT + YEAR + SECOND):
        with pytest.raises(BadCertificate):
            authorities.check(certificate, at)


def test_an_authority_outlived_vouches_no_more() -> None:
    ca = an_authority()
    certificate = ca.issue(a_key().public_key(), until=AT + 20 * YEAR)

    ca.authorities().check(certificate, AT + 9 * YEAR)
    with pytest.raises(BadCertificate):
        ca.authorities().check(certificate, AT + 11 * YEAR)


def test_a_foreign_authority_of_the_same_name_is_not_believed() -> None:
    ours, theirs = an_authority(), an_authority()
    certificate = theirs.issue(a_key().public_key())

    with pytest.raises(BadCertificate):
        ours.authorities().check(certificate, AT)
    with pytest.raises(BadCertificate):
        Authorities([ours.certificate], [theirs.crl({})])
    Authorities([ours.certificate, theirs.certificate], []).check(certificate, AT)


def test_nobody_vouches_where_no_authority_is_configured() -> None:
    with pytest.raises(BadCertificate):
        Authorities([], []).check(an_authority().certificate, AT)


def test_a_list_of_one_authority_says_nothing_of_another() -> None:
    one, other = an_authority("One"), an_authority("Other")
    certificate = one.issue(a_key().public_key())
    theirs = other.crl({certificate.serial_number: AT})

    Authorities([one.certificate, other.certificate], [theirs]).check(certificate, AT)


@pytest.mark.parametrize("days", [-1, 365])
def test_a_list_counts_whatever_its_own_dates_are(days: int) -> None:
    ca = an_authority()
    certificate = ca.issue(a_key().public_key(), at=AT, until=AT + 3 * YEAR)
    at = AT + YEAR
    listed = ca.crl({certificate.serial_number: at}, at=at - timedelta(days=days))

    ca.authorities(listed).check(certificate, at - SECOND)
    with pytest.raises(BadCertificate, match="revoked"):
        ca.authorities(listed).check(certificate, at)


def test_a_list_that_another_key_signed_is_refused() -> None:
    ca = an_authority()
    forged = crl(ca.certificate.subject, a_key(), {})

    with pytest.raises(BadCertificate):
        ca.authorities(forged)


def test_a_partial_list_is_refused() -> None:
    ca = an_authority()
    delta = crl(ca.certificate.subject, ca.key, {}, extension=x509.DeltaCRLIndicator(1))

    with pytest.raises(BadCertificate, match="partial"):
        ca.authorities(delta)


def tampered(
    ca: TestAuthority,
    *,
    issuer: x509.Name | None = None,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    """Issue a certificate with just these extensions."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        .issuer_name(issuer or ca.certificate.subject)
        .public_key(a_key().public_key())
        .serial_number(7)
        .not_valid_before(AT)
        .not_valid_after(AT + YEAR)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(ca.key, SHA256())


def usage(name: str) -> x509.KeyUsage:
    names = [
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    ]  # fmt: skip
    return x509.KeyUsage(**{each: each == name for each in names})


def test_a_certificate_needs_to_be_for_signatures_and_no_more() -> None:
    ca = an_authority()
    authorities = ca.authorities()
    for name in ("digital_signature", "content_commitment"):
        authorities.check(tampered(ca, extensions=[(usage(name), True)]), AT)
    authorities.check(tampered(ca, extensions=[]), AT)

    for extension in (usage("key_cert_sign"), x509.BasicConstraints(ca=True, path_length=None)):
        with pytest.raises(BadCertificate):
            authorities.check(tampered(ca, extensions=[(extension, True)]), AT)


def test_an_unknown_critical_extension_is_refused() -> None:
    ca = an_authority()
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")

    ca.authorities().check(tampered(ca, extensions=[(unknown, False)]), AT)
    with pytest.raises(BadCertificate):
        ca.authorities().check(tampered(ca, extensions=[(unknown, True)]), AT)


def a_root(*extensions: x509.ExtensionType) -> TestAuthority:
    """Make a self-signed certificate with just these extensions."""
    key = a_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, AT, AT + YEAR)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return TestAuthority(key, builder.sign(key, SHA256()))


def test_an_authority_needs_to_be_for_certificates() -> None:
    is_one = x509.BasicConstraints(ca=True, path_length=None)
    for good in (a_root(is_one), a_root(is_one, usage("key_cert_sign"))):
        good.authorities().check(good.issue(a_key().public_key()), AT)

    is_none = x509.BasicConstraints(ca=False, path_length=None)
    for bad in (a_root(), a_root(is_none), a_root(is_one, usage("digital_signature"))):
        with pytest.raises(BadCertificate):
            bad.authorities().check(bad.issue(a_key().public_key()), AT)


def test_a_list_of_a_key_that_nobody_here_reads_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, AT, AT + YEAR)
    root = builder.sign(key, None)

    with pytest.raises(BadCertificate, match="no configured authority"):
        Authorities([root], [crl(name, a_key(), {})])


def test_a_holder_issues_nothing() -> None:
    ca = an_authority()
    key = a_key()
    holder = TestAuthority(key, ca.issue(key.public_key()))
    below = holder.issue(a_key().public_key())

    with pytest.raises(BadCertificate):
        ca.authorities().check(below, AT)
    with pytest.raises(BadCertificate):
        Authorities([ca.certificate, holder.certificate], []).check(below, AT)


def test_each_flipped_bit_of_a_certificate_is_refused() -> None:
    ca = an_authority()
    der = ca.issue(a_key().public_key()).public_bytes(Encoding.DER)
    authorities = ca.authorities()
    for bit in range(0, len(der) * 8, 5):
        changed = bytearray(der)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            certificate = x509.load_der_x509_certificate(bytes(changed))
        except (ValueError, x509.InvalidVersion, UserWarning):
            continue  # pyca does not read it at all
        with pytest.raises(BadCertificate):
            authorities.check(certificate, AT)


def test_issued_certificates_look_like_the_golden_ones() -> None:
    ca = an_authority()
    certificate = ca.issue(a_key().public_key())
    bidder = golden_certificate("bidder")

    assert {e.oid: e.critical for e in certificate.extensions} == {
        e.oid: e.critical for e in bidder.extensions
    }
    for kind in (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage):
        ours = certificate.extensions.get_extension_for_class(kind)
        assert ours == bidder.extensions.get_extension_for_class(kind)
    assert authority.organization_identifier(certificate) == "91210300MA00000000"
    assert authority.organization_name(certificate) == "Anshan Example Construction"
    assert authority.common_name(certificate) == "Wang Min"
    assert authority.organization_identifier(bidder) is None


def test_chance_is_an_argument() -> None:
    def repeated(size: int) -> bytes:
        return bytes(range(size))

    first, second = (authority.create_authority("CA", repeated, AT) for _ in range(2))

    assert first[1] == second[1]
    assert an_authority().certificate.serial_number != an_authority().certificate.serial_number


def test_a_moment_within_a_second_begins_with_that_second() -> None:
    _, certificate = authority.create_authority(
        "CA", system_entropy, AT + timedelta(microseconds=9)
    )

    assert certificate.not_valid_before_utc == AT


def test_self_signed_certificate_of_a_duty_client() -> None:
    key = a_key()
    certificate = authority.self_signed(
        key,
        common_name="duty",
        organisation="Supervision Office",
        entropy=system_entropy,
        at=AT,
        until=AT + YEAR,
    )

    certificate.verify_directly_issued_by(certificate)
    assert certificate.public_key() == key.public_key()
    golden_duty = golden_certificate("supervisor-duty")
    assert {e.oid for e in certificate.extensions} == {e.oid for e in golden_duty.extensions}


def test_a_folder_of_pem_and_der_files(tmp_path: Path) -> None:
    one, other = an_authority("One"), an_authority("Other")
    revoked = one.issue(a_key().public_key())
    listed = one.crl({revoked.serial_number: AT})
    (tmp_path / "one.crt").write_bytes(one.certificate.public_bytes(Encoding.DER))
    (tmp_path / "other.pem").write_bytes(other.certificate.public_bytes(Encoding.PEM).strip())
    (tmp_path / "one.crl").write_bytes(listed.public_bytes(Encoding.DER))
    (tmp_path / "README").write_text("not a certificate")

    authorities = Authorities.from_folder(tmp_path)
    assert set(authorities.roots) == {one.certificate, other.certificate}
    assert authorities.crls_pem == listed.public_bytes(Encoding.PEM)
    assert Authorities.from_pem(authorities.roots_pem).roots == authorities.roots
    with pytest.raises(BadCertificate, match="revoked"):
        authorities.check(revoked, AT)


@pytest.mark.parametrize("name", ["ca.crt", "ca.crl"])
def test_an_unreadable_file_is_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x30\x03abc")

    with pytest.raises(BadCertificate, match=name):
        Authorities.from_folder(tmp_path)


def test_an_unreadable_block_is_refused() -> None:
    with pytest.raises(BadCertificate):
        Authorities.from_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


@pytest.mark.parametrize("passphrase", [None, "开标"])
def test_key_files(passphrase: str | None, tmp_path: Path) -> None:
    path = tmp_path / "hall.key"
    key = a_key()
    authority.save_key(path, key, passphrase)

    assert path.stat().st_mode & 0o777 == 0o600
    loaded = authority.load_key(path, passphrase)
    assert loaded.public_key() == key.public_key()
    with pytest.raises(BadKey):
        authority.load_key(path, "another")
    with pytest.raises(FileExistsError):
        authority.save_key(path, a_key())


def test_key_files_of_others(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
    )
    assert isinstance(authority.load_key(path), rsa.RSAPrivateKey)
    path.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    with pytest.raises(BadKey):
        authority.load_key(path)
    path.write_bytes(b"no key")
    with pytest.raises(BadKey):
        authority.load_key(path)


def test_golden_keys_fit_their_certificates() -> None:
    for name, pkcs8 in golden()["test_keys_pkcs8"].items():
        key = load_der_private_key(base64.b64decode(pkcs8), None)

        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert key.public_key() == golden_certificate(name).public_key()
