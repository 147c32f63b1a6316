"""The client of the command line: requests to one hall, signed with the key of a folder.

It signs by the hall's time, not by this machine's. An act whose answer was lost is sent again under
the same key, so it is done once and its one outcome comes back. Source: web.md 5.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

import aiohttp
from aiohttp import hdrs
from cryptography import x509
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from yarl import URL

from notary import authority, canonical, cms, instant
from notary.canonical import Json
from notary.cms import SigningKey
from notary.entropy import Entropy
from web import signed
from web.access import API
from web.answers import JSON
from web.idempotency import HEADER

Body: TypeAlias = "Json | bytes"
"""What an act takes: JSON, or the bytes of an upload."""

KEY_FILE = "key.pem"
CERTIFICATE_FILE = "cert.pem"

_OCTETS = "application/octet-stream"
_STALE = "request.stale"
_NONCE_BYTES = 16
_KEY_BYTES = 16
_LIMIT = 16 * 1024 * 1024

# Five tries take about six seconds: a database that was killed is back by then.
_PAUSES = (0.2, 0.6, 1.6, 4.0)
# Below the hall's own patience (`web.limits`), so that no request meets a closing connection.
_IDLE_SECONDS = 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)

# Bytes that go up have as long as they keep moving: a slow line is no silent hall.
_MOVING = aiohttp.ClientTimeout(total=None, connect=10)
_SILENT_SECONDS = 60.0
_SILENCES = 2
_PIECE = 64 * 1024
_LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)


class Refused(Exception):  # noqa: N818 - an answer, not an error of the program
    """The hall said no; `problem` is its RFC 9457 document."""

    def __init__(self, status: int, problem: dict[str, Json]) -> None:
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The code of the rule that said no."""
        return str(self.problem.get("type", "")).rpartition(":")[2]


class Unreachable(Exception):  # noqa: N818 - named after what is wrong
    """The hall did not answer; whether an act was done, the same key finds out."""


class _Silent(TimeoutError):  # noqa: N818 - named after what is wrong
    """Nobody takes the bytes, or says that they have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPair:
    """The key that signs requests and objects, and its certificate."""

    key: SigningKey = field(repr=False)
    certificate: x509.Certificate


def read_pair(folder: Path, passphrase: str | None = None) -> SigningPair:
    """Read a key folder. Raises FileNotFoundError, BadKey, or ValueError for no certificate."""
    return SigningPair(
        key=authority.load_key(folder / KEY_FILE, passphrase),
        certificate=x509.load_pem_x509_certificate((folder / CERTIFICATE_FILE).read_bytes()),
    )


@dataclass(slots=True)
class _Outgoing:
    """A request as its signature sees it."""

    method: str
    url: str
    headers: dict[str, str]


class Client:
    """Sends to one hall; `pair` None sends unsigned, for bodies whose own signature says who."""

    def __init__(
        self, origin: str, http: aiohttp.ClientSession, entropy: Entropy, pair: SigningPair | None
    ) -> None:
        self.origin = origin
        self._http = http
        self._entropy = entropy
        self._pair = pair
        self._ahead: tuple[datetime, float] | None = None

    async def send(
        self, method: str, path: str, body: Body = None, *, key: str | None = None
    ) -> Json:
        """Send to `path` below `/api/v1` and return the answer; bytes go as they are.

        `key`: Idempotency-Key of an act, else a fresh one. Raises Refused, Unreachable.
        """
        answer = await self._send(method, path, body, key or self._entropy(_KEY_BYTES).hex())
        return canonical.loads(answer, limit=_LIMIT) if answer else None

    async def fetch(self, path: str) -> bytes:
        """Read what is no JSON, below `/api/v1`. Raises Refused, Unreachable."""
        return await self._send(hdrs.METH_GET, path, None, "")

    async def carry(self, url: str, headers: Mapping[str, str], content: bytes) -> int:
        """Send bytes to an address that the hall gave, of another house; return the status.

        Neither key nor cookie goes there. Raises Unreachable.
        """
        last: Exception | None = None
        silences = 0
        for pause in (*_PAUSES, None):
            try:
                status, _ = await self._upload("PUT", url, headers, content)
                if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return status
                last = LookupError(f"{status}")
            except _LOST as error:
                last = error
                silences += isinstance(error, _Silent)
            if pause is None or silences == _SILENCES:
                break
            await asyncio.sleep(pause)
        raise Unreachable(f"{URL(url).origin()} does not answer: {last}") from last

    def as_another(self, pair: SigningPair) -> "Client":
        """Return a client of the same hall, over the same connections, that signs with a key."""
        other = Client(self.origin, self._http, self._entropy, pair)
        other._ahead = self._ahead  # the hall's time is the same
        return other

    def sign(self, statement: bytes) -> bytes:
        """Return the detached CMS signature of an object by the folder's key."""
        if self._pair is None:
            raise LookupError("a client without a key signs nothing")
        return cms.sign(statement, self._pair.key, self._pair.certificate)

    async def _send(self, method: str, path: str, body: Body, key: str) -> bytes:
        last: Exception | None = None
        asked_again = False
        silences = 0
        for pause in (*_PAUSES, None):
            try:
                return await self._try(method, path, body, key)
            except Refused as refused:
                if refused.code == _STALE and self._ahead is not None and not asked_again:
                    # This machine has slept, or its counter drifted: ask for the time anew, once.
                    self._ahead, asked_again = None, True
                elif refused.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                last = refused
            except _LOST as error:
                last = error
                silences += isinstance(error, _Silent)
            if pause is None or silences == _SILENCES:
                break
            await asyncio.sleep(pause)
        raise Unreachable(f"{self.origin} does not answer: {last}") from last

    async def _try(self, method: str, path: str, body: Body, key: str) -> bytes:
        content = (
            body if isinstance(body, bytes) else b"" if body is None else canonical.dumps(body)
        )
        message = _Outgoing(method, f"{self.origin}{API}{path}", {hdrs.ACCEPT: JSON})
        if method != hdrs.METH_GET:
            digest = hashlib.sha256(content).digest()
            message.headers |= {HEADER: key, signed.DIGEST: signed.digest_of(digest)}
            if body is not None:
                message.headers[hdrs.CONTENT_TYPE] = _OCTETS if isinstance(body, bytes) else JSON
        if self._pair is not None:
            _sign(message, self._pair, await self.now(), self._entropy(_NONCE_BYTES).hex())
        if isinstance(body, bytes):
            status, answer = await self._upload(method, message.url, message.headers, content)
        else:
            async with self._http.request(
                method, message.url, data=content or None, headers=message.headers
            ) as response:
                status, answer = response.status, await response.read()
        if status >= HTTPStatus.BAD_REQUEST:
            raise Refused(status, _problem(answer))
        return answer

    async def _upload(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, bytes]:
        """Send bytes for as long as they move; return status and answer. Raises _Silent."""
        sized = {**headers, hdrs.CONTENT_LENGTH: str(len(content))}
        patience = asyncio.timeout(_SILENT_SECONDS)
        try:
            async with (
                patience,
                self._http.request(
                    method, url, data=_pieces(content, patience), headers=sized, timeout=_MOVING
                ) as response,
            ):
                return response.status, await response.read()
        except TimeoutError as error:
            if patience.expired():
                raise _Silent(f"nothing has moved for {_SILENT_SECONDS:g} seconds") from error
            raise

    async def now(self) -> datetime:
        """Return the hall's time: asked for once, counted on by a clock that only goes forward."""
        counter = asyncio.get_running_loop().time()
        if self._ahead is None:
            async with self._http.get(f"{self.origin}{API}/time") as response:
                answer = canonical.loads(await response.read())
            if not isinstance(answer, dict):
                raise aiohttp.ClientConnectionError("the hall does not tell its time")
            self._ahead = instant.parse_micros(str(answer["time"])), counter
        at, since = self._ahead
        return at + timedelta(seconds=counter - since)


@asynccontextmanager
async def connect(
    origin: str, entropy: Entropy, pair: SigningPair | None = None, *, language: str = "zh-CN"
) -> AsyncIterator[Client]:
    """Give a client of the hall at `origin` for as long as the context lasts.

    `language`: in which refusals speak.
    """
    # No cookies: a signature says who, or nobody does.
    jar = aiohttp.DummyCookieJar()
    speaks = {hdrs.ACCEPT_LANGUAGE: language}
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=_TIMEOUT, headers=speaks) as http:
        yield Client(origin, http, entropy, pair)


async def _pieces(content: bytes, patience: asyncio.Timeout) -> AsyncIterator[bytes]:
    """Give bytes piece by piece; each that has gone begins the silence anew."""
    for at in range(0, len(content), _PIECE):
        yield content[at : at + _PIECE]
        patience.reschedule(asyncio.get_running_loop().time() + _SILENT_SECONDS)


def _sign(message: _Outgoing, pair: SigningPair, at: datetime, nonce: str) -> None:
    """Sign a request in place."""
    algorithm, _ = signed.algorithm_of(pair.certificate.public_key())
    key_id = cms.cert_sha256(pair.certificate)
    signer = HTTPMessageSigner(
        signature_algorithm=algorithm,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: pair.key}),
    )
    is_read = message.method == hdrs.METH_GET
    signer.sign(
        message,
        key_id=key_id,
        created=at,
        nonce=nonce,
        label=signed.LABEL,
        covered_component_ids=signed.READ_COMPONENTS if is_read else signed.ACT_COMPONENTS,
        use_existing_digest=not is_read,
    )


def _problem(answer: bytes) -> dict[str, Json]:
    """Read a problem document; what is none (a proxy's page) has no type and no detail."""
    try:
        problem = canonical.loads(answer)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
