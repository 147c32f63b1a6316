"""The vault in an S3 store: the one module that knows the SDK, and hides what it does not do.

Beside the SDK's calls there are PUTs by a signed address: `put_object` has no If-None-Match, and a
bidder's own upload is such a PUT too. Everything blocks in a small pool of its own, with timeouts:
the SDK's default is five minutes. In a bucket with versions a file is gone when all its versions
are: a mere delete leaves the bytes of a withdrawn bid behind a marker.

Source: `runtime.md` 2; `sealing.md` 7.
"""

import asyncio
import base64
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from http import HTTPStatus
from typing import IO, ParamSpec, TypeVar

import certifi
import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE, ENABLED, CopySource
from minio.datatypes import Object
from minio.error import MinioException, S3Error
from minio.retention import Retention
from urllib3.exceptions import HTTPError
from yarl import URL

from notary.clock import MachineClock
from notary.presigned import Keys, presign
from notary.vault import READ_BYTES, BadBlob, Judge, MissingBlob, Ticket, VaultAway

THREADS = 12
"""Requests to the store at once; more wait."""

TICKET_LASTS = timedelta(minutes=15)
"""For a part of nine megabytes: 80 kbit/s are enough."""

_CONNECT_S, _READ_S = 5.0, 30.0
_OWN_LASTS = timedelta(minutes=5)
_SPOOLED = 1024 * 1024
_INCOMING = "incoming/"
_NOTHING = hashlib.sha256(b"").hexdigest()
_CHECKSUM = "x-amz-checksum-sha256"
_WITH_CHECKSUM = {"x-amz-checksum-mode": "ENABLED"}
_KEPT_UNTIL = "x-amz-object-lock-retain-until-date"
_ALLOWED = tuple(f"access-control-allow-{what}" for what in ("origin", "methods", "headers"))

_MISSING = frozenset({"NoSuchKey", "NoSuchVersion"})
_CHANGED = "PreconditionFailed"
_HAS_NONE = frozenset(
    {"ObjectLockConfigurationNotFoundError", "InvalidRequest", "MethodNotAllowed", "NotImplemented"}
)
"""What stores answer that have no object lock, or none in this bucket."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{32}")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where the files are. `origin`: scheme://host[:port] of the store."""

    origin: str
    name: str
    keys: Keys = field(repr=False)


class S3Vault:
    """A vault in a bucket: `<two digits>/<digest>`, and below `incoming/` what is on its way."""

    def __init__(self, bucket: Bucket, clock: MachineClock) -> None:
        """Open no connection yet. `clock`: this machine's, by which requests are signed."""
        self._bucket = bucket
        self._clock = clock
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
        self._http = urllib3.PoolManager(
            maxsize=THREADS,
            block=True,
            timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S),
            retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503]),
            ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        )
        origin = URL(bucket.origin)
        self._client = Minio(
            origin.raw_authority,
            access_key=bucket.keys.access,
            secret_key=bucket.keys.secret,
            region=bucket.keys.region,
            secure=origin.scheme == "https",
            http_client=self._http,
        )

    # What every vault does

    async def put(self, digest: str, chunks: AsyncIterable[bytes], *, limit: int) -> int:
        """Store a file: hashed and counted on this machine before its first byte goes to the store.

        A file that is there already has the same bytes: If-None-Match leaves it as it is.
        """
        place = _place(digest)
        with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:
            content, size = hashlib.sha256(), 0
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise BadBlob(f"more than {limit} bytes")
                await self._do(content.update, chunk)
                await self._do(spool.write, chunk)
            if content.hexdigest() != digest:
                raise BadBlob("the content has another digest than the one announced")
            spool.seek(0)
            await self._do(self._send, place, digest, size, spool)
        return size

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        """Give the file in pieces of `READ_BYTES`."""
        response = await self._do(self._client.get_object, self._bucket.name, _place(digest))
        try:
            while chunk := await self._do(response.read, READ_BYTES):
                yield chunk
        finally:
            response.close()
            response.release_conn()

    async def size(self, digest: str) -> int | None:
        """Return the number of bytes, None where there is no such file."""
        try:
            return (await self._do(self._stat, _place(digest))).size
        except MissingBlob:
            return None

    async def delete(self, digest: str) -> None:
        """Take the file out in all its versions, if it is there."""
        await self._do(self._remove, _place(digest))

    async def keep(self, digest: str, until: datetime) -> None:
        """Set the file's retention, which nobody can shorten, where the bucket has object lock."""
        await self._do(self._retain, _place(digest), until)

    async def keeps(self) -> bool:
        """Whether the bucket has object lock."""
        return await self._do(lambda: self._locks)

    # Files that do not pass through the hall

    def invite(self, key: str, digest: str, size: int) -> Ticket | None:
        """Return a signed address for exactly these bytes. Needs no network."""
        headers = _headers(digest, size)
        url = self._signed("PUT", _incoming(key), headers, TICKET_LASTS)
        del headers["content-length"]  # whoever sends sets it
        return Ticket(url=url, headers=headers, until=self._clock() + TICKET_LASTS)

    async def admits(self, origin: str) -> bool:
        """Ask the store as a browser does before it sends (Fetch, "CORS-preflight fetch")."""
        return await self._do(self._preflight, origin)

    async def settle(self, key: str, digest: str, size: int, judge: Judge, *, head: int) -> None:
        """Look at size, checksum and first bytes, and only then give the file its place."""
        await self._do(self._settle, _incoming(key), digest, size, partial(judge), head)

    async def discard(self, key: str) -> None:
        """Take away what was sent under `key`, if there is anything."""
        await self._do(self._remove, _incoming(key))

    def close(self) -> None:
        """End threads and connections."""
        self._pool.shutdown()
        self._http.clear()

    # Everything below blocks

    async def _do(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in the pool of this vault; the SDK's errors end here."""

        def run() -> T:
            with _own_words():
                return act(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    def _signed(self, method: str, place: str, headers: dict[str, str], lasts: timedelta) -> str:
        url = URL(self._bucket.origin) / self._bucket.name / place
        return presign(method, url, headers, self._bucket.keys, self._clock(), lasts)

    def _send(self, place: str, digest: str, size: int, content: IO[bytes] | bytes) -> None:
        status = self._sent(place, digest, size, content)
        if status not in {HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED}:
            raise VaultAway(f"the store answered {status} to a file")

    def _sent(self, place: str, digest: str, size: int, content: IO[bytes] | bytes) -> int:
        headers = _headers(digest, size)
        url = self._signed("PUT", place, headers, _OWN_LASTS)
        answer = self._http.request(
            "PUT", url, body=content, headers={**headers, "if-none-match": "*"}, redirect=False
        )
        return answer.status

    def _preflight(self, origin: str) -> bool:
        url = URL(self._bucket.origin) / self._bucket.name / f"{_INCOMING}{'0' * 32}"
        asked = {
            "origin": origin,
            "access-control-request-method": "PUT",
            "access-control-request-headers": f"if-none-match,{_CHECKSUM}",
        }
        answer = self._http.request("OPTIONS", str(url), headers=asked, redirect=False)
        told = {name: answer.headers.get(name, "") for name in _ALLOWED}
        return answer.status < HTTPStatus.MULTIPLE_CHOICES and all(
            told[name].strip() == "*"
            or wanted <= {one.strip().lower() for one in told[name].split(",")}
            for name, wanted in zip(
                _ALLOWED, ({origin}, {"put"}, {"if-none-match", _CHECKSUM}), strict=True
            )
        )

    def _stat(self, place: str) -> Object:
        return self._client.stat_object(
            self._bucket.name, place, extra_headers=dict(_WITH_CHECKSUM)
        )

    @cached_property
    def _has_versions(self) -> bool:
        return self._client.get_bucket_versioning(self._bucket.name).status == ENABLED

    @cached_property
    def _locks(self) -> bool:
        if not self._has_versions:  # object lock needs them, whatever else the store says
            return False
        try:
            self._client.get_object_lock_config(self._bucket.name)
        except S3Error as error:
            if error.code not in _HAS_NONE:
                raise
            return False
        return True

    @cached_property
    def _checks(self) -> bool:
        """Whether the store refuses content that is not of its checksum; some only note it."""
        place = f"{_INCOMING}checks"
        self._remove(place)
        refused = self._sent(place, _NOTHING, 1, b"!") != HTTPStatus.OK
        self._remove(place)
        return refused

    def _remove(self, place: str) -> None:
        if not self._has_versions:
            self._client.remove_object(self._bucket.name, place)
            return
        for version in self._client.list_objects(
            self._bucket.name, prefix=place, include_version=True
        ):
            self._client.remove_object(self._bucket.name, place, version_id=version.version_id)

    def _retain(self, place: str, until: datetime) -> None:
        if not self._locks:
            return
        # Read from HEAD: the SDK's own call fails on stores that write nanoseconds.
        kept = (self._stat(place).metadata or {}).get(_KEPT_UNTIL)
        if kept is None or datetime.fromisoformat(kept[:19]).replace(tzinfo=UTC) < until:
            self._client.set_object_retention(
                self._bucket.name, place, Retention(COMPLIANCE, until)
            )

    def _settle(self, source: str, digest: str, size: int, judge: Judge, head: int) -> None:
        target = _place(digest)
        found = self._stat(source)
        try:
            if found.size != size:
                raise BadBlob(f"{found.size} bytes, {size} were announced")
            if self._checksum(source, found) != _checksum(digest):
                raise BadBlob("the content has another digest than the one announced")
            judge(self._first(source, min(head, size)), size)
            try:
                self._stat(target)
            except S3Error as error:
                if error.code not in _MISSING:
                    raise
                self._copy(source, target, found)
        finally:
            self._remove(source)

    def _copy(self, source: str, target: str, judged: Object) -> None:
        """Give a file its place, but only the one that was judged: who sent it can overwrite it."""
        copied = CopySource(self._bucket.name, source, match_etag=judged.etag)
        try:
            self._client.copy_object(self._bucket.name, target, copied)
        except S3Error as error:
            if error.code != _CHANGED:
                raise
            raise BadBlob("another file was sent while this one was judged") from error

    def _checksum(self, place: str, found: Object) -> str:
        """Return the SHA-256 that the store has checked, or where it checks none, that we count."""
        told = (found.metadata or {}).get(_CHECKSUM)
        if told is not None and self._checks:
            return str(told)
        content = hashlib.sha256()
        response = self._client.get_object(self._bucket.name, place)
        try:
            for chunk in response.stream(READ_BYTES):
                content.update(chunk)
        finally:
            response.close()
            response.release_conn()
        return _checksum(content.hexdigest())

    def _first(self, place: str, length: int) -> bytes:
        response = self._client.get_object(self._bucket.name, place, length=length)
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()


@contextmanager
def _own_words() -> Iterator[None]:
    """Say in the vault's words what went wrong in the store."""
    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise MissingBlob(error.object_name or "") from error
        raise VaultAway(f"the store says {error.code}: {error.message}") from error
    except (MinioException, HTTPError) as error:
        raise VaultAway(f"the store does not answer: {error}") from error


def _headers(digest: str, size: int) -> dict[str, str]:
    return {"content-length": str(size), _CHECKSUM: _checksum(digest)}


def _checksum(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _place(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):  # a digest becomes a name: nothing else may
        raise BadBlob("not a SHA-256 digest in lower-case hex")
    return f"{digest[:2]}/{digest}"


def _incoming(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise BadBlob("not the key of a transfer")
    return f"{_INCOMING}{key}"
