"""The vault in an S3 store, against real ones: ministack, and rclone where signatures are refused.

`runtime.md` 2 says what each of the two is good for.
"""

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import urllib3
from urllib3 import BaseHTTPResponse

from notary.clock import machine_clock
from notary.presigned import Keys
from notary.s3_vault import Bucket, S3Vault
from notary.vault import BadBlob, MissingBlob, Ticket, VaultAway
from tests import stores

CONTENT = b"a sealed bid" * 100_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)
OTHER = bytes(reversed(CONTENT))
KEY = 32 * "a"
HEAD = 77


@pytest.fixture
def bucket(store: str) -> Bucket:
    return stores.a_bucket(store)


@pytest.fixture
def vault(bucket: Bucket) -> Iterator[S3Vault]:
    vault = S3Vault(bucket, machine_clock)
    yield vault
    vault.close()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """Give a bucket of a store that knows one pair of keys; it has neither versions nor locks."""
    with stores.rclone(tmp_path_factory.mktemp("strict") / "files") as bucket:
        yield bucket


async def in_pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        await asyncio.sleep(0)
        yield content[start : start + size]


async def read(vault: S3Vault, digest: str) -> bytes:
    return b"".join([piece async for piece in vault.open(digest)])


def send(ticket: Ticket, content: bytes, **changed: str) -> BaseHTTPResponse:
    """Send as a bidder's client does."""
    headers = {**ticket.headers, **{name.replace("_", "-"): text for name, text in changed.items()}}
    with urllib3.PoolManager(retries=False) as http:
        return http.request("PUT", ticket.url, body=content, headers=headers)


def invited(vault: S3Vault, content: bytes = CONTENT) -> Ticket:
    ticket = vault.invite(KEY, hashlib.sha256(content).hexdigest(), len(content))
    assert ticket is not None
    return ticket


def names(bucket: Bucket) -> list[str]:
    """Return every version of every file."""
    listed = stores.client(bucket).list_objects(bucket.name, recursive=True, include_version=True)
    return [str(one.object_name) for one in listed]


def good(_head: bytes, _size: int) -> None:
    pass


# What every vault does


async def test_a_file_comes_back_as_it_was_put(vault: S3Vault, bucket: Bucket) -> None:
    size = await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)

    assert size == await vault.size(DIGEST) == SIZE
    assert await read(vault, DIGEST) == CONTENT
    assert names(bucket) == [f"{DIGEST[:2]}/{DIGEST}"]


async def test_an_empty_file_is_a_file(vault: S3Vault) -> None:
    empty = hashlib.sha256(b"").hexdigest()
    await vault.put(empty, in_pieces(b""), limit=0)

    assert await vault.size(empty) == 0
    assert await read(vault, empty) == b""


@pytest.mark.parametrize(
    ("content", "limit"), [(CONTENT + b"!", 2 * SIZE), (CONTENT, SIZE - 1)], ids=["other", "more"]
)
async def test_what_was_not_announced_never_reaches_the_store(
    vault: S3Vault, bucket: Bucket, content: bytes, limit: int
) -> None:
    with pytest.raises(BadBlob):
        await vault.put(DIGEST, in_pieces(content), limit=limit)

    assert names(bucket) == []


async def test_the_same_file_put_many_times_at_once_is_one_file(
    vault: S3Vault, bucket: Bucket
) -> None:
    sizes = await asyncio.gather(
        *(vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE) for _ in range(20))
    )

    assert set(sizes) == {SIZE}
    assert len(names(bucket)) == 1


async def test_what_is_not_there_is_missing(vault: S3Vault) -> None:
    assert await vault.size(DIGEST) is None
    with pytest.raises(MissingBlob):
        await read(vault, DIGEST)


async def test_a_deleted_file_is_gone_in_all_its_versions(vault: S3Vault, bucket: Bucket) -> None:
    await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    stores.client(bucket).remove_object(bucket.name, f"{DIGEST[:2]}/{DIGEST}")  # a marker only
    await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    assert len(names(bucket)) == 3
    await vault.delete(DIGEST)
    await vault.delete(DIGEST)

    assert await vault.size(DIGEST) is None
    assert names(bucket) == []


@pytest.mark.parametrize("digest", ["../../etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n"])
async def test_only_a_digest_names_a_file(vault: S3Vault, digest: str) -> None:
    with pytest.raises(BadBlob):
        await vault.put(digest, in_pieces(CONTENT), limit=SIZE)
    with pytest.raises(BadBlob):
        await vault.size(digest)


async def test_a_store_that_is_away_is_said_to_be_away() -> None:
    vault = S3Vault(stores.NOWHERE, machine_clock)

    with pytest.raises(VaultAway):
        await vault.size(DIGEST)
    with pytest.raises(VaultAway):
        await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    vault.close()


# Object lock


async def test_a_kept_file_can_neither_be_deleted_nor_kept_shorter(
    vault: S3Vault, bucket: Bucket
) -> None:
    until = machine_clock().replace(microsecond=0) + timedelta(days=30)
    await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    await vault.keep(DIGEST, until)
    await vault.keep(DIGEST, until - timedelta(days=1))  # done already, and not undone

    with pytest.raises(VaultAway, match="AccessDenied"):
        await vault.delete(DIGEST)
    kept = stores.client(bucket).get_object_retention(bucket.name, f"{DIGEST[:2]}/{DIGEST}")
    assert kept is not None
    assert (kept.mode, kept.retain_until_date) == ("COMPLIANCE", until)
    assert await vault.keeps()


async def test_without_object_lock_keeping_is_nothing(strict: Bucket) -> None:
    vault = S3Vault(strict, machine_clock)
    await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    await vault.keep(DIGEST, machine_clock() + timedelta(days=1))
    await vault.delete(DIGEST)

    assert not await vault.keeps()
    assert await vault.size(DIGEST) is None
    vault.close()


# Files that do not pass through the hall


async def test_a_store_is_asked_whether_pages_may_send_to_it(
    vault: S3Vault, strict: Bucket
) -> None:
    other = S3Vault(strict, machine_clock)

    assert await vault.admits("https://hall.example")
    assert not await other.admits("https://hall.example")
    other.close()


async def test_a_file_that_was_sent_to_the_store_settles(vault: S3Vault, bucket: Bucket) -> None:
    judged: list[tuple[bytes, int]] = []
    answer = send(invited(vault), CONTENT)
    await vault.settle(KEY, DIGEST, SIZE, lambda *seen: judged.append(seen), head=HEAD)

    assert answer.status == 200
    assert judged == [(CONTENT[:HEAD], SIZE)]
    assert await read(vault, DIGEST) == CONTENT
    assert names(bucket) == [f"{DIGEST[:2]}/{DIGEST}"]


async def test_a_file_settles_beside_one_that_is_there(vault: S3Vault, bucket: Bucket) -> None:
    await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    send(invited(vault), CONTENT)
    await vault.settle(KEY, DIGEST, SIZE, good, head=HEAD)

    assert names(bucket) == [f"{DIGEST[:2]}/{DIGEST}"]


async def test_what_was_not_sent_does_not_settle(vault: S3Vault) -> None:
    with pytest.raises(MissingBlob):
        await vault.settle(KEY, DIGEST, SIZE, good, head=HEAD)


async def test_what_is_judged_bad_leaves_nothing(vault: S3Vault, bucket: Bucket) -> None:
    def bad(_head: bytes, _size: int) -> None:
        raise ZeroDivisionError

    send(invited(vault), CONTENT)
    with pytest.raises(ZeroDivisionError):
        await vault.settle(KEY, DIGEST, SIZE, bad, head=HEAD)

    assert names(bucket) == []


async def test_a_file_that_is_overwritten_while_it_is_judged_does_not_settle(
    vault: S3Vault, bucket: Bucket
) -> None:
    def overwriting(_head: bytes, _size: int) -> None:
        stores.client(bucket).put_object(bucket.name, f"incoming/{KEY}", io.BytesIO(OTHER), SIZE)

    send(invited(vault), CONTENT)
    with pytest.raises(BadBlob):
        await vault.settle(KEY, DIGEST, SIZE, overwriting, head=HEAD)

    assert names(bucket) == []


async def test_what_was_sent_can_be_discarded(vault: S3Vault, bucket: Bucket) -> None:
    send(invited(vault), CONTENT)
    await vault.discard(KEY)
    await vault.discard(KEY)

    assert names(bucket) == []


async def test_a_ticket_takes_the_announced_bytes_and_no_others(
    vault: S3Vault, bucket: Bucket
) -> None:
    ticket = invited(vault)
    foreign = base64.b64encode(hashlib.sha256(OTHER).digest()).decode()

    assert send(ticket, OTHER).status == 400
    assert send(ticket, CONTENT + b"!").status == 403
    assert send(ticket, OTHER, x_amz_checksum_sha256=foreign).status == 403
    assert names(bucket) == []


async def test_a_store_that_only_notes_checksums_is_not_believed(strict: Bucket) -> None:
    vault = S3Vault(strict, machine_clock)

    assert send(invited(vault), OTHER).status == 200
    with pytest.raises(BadBlob):
        await vault.settle(KEY, DIGEST, SIZE, good, head=HEAD)
    assert send(invited(vault), CONTENT).status == 200
    await vault.settle(KEY, DIGEST, SIZE, good, head=HEAD)
    assert await read(vault, DIGEST) == CONTENT
    vault.close()


# Signatures that are refused


def test_a_changed_address_is_refused(strict: Bucket) -> None:
    vault = S3Vault(strict, machine_clock)
    ticket = invited(vault)
    last = ticket.url[-1]
    signature = ticket.url[:-1] + ("0" if last != "0" else "1")
    elsewhere = ticket.url.replace(KEY, 32 * "b")
    longer = ticket.url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000")
    vault.close()

    for url in (signature, elsewhere, longer):
        assert url != ticket.url
        changed = Ticket(url=url, headers=ticket.headers, until=ticket.until)
        assert send(changed, CONTENT).status == 403
    assert send(ticket, CONTENT).status == 200


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 403)])
def test_an_address_is_good_for_its_time(bucket: Bucket, minutes: int, status: int) -> None:
    vault = S3Vault(bucket, lambda: machine_clock() - timedelta(minutes=minutes))
    ticket = invited(vault)
    vault.close()

    assert send(ticket, CONTENT).status == status


def test_an_old_address_is_refused_everywhere(strict: Bucket) -> None:
    vault = S3Vault(strict, lambda: machine_clock() - timedelta(minutes=16))
    answer = send(invited(vault), CONTENT)
    vault.close()

    assert answer.status in {400, 403}
    assert b"AccessDenied" in answer.data


@pytest.mark.parametrize(
    "keys",
    [
        Keys(access=stores.OTHER.access, secret="another", region="us-east-1"),  # noqa: S106
        Keys(access="another", secret=stores.OTHER.secret, region="us-east-1"),
    ],
    ids=["secret", "access"],
)
async def test_the_wrong_keys_open_nothing(strict: Bucket, keys: Keys) -> None:
    vault = S3Vault(Bucket(origin=strict.origin, name=strict.name, keys=keys), machine_clock)

    assert send(invited(vault), CONTENT).status == 403
    with pytest.raises(VaultAway):
        await vault.put(DIGEST, in_pieces(CONTENT), limit=SIZE)
    with pytest.raises(VaultAway):
        await read(vault, DIGEST)
    vault.close()
