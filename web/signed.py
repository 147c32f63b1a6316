"""Signed requests: RFC 9421, for the command line, duty clients and the offline pages.

One signature, labelled `hall`, over `@method`, `@target-uri` (from the hall's own origin, never
`Host`) and, on unsafe methods, `content-digest` and `idempotency-key`. It is good within a minute
of the hall's clock, and once. Source: web.md 5; RFC 9421; RFC 9530.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    MappingKeyResolver,
    algorithms,
)
from multidict import CIMultiDictProxy

from notary import duty, identity, sessions
from notary.refusal import Refusal
from notary.signature import require_trusted
from web import access, body
from web.access import API, Does, Route
from web.keys import DATABASE, HALL, SETTINGS

Key: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

LABEL = "hall"
READ_COMPONENTS = ("@method", "@target-uri")
ACT_COMPONENTS = (*READ_COMPONENTS, "content-digest", "idempotency-key")
GOOD_FOR = timedelta(seconds=60)

# The library compares with this machine's clock; `identify` does it with the hall's.
_WITHOUT_CLOCK = timedelta(days=36_500)

INPUT: Final = "Signature-Input"
DIGEST: Final = "Content-Digest"

_KEY_ID = re.compile(r';keyid="([0-9a-f]{64})"')
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


class RequestSignatureBad(Refusal):
    """The request's signature is not of the form that this hall takes, or does not fit it.

    Source: web.md 5; RFC 9421, section 3.2.
    """

    code = "request.signature_bad"


class RequestStale(Refusal):
    """The request was signed more than a minute from the hall's clock.

    Source: web.md 5.
    """

    code = "request.stale"


class KeyUnknown(Refusal):
    """No certificate of that hash may act in this hall now.

    Source: web.md 5: `keyid` is the SHA-256 of the enrolled certificate.
    """

    code = "request.key_unknown"


@dataclass(frozen=True, slots=True)
class _Message:
    """A request as its signature sees it."""

    method: str
    url: str
    headers: CIMultiDictProxy[str]


def is_signed(request: web.Request) -> bool:
    """Tell whether a request says that it is signed; elsewhere than in the API nobody looks."""
    return INPUT in request.headers and request.path.startswith(f"{API}/")


async def identify(request: web.Request) -> None:
    """Find out who signed the request; a cookie beside the signature counts for nothing.

    Raises RequestSignatureBad, RequestStale, KeyUnknown, CertificateUntrusted, Replayed.
    """
    route = access.route_of(request)
    if route is None:  # there is nothing to do here, whoever asks
        return
    key_id = _key_id(request)
    hall = request.app[HALL]
    async with request.app[DATABASE].transaction() as tx:
        at = await hall.clock(tx)
        signer = await duty.who_signs(tx, key_id, at)
        if signer is None:
            raise KeyUnknown(certificate=key_id)
        if signer.uses is None:
            require_trusted(hall.authorities, signer.certificate, at)
        acts = await duty.actor_of(tx, signer, key_id, at)
    if acts is None:
        raise KeyUnknown(certificate=key_id)
    created, nonce = await _verify(request, route, key_id, signer.certificate)
    if abs(at - created) > GOOD_FOR:
        raise RequestStale(seconds=int(GOOD_FOR.total_seconds()))
    # Last, so that only a request that is right in all else can spend a nonce.
    async with request.app[DATABASE].transaction() as tx:
        await sessions.use_nonce(tx, key_id, nonce, at)
        await identity.note_use(tx, key_id, at)
    access.remember(request, acts)


def algorithm_of(key: object) -> tuple[type[HTTPSignatureAlgorithm], Key]:
    """Return the one algorithm for a key, or raise RequestSignatureBad."""
    match key:
        case rsa.RSAPublicKey():
            return algorithms.RSA_V1_5_SHA256, key
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return algorithms.ECDSA_P256_SHA256, key
        case _:
            raise RequestSignatureBad


def digest_of(sha256: bytes) -> str:
    """Write a Content-Digest (RFC 9530, section 2)."""
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


def _key_id(request: web.Request) -> str:
    """Read whose signature it claims to be, before anything of it is believed."""
    named = _KEY_ID.findall(",".join(request.headers.getall(INPUT)))
    if len(named) != 1:
        raise RequestSignatureBad
    key_id: str = named[0]
    return key_id


async def _verify(
    request: web.Request, route: Route, key_id: str, certificate: x509.Certificate
) -> tuple[datetime, str]:
    """Return when the request was signed, and its nonce, if the signature covers it all."""
    algorithm, key = algorithm_of(certificate.public_key())
    is_read, is_upload = route.does is Does.READ, route.does is Does.UPLOAD
    content = None if is_read or is_upload else await body.read(request, route.limit)
    if is_upload:
        _require_digest_of_path(request)
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithm,
        key_resolver=MappingKeyResolver(public_keys={key_id: key}, private_keys={}),
    )
    verifier.max_clock_skew = _WITHOUT_CLOCK
    target = request.app[SETTINGS].origin + request.rel_url.raw_path_qs
    try:
        (result,) = verifier.verify(
            _Message(request.method, target, request.headers),
            max_age=None,
            require_components=READ_COMPONENTS if is_read else ACT_COMPONENTS,
            body=content,
        )
        created = datetime.fromtimestamp(int(result.parameters["created"]), UTC)
        nonce = str(result.parameters["nonce"])
    except (HTTPMessageSignaturesException, ValueError, KeyError, OverflowError, OSError) as error:
        raise RequestSignatureBad from error
    if result.label != LABEL or _NONCE.fullmatch(nonce) is None:
        raise RequestSignatureBad
    return created, nonce


def _require_digest_of_path(request: web.Request) -> None:
    """Refuse an upload whose signed digest is not that of its address, which the vault checks."""
    sha256 = bytes.fromhex(request.match_info["digest"])
    if request.headers.get(DIGEST) != digest_of(sha256):
        raise RequestSignatureBad
