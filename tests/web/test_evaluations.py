"""The agency evaluates stage by stage on its page: rejects, sets aside, declares void."""

import re
from pathlib import Path

from bidding import award
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.staged import a_staged_draft, bid_at, box_at, open_stage
from tests.bidding.town import TENDER, a_town, announce, once
from tests.web.served import serving
from tests.web.visitors import Visitor, visitor

TWO = ("technical", "price")
LOT = f"/desk/tenders/{TENDER}/lots/1"


async def reject(agency: Visitor, envelope: str) -> tuple[int, str]:
    return await agency.press(
        f"{LOT}/rejections",
        envelope=envelope,
        ground="bid.not_responsive",
        article="招标投标法实施条例 51",
        reason="The crane is missing.",
    )


async def test_a_lot_is_evaluated_stage_by_stage_and_declared_void_on_its_page(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft(*TWO))
    envelopes = await bid_at(town, *TWO)
    await open_stage(town, "technical")
    async with serving(database, town.hall, town.vault) as (origin, browser):
        ground = Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())
        agency, anybody = await visitor(ground, "drafter"), await visitor(ground)
        page = await anybody.read(f"/tenders/{TENDER}")
        assert "after the evaluation: Technical bid" in page
        assert "Next: the other envelope" in await agency.read(LOT)
        sealing = await anybody.read(f"/submit?tender={TENDER}")
        assert f"--box {TENDER}/1/technical" in sealing
        assert f"--box {TENDER}/1/price" in sealing

        first = envelopes["firm-1", "technical"]
        odd = {"article": "ZTB 51", "reason": "x", "ground": "Not a ground", "envelope": first}
        for wrong in ({}, {"article": ""}, {"reason": ""}, {"reason": "x\x01"}, {"envelope": "y"}):
            said = {**odd, **({"ground": "bid.not_responsive"} if wrong else {}), **wrong}
            status, _ = await agency.press(f"{LOT}/rejections", **said)
            assert status == 422, wrong
        status, _ = await agency.press(f"{LOT}/overturnings", envelope=first, article="")
        assert status == 422
        assert await reject(agency, first) == (303, LOT)
        assert "The crane is missing." in await agency.read(LOT)
        aside = {"envelope": first, "article": "招标投标法实施条例 54"}
        assert await agency.press(f"{LOT}/overturnings", **aside) == (303, LOT)
        assert "The crane is missing." not in await agency.read(LOT)
        for n in (2, 3):
            await reject(agency, envelopes[f"firm-{n}", "technical"])
        await open_stage(town, "price")
        room = await anybody.read(f"/rooms/{(await box_at(town, 'price')).room}")
        assert "2 envelopes stay shut" in room

        assert await reject(agency, envelopes["firm-1", "price"]) == (303, LOT)
        await town.settle()
        assert "Nobody is left" in await agency.read(LOT)
        status, _ = await agency.press(f"{LOT}/voidings", article="", reason="x")
        assert status == 422
        said = {"article": "招标投标法 42", "reason": "Every bid was rejected."}
        assert await agency.press(f"{LOT}/voidings", **said) == (303, LOT)
        await town.settle()
        assert "Sign the void award" in await agency.read(LOT)
        person = town.people["drafter"]
        drafted = await award.draft(database, town.hall, person.actor, TENDER, "1")
        text = str(drafted["json"]).encode()
        await award.award(
            database, town.hall, person.actor, once("drafter"), text, person.sign(text)
        )
        result = await anybody.read(f"/tenders/{TENDER}/result")
        assert "The award is void: 招标投标法 42." in result
        assert len(re.findall("The crane is missing.", result)) == 3
        record = await anybody.read("/subjects/FIRM-1")
        assert ("The crane is missing." in record, TENDER in record) == (True, True)
        assert "Award void" in await anybody.read(f"/tenders/{TENDER}")
