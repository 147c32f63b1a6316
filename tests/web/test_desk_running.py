"""What runs by itself stands on the desks of whoever wants to see how it goes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import losses, standing
from notary.entropy import system_entropy
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.disputed import DEADLINE, finish, lawful, to_documents
from tests.bidding.revising import a_change, amend
from tests.bidding.town import (
    BOX,
    TENDER,
    TRUSTEES,
    a_town,
    announce,
    bid,
    give_keys,
    once,
    policy_of,
    release_as,
)
from tests.web.served import serving
from tests.web.visitors import visitor
from trading.types import Stage
from web import showing
from web.views.public import State

AGENCY = ("drafter", "approver")
PAGE = f"/tenders/{TENDER}"


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    town = await a_town(database, tmp_path, 3)
    await announce(town, lawful())
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


async def test_a_published_tender_stays_on_the_desks_of_its_agency_and_purchaser(
    ground: Ground,
) -> None:
    town = ground.town

    async def look(sentence: str, *names: str) -> None:
        for name in names:
            assert sentence in await (await visitor(ground, name)).read("/desk"), name

    await look("published and takes bids", *AGENCY)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
    town.clock.move_to(DEADLINE)
    await town.carry()
    await look("shares of the key are awaited", *AGENCY)
    await look("awaited: ORG-OFFICER", *AGENCY)
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    await look("the opening goes on by itself", "drafter")
    await finish(town)
    await look("the agency evaluates and publishes the candidates", "approver")


async def test_the_agency_pins_the_next_key_once_it_is_there(ground: Ground) -> None:
    town, row = ground.town, "lost its key and has made another"
    officer = town.people["officer"]
    key = (await policy_of(town, BOX)).groups[0].members[0].key_sha256
    await losses.lose(town.database, town.hall, officer.actor, once("officer"), key)
    assert row not in await (await visitor(ground, "drafter")).read("/desk")
    town.people["officer"] = replace(officer, root=system_entropy(32))
    await give_keys(town, "officer")

    agency = await visitor(ground, "drafter")
    assert row in await agency.read("/desk")
    assert row not in await (await visitor(ground, "approver")).read("/desk")
    assert f'href="/desk/tenders/{TENDER}/amendment"' in await agency.source("/desk")
    [found] = (await losses.renewed(town.database, TENDER)).values()
    await amend(town, a_change(policy_sha256=found.policy_sha256))
    assert row not in await agency.read("/desk")


async def test_an_open_objection_is_said_wherever_the_closing_is_announced(ground: Ground) -> None:
    anybody = await visitor(ground)
    [scene] = await standing.of_tender(ground.town.database, TENDER)
    room = f"/rooms/{scene.standing.box.room}"
    assert "nothing is closed or opened before the answer" not in await anybody.read(room)

    await to_documents(ground.town)

    assert "nothing is closed or opened before the answer" in await anybody.read(room)
    assert "nothing closes or opens before the answer" in await anybody.read(PAGE)
    assert "nothing closes or opens before it" in await (await visitor(ground, "drafter")).read(
        "/desk"
    )


async def test_a_supervisor_pauses_by_one_button_on_desk_and_page_and_is_asked_for_no_bid(
    ground: Ground,
) -> None:
    supervisor, anybody = await visitor(ground, "supervisor"), await visitor(ground)
    seen = await supervisor.read(PAGE)
    assert "Take part" not in seen
    assert "Your question" not in seen
    assert "Take part" in await anybody.read(PAGE)
    assert f'action="{PAGE}/pause"' in await supervisor.source(PAGE)
    assert f'action="{PAGE}/pause"' not in await supervisor.source("/desk")
    ground.town.clock.move_to(DEADLINE - timedelta(hours=1))
    supervisor = await visitor(ground, "supervisor")

    desk = await supervisor.source("/desk?lang=en")
    assert f'action="{PAGE}/pause"' in desk
    assert "1 to do" in desk  # key holders that were never heard are an alarm
    assert (await supervisor.press(f"{PAGE}/pause", reason="order"))[0] == 303
    assert f'action="{PAGE}/pause"' not in await supervisor.source("/desk")


async def test_a_price_box_awaits_the_evaluation_until_it_opens_and_is_not_closing(
    ground: Ground,
) -> None:
    [scene] = await standing.of_tender(ground.town.database, TENDER)
    later = DEADLINE + timedelta(days=10)
    price = replace(scene.standing.box, key=BOX, after=Stage.TECHNICAL, open_at=later)
    waits = replace(scene.standing, box=price)

    assert showing.state(waits, later - timedelta(microseconds=1)) is State.STAGED
    assert showing.state(waits, later) is State.CLOSING
