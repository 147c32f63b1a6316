"""A sealed file brought by a form: taken apart as it comes, receipted, and what is refused."""

import re
import tarfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import FormData

from bidding.clients.sealing import SealedBid, SealedFiles, write_bid
from notary.canonical import sha256_hex
from notary.clock import machine_clock
from notary.s3_vault import S3Vault
from sql.database import Database
from tests.bidding.acts import entries, files_of
from tests.bidding.town import DEADLINE, a_town, announce, seal_as
from tests.stores import NOWHERE
from tests.web.served import serving
from tests.web.test_sealing_api import Counter
from web import figures
from web.unpacking import NotASealedBid, Tar


@pytest.fixture
async def counter(database: Database, tmp_path: Path) -> AsyncIterator[Counter]:
    town = await a_town(database, tmp_path / "home", firms=2)
    await announce(town)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Counter(town=town, origin=origin, browser=browser)


async def a_file(counter: Counter, folder: Path) -> tuple[bytes, SealedBid, SealedFiles]:
    """Seal a bid with one file, and forget that its parts were ever sent."""
    files = files_of(folder / "files", bytes(3_000_000))
    bid = await seal_as(counter.town, "firm-1", 1_300_000_000, files=files)
    write_bid(folder / "bid.seal", bid, counter.town.people["firm-1"].sign(bid.seal), files)
    async with counter.town.database.transaction() as tx:
        await tx.execute("DELETE FROM bidding.part")
    for sha256 in (sha256_hex(bid.part_0), *(one.sha256 for one in files.parts)):
        await counter.town.vault.delete(sha256)
    return (folder / "bid.seal").read_bytes(), bid, files


async def hand_in(counter: Counter, content: bytes) -> tuple[int, str]:
    form = FormData()
    form.add_field("bid", BytesIO(content), filename="bid.seal")
    async with counter.browser.post("/submit?lang=en", data=form) as answer:
        return answer.status, await answer.text()


async def test_a_form_brings_a_whole_bid_and_shows_its_receipts(
    counter: Counter, tmp_path: Path
) -> None:
    content, bid, files = await a_file(counter, tmp_path)

    status, page = await hand_in(counter, content)
    _, again = await hand_in(counter, content)

    assert status == 201
    assert "The hall has your bid" in page
    assert figures.hash_groups(bid.envelope_id) in page
    kept = ["bid.receipt.json", "bid.receipt.p7s", "bid.completed.json", "bid.completed.p7s"]
    assert re.findall(r'download="([^"]+)"', page) == re.findall(r'download="([^"]+)"', again)
    assert re.findall(r'download="([^"]+)"', page) == kept
    assert len(await entries(counter.town, "bid-received")) == 1
    assert len(await entries(counter.town, "bid-completed")) == 1
    assert await counter.town.vault.size(files.parts[0].sha256) == files.parts[0].size


async def test_a_file_that_is_cut_off_is_in_time_and_goes_on_where_it_stopped(
    counter: Counter, tmp_path: Path
) -> None:
    content, _, _ = await a_file(counter, tmp_path)

    status, page = await hand_in(counter, content[: len(content) // 2])
    counter.town.clock.move_to(DEADLINE)
    late = await hand_in(counter, content)

    assert status == 201
    assert "1 part has not come." in page
    assert [one["complete"] for one in await entries(counter.town, "bid-received")] == [False]
    assert late[0] == 201  # its manifest came before the deadline; here parts do not follow after
    assert "All parts were due before" in late[1]
    assert await entries(counter.town, "bid-completed") == []


async def test_a_file_is_in_time_while_the_store_is_away(counter: Counter, tmp_path: Path) -> None:
    content, _, _ = await a_file(counter, tmp_path)
    away = S3Vault(NOWHERE, machine_clock)
    async with serving(counter.town.database, counter.town.hall, away) as (origin, browser):
        status, page = await hand_in(replace(counter, origin=origin, browser=browser), content)
    away.close()

    assert status == 201
    assert "2 parts have not come." in page
    assert re.findall(r'download="([^"]+)"', page) == ["bid.receipt.json", "bid.receipt.p7s"]


async def test_a_part_that_was_altered_is_refused_by_name_and_the_others_stay(
    counter: Counter, tmp_path: Path
) -> None:
    content, bid, _ = await a_file(counter, tmp_path)
    altered = bytearray(content)
    altered[-2_000_000] ^= 1

    _, page = await hand_in(counter, bytes(altered))

    assert "E-PART-HASH" in page
    assert await counter.town.vault.size(sha256_hex(bid.part_0)) == len(bid.part_0)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", bytes(4096), b"x" * 2048])
async def test_what_is_no_sealed_bid_is_refused_with_the_next_step(
    counter: Counter, content: bytes
) -> None:
    status, page = await hand_in(counter, content)

    assert status == 422
    assert "Choose the bid.seal itself" in page
    async with counter.browser.post("/submit", data={"bid": "no file"}) as answer:
        assert answer.status == 415
    assert await entries(counter.town, "bid-received") == []


# The tar


async def in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


def a_tar(
    *members: tuple[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None
) -> bytes:
    written = BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if change is not None:
                change(member)
            archive.addfile(member, BytesIO(content))
    return written.getvalue()


@pytest.mark.parametrize("size", [1, 511, 512, 513, 100_000])
async def test_a_tar_is_read_in_pieces_of_any_size(size: int) -> None:
    members = [("a", b"x" * 511), ("b", b"y" * 512), ("c", b""), ("d", b"z" * 1025)]
    tar = Tar(in_pieces(a_tar(*members), size))

    read = []
    while (member := await tar.next()) is not None:
        read.append((member.name, b"".join([one async for one in tar.content()])))

    assert read == members


async def test_what_is_not_read_is_passed_over() -> None:
    tar = Tar(in_pieces(a_tar(("a", b"x" * 600), ("b", b"y")), 100))

    assert await every(tar) == ["a", "b"]


async def every(tar: Tar) -> list[str]:
    """Return the names of all files in it."""
    names = []
    while (member := await tar.next()) is not None:
        names.append(member.name)
    return names


def _link(member: tarfile.TarInfo) -> None:
    member.type = tarfile.SYMTYPE


async def test_a_tar_that_holds_anything_else_is_refused() -> None:
    good = a_tar(("a", b"x" * 600))
    spoiled = bytearray(good)
    spoiled[0] ^= 1
    for content in (a_tar(("a", b""), change=_link), bytes(spoiled), good[:700], good[:100]):
        tar = Tar(in_pieces(content, 64))
        with pytest.raises(NotASealedBid):
            await every(tar)
    with pytest.raises(NotASealedBid):
        await Tar(in_pieces(good, 64)).small("a", 599)
    with pytest.raises(NotASealedBid):
        await Tar(in_pieces(good, 64)).small("b", 600)
    assert await Tar(in_pieces(good, 64)).small("a", 600) == b"x" * 600
