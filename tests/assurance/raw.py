"""Requests as bytes, signed or not, and answers as bytes: nothing is read for the test."""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
from aiohttp import hdrs
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from yarl import URL

from notary import canonical, cms
from notary.canonical import Json
from notary.entropy import system_entropy
from web import signed
from web.client import SigningPair
from web.idempotency import HEADER

JSON = "application/json"


@dataclass(slots=True)
class Request:
    """A request before it is sent; `http_message_signatures` signs it in place."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, its headers but `Date`, in order, and its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def problem(self) -> dict[str, Json]:
        """The problem document that it is."""
        read = canonical.loads(self.body)
        assert isinstance(read, dict)
        return read

    @property
    def code(self) -> str:
        """The code of the rule that said no."""
        return str(self.problem["type"]).rpartition(":")[2]


def act(method: str, url: str, content: bytes = b"", content_type: str = JSON) -> Request:
    """Make an act with a fresh key."""
    headers = {HEADER: system_entropy(16).hex()}
    if content:
        headers[hdrs.CONTENT_TYPE] = content_type
    return Request(method, url, headers, content)


def sign(request: Request, pair: SigningPair, at: datetime) -> Request:
    """Sign a request in place by the key of `pair`, as at `at`."""
    is_read = request.method in {hdrs.METH_GET, hdrs.METH_HEAD}
    if not is_read:
        digest = hashlib.sha256(request.content).digest()
        request.headers[signed.DIGEST] = signed.digest_of(digest)
    algorithm, _ = signed.algorithm_of(pair.certificate.public_key())
    key_id = cms.cert_sha256(pair.certificate)
    HTTPMessageSigner(
        signature_algorithm=algorithm,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: pair.key}),
    ).sign(
        request,
        key_id=key_id,
        created=at,
        nonce=system_entropy(16).hex(),
        label=signed.LABEL,
        covered_component_ids=signed.READ_COMPONENTS if is_read else signed.ACT_COMPONENTS,
        use_existing_digest=not is_read,
    )
    return request


async def send(http: aiohttp.ClientSession, request: Request) -> Answer:
    """Send it and return the whole answer."""
    async with http.request(
        request.method,
        URL(request.url, encoded=True),
        headers=request.headers,
        data=io.BytesIO(request.content) if request.content else None,
        allow_redirects=False,
    ) as response:
        body = await response.read()
    headers = tuple(pair for pair in response.headers.items() if pair[0] != hdrs.DATE)
    return Answer(response.status, headers, body)
