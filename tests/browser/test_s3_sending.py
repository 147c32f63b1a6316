"""A browser sends sealed parts straight to an S3 store, which lets it only by its CORS rule."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Request, expect

from bidding.store import envelopes
from notary.clock import machine_clock
from notary.s3_vault import S3Vault
from sql.postgres import EmbeddedPostgres
from tests import stores
from tests.bidding.town import announce
from tests.browser.bidders import BID, Actions, a_file, arrived, own_bids, ready, submit_one
from tests.browser.conftest import Reading
from tests.browser.reader import Window
from tests.browser.shown import Shown, shown
from web import lights
from web.lights import Finding, Ground, Light

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]

CONTENT = b"%PDF-1.7 " + bytes(9_000_000)  # two parts


async def test_parts_go_past_the_hall_once_the_bucket_lets_pages_send(
    postgres: EmbeddedPostgres, read: Reading, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    with stores.ministack(tmp_path / "store", strict="true") as origin:
        bucket = stores.a_bucket(origin)
        async with shown(postgres, tmp_path, bucket=bucket) as hall:
            await announce(hall.town)
            await hall.give_password("firm-1")
            reader = await read(hall, Window(person="firm-1", breaks=True))
            page = await reader.go(BID)
            await ready(page)
            sent: list[str] = []
            page.on("request", lambda asked: sent.append(_of(asked)))
            await Actions(page).choose(a_file("技术标.pdf", CONTENT))
            await expect(page.locator("[data-cell=hash]")).not_to_be_empty()
            async with asyncio.timeout(30):
                while not reader.wrong:
                    await page.wait_for_timeout(100)
            assert not (await light(hall, tmp_path)).good
            refused = [one for one in reader.wrong if "CORS" in one]
            assert refused
            assert len(refused) == len(reader.wrong)
            reader.wrong.clear()

            stores.let_pages_send(bucket, hall.origin)
            assert (await light(hall, tmp_path)).good
            await arrived(page, 1, 60)
            await submit_one(hall, page)
            (own,) = await own_bids(hall)
            async with hall.town.database.transaction() as tx:
                parts = await envelopes.parts_of(tx, own.envelope_id)
        assert own.completed_at is not None
        there = S3Vault(bucket, machine_clock)
        sizes = [await there.size(part.sha256) for part in parts]
        there.close()

    assert sizes == [part.size for part in parts]
    direct = {one for one in sent if one.startswith(f"PUT {bucket.origin}/{bucket.name}/incoming/")}
    through = {one for one in sent if one.startswith(f"PUT {hall.origin}/api/v1/parts/")}
    assert len(direct) >= 2
    assert through == {f"PUT {hall.origin}/api/v1/parts/{parts[0].sha256}"}  # the index alone


async def light(hall: Shown, folder: Path) -> Finding:
    """Return what `hall doctor` and the readiness page say of the store."""
    town = hall.town
    ground = Ground(
        home=folder / "home",
        database=town.database,
        hall=town.hall,
        vault=town.vault,
        origin=hall.origin,
        ways={},
        clock=machine_clock,
    )
    (found,) = [one for one in await lights.look(ground) if one.what is Light.VAULT]
    return found


def _of(asked: Request) -> str:
    return f"{asked.method} {asked.url}"
