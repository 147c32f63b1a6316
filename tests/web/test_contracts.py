"""Contracts through the pages and the API: what everybody reads, what the two sides may do."""

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from bidding import contract_rules
from notary.canonical import Json
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.agreed import DOCUMENT, PRICE, an_awarded_lot, standing, today
from tests.bidding.town import TENDER
from tests.web.served import serving
from tests.web.test_desk import sentence
from tests.web.visitors import visitor
from web.client import Refused
from web.views.house import Matter

PAGE = f"/tenders/{TENDER}/contract?lot=1"
LOT = f"/tenders/{TENDER}/lots/1"


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    town = await an_awarded_lot(database, tmp_path)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


def boxes(name: str, day: date) -> dict[str, str]:
    """Return a day as its three boxes send it."""
    return {f"{name}_y": str(day.year), f"{name}_m": str(day.month), f"{name}_d": str(day.day)}


def typed(ground: Ground, asks: str, **more: str) -> str:
    """Return the address of the page with a form that is filled in."""
    day = today(ground.town)
    said = {"day_y": day.year, "day_m": day.month, "day_d": day.day, "sha256": DOCUMENT, **more}
    return f"{PAGE}&asks={asks}&" + "&".join(f"{name}={value}" for name, value in said.items())


async def state(ground: Ground, source: str, path: str) -> dict[str, object]:
    """Sign the text that a page offers, as its button does."""
    where = unescape(re.findall(r'data-text="/api/v1([^"]+)"', source)[0])
    text = str((await ground.send("drafter", "GET", where))["json"]).encode()
    return await ground.send("drafter", "POST", f"{LOT}/{path}", ground.signed("drafter", text))


async def test_a_contract_is_recorded_confirmed_performed_and_ended(ground: Ground) -> None:
    agency, winner = await visitor(ground, "drafter"), await visitor(ground, "firm-1")
    buyer, anybody = await visitor(ground, "approver"), await visitor(ground)
    assert "no contract is on record yet" in await anybody.read(PAGE)
    assert 'name="number"' not in await anybody.source(PAGE)
    assert sentence(Matter.CONTRACT) in await agency.read("/desk")

    wrong = await agency.read(typed(ground, "contract", number="", amount="x", days="0"))
    assert "Write the number of the contract" in wrong
    dear = await agency.read(typed(ground, "contract", number="1", amount="13000000.01", days="90"))
    assert "departs from the award" in dear
    right = typed(ground, "contract", number="HT-1", amount="13,000,000.00", days="90")
    await state(ground, await agency.source(right), "contract")
    assert "Awaiting the winner" in await anybody.read(PAGE)
    assert f'href="{PAGE}"' in await anybody.source(f"/tenders/{TENDER}/result?lot=1")

    assert sentence(Matter.CONFIRM) in await winner.read("/desk")
    assert await winner.press(f"{LOT}/contract-answers", n="1", agreed="yes", text="") == (
        303,
        PAGE,
    )
    assert "Confirmed by the winner" in await anybody.read(PAGE)

    none = {"due_on_y": "2026", "due_on_m": "2", "due_on_d": "30", "title": "进场"}
    status, html = await buyer.press(
        f"{LOT}/milestones", milestone="", what="payment", amount_fen="1,000.50", **none
    )
    assert status == 422
    assert '<li><a href="#plan-new-due_on_y">' in html
    for kept in ('value="进场"', 'value="1,000.50"', 'name="due_on_d"[^>]* value="30"'):
        assert re.search(kept, html), kept
    assert re.search('value="payment" checked', html)
    due = {**boxes("due_on", today(ground.town)), "title": "开工"}
    planned = await buyer.press(
        f"{LOT}/milestones", milestone="", what="payment", amount_fen="1,000.50", **due
    )
    assert planned == (303, PAGE)
    for name in ("drafter", "firm-1"):
        assert sentence(Matter.MILESTONE) in await (await visitor(ground, name)).read("/desk")
    early = {"done_on_y": "2026", "done_on_m": "13", "done_on_d": "1", "text": "所见如图"}
    status, html = await agency.press(f"{LOT}/milestones/1/reports", **early)
    assert (status, "所见如图</textarea>" in html) == (422, True)
    assert '<li><a href="#report-1-done_on_y">' in html
    done = {**boxes("done_on", today(ground.town)), "text": ""}
    await agency.press(f"{LOT}/milestones/1/reports", **done)
    assert sentence(Matter.ACKNOWLEDGE) in await winner.read("/desk")
    assert 'value="no"' in await winner.source(PAGE)
    await winner.press(f"{LOT}/milestones/1/answers", agreed="yes", text="收到")
    shown = await anybody.read(PAGE)
    assert "1 of 1 milestone is reached" in shown
    assert "CNY 1,000.50" in shown

    assert sentence(Matter.PERFORM) in await agency.read("/desk")
    change = typed(ground, "change", amount="13,100,000.00", days="100", reason="design")
    await state(ground, await agency.source(change), "contract-changes")
    end = typed(ground, "end", ending="finished", reason="accepted")
    await state(ground, await agency.source(end), "contract-end")
    over = await anybody.read(PAGE)
    for said in ("Finished", "CNY 13,100,000.00", "performed to its end"):
        assert said in over
    assert sentence(Matter.PERFORM) not in await agency.read("/desk")
    record = await ground.send(None, "GET", f"{LOT}/contract")
    assert [one["step"] for one in record["stated"]] == ["signed", "changed", "ended"]
    assert (await standing(ground.town)).amount_fen == PRICE + 10_000_000


async def test_programs_are_told_what_a_contract_may_not_be(ground: Ground) -> None:
    paper = f"signed_on={today(ground.town)}&days=90&sha256={DOCUMENT}"
    asked = f"{LOT}/contract-draft?{paper}&number=1"
    for query, code in (
        (f"{asked}&amount_fen={PRICE + 1}", contract_rules.ContractDiffers.code),
        (asked, "request.unknown_parameter"),
        (f"{asked}&amount_fen={PRICE}&days=90", "request.unknown_parameter"),
        (f"{LOT}/contract-change-draft?{paper}&amount_fen=1&reason=-", "contract.unknown"),
    ):
        with pytest.raises(Refused) as refused:
            await ground.send("drafter", "GET", query)
        assert refused.value.code == code

    payment: Json = {
        "milestone": None,
        "what": "payment",
        "title": "-",
        "due_on": "2026-13-01",
        "amount_fen": None,
    }
    with pytest.raises(Refused) as refused:
        await ground.send("drafter", "POST", f"{LOT}/milestones", payment)
    assert refused.value.code == "request.bad_body"
    with pytest.raises(Refused) as refused:
        await ground.send(None, "GET", f"{LOT}/contract")
    assert refused.value.code == "contract.unknown"
