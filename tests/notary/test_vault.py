import asyncio
import hashlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notary.vault import BadBlob, DirectoryVault, MissingBlob

CONTENT = b"a sealed bid" * 100_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
LIMIT = len(CONTENT)


async def in_pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        await asyncio.sleep(0)
        yield content[start : start + size]


async def read(vault: DirectoryVault, digest: str) -> bytes:
    return b"".join([piece async for piece in vault.open(digest)])


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_was_put_and_cannot_be_written(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)
    size = await vault.put(DIGEST, in_pieces(CONTENT), limit=LIMIT)

    assert size == await vault.size(DIGEST) == len(CONTENT)
    assert await read(vault, DIGEST) == CONTENT
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)] == [0o400]


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)
    empty = hashlib.sha256(b"").hexdigest()
    await vault.put(empty, in_pieces(b""), limit=0)

    assert await vault.size(empty) == 0
    assert await read(vault, empty) == b""


async def test_another_content_than_announced_leaves_nothing(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)
    with pytest.raises(BadBlob):
        await vault.put(DIGEST, in_pieces(CONTENT + b"!"), limit=2 * LIMIT)

    assert files(tmp_path) == []


async def test_one_byte_more_than_allowed_leaves_nothing(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)
    with pytest.raises(BadBlob):
        await vault.put(DIGEST, in_pieces(CONTENT), limit=LIMIT - 1)

    assert files(tmp_path) == []


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield CONTENT[:1000]
        raise ConnectionResetError

    vault = DirectoryVault(tmp_path)
    with pytest.raises(ConnectionResetError):
        await vault.put(DIGEST, broken(), limit=LIMIT)

    assert files(tmp_path) == []


async def test_the_same_file_put_many_times_at_once_is_one_file(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)
    sizes = await asyncio.gather(
        *(vault.put(DIGEST, in_pieces(CONTENT), limit=LIMIT) for _ in range(20))
    )

    assert set(sizes) == {LIMIT}
    assert len(files(tmp_path)) == 1
    assert await read(vault, DIGEST) == CONTENT


async def test_a_full_disk_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    vault = DirectoryVault(tmp_path)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await vault.put(DIGEST, in_pieces(CONTENT), limit=LIMIT)

    assert files(tmp_path) == []


async def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)

    assert await vault.size(DIGEST) is None
    with pytest.raises(MissingBlob):
        await read(vault, DIGEST)


async def test_a_deleted_file_is_gone_and_deleting_it_again_is_nothing(tmp_path: Path) -> None:
    vault = DirectoryVault(tmp_path)
    await vault.put(DIGEST, in_pieces(CONTENT), limit=LIMIT)
    await vault.delete(DIGEST)
    await vault.delete(DIGEST)

    assert await vault.size(DIGEST) is None
    assert files(tmp_path) == []


@pytest.mark.parametrize("digest", ["../../etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n"])
async def test_only_a_digest_names_a_file(tmp_path: Path, digest: str) -> None:
    vault = DirectoryVault(tmp_path)

    with pytest.raises(BadBlob):
        await vault.put(digest, in_pieces(CONTENT), limit=LIMIT)
    with pytest.raises(BadBlob):
        await vault.size(digest)
