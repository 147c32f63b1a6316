"""S3 stores in processes of their own: ministack, and rclone where signatures are refused."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import urllib3
from aiohttp.test_utils import unused_port
from minio import Minio
from minio.helpers import DictType
from urllib3.exceptions import HTTPError
from yarl import URL

from notary.presigned import Keys
from notary.s3_vault import Bucket

START_S = 60.0
KEYS = Keys(access="test", secret="test", region="us-east-1")  # noqa: S106 - the pair that ministack knows
OTHER = Keys(access="hall", secret="a-secret-that-only-this-test-has", region="us-east-1")  # noqa: S106
"""rclone's: it refuses every other one."""

NOWHERE = Bucket(origin="http://127.0.0.1:1", name="hall", keys=KEYS)
"""Of a store that does not answer."""

_numbers = itertools.count(1)
_PROGRAMS = Path(sys.executable).parent


def client(bucket: Bucket) -> Minio:
    """Return the SDK's own client, to look at what the vault has done."""
    origin = URL(bucket.origin)
    return Minio(
        origin.raw_authority,
        access_key=bucket.keys.access,
        secret_key=bucket.keys.secret,
        region=bucket.keys.region,
        secure=False,
    )


@contextmanager
def ministack(folder: Path, *, strict: str = "false") -> Iterator[str]:
    """Run ministack; give its origin. `strict` "true": keys and CORS rules count, as with AWS."""
    port = unused_port()
    environ = {
        "AUTH": strict,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "s3",
        "S3_DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
    }
    with _serving([str(_PROGRAMS / "ministack")], environ, port, folder) as origin:
        yield origin


@contextmanager
def rclone(folder: Path) -> Iterator[Bucket]:
    """Run `rclone serve s3` over a folder with one bucket; give the bucket."""
    port = unused_port()
    (folder / "hall").mkdir(parents=True)
    words = [
        *(str(_PROGRAMS / "rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}"),
        *("--auth-key", f"{OTHER.access},{OTHER.secret}", "--config", os.devnull),
        *("--vfs-cache-mode", "off", str(folder)),
    ]
    with _serving(words, {}, port, folder.parent) as origin:
        yield Bucket(origin=origin, name="hall", keys=OTHER)


def a_bucket(origin: str) -> Bucket:
    """Make a bucket in ministack, with object lock as a hall wants it."""
    bucket = Bucket(origin=origin, name=f"hall-{next(_numbers)}", keys=KEYS)
    client(bucket).make_bucket(bucket.name, object_lock=True)
    return bucket


def let_pages_send(bucket: Bucket, origin: str) -> None:
    """Give the bucket the CORS rule that docs/operations.md asks for."""
    rule = (
        f"<CORSConfiguration><CORSRule><AllowedOrigin>{origin}</AllowedOrigin>"
        "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader>"
        "</CORSRule></CORSConfiguration>"
    ).encode()
    query: DictType = {"cors": ""}
    client(bucket)._execute("PUT", bucket.name, body=rule, query_params=query)  # noqa: SLF001 - the SDK has no call for it


@contextmanager
def _serving(words: list[str], environ: dict[str, str], port: int, folder: Path) -> Iterator[str]:
    origin = f"http://127.0.0.1:{port}"
    with (folder / "store.log").open("wb") as said:
        process = subprocess.Popen(
            words, env={**os.environ, **environ}, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        _await_answer(origin, process)
        yield origin
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def _await_answer(origin: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_S
    with urllib3.PoolManager(retries=False, timeout=5.0) as http:
        while time.monotonic() < give_up:
            assert process.poll() is None, "the store has ended"
            with suppress(HTTPError):
                http.request("GET", origin)
                return
            time.sleep(0.05)
    raise TimeoutError(origin)
