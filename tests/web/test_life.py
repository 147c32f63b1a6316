"""A published tender's life from the pages and over the wire: changes, questions, its end."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import standing
from bidding.keys import box_of, room_of
from notary.instant import seconds
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.revising import a_change, amend, cancel
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    a_draft,
    a_town,
    announce,
    bid,
    give_keys,
    once,
)
from tests.web.served import serving
from tests.web.visitors import visitor
from trading import service as trading
from web.client import Refused
from web.tender_page import holders

PAGE = f"/tenders/{TENDER}"


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    town = await a_town(database, tmp_path)
    await announce(town)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


async def test_a_tender_is_amended_over_the_wire_and_the_page_says_what_changed(
    ground: Ground,
) -> None:
    later = seconds(DEADLINE.replace(hour=2))
    wish = {**a_change(deadline=later), "title": {"zh": "新名", "en": "Another name"}}
    await ground.send("drafter", "POST", f"{PAGE}/draft-amendment", wish)
    read = await ground.send("approver", "GET", f"{PAGE}/draft-amendment")
    assert {"what": "title", "lot": None, "stage": None} in read["changes"]
    assert (read["voided"], read["stay_good"]) == ([], [{"lot": "1", "stage": "single"}])

    done = await ground.send(
        "approver",
        "POST",
        f"{PAGE}/amendments",
        ground.signed("approver", read["json"].encode()),
    )

    assert done["revision"] == 2
    await ground.town.settle()
    page = await (await visitor(ground)).read(PAGE)
    assert "Another name" in page
    assert "Revision 2" in page
    assert "drawings added" in page
    assert "Bids already sealed stay good" in page
    assert "Notice amended" in page
    assert "公告修订" in await (await visitor(ground)).read(PAGE, "zh-CN")


async def test_an_amendment_that_voids_bids_says_so_in_words(ground: Ground) -> None:
    await amend(ground.town, a_change(max_bytes=5_000_000, reseal=True))

    page = await (await visitor(ground)).read(PAGE)

    assert "Bids sealed before it are void: check yours and seal it again." in page
    assert "Most that a bid may weigh" in page


async def test_a_question_is_asked_and_answered_from_the_page(ground: Ground) -> None:
    firm, agency = await visitor(ground, "firm-1"), await visitor(ground, "drafter")
    anybody = await visitor(ground)
    assert f'action="{PAGE}/questions"' not in await anybody.source(PAGE)
    assert f'action="{PAGE}/questions"' in await firm.source(PAGE)

    led = await firm.press(f"{PAGE}/questions", words="Is sheet 3 missing?")

    assert led == (303, f"{PAGE}#questions")
    assert "Not answered yet." in await firm.read(PAGE)
    assert "sheet 3" not in await anybody.read(PAGE)
    source = await agency.source(PAGE)
    assert "sheet 3" in source
    assert "firm-1" not in source.lower()
    [question] = re.findall(r'name="question" value="([0-9a-f]{16})"', source)
    answer = {"question": question, "asked": "", "answer": "It has two pages.", "affects": ""}
    led = await agency.press(f"{PAGE}/clarifications", **answer)
    assert led == (303, f"{PAGE}#questions")
    page = await anybody.read(PAGE)
    assert "Is sheet 3 missing?" in page
    assert "It has two pages." in page
    said = await ground.send("firm-2", "GET", f"{PAGE}/clarifications")
    assert [one["n"] for one in said["clarifications"]] == [1]


async def test_a_cancelled_tender_says_what_became_of_its_bids_and_is_tendered_again(
    ground: Ground,
) -> None:
    await bid(ground.town, "firm-1", 100)
    agency = await visitor(ground, "drafter")
    assert f'action="{PAGE}/again"' not in await agency.source(PAGE)

    await cancel(ground.town)

    await ground.town.settle()
    page = await (await visitor(ground)).read(PAGE)
    assert "the funds fell through" in page
    assert "Sealed bids are deleted: nobody has read them" in page
    assert "Tender cancelled" in page
    room = room_of(box_of(ground.town.hall, BOX))
    for name, path in (
        ("firm-1", "/desk"),
        ("officer", "/desk"),
        ("approver", "/desk"),
        (None, "/openings"),
        (None, f"/rooms/{room}"),
    ):
        assert await (await visitor(ground, name)).read(path)
    with pytest.raises(Refused) as refused:
        await ground.send("firm-2", "GET", f"/boxes/{TENDER}/1/single")
    assert refused.value.code == "bidding.cancelled"
    listed = await (await visitor(ground)).read("/announcements?stage=ended")
    assert TENDER in listed
    led = await agency.press(f"{PAGE}/again", tender="GC-2026-0919")
    assert led == (303, "/desk/tenders/GC-2026-0919")
    mine = await agency.read("/desk/tenders")
    assert "GC-2026-0919 Draft your draft; finish it" in mine
    assert "Cancelled no opening" in mine
    theirs = await (await visitor(ground, "approver")).read("/desk/tenders")
    assert "GC-2026-0919 Being drafted" in theirs


async def test_the_notice_is_recalled_over_the_wire(ground: Ground) -> None:
    read = await ground.send("approver", "GET", f"{PAGE}/draft-recall")

    await ground.send(
        "approver", "POST", f"{PAGE}/recalls", ground.signed("approver", read["json"].encode())
    )

    shown = await ground.send("firm-1", "GET", PAGE)
    assert shown["tender"]["phase"] == "cancelled"
    with pytest.raises(Refused) as refused:
        await ground.send("approver", "GET", f"{PAGE}/draft-recall")
    assert refused.value.code == "tender.over"


async def test_keys_that_were_made_for_times_since_changed_count_no_more(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    sooner = a_draft()
    sooner["lots"][0]["boxes"][0]["deadline"] = seconds(DEADLINE - timedelta(days=1))
    drafter = town.people["drafter"].actor
    await trading.draft(town.database, town.hall, drafter, once(), sooner)
    for name in TRUSTEES:
        await give_keys(town, name)
    await announce(town)

    [scene] = await standing.of_tender(town.database, TENDER)

    assert (len(scene.keys), len(holders(scene)), scene.policy.k) == (6, 3, 2)
