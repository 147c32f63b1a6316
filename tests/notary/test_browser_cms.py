"""The browser's modules judge signatures and chains as Python does, never more kindly."""

import base64
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7SignatureBuilder
from cryptography.x509.oid import NameOID, ObjectIdentifier

from notary import cms
from notary.authority import Authorities
from notary.cms import BadCertificate, BadSignature
from tests import node
from tests.authorities import AT, YEAR, an_authority
from tests.notary.test_authority import (
    REVOKED_AT,
    SECOND,
    a_key,
    a_root,
    golden_authorities,
    golden_certificate,
    tampered,
    usage,
)
from tests.notary.test_cms import (
    DATA,
    OPTIONS,
    OTHER_ATTRIBUTES,
    OTHER_SHAPES,
    flipped,
    golden_signatures,
    rebuilt,
    signer,
)


def verified(signatures: list[tuple[bytes, bytes]]) -> list[str | None]:
    given = [
        {"text": text.decode(), "p7s": base64.b64encode(p7s).decode()} for text, p7s in signatures
    ]
    answer: list[str | None] = node.ask("verify", given)
    return answer


def by_python(data: bytes, p7s: bytes) -> str | None:
    try:
        return cms.cert_sha256(cms.verify(data, p7s))
    except BadSignature:
        return None


def signatures() -> Iterator[tuple[bytes, bytes]]:
    """Give signatures of every kind that Python accepts, and of every kind that it refuses."""
    for text, p7s, *_ in golden_signatures():
        yield text, p7s
        yield text + b" ", p7s
    builder = PKCS7SignatureBuilder().set_data(DATA)
    for kind in ("P-256", "P-384", "P-521", "RSA-2048", "RSA-1024"):
        by = signer(kind)
        for digest in (SHA256(), SHA384(), SHA512()):
            yield DATA, builder.add_signer(by.certificate, by.key, digest).sign(DER, OPTIONS)
    for attributes in OTHER_ATTRIBUTES.values():
        yield DATA, rebuilt(*attributes)
    for options in OTHER_SHAPES.values():
        by = signer()
        yield DATA, builder.add_signer(by.certificate, by.key, SHA256()).sign(DER, options)
    yield DATA, rebuilt(digest="sha1")
    good = signer().sign()
    yield from ((DATA, bad) for bad in (good[:-1], good + b"\0", b"\0" + good, b"", b"\x30\x80"))


DER = Encoding.DER


def test_node_accepts_and_refuses_the_same_signatures() -> None:
    given = list(signatures())
    expected = [by_python(*one) for one in given]

    assert verified(given) == expected
    assert expected.count(None) > 20
    assert len(expected) - expected.count(None) > 20


def test_node_refuses_every_signature_with_a_flipped_bit() -> None:
    for kind in ("P-256", "RSA-2048"):
        p7s = signer(kind).sign()
        certificate = signer(kind).certificate.public_bytes(DER)
        first = p7s.index(certificate)
        inside = range(first, first + len(certificate))
        bits = range(0, len(p7s) * 8, 11)

        told = verified([(DATA, flipped(p7s, bit)) for bit in bits])

        for bit, said in zip(bits, told, strict=True):
            # A changed certificate with the same key and name is its authority's business.
            assert said is None or bit // 8 in inside


def chains() -> Iterator[tuple[x509.Certificate, Authorities, datetime]]:
    """Give certificates, authorities and instants on both sides of every condition."""
    ca, other = an_authority(), an_authority()
    for kind in ("P-256", "P-384", "RSA-2048"):
        yield ca.issue(signer(kind).key.public_key()), ca.authorities(), AT
    one = ca.issue(a_key().public_key(), at=AT + SECOND, until=AT + YEAR)
    for at in (AT, AT + SECOND, AT + YEAR, AT + YEAR + SECOND):
        yield one, ca.authorities(), at
    lasting = ca.issue(a_key().public_key(), until=AT + 20 * YEAR)
    yield lasting, ca.authorities(), AT + 9 * YEAR
    yield lasting, ca.authorities(), AT + 11 * YEAR
    yield other.issue(a_key().public_key()), ca.authorities(), AT
    yield lasting, Authorities([other.certificate, ca.certificate], []), AT
    yield lasting, Authorities([], []), AT
    for at in (REVOKED_AT - timedelta(milliseconds=1), REVOKED_AT):
        yield golden_certificate("leaver"), golden_authorities(), at
    yield golden_certificate("supervisor-duty"), golden_authorities(), AT
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    authority = x509.BasicConstraints(ca=True, path_length=None)
    no_authority = x509.BasicConstraints(ca=False, path_length=None)
    signing, certifying = usage("digital_signature"), usage("key_cert_sign")
    for extension in (signing, usage("content_commitment"), certifying, authority, unknown):
        for critical in (True, False):
            yield tampered(ca, extensions=[(extension, critical)]), ca.authorities(), AT
    yield tampered(ca, extensions=[]), ca.authorities(), AT
    for root in (
        a_root(authority),
        a_root(authority, certifying),
        a_root(),
        a_root(no_authority),
        a_root(authority, signing),
        a_root(authority, unknown),
    ):
        yield root.issue(a_key().public_key()), root.authorities(), AT
    for digest in (SHA256(), SHA384(), SHA512()):
        signer_root, leaf = by_rsa(digest)
        yield leaf, Authorities([signer_root], []), AT
        yield leaf, ca.authorities(), AT
    serial = one.serial_number
    for moment in (AT + SECOND, AT + 2 * SECOND):
        yield one, ca.authorities(ca.crl({serial: moment})), AT + SECOND


def by_rsa(digest: SHA256 | SHA384 | SHA512) -> tuple[x509.Certificate, x509.Certificate]:
    """Return an authority with an RSA key, as most are, and a certificate that it issued."""
    key = signer("RSA-2048").key
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rsa")])
    root = x509.CertificateBuilder(name, name, key.public_key(), 7, AT, AT + YEAR)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    leaf = x509.CertificateBuilder(name, name, a_key().public_key(), 8, AT, AT + YEAR)
    return root.sign(key, digest), leaf.sign(key, digest)


def test_node_vouches_for_the_same_certificates() -> None:
    given = list(chains())
    expected = [is_vouched(*one) for one in given]

    answer = node.ask(
        "vouch",
        [
            {
                "certificate": base64.b64encode(certificate.public_bytes(DER)).decode(),
                "roots": authorities.roots_pem.decode(),
                "crls": None if authorities.crls_pem is None else authorities.crls_pem.decode(),
                "at": at.timestamp() * 1000,
            }
            for certificate, authorities, at in given
        ],
    )

    assert answer == expected
    assert expected.count(True) > 10
    assert expected.count(False) > 10


def is_vouched(certificate: x509.Certificate, authorities: Authorities, at: datetime) -> bool:
    try:
        authorities.check(certificate, at)
    except BadCertificate:
        return False
    return True


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048"])
def test_what_another_program_signed_is_brought_into_the_one_shape(
    kind: str, tmp_path: Path
) -> None:
    by = signer(kind)
    (tmp_path / "text").write_bytes(DATA)
    (tmp_path / "certificate.pem").write_bytes(by.certificate.public_bytes(Encoding.PEM))
    pem = by.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    command = ["openssl", "cms", "-sign", "-binary", "-md", "sha256", "-outform", "DER"]
    files = ["-in", "text", "-signer", "certificate.pem", "-inkey", "key.pem", "-out", "p7s"]
    subprocess.run([*command, *files], cwd=tmp_path, check=True, timeout=60)
    theirs = (tmp_path / "p7s").read_bytes()

    [ours] = node.ask("shape", [base64.b64encode(theirs).decode()])

    assert by_python(DATA, theirs) is None  # as openssl writes it
    assert cms.verify(DATA, base64.b64decode(ours)) == by.certificate
