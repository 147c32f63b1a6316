"""Alarms from the pages: claimed, handed over, asked about, answered, closed; matters counted."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from notary import enrolment, home
from notary.canonical import Json
from notary.identity import Line, Role
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.disputed import lawful, to_documents
from tests.bidding.town import TENDER, a_town, announce, enrol, once
from tests.web.served import serving
from tests.web.test_branches import belong
from tests.web.visitors import visitor
from web.client import Refused

DAY = timedelta(days=1)


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    """Serve a town under the law, with an objection to its documents and two supervisors."""
    town = await a_town(database, tmp_path / "home", 1)
    authority = home.demo_authority(tmp_path / "home")
    town.people["above"] = await enrol(
        database, town.hall, authority, "above", "ORG-ABOVE", Line.SUPERVISION, (Role.SUPERVISOR,)
    )
    await announce(town, lawful())
    await to_documents(town)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


async def code_of(ground: Ground, *arguments: object) -> str:
    try:
        await ground.send(*arguments)  # type: ignore[arg-type]
    except Refused as refused:
        return refused.code
    return "accepted"


async def test_an_alarm_goes_from_the_list_over_the_agencys_desk_to_its_finding(
    ground: Ground,
) -> None:
    town = ground.town
    await belong(town, Role.OPERATOR)
    seen = await (await visitor(ground, "supervisor")).read("/supervision")
    for words in ("0 alarms", "In time 1", "the hall itself 0 0 1 1 0 0", "城北分中心 0 0 0 0 0 0"):
        assert words in seen
    town.clock.move_to(town.clock.now + 5 * DAY)
    supervisor, above = await visitor(ground, "supervisor"), await visitor(ground, "above")
    agency = await visitor(ground, "drafter")

    seen = await supervisor.read("/supervision")
    assert "1 alarm, 1 that nobody has" in seen
    assert "An objection was not answered in its time" in seen
    assert "Answer an objection" in await supervisor.read("/supervision/matters?state=overdue")
    assert "Nothing of this kind" in await supervisor.read("/supervision/matters?state=near")
    assert "1 matter" in await supervisor.read("/supervision/matters?place=-")
    assert "an alarm that nobody has: An objection" in await above.read("/desk")
    [alarm] = set(re.findall(r"A-[0-9A-F]{16}", await supervisor.source("/supervision")))
    where = f"/supervision/alarms/{alarm}"
    assert f'data-red="{alarm} "' in await supervisor.source("/supervision")
    assert "Ask about it" not in await above.read(where)

    assert await supervisor.press(f"{where}/claim") == (303, where)
    status, said = await above.press(f"{where}/claim")
    assert (status, "Somebody else has alarm" in said) == (409, True)
    assert 'data-red=""' in await supervisor.source("/supervision")
    assert "an alarm that you have" in await supervisor.read("/desk")
    assert alarm not in await above.source("/desk")
    led = await supervisor.press(f"{where}/handover", to="above", text="It is your district.")
    assert led == (303, where)
    assert "It is your district." in await above.read(where)
    led = await above.press(f"{where}/inquiries", org="ORG-AGENCY", text="Why no answer?")
    assert led == (303, where)
    inquiry = f"/alarms/{alarm}/inquiries/3"
    assert f'href="{inquiry}"' in await agency.source("/desk")
    assert "Why no answer?" in await agency.read(inquiry)
    with pytest.raises(AssertionError, match="404"):
        await (await visitor(ground, "operator")).read(inquiry)
    assert await agency.press(f"{inquiry}/answer", text="We were on leave.") == (303, inquiry)
    assert inquiry not in await agency.source("/desk")
    assert "what you asked is answered" in await above.read("/desk")
    assert "We were on leave." in await above.read(where)
    led = await above.press(f"{where}/closing", finding="real", text="Warned.")
    assert led == (303, where)

    seen = await supervisor.read("/supervision")
    assert "0 alarms" in seen
    assert "Closed last" in seen
    assert "the fact is still there" in seen
    assert "A true alarm" in await supervisor.read(where)
    assert (await supervisor.press(f"{where}/claim")) == (303, where)
    for place in ("/supervision", "/supervision/matters", where):
        with pytest.raises(AssertionError, match="403"):
            await agency.read(place)


async def test_programs_do_the_same_and_are_told_what_they_may_not(ground: Ground) -> None:
    town = ground.town
    town.clock.move_to(town.clock.now + 5 * DAY)
    [told] = (await ground.send("supervisor", "GET", "/alarms"))["alarms"]
    assert (told["rule"], told["severity"], told["tender"]) == ("overdue", "red", TENDER)
    assert (told["state"], told["holder"], told["stands"]) == ("unclaimed", None, True)
    where = f"/alarms/{told['alarm']}"

    assert await code_of(ground, "supervisor", "POST", f"/alarms/A-{16 * '0'}/claim") == (
        "alarm.unknown"
    )
    assert await code_of(ground, "drafter", "POST", f"{where}/claim") == "access.not_yours"
    word: dict[str, Json] = {"finding": "false", "text": "Nothing."}
    assert (
        await code_of(ground, "supervisor", "POST", f"{where}/closing", word) == "alarm.not_yours"
    )
    claimed = await ground.send("supervisor", "POST", f"{where}/claim")
    assert (claimed["to"], "receipt_p7s" in claimed) == ("supervisor", True)
    assert await code_of(ground, "supervisor", "POST", f"{where}/claim") == "alarm.held"
    note: dict[str, Json] = {"to": "drafter", "text": "Yours."}
    assert await code_of(ground, "supervisor", "POST", f"{where}/handover", note) == (
        "alarm.no_supervisor"
    )
    question: dict[str, Json] = {"org": "FIRM-1", "text": "Why?"}
    assert await code_of(ground, "supervisor", "POST", f"{where}/inquiries", question) == (
        "alarm.not_asked"
    )
    asked = await ground.send(
        "supervisor", "POST", f"{where}/inquiries", question | {"org": "ORG-AGENCY"}
    )
    reply = f"{where}/inquiries/{asked['n']}/answer"
    await ground.send("drafter", "POST", reply, {"text": "So."})
    assert await code_of(ground, "drafter", "POST", reply, {"text": "So."}) == (
        "alarm.inquiry_answered"
    )
    closed = await ground.send("supervisor", "POST", f"{where}/closing", word)
    assert closed["finding"] == "false"
    assert (await ground.send("supervisor", "GET", "/alarms"))["alarms"] == []

    await ground.send("above", "POST", f"{where}/claim")
    [told] = (await ground.send("supervisor", "GET", "/alarms"))["alarms"]
    assert (told["state"], told["holder"]) == ("claimed", "above")
    await enrolment.end_role(
        town.database,
        town.hall,
        town.people["supervisor"].actor,
        once("ends"),
        "above",
        Role.SUPERVISOR,
    )
    [told] = (await ground.send("supervisor", "GET", "/alarms"))["alarms"]
    assert (told["state"], told["holder"]) == ("unclaimed", None)
