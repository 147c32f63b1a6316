"""The time of an answer tells nobody whether there are bids.

Two tenders of one hall that differ in nothing but 0 and 50 bids, asked for in turn; and a control,
a page that counts them, which the same measurement must find.

Source: 招标投标法 22; `assurance.md` row 4.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp
import pytest
from aiohttp import web

from bidding.facts import BoxKey
from sql.database import Database
from tests.assurance.ground import Ground, a_draft_until, a_ground, chain, invitation
from tests.assurance.ranks import p_value
from tests.bidding.town import DEADLINE, announce
from trading.types import Stage
from web.access import API, PUBLIC, Does, Route
from web.keys import DATABASE

NONE, FIFTY = "GC-2026-0931", "GC-2026-0932"
FIRMS = 10
EACH = 5
SAMPLES = 5_000
WARM = 200
LIKELY = 0.01
APART_S = 0.000_2

CONTROL = f"{API}/counts/{{tender}}"


async def counting(request: web.Request) -> web.Response:
    async with request.app[DATABASE].transaction() as tx:
        await tx.fetchval(
            "SELECT count(*) FROM bidding.envelope WHERE tender_id = $1",
            request.match_info["tender"],
        )
    return web.Response(text="nothing")


@asynccontextmanager
async def two_tenders(database: Database, folder: Path) -> AsyncIterator[Ground]:
    """Serve a town with two tenders, one of which has fifty bids."""
    control = Route("GET", CONTROL, counting, summary="", roles=PUBLIC, does=Does.READ)
    async with a_ground(database, folder, control, firms=FIRMS) as ground:
        for tender in (NONE, FIFTY):
            await announce(ground.town, a_draft_until(tender, DEADLINE))
        offered = await invitation(ground.town, BoxKey(FIFTY, "1", Stage.SINGLE))
        for n in range(1, FIRMS + 1):
            for bid in chain(ground.town, f"firm-{n}", offered, EACH):
                await ground.bid(f"firm-{n}", bid)
        await ground.town.settle()
        async with database.transaction() as tx:
            assert await tx.fetchval("SELECT count(*) FROM bidding.envelope") == FIRMS * EACH
        yield ground


async def measured(ground: Ground, path: str) -> tuple[list[float], list[float]]:
    """Return the seconds of so many answers about either tender, asked for in turn."""
    taken: dict[str, list[float]] = {NONE: [], FIFTY: []}
    headers = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    async with aiohttp.ClientSession(headers=headers) as http:
        gc.collect()
        gc.disable()
        try:
            for turn in range(WARM + SAMPLES):
                pair = (NONE, FIFTY) if turn % 2 else (FIFTY, NONE)
                for tender in pair:
                    began = perf_counter()
                    async with http.get(ground.origin + path.format(tender=tender)) as answer:
                        await answer.read()
                    seconds = perf_counter() - began
                    assert answer.status == 200
                    if turn >= WARM:
                        taken[tender].append(seconds)
        finally:
            gc.enable()
    return taken[NONE], taken[FIFTY]


@pytest.mark.nightly
@pytest.mark.alone
@pytest.mark.parametrize("path", ["/tenders/{tender}", f"{API}/tenders/{{tender}}"])
async def test_the_time_of_an_answer_does_not_tell_bids(
    database: Database, tmp_path: Path, path: str
) -> None:
    async with two_tenders(database, tmp_path) as ground:
        none, fifty = await measured(ground, path)

    apart = abs(median(none) - median(fifty))
    assert p_value(none, fifty) > LIKELY, f"medians are {apart * 1e6:.0f} µs apart"
    assert apart < APART_S


@pytest.mark.nightly
@pytest.mark.alone
async def test_a_page_that_counts_is_found(database: Database, tmp_path: Path) -> None:
    async with two_tenders(database, tmp_path) as ground:
        none, fifty = await measured(ground, CONTROL)

    assert p_value(none, fifty) < LIKELY
    assert median(none) < median(fifty)


def test_ranks_agree_with_another_program() -> None:
    # scipy 1.17: mannwhitneyu(left, right, use_continuity=False, method="asymptotic")
    left = [7, 3, 6, 2, 4, 3, 5, 5, 1, 2]
    right = [3, 5, 6, 4, 6, 5, 7, 8, 6, 9]

    assert p_value(left, left) == pytest.approx(1.0)
    assert p_value(left, right) == pytest.approx(0.029510116989690294)
    assert p_value(right, left) == p_value(left, right)
