"""Objections, confirmations and complaints from the pages, and what each desk shows meanwhile."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import award
from notary.canonical import Json
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.disputed import (
    DEADLINE,
    a_lawful_town,
    answer,
    draft,
    finish,
    read_out,
    room_of,
    sign,
    to_candidates,
    to_documents,
)
from tests.bidding.town import TENDER
from tests.web.served import serving
from tests.web.visitors import visitor
from web.client import Refused

DAY = timedelta(days=1)


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    town = await a_lawful_town(database, tmp_path)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


async def test_documents_are_objected_to_and_answered_from_the_pages(ground: Ground) -> None:
    firm, agency = await visitor(ground, "firm-1"), await visitor(ground, "drafter")
    anybody = await visitor(ground)
    page = f"/tenders/{TENDER}"
    assert f'action="{page}/objections"' in await firm.source(page)
    assert f'action="{page}/objections"' not in await anybody.source(page)

    led = await firm.press(f"{page}/objections", lot="", text="The ceiling is too low.")
    assert led == (303, f"{page}#objections")
    waiting = await anybody.read(page)
    assert "an objection waits for its answer" in waiting
    assert "The ceiling is too low." not in waiting
    assert "FIRM-1" not in waiting

    desk = await agency.source("/desk?lang=en")
    assert "an objection waits for your answer" in desk
    [where] = re.findall(r'href="(/objections/[0-9a-f]{32})"', desk.split("<h3>")[1])[:1]
    assert "The ceiling is too low." in await agency.read(where)
    assert await agency.press(f"{where}/answer", text="It follows the quota.") == (303, where)
    answered = await anybody.read(page)
    assert "The ceiling is too low." in answered
    assert "It follows the quota." in answered
    assert "suspended" not in answered.lower()
    assert "an objection waits" not in await agency.read("/desk")
    status, said = await agency.press(f"{where}/answer", text="Again.")
    assert (status, "answered before" in said) == (409, True)


async def test_an_objection_is_nobody_elses_to_read(ground: Ground) -> None:
    raised = await to_documents(ground.town)
    where = f"/objections/{raised['objection']}"
    for name, may in (("firm-1", True), ("firm-2", False), ("supervisor", True)):
        reader = await visitor(ground, name)
        if may:
            assert "限价太低" in await reader.read(where)
            assert "/answer" not in await reader.source(where)
        else:
            with pytest.raises(AssertionError, match="404"):
                await reader.read(where)

    ground.town.clock.move_to(ground.town.clock.now + 5 * DAY)
    watching = await (await visitor(ground, "supervisor")).read("/desk")
    assert "An objection was not answered in its time" in watching


async def test_whoever_objected_withdraws_it_by_a_button_and_its_text_stays_unread(
    ground: Ground,
) -> None:
    firm, agency = await visitor(ground, "firm-1"), await visitor(ground, "drafter")
    raised = await to_documents(ground.town)
    where = f"/objections/{raised['objection']}"
    assert f'href="{where}"' in await firm.source("/desk")
    assert f'action="{where}/withdrawal"' in await firm.source(where)
    assert f'action="{where}/withdrawal"' not in await agency.source(where)
    status, _ = await (await visitor(ground, "firm-2")).press(f"{where}/withdrawal")
    assert status == 404

    assert await firm.press(f"{where}/withdrawal") == (303, where)
    assert "nothing is held up by it any more" in await firm.read(where)
    assert where not in await firm.source("/desk")
    shown = await (await visitor(ground)).read(f"/tenders/{TENDER}")
    assert "An objection that was not upheld. Withdrawn" in shown
    assert "限价太低" not in shown
    assert "Suspended" not in shown
    status, said = await agency.press(f"{where}/answer", text="Too late.")
    assert (status, "withdrawn before its answer" in said) == (409, True)


async def test_a_deadline_that_comes_while_suspended_closes_nothing_and_says_so(
    ground: Ground,
) -> None:
    raised = await to_documents(ground.town)
    ground.town.clock.move_to(DEADLINE)
    assert await ground.town.carry() == []
    shown = await (await visitor(ground)).read(f"/tenders/{TENDER}")
    assert "Suspended Construction works" in shown
    assert "an objection waits for its answer" in shown
    told = await ground.send(None, "GET", f"/tenders/{TENDER}")
    [held] = told["held_up"]
    assert (held["by"], held["awaited"], held["until"]) == ("suspended", ["ORG-AGENCY"], None)
    await answer(ground.town, raised)
    await ground.town.carry()
    shown = await (await visitor(ground)).read(f"/tenders/{TENDER}")
    assert "Suspended" not in shown


async def test_the_room_takes_objections_answers_and_confirmations(ground: Ground) -> None:
    await read_out(ground.town)
    room = f"/rooms/{room_of(ground.town)}"
    firm, second = await visitor(ground, "firm-1"), await visitor(ground, "firm-2")
    host, stranger = await visitor(ground, "operator"), await visitor(ground, "firm-4")

    assert await firm.press(f"{room}/objections", text="Read wrong.") == (303, room)
    assert await second.press(f"{room}/confirmation") == (303, room)
    status, said = await stranger.press(f"{room}/confirmation")
    assert (status, "no bid in this opening" in said) == (403, True)
    assert "a bidder objects in the room" in await host.read("/desk")
    status, _ = await host.press(f"{room}/answers", n="²", text="As sealed.")
    assert status == 404
    assert await host.press(f"{room}/answers", n="1", text="As sealed.") == (303, room)
    seen = await (await visitor(ground)).read(room)
    assert "Read wrong." in seen
    assert "As sealed." in seen
    assert "Confirmed: FIRM-2" in seen
    assert "Have said nothing yet; silence is assent: FIRM-3" in seen
    await finish(ground.town)
    closed = await (await visitor(ground)).read(room)
    assert "Said nothing, and so agreed: FIRM-3" in closed


async def test_a_complaint_has_a_name_a_number_and_a_row_on_the_supervisors_desk(
    ground: Ground,
) -> None:
    anybody, firm = await visitor(ground), await visitor(ground, "firm-1")
    supervisor = await visitor(ground, "supervisor")
    form = f"/complaints/new?tender={TENDER}"
    assert "A complaint has a name." in await anybody.read(form)
    assert 'action="/complaints"' not in await anybody.source(form)
    assert 'action="/complaints"' in await firm.source(form)
    status, _ = await anybody.press("/complaints", tender=TENDER, about="other")
    assert status == 401

    told = {"tender": TENDER, "known_on": "2026-11-02", "text": "Look at this."}
    status, said = await firm.press("/complaints", about="candidates", **told)
    assert (status, "you object first" in said) == (409, True)
    for about, empty in (("anything", told), ("other", told | {"text": " "})):
        status, _ = await firm.press("/complaints", about=about, **empty)
        assert status == 422
    assert await firm.press("/complaints", about="other", **told) == (303, "/complaints")
    [number] = set(re.findall(r"TS-20261102-[0-9A-F]{8}", await firm.read("/complaints")))
    assert "No complaints here." in await (await visitor(ground, "firm-2")).read("/complaints")
    desk = await supervisor.read("/desk")
    assert number in desk
    assert "3 days" in desk
    assert "Look at this." in await supervisor.read("/complaints")
    assert number not in await (await visitor(ground, "drafter")).read("/desk")


async def test_the_supervisor_takes_a_complaint_and_decides_it_and_the_complainant_sees_it(
    ground: Ground,
) -> None:
    firm, supervisor = await visitor(ground, "firm-1"), await visitor(ground, "supervisor")
    told: Json = {
        "tender": TENDER,
        "about": "other",
        "known_on": "2026-11-02",
        "text": "Look at this.",
    }
    number = (await ground.send("firm-1", "POST", "/complaints", told))["number"]
    where = f"/complaints/{number}"
    assert "the supervisor says whether it is taken" in await firm.read("/desk")
    assert f'action="{where}' not in await firm.source("/complaints")
    assert f'action="{where}/consideration"' in await supervisor.source("/complaints")
    for name, act in (("firm-1", "consideration"), ("officer", "decision")):
        status, _ = await (await visitor(ground, name)).press(f"{where}/{act}", text="So.")
        assert status == 403
    status, _ = await supervisor.press(f"{where}/consideration", accepted="perhaps", text="So.")
    assert status == 422

    ground.town.clock.move_to(ground.town.clock.now + 4 * DAY)
    # Their log-ins are over by then.
    firm, supervisor = await visitor(ground, "firm-1"), await visitor(ground, "supervisor")
    assert "Overdue" in await supervisor.read("/complaints")
    led = await supervisor.press(f"{where}/consideration", accepted="yes", text="It has facts.")
    assert led == (303, f"/complaints#{number}")
    assert "your complaint was taken" in await firm.read("/desk")
    assert "a complaint that was taken; decide it" in await supervisor.read("/desk")
    led = await supervisor.press(f"{where}/decision", upheld="no", text="The record is true.")
    assert led == (303, f"/complaints#{number}")
    assert "your complaint was decided" in await firm.read("/desk")
    seen = await firm.read("/complaints")
    for words in ("Taken", "late: was due by", "It has facts.", "Found not right"):
        assert words in seen
    assert number not in await supervisor.read("/desk")


async def test_each_desk_shows_what_follows_the_opening(ground: Ground) -> None:
    town = ground.town
    town.clock.move_to(DEADLINE - timedelta(hours=1))
    assert "opens today, by itself" in await (await visitor(ground, "operator")).read("/desk")
    await read_out(town)
    for name in ("firm-1", "operator", "drafter"):
        assert "the opening goes on by itself" in await (await visitor(ground, name)).read("/desk")
    await finish(town)
    assert "the agency evaluates" in await (await visitor(ground, "firm-1")).read("/desk")
    await sign(town, award.publish_candidates, await draft(town))
    assert "your bid ranks no. 2" in await (await visitor(ground, "firm-2")).read("/desk")
    assert "candidates are on display" in await (await visitor(ground, "approver")).read("/desk")

    result = f"/tenders/{TENDER}/result"
    raised = await to_candidates(town)
    shown = await (await visitor(ground)).read(result)
    assert "There is no award before it." in shown
    assert "业绩不实" not in shown
    town.clock.move_to(town.clock.now + 4 * DAY)
    with pytest.raises(Refused) as refused:
        await ground.send("drafter", "GET", f"/tenders/{TENDER}/lots/1/award-draft")
    assert refused.value.code == "award.suspended"
    await answer(town, raised)
    await sign(town, award.award, await draft(town))
    assert "your bid won" in await (await visitor(ground, "firm-1")).read("/desk")
    assert "another bid won" in await (await visitor(ground, "firm-3")).read("/desk")
    assert "the contract is to be made" in await (await visitor(ground, "approver")).read("/desk")
    shown = await (await visitor(ground)).read(result)
    assert "业绩不实" in shown
    assert "Award notice" in shown
    assert "Contract by 28 Dec 24:00" in shown
    assert "Report to the supervisor by 14 Dec 24:00" in shown
    fresh = await (await visitor(ground, "firm-4")).read("/desk")
    assert "won" not in fresh


async def test_acts_of_the_interface_answer_as_they_say(ground: Ground) -> None:
    objection: Json = {"lot": None, "text": "Too low."}
    made = await ground.send("firm-1", "POST", f"/tenders/{TENDER}/objections", objection)
    taken = await ground.send("firm-1", "POST", f"/objections/{made['objection']}/withdrawal")
    assert taken["objection"] == made["objection"]
    made = await ground.send("firm-1", "POST", f"/tenders/{TENDER}/objections", objection)
    done = await ground.send(
        "approver", "POST", f"/objections/{made['objection']}/answer", {"text": "No."}
    )
    assert done["tender"] == TENDER
    await read_out(ground.town)
    room = f"/rooms/{room_of(ground.town)}"
    heard = await ground.send("firm-1", "POST", f"{room}/objections", {"text": "Wrong."})
    await ground.send("drafter", "POST", f"{room}/objections/{heard['n']}/answer", {"text": "No."})
    confirmed = await ground.send("firm-1", "POST", f"{room}/confirmation")
    assert confirmed["envelope"]
    with pytest.raises(Refused) as refused:
        await in_room_over_the_wire(ground, "firm-4")
    assert (refused.value.status, refused.value.code) == (403, "opening.not_attending")
    made = await ground.send(
        "firm-2",
        "POST",
        "/complaints",
        {"tender": TENDER, "about": "other", "known_on": "2026-11-23", "text": "Look."},
    )
    assert str(made["number"]).startswith("TS-20261123-")
    where = f"/complaints/{made['number']}"
    reasons = {"text": "Read."}
    taken = await ground.send(
        "supervisor", "POST", f"{where}/consideration", reasons | {"accepted": True}
    )
    assert taken["decide_by"] is None  # it ends in a year whose holidays nobody has announced
    decided = await ground.send(
        "supervisor", "POST", f"{where}/decision", reasons | {"upheld": True}
    )
    assert decided["upheld"] is True


async def in_room_over_the_wire(ground: Ground, name: str) -> None:
    await ground.send(name, "POST", f"/rooms/{room_of(ground.town)}/confirmation")
