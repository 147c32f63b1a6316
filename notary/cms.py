"""Detached CMS signatures, of one shape only, so that no bit of one is left unchecked.

DER SignedData over id-data with one signer, named by issuer and serial number, whose certificate is
inside; signed attributes; SHA-256, 384 or 512; RSA PKCS#1 v1.5 of 2048 bits or more, ECDSA on P-256
or P-384 (`sealing.md` 4, CMS; RFC 5652, 5). Whether anybody vouches for the certificate is
`notary.authority`'s question. `openssl cms -verify -binary` gives the second opinion.
"""

import hashlib
import hmac
from functools import cache

from asn1crypto import algos  # type: ignore[import-untyped]
from asn1crypto import cms as asn1
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

MAX_SIGNATURE = 64 * 1024
"""Bytes of a signature with its certificate; real ones have 1 to 4 KiB."""

_MIN_RSA_BITS = 2048
_HASHES: dict[str, HashAlgorithm] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}

# What asn1crypto and pyca raise on bytes that are not what they should be.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
)

_SEQUENCE, _SET, _OCTETS = b"\x30", b"\x31", b"\x04"
_IN_PLACE_0 = b"\xa0"  # [0] of a constructed type: RFC 5652 has it around content and in lists
_VERSION_1 = b"\x02\x01\x01"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # 1.2.840.113549.1.7.2
_DATA = bytes.fromhex("06092a864886f70d010701")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_LONG = 0x80  # from here on a length has digits of its own


class BadSignature(ValueError):  # noqa: N818 - named after what is wrong
    """Not a signature of these bytes in the one shape accepted."""


class BadCertificate(ValueError):  # noqa: N818 - named after what is wrong
    """No configured authority vouches for this certificate at this time."""


def cert_sha256(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER certificate in hex: the name it goes by everywhere."""
    return certificate.fingerprint(SHA256()).hex()


def sign(data: bytes, key: SigningKey, certificate: x509.Certificate) -> bytes:
    """Return the detached signature of `data` in DER.

    Without a signing time: when it was made is the ledger's word, not the signer's.
    """
    digest = "sha384" if _is_p384(key) else "sha256"
    public_key = _require_strong(key.public_key(), digest)
    hashed = _der(_SET, _der(_OCTETS, hashlib.new(digest, data).digest()))
    attributes = _der(
        _SET,
        _der(_SEQUENCE, _CONTENT_TYPE, _der(_SET, _DATA)),
        _der(_SEQUENCE, _MESSAGE_DIGEST, hashed),
    )
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(attributes, PKCS1v15(), _HASHES[digest])
    else:
        # RFC 6979: a weak random number cannot give the key away.
        signature = key.sign(attributes, ec.ECDSA(_HASHES[digest], deterministic_signing=True))
    der = certificate.public_bytes(Encoding.DER)
    return _template(der, attributes, digest, _algorithm(public_key, digest), signature)


def verify(data: bytes, p7s: bytes) -> x509.Certificate:
    """Return the certificate whose key signed `data`, or raise BadSignature.

    Source: `sealing.md` 4, CMS; RFC 5652, 5.4 and 5.6.
    """
    if len(p7s) > MAX_SIGNATURE:
        raise BadSignature(f"longer than {MAX_SIGNATURE} bytes")
    # 1. Take out certificate, attributes, digest and signature, whatever is around them.
    try:
        der, attributes, digest, signature = _parts(p7s)
        certificate = x509.load_der_x509_certificate(der)
        holder_key = certificate.public_key()
    except _UNREADABLE as error:
        raise BadSignature("not a signature in CMS with one certificate") from error
    # The certificate ends with its own signature, behind a count of unused bits: pyca lets it be
    # more than 0, and the same certificate would have a second hash.
    if not der.endswith(b"\0" + certificate.signature):
        raise BadSignature("a certificate with a second spelling")
    # 2. Put them together again: what differs is a bit that no later step would look at.
    key = _require_strong(holder_key, digest)
    if _template(der, attributes, digest, _algorithm(key, digest), signature) != p7s:
        raise BadSignature("not in the one accepted form")
    # 3. The attributes are those of this data.
    _require_attributes(attributes, hashlib.new(digest, data).digest())
    # 4. The key of the certificate signed the attributes.
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, attributes, PKCS1v15(), _HASHES[digest])
        else:
            key.verify(signature, attributes, ec.ECDSA(_HASHES[digest]))
    except InvalidSignature as error:
        raise BadSignature("signed by another key, or over other bytes") from error
    return certificate


def _parts(p7s: bytes) -> tuple[bytes, bytes, str, bytes]:
    """Return certificate, attributes as a SET, name of the digest, and signature value."""
    signed = asn1.ContentInfo.load(p7s, strict=True)["content"]
    signer = signed["signer_infos"][0]
    holder = signed["certificates"][0].chosen
    if holder.serial_number <= 0:  # RFC 5280, 4.1.2.2; pyca only warns
        raise ValueError("a certificate without a positive serial number")
    certificate: bytes = holder.dump()
    # RFC 5652, 5.4: signed are the attributes under the tag of their SET, not under [0].
    attributes: bytes = _SET + signer["signed_attrs"].dump()[1:]
    digest: str = signer["digest_algorithm"]["algorithm"].native
    signature: bytes = signer["signature"].native
    return certificate, attributes, digest, signature


def _template(
    certificate: bytes, attributes: bytes, digest: str, algorithm: str, signature: bytes
) -> bytes:
    """Return the one SignedData that these parts make (RFC 5652, 5.1 and 5.3).

    Written byte by byte: a server makes and rebuilds one for every act.
    """
    try:
        holder = asn1_x509.Certificate.load(certificate, strict=True)["tbs_certificate"]
        signer = _der(_SEQUENCE, holder["issuer"].dump(), holder["serial_number"].dump())
        digest_algorithm, signature_algorithm = _identifiers(digest, algorithm)
    except _UNREADABLE as error:
        raise BadSignature("parts that make no signature") from error
    signed = _der(
        _SEQUENCE,
        _VERSION_1,
        _der(_SET, digest_algorithm),
        _der(_SEQUENCE, _DATA),
        _der(_IN_PLACE_0, certificate),
        _der(
            _SET,
            _der(
                _SEQUENCE,
                _VERSION_1,
                signer,
                digest_algorithm,
                _IN_PLACE_0 + attributes[1:],
                signature_algorithm,
                _der(_OCTETS, signature),
            ),
        ),
    )
    return _der(_SEQUENCE, _SIGNED_DATA, _der(_IN_PLACE_0, signed))


@cache
def _identifiers(digest: str, algorithm: str) -> tuple[bytes, bytes]:
    """Return the identifiers of both algorithms.

    Their parameters are those that pyca and the golden signatures write: NULL for the digest and
    RSA, none for ECDSA.
    """
    return (
        algos.DigestAlgorithm({"algorithm": digest}).dump(),
        algos.SignedDigestAlgorithm({"algorithm": algorithm}).dump(),
    )


def _der(tag: bytes, *parts: bytes) -> bytes:
    """Return an element in DER: tag, shortest length, content (X.690, 8.1.3 and 10.1)."""
    size = sum(map(len, parts))
    if size < _LONG:
        length = bytes([size])
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8)
        length = bytes([_LONG | len(digits)]) + digits
    return b"".join((tag, length, *parts))


def _require_attributes(attributes: bytes, message_digest: bytes) -> None:
    """Raise BadSignature unless type and digest stand there once each, as DER wants them."""
    try:
        listed = asn1.CMSAttributes.load(attributes, strict=True)
        # Values of other types stay unread: their nesting is the signer's choice.
        named = [(entry["type"].native, entry["values"]) for entry in listed]
        types = [values.native for name, values in named if name == "content_type"]
        digests = [values.native for name, values in named if name == "message_digest"]
        canonical = listed.dump(force=True)
    except _UNREADABLE as error:
        raise BadSignature("unreadable attributes") from error
    if canonical != attributes:
        raise BadSignature("attributes that are not in DER")
    if types != [["data"]]:
        raise BadSignature("another type of content")
    if len(digests) != 1 or len(digests[0]) != 1:
        raise BadSignature("not one digest")
    if not hmac.compare_digest(digests[0][0], message_digest):
        raise BadSignature("the digest of other bytes")


def _require_strong(key: object, digest: str) -> PublicKey:
    """Return `key`, or raise BadSignature where key or digest is not one of those accepted."""
    if digest not in _HASHES:
        raise BadSignature("a digest that is not SHA-256, 384 or 512")
    match key:
        case rsa.RSAPublicKey() if key.key_size >= _MIN_RSA_BITS:
            return key
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1() | ec.SECP384R1()):
            return key
        case _:
            raise BadSignature("a key that is neither RSA of 2048 bits, P-256 nor P-384")


def _algorithm(key: PublicKey, digest: str) -> str:
    """Return asn1crypto's name of the signature algorithm, which template and golden ones use."""
    return "rsassa_pkcs1v15" if isinstance(key, rsa.RSAPublicKey) else f"{digest}_ecdsa"


def _is_p384(key: SigningKey) -> bool:
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1)
