import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from hypothesis import given
from hypothesis import strategies as st

from notary import authority, cms
from notary.cms import BadCertificate, BadSignature, SigningKey
from notary.entropy import system_entropy
from tests import shared
from tests.authorities import AT, an_authority

DATA = b'{"v":"bid-seal/v1"}'
OPTIONS = [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities]


@dataclass(frozen=True)
class Signer:
    """A key and the certificate that the test authority gave it."""

    key: SigningKey
    certificate: x509.Certificate

    def sign(self, data: bytes = DATA) -> bytes:
        """Sign as the hall does."""
        return cms.sign(data, self.key, self.certificate)


CA = an_authority()
AUTHORITIES = CA.authorities()


@cache
def signer(kind: str = "P-256") -> Signer:
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    key: SigningKey
    if kind in curves:
        key = ec.generate_private_key(curves[kind])
    else:
        key = rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))
    return Signer(key, CA.issue(key.public_key()))


def golden_signatures() -> list[tuple[bytes, bytes, str, bytes]]:
    """Return text, signature, the signer's name and certificate of each signed golden object."""
    golden: dict[str, Any] = json.loads(shared.path("vectors/seal-v1-golden.json").read_bytes())

    def below(value: object) -> Iterator[tuple[bytes, bytes, str, bytes]]:
        match value:
            case {"json": str(text), "p7s": str(p7s), "signer": str(name)}:
                certificate = base64.b64decode(golden["certificates"][name])
                yield text.encode(), base64.b64decode(p7s), name, certificate
            case dict():
                for member in value.values():
                    yield from below(member)
            case list():
                for item in value:
                    yield from below(item)
            case _:
                pass

    return list(below(golden))


def test_golden_signatures_are_good() -> None:
    signatures = golden_signatures()

    assert len(signatures) >= 20
    for text, p7s, _, certificate in signatures:
        assert cms.verify(text, p7s).public_bytes(Encoding.DER) == certificate
        with pytest.raises(BadSignature, match="digest of other bytes"):
            cms.verify(text + b" ", p7s)


def test_a_certificate_goes_by_its_hash() -> None:
    golden = json.loads(shared.path("vectors/seal-v1-golden.json").read_bytes())
    duty = x509.load_der_x509_certificate(
        base64.b64decode(golden["certificates"]["supervisor-duty"])
    )

    assert cms.cert_sha256(duty) == json.loads(golden["duty"]["json"])["cert_sha256"]


def test_openssl_agrees_on_the_golden_signatures(tmp_path: Path) -> None:
    golden = json.loads(shared.path("vectors/seal-v1-golden.json").read_bytes())
    ca = base64.b64decode(golden["certificates"]["ca"])
    for text, p7s, name, certificate in golden_signatures():
        root = certificate if name == "supervisor-duty" else ca

        assert openssl_accepts(text, p7s, root, tmp_path)
        assert not openssl_accepts(text + b" ", p7s, root, tmp_path)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048"])
def test_what_we_sign_is_good_here_and_for_openssl(kind: str, tmp_path: Path) -> None:
    p7s = signer(kind).sign()
    root = CA.certificate.public_bytes(Encoding.DER)

    assert cms.verify(DATA, p7s) == signer(kind).certificate
    assert signer(kind).sign() == p7s
    assert openssl_accepts(DATA, p7s, root, tmp_path)
    assert not openssl_accepts(DATA + b"\n", p7s, root, tmp_path)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048"])
def test_what_pyca_signs_is_good(kind: str) -> None:
    by = signer(kind)
    builder = PKCS7SignatureBuilder().set_data(DATA)
    for digest in (SHA256(), SHA384(), SHA512()):
        p7s = builder.add_signer(by.certificate, by.key, digest).sign(Encoding.DER, OPTIONS)

        assert cms.verify(DATA, p7s) == by.certificate


@given(st.binary(max_size=500))
def test_any_bytes_are_signed(data: bytes) -> None:
    assert cms.verify(data, signer().sign(data)) == signer().certificate


@pytest.mark.parametrize(("kind", "step"), [("P-256", 1), ("RSA-2048", 7)])
def test_no_bit_of_a_signature_can_be_flipped(kind: str, step: int) -> None:
    p7s = signer(kind).sign()
    certificate = signer(kind).certificate.public_bytes(Encoding.DER)
    inside = range(p7s.index(certificate) * 8, (p7s.index(certificate) + len(certificate)) * 8)
    for bit in range(0, len(p7s) * 8, step):
        try:
            answer = cms.verify(DATA, flipped(p7s, bit))
        except BadSignature:
            continue
        # A changed certificate with the same key and name is its authority's business.
        assert bit in inside
        with pytest.raises(BadCertificate):
            AUTHORITIES.check(answer, AT)


@pytest.mark.parametrize("kind", ["P-521", "RSA-1024"])
def test_other_and_weak_keys_are_refused(kind: str) -> None:
    by = signer(kind)
    with pytest.raises(BadSignature, match="neither RSA"):
        by.sign()

    builder = PKCS7SignatureBuilder().set_data(DATA)
    p7s = builder.add_signer(by.certificate, by.key, SHA256()).sign(Encoding.DER, OPTIONS)
    with pytest.raises(BadSignature, match="neither RSA"):
        cms.verify(DATA, p7s)


def test_a_certificate_on_an_edwards_curve_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder(
        issuer_name=CA.certificate.subject,
        subject_name=signer().certificate.subject,
        public_key=key.public_key(),
        serial_number=7,
        not_valid_before=AT,
        not_valid_after=AT,
    )

    with pytest.raises(BadSignature):
        cms.verify(DATA, rebuilt(certificate=builder.sign(CA.key, SHA256())))


def test_another_holder_cannot_be_put_in() -> None:
    assert cms.verify(DATA, rebuilt()) == signer().certificate
    with pytest.raises(BadSignature, match="another key"):
        cms.verify(
            DATA, rebuilt(certificate=CA.issue(authority.new_key(system_entropy).public_key()))
        )


def content_type(name: str = "data") -> bytes:
    return attribute("content_type", [name])


def message_digest(data: bytes = DATA) -> bytes:
    return attribute("message_digest", [hashlib.sha256(data).digest()])


def attribute(name: str, values: list[object]) -> bytes:
    der: bytes = asn1.CMSAttribute({"type": name, "values": values}).dump()
    return der


def rebuilt(
    *attributes: bytes, digest: str = "sha256", certificate: x509.Certificate | None = None
) -> bytes:
    """Sign these attributes, in this order, without the care that `cms.sign` takes."""
    content = b"".join(attributes or (content_type(), message_digest()))
    signed = b"\x31" + der_length(len(content)) + content
    key = signer().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    hashes = {"sha256": SHA256(), "sha384": SHA384(), "sha1": SHA1()}  # noqa: S303 - to be refused
    signature = key.sign(signed, ec.ECDSA(hashes[digest]))
    der = (certificate or signer().certificate).public_bytes(Encoding.DER)
    return cms._template(der, signed, digest, f"{digest}_ecdsa", signature)  # noqa: SLF001 - to forge


def der_length(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x81, length])


def test_further_attributes_are_the_signers_business() -> None:
    further = bytes.fromhex("300b06032a0304310404020500")
    p7s = rebuilt(*sorted([content_type(), message_digest(), further]))

    assert cms.verify(DATA, p7s) == signer().certificate


OTHER_ATTRIBUTES = {
    "no digest": [content_type()],
    "no type": [message_digest()],
    "another type": [content_type("signed_data"), message_digest()],
    "type twice": [content_type(), content_type(), message_digest()],
    "digest twice": [content_type(), message_digest(), message_digest()],
    "another digest first": [content_type(), message_digest(b"other"), message_digest()],
    "two types in one": [attribute("content_type", ["data", "data"]), message_digest()],
    "two digests in one": [
        content_type(),
        attribute("message_digest", [b"", hashlib.sha256(DATA).digest()]),
    ],
    "empty digest": [content_type(), attribute("message_digest", [])],
    "not in the order of DER": [message_digest(), content_type()],
}


@pytest.mark.parametrize("name", OTHER_ATTRIBUTES)
def test_other_attributes_are_refused(name: str) -> None:
    with pytest.raises(BadSignature):
        cms.verify(DATA, rebuilt(*OTHER_ATTRIBUTES[name]))


def test_sha_1_is_refused() -> None:
    with pytest.raises(BadSignature, match="SHA-256"):
        cms.verify(DATA, rebuilt(digest="sha1"))


OTHER_SHAPES = {
    "no attributes": [PKCS7Options.DetachedSignature, PKCS7Options.NoAttributes],
    "no certificate": [PKCS7Options.DetachedSignature, PKCS7Options.NoCerts],
    "not detached": [PKCS7Options.Binary],
}


@pytest.mark.parametrize("name", OTHER_SHAPES)
def test_other_shapes_of_pyca_are_refused(name: str) -> None:
    by = signer()
    builder = PKCS7SignatureBuilder().set_data(DATA)
    builder = builder.add_signer(by.certificate, by.key, SHA256())

    with pytest.raises(BadSignature):
        cms.verify(DATA, builder.sign(Encoding.DER, OTHER_SHAPES[name]))


def test_two_signers_or_certificates_are_refused() -> None:
    one, other = signer("P-256"), signer("P-384")
    builder = PKCS7SignatureBuilder().set_data(DATA)
    builder = builder.add_signer(one.certificate, one.key, SHA256())
    with_two_certificates = builder.add_certificate(CA.certificate)
    with_two_signers = builder.add_signer(other.certificate, other.key, SHA256())

    for each in (with_two_certificates, with_two_signers):
        with pytest.raises(BadSignature):
            cms.verify(DATA, each.sign(Encoding.DER, OPTIONS))


def test_a_bare_signature_value_over_the_data_is_refused() -> None:
    key = signer("RSA-2048").key
    assert isinstance(key, rsa.RSAPrivateKey)
    with pytest.raises(BadSignature):
        cms.verify(DATA, key.sign(DATA, PKCS1v15(), SHA256()))


def test_truncation_and_more_bytes_are_refused() -> None:
    p7s = signer().sign()
    for changed in [p7s[:length] for length in range(len(p7s))] + [p7s + b"\0", b"\0" + p7s]:
        with pytest.raises(BadSignature):
            cms.verify(DATA, changed)
    with pytest.raises(BadSignature, match="longer"):
        cms.verify(DATA, b"\x30" * (cms.MAX_SIGNATURE + 1))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(noise: bytes) -> None:
    with pytest.raises(BadSignature):
        cms.verify(DATA, noise)


@given(st.integers(0, 700), st.binary(min_size=1, max_size=4))
def test_any_change_is_refused(at: int, noise: bytes) -> None:
    p7s = signer().sign()
    changed = p7s[:at] + noise + p7s[at + len(noise) :]
    if changed == p7s:
        return

    try:
        answer = cms.verify(DATA, changed)
    except BadSignature:
        return
    with pytest.raises(BadCertificate):
        AUTHORITIES.check(answer, AT)


def test_a_serial_number_that_is_not_positive_is_refused() -> None:
    number = signer().certificate.serial_number.to_bytes(16)

    with pytest.raises(BadSignature):
        cms.verify(DATA, signer().sign().replace(number, b"\xfe" + number[1:]))


def test_a_certificate_of_a_second_spelling_is_refused() -> None:
    by = next(each for each in iter(a_signer, None) if each.certificate.signature[-1] & 1 == 0)
    value = by.certificate.signature
    p7s = by.sign()
    respelt = p7s.replace(b"\0" + value, b"\1" + value)

    assert respelt != p7s
    with pytest.raises(BadSignature, match="second spelling"):
        cms.verify(DATA, respelt)


def a_signer() -> Signer:
    key = authority.new_key(system_entropy)
    return Signer(key, CA.issue(key.public_key()))


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def openssl_accepts(data: bytes, p7s: bytes, root: bytes, folder: Path) -> bool:
    """Ask `openssl cms -verify -binary` for its opinion."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    (folder / "data").write_bytes(data)
    (folder / "p7s").write_bytes(p7s)
    pem = x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM)
    (folder / "root.pem").write_bytes(pem)
    command = [
        openssl, "cms", "-verify", "-binary", "-purpose", "any", "-partial_chain",
        "-attime", str(int(AT.timestamp()) + 1), "-inform", "DER", "-in", "p7s",
        "-content", "data", "-CAfile", "root.pem", "-out", "/dev/null",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
