"""A hall whose files are in an S3 store: bids go there past the hall, and are opened from there."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bidding import parts, transfers
from bidding.clients import trustee
from bidding.clients.sealing import read_bid
from bidding.sealed.seal import read_manifest
from bidding.store import boxes, results
from notary import sessions
from notary.canonical import Json
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.s3_vault import Bucket, S3Vault
from sql.database import Database
from tests import stores
from tests.bidding.acts import age_file
from tests.bidding.town import BOX, DEADLINE
from tests.web.served import serving
from tests.web.test_bidder import Fair, a_fair, released, until
from web import sending
from web.access import API
from web.client import Refused
from web.idempotency import HEADER

CONTENT = b"not an age file"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def bucket(store: str) -> Bucket:
    return stores.a_bucket(store)


@pytest.fixture
def vault(bucket: Bucket) -> Iterator[S3Vault]:
    vault = S3Vault(bucket, machine_clock)
    yield vault
    vault.close()


@asynccontextmanager
async def an_s3_fair(database: Database, folder: Path, vault: S3Vault) -> AsyncIterator[Fair]:
    async with a_fair(database, folder) as fair:
        town = replace(fair.town, vault=vault)
        async with serving(database, town.hall, vault) as (origin, _):
            yield replace(fair, town=town, origin=origin)


def versions(bucket: Bucket) -> set[str]:
    """Return the digests of all that is in the store, in whatever version."""
    listed = stores.client(bucket).list_objects(bucket.name, recursive=True, include_version=True)
    return {str(one.object_name).rpartition("/")[2] for one in listed}


def named(path: Path) -> set[str]:
    return {part.sha256 for part in read_manifest(read_bid(path).seal).core.parts}


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as error:
        yield
    assert error.value.code == code


async def test_a_sealed_bid_goes_past_the_hall_and_is_opened_from_the_store(
    database: Database, tmp_path: Path, vault: S3Vault, bucket: Bucket
) -> None:
    plan = tmp_path / "plan.pdf"
    plan.write_bytes(bytes(300_000))
    async with an_s3_fair(database, tmp_path, vault) as fair:
        await fair.announce()
        await fair.town.settle()
        await fair.seal("firm-1", 9, tmp_path / "old.seal", plan)
        await fair.submit(tmp_path / "old.seal")
        await fair.seal("firm-1", 3, tmp_path / "firm-1.seal", plan)
        await fair.submit(tmp_path / "firm-1.seal")
        for name, price in (("firm-2", 1), ("firm-3", 2)):
            await fair.bid(name, price)
        replaced = named(tmp_path / "old.seal") - named(tmp_path / "firm-1.seal")
        listed = {one for n in (1, 2, 3) for one in named(tmp_path / f"firm-{n}.seal")}

        assert len(replaced) == 1
        assert versions(bucket) == listed
        fair.town.clock.move_to(DEADLINE)
        await fair.town.carry()
        async with fair.duty("officer") as officer, fair.duty("supervisor") as supervisor:
            running = [asyncio.create_task(trustee.run(one)) for one in (officer, supervisor)]
            async with asyncio.timeout(20):
                await until(lambda: released(fair), 2)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        await fair.town.carry()

        async with database.transaction() as tx:
            told = await results.results_of(tx, BOX)
            box = await boxes.box(tx, BOX)
        assert sorted(cast("int", one.price_fen) for one in told) == [1, 2, 3]
        assert {one.verdict for one in told} == {"opened"}
        assert box is not None
        for sha256 in listed:
            kept = stores.client(bucket).get_object_retention(bucket.name, f"{sha256[:2]}/{sha256}")
            assert kept is not None
            assert kept.retain_until_date == box.owner_by + parts.LISTED_KEPT


async def announced(fair: Fair, content: bytes, size: int | None = None) -> dict[str, Any]:
    asked: dict[str, Json] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": size or len(content),
    }
    async with fair.client(fair.key_folder("firm-1")) as hall:
        return cast("dict[str, Any]", await hall.send("POST", "/transfers", asked))


async def carry(fair: Fair, way: dict[str, Any], content: bytes) -> int:
    async with fair.client(fair.key_folder("firm-1")) as hall:
        return await hall.carry(way["url"], way["headers"], content)


async def commit(fair: Fair, way: dict[str, Any]) -> object:
    async with fair.client(fair.key_folder("firm-1")) as hall:
        return await hall.send("POST", f"/transfers/{way['transfer']}/commit")


async def test_what_was_sent_is_judged_at_the_commit(
    database: Database, tmp_path: Path, vault: S3Vault, bucket: Bucket
) -> None:
    async with an_s3_fair(database, tmp_path, vault) as fair:
        plain = await announced(fair, CONTENT)
        assert await carry(fair, plain, CONTENT) == 200
        with refused("E-PROFILE"):
            await commit(fair, plain)
        unsent = await announced(fair, CONTENT)
        with refused("E-PART-MISSING"):
            await commit(fair, unsent)
        with refused("transfer.unknown"):
            await commit(fair, {"transfer": 32 * "0"})
        with refused("E-SIZE"):
            await announced(fair, CONTENT, size=10_000_000)

    assert versions(bucket) == set()


async def test_a_page_does_as_it_is_told_and_a_part_that_is_here_is_not_sent_again(
    database: Database, tmp_path: Path, vault: S3Vault, bucket: Bucket
) -> None:
    part = age_file()
    sha256 = hashlib.sha256(part).hexdigest()
    asked: dict[str, Json] = {"parts": [{"sha256": sha256, "size": len(part)}]}
    async with (
        an_s3_fair(database, tmp_path, vault) as fair,
        fair.client(fair.key_folder("firm-1")) as hall,
    ):
        told = cast("dict[str, Any]", await hall.send("POST", "/ways", asked))
        [way] = told["parts"]
        assert await hall.carry(way["url"], way["headers"], part) == 200
        kept = await hall.send("POST", way["commit"].removeprefix(f"{fair.origin}{API}"))
        again = cast("dict[str, Any]", await hall.send("POST", "/ways", asked))

    assert way["url"].startswith(bucket.origin)
    assert kept == {"sha256": sha256, "size": len(part), "completed": []}
    assert again["parts"] == [
        {
            "sha256": sha256,
            "present": True,
            "url": None,
            "headers": {},
            "commit": None,
            "until": None,
        }
    ]


async def test_a_transfer_that_nobody_commits_is_swept(
    database: Database, tmp_path: Path, vault: S3Vault, bucket: Bucket
) -> None:
    async with an_s3_fair(database, tmp_path, vault) as fair:
        town = fair.town
        way = await announced(fair, CONTENT)
        await carry(fair, way, CONTENT)
        assert versions(bucket) == {way["transfer"]}
        async with database.transaction() as tx:
            until = await tx.fetchval("SELECT until FROM bidding.transfer")

        town.clock.move_to(until + transfers.COMMIT_WITHIN)
        assert await transfers.sweep(database, town.hall, vault) == 0
        town.clock.move_to(town.clock.now + timedelta(microseconds=1))
        assert await transfers.sweep(database, town.hall, vault) == 1
        with refused("transfer.unknown"):
            await commit(fair, way)

    assert versions(bucket) == set()


async def test_the_same_client_sends_to_a_hall_without_a_store(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        way = await announced(fair, CONTENT)

        assert way == {"transfer": None, "url": None, "headers": {}, "until": None}
        async with fair.client(fair.key_folder("firm-1")) as hall:
            with refused("E-PROFILE"):
                await sending.send_part(hall, DIGEST, CONTENT)


async def test_pages_may_send_to_the_store_and_a_store_that_is_away_is_a_503(
    database: Database, tmp_path: Path
) -> None:
    nowhere = Bucket(origin="http://127.0.0.1:1", name="hall", keys=stores.KEYS)
    vault = S3Vault(nowhere, machine_clock)
    async with a_fair(database, tmp_path) as fair:
        hall = fair.town.hall
        async with serving(
            database,
            hall,
            vault,
            HALL_VAULT=f"s3+{nowhere.origin}/{nowhere.name}",
            AWS_ACCESS_KEY_ID=nowhere.keys.access,
            AWS_SECRET_ACCESS_KEY=nowhere.keys.secret,
            AWS_REGION=nowhere.keys.region,
        ) as (_, browser):
            page = await browser.get("/")
            status = await browser.get("/status")
            shown = await status.text()
            async with database.transaction() as tx:
                token = await sessions.begin(tx, hall, "firm-1")
            way = await browser.post(
                "/api/v1/transfers",
                json={"sha256": DIGEST, "size": len(CONTENT)},
                headers={HEADER: system_entropy(16).hex(), "Cookie": f"hall={token}"},
            )
            transfer = (await way.json())["transfer"]
            answer = await browser.post(
                f"/api/v1/transfers/{transfer}/commit",
                headers={HEADER: system_entropy(16).hex(), "Accept": "application/json"},
            )

    vault.close()
    assert f"connect-src 'self' {nowhere.origin};" in page.headers["Content-Security-Policy"]
    assert status.status == 200
    assert shown.count("is-bad") == 2  # the headline, and the light of the vault
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
