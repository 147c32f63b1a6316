"""A secret limit on its tender's page and its agency's desk: shut, waited for, opened or none."""

from dataclasses import replace
from pathlib import Path

from bidding import standing
from bidding.facts import LimitOpened
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.staged import EVALUATED, a_staged_draft, bid_at, place
from tests.bidding.test_limits import GATE_WAIT, REFERENCE, bound, open_as
from tests.bidding.town import DEADLINE, TENDER, a_town, announce
from tests.web.served import serving
from tests.web.visitors import visitor
from web import secret_limits
from web.views.life import LimitStep

PAGE = f"/tenders/{TENDER}"
WAITS = "your program has to open the secret limits"


async def test_a_limit_is_shown_shut_then_waited_for_then_opened_with_its_salt(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 3)
    await announce(town, a_staged_draft("price", limits=bound(REFERENCE)))
    await bid_at(town, "price")
    async with serving(database, town.hall, town.vault) as (origin, browser):
        ground = Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())
        anybody, agency = await visitor(ground), await visitor(ground, "drafter")
        sealed = await anybody.read(PAGE)
        assert REFERENCE.limit.commit[:8] in sealed
        assert "shut; opened after the deadline" in sealed
        assert WAITS not in await agency.read("/desk")

        town.clock.move_to(DEADLINE)
        await town.carry(place("price"))
        agency = await visitor(ground, "drafter")
        assert WAITS in await agency.read("/desk")
        assert WAITS not in await (await visitor(ground, "approver")).read("/desk")
        assert await open_as(town, REFERENCE) == "accepted"

        told = await anybody.read(PAGE)
        assert "shut; opened after the deadline" not in told
        assert "12,500,000.00" in told
        assert REFERENCE.salt.hex()[:8] in told
        assert WAITS not in await agency.read("/desk")


async def test_a_limit_waits_from_the_list_in_force_until_shares_are_asked_for(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 3)
    await announce(town, a_staged_draft("technical", "price", limits=bound(REFERENCE)))

    scenes = await standing.of_tender(database, TENDER)
    (limit,) = secret_limits.shown(scenes)

    assert (limit.step, limit.until) == (LimitStep.SHUT, DEADLINE + EVALUATED + GATE_WAIT)
    assert [secret_limits.awaited(scene) for scene in scenes] == [None, None]
    none = LimitOpened(name="reference", fen=None, salt=None, at=DEADLINE, entry_id=1)
    forfeited = [replace(scene, limits={none.name: none}) for scene in scenes]
    assert [one.step for one in secret_limits.shown(forfeited)] == [LimitStep.NONE]
