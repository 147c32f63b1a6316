"""A branch has the same pages below /b/<code>: its own tenders in the lists, its name on top."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from notary import identity, register
from notary.identity import Role
from notary.vault import DirectoryVault
from sql.database import Database
from tests.bidding.town import TENDER, Town, a_town, announce
from tests.people import newcomer
from tests.web.served import Browser, serving

BRANCH = "chengbei"


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    made = await a_town(database, tmp_path, firms=1)
    await announce(made)
    await belong(made, Role.OPERATOR)
    return made


async def belong(town: Town, role: Role) -> None:
    """Enrol a body of the branch."""
    body = newcomer("zhou", org="BRANCH", org_name="城北分中心", branch=BRANCH, roles=(role,))
    async with town.database.transaction() as tx:
        at = town.clock.now
        await register.take_in(tx, town.hall, body, by="hall", proposed_by=None, at=at)


@pytest.fixture
async def browser(town: Town, tmp_path: Path) -> AsyncIterator[Browser]:
    async with serving(town.database, town.hall, DirectoryVault(tmp_path)) as (_, made):
        yield made


async def page(browser: Browser, path: str) -> tuple[int, str]:
    async with browser.get(path) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("path", ["/", "/announcements", "/openings"])
async def test_a_list_of_a_branch_has_its_own_tenders_alone(browser: Browser, path: str) -> None:
    whole = await page(browser, path)
    own = await page(browser, f"/b/{BRANCH}{path}")

    assert TENDER in whole[1]
    assert own[0] == 200
    assert TENDER not in own[1]
    assert "城北分中心" in own[1]
    assert "城北分中心" not in whole[1]
    assert f'href="/b/{BRANCH}/announcements' in own[1]


async def test_nothing_is_below_a_branch_that_no_body_belongs_to(browser: Browser) -> None:
    assert (await page(browser, "/b/nowhere/announcements"))[0] == 404
    assert (await page(browser, "/b/NOWHERE/"))[0] == 404


async def test_a_tender_belongs_to_the_branch_of_its_agencys_person(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, firms=1)
    drafter = town.people["drafter"]
    town.people["drafter"] = replace(drafter, actor=replace(drafter.actor, branch=BRANCH))
    await announce(town)
    await belong(town, Role.ADMINISTRATOR)
    async with database.transaction() as tx:
        assert await identity.branch_name(tx, BRANCH) == BRANCH  # nobody operates it yet

    async with serving(database, town.hall, DirectoryVault(tmp_path)) as (_, browser):
        assert TENDER in (await page(browser, f"/b/{BRANCH}/announcements"))[1]
        assert TENDER in (await page(browser, f"/b/{BRANCH}/openings"))[1]
