"""Outages and supervision from the pages: what each reader sees, presses and is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notary import home
from notary.canonical import Json
from notary.identity import Line, Role
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.acts import box_facts
from tests.bidding.hearts import MINUTE, SECOND, live_until, stand_until
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    a_town,
    announce,
    bid,
    enrol,
    release_as,
)
from tests.web.served import serving
from tests.web.visitors import visitor
from web.client import Refused

EVIDENCE = "ab" * 32


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    """Serve a town with a published tender, three sealed bids and two supervising bodies."""
    town = await a_town(database, tmp_path / "home")
    town.people["above"] = await enrol(
        database,
        town.hall,
        home.demo_authority(tmp_path / "home"),
        "above",
        "ORG-ABOVE",
        Line.SUPERVISION,
        (Role.SUPERVISOR,),
    )
    await live_until(town, town.clock.now + 5 * MINUTE)
    await announce(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_000_000_000 + n)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


async def held_up(ground: Ground) -> list[tuple[str, object, object]]:
    """Return what programs are told of what holds the tender up."""
    told = await ground.send(None, "GET", f"/tenders/{TENDER}")
    return [(str(one["by"]), one["reason"], one["until"]) for one in told["held_up"]]


async def room_of(ground: Ground) -> str:
    return f"/rooms/{(await box_facts(ground.town)).room}"


async def test_a_pause_from_the_room_is_shown_to_all_with_its_reason_and_its_end(
    ground: Ground,
) -> None:
    supervisor, anybody = await visitor(ground, "supervisor"), await visitor(ground)
    room, page = await room_of(ground), f"/tenders/{TENDER}"
    assert f'action="{page}/pause"' in await supervisor.source(room)
    assert "/pause" not in await anybody.source(room)

    led = await supervisor.press(f"{page}/pause", reason="order")

    assert led == (303, f"{page}/supervision")
    for where in ("/", "/announcements", "/openings", page, room):
        seen = await anybody.read(where)
        assert "Paused by supervision" in seen, where
        assert "the opening is disturbed" in seen, where
        assert "09:20:00" in seen, where
    assert "you may let it go on" not in await anybody.read(page)
    assert "supervision holds the tender up" in await supervisor.read("/desk")
    assert "A tender is paused or halted" in await supervisor.read("/supervision")
    status, said = await supervisor.press(f"{page}/pause", reason="order")
    assert "What you wrote" not in said  # a reason from a list is no text
    assert (status, "held up already" in said) == (409, True)
    assert (await supervisor.press(f"{page}/pause", reason="because"))[0] == 422
    assert await supervisor.press(f"{page}/resumption") == (303, f"{page}/supervision")
    assert "Paused by supervision" not in await anybody.read("/announcements")
    await ground.town.settle()
    found = await supervisor.read(f"/audit?kind=trading.paused&actor=supervisor&subject={TENDER}")
    assert ("trading.paused.v1" in found, "trading.resumed.v1" in found) == (True, False)
    assert "Who holds which role" in await (await visitor(ground, "officer")).read(
        "/administration"
    )
    for wall in ("", "?screen=1"):
        assert TENDER in await supervisor.read(f"/supervision{wall}"), wall


async def test_a_halt_is_approved_by_another_person_who_may_sit_above(ground: Ground) -> None:
    supervisor, above = await visitor(ground, "supervisor"), await visitor(ground, "above")
    page = f"/tenders/{TENDER}"
    await supervisor.press(f"{page}/halt", reason="evidence")
    assert "another person approves" in await supervisor.read(f"{page}/supervision")
    assert (await supervisor.press(f"{page}/halt/approval"))[0] == 403
    assert "a halt is asked for" not in await supervisor.read("/desk")
    assert "a halt is asked for" in await above.read("/desk")

    assert await above.press(f"{page}/halt/approval") == (303, f"{page}/supervision")

    halted = await (await visitor(ground)).read(page)
    assert "Halted by supervision" in halted
    assert "evidence must be secured first" in halted
    assert "Take part" in halted  # bids are taken as ever
    await above.press(f"{page}/resumption")
    both = "asked for by supervisor (ORG-SUPERVISOR 单位), approved by above (ORG-ABOVE 单位)"
    assert both in await supervisor.read(f"{page}/supervision")
    await above.press(f"{page}/resumption")
    await above.press(f"{page}/halt", reason="evidence")
    assert (await supervisor.press(f"{page}/halt/removal"))[0] == 303
    assert "Ask for a halt" in await supervisor.read(f"{page}/supervision")


async def test_programs_pause_halt_and_resume_with_a_receipt(ground: Ground) -> None:
    where = f"/tenders/{TENDER}"
    paused = await ground.send("supervisor", "POST", f"{where}/pauses", {"reason": "technical"})
    assert (paused["n"], paused["until"]) == (1, "2026-11-02T01:20:00Z")
    await ground.send("supervisor", "POST", f"{where}/halts", {"reason": "complaint"})
    halted = await ground.send("above", "POST", f"{where}/halts/approval")
    assert (halted["asked_by"], halted["approved_by"]) == ("ORG-SUPERVISOR", "ORG-ABOVE")

    assert await held_up(ground) == [("halted", "complaint", None)]
    resumed = await ground.send("above", "POST", f"{where}/resumption")

    assert resumed["was"] == "halted"
    assert "receipt_p7s" in resumed
    assert await held_up(ground) == []


async def test_a_gap_stands_on_the_operators_desk_until_it_is_judged(ground: Ground) -> None:
    operator, anybody = await visitor(ground, "operator"), await visitor(ground)
    page = f"/tenders/{TENDER}"
    assert "no gap that is not judged" in await operator.read(f"{page}/outage")
    await stand_until(ground.town, DEADLINE - 15 * MINUTE)
    await ground.town.carry()

    assert await held_up(ground) == [("interrupted", None, "2026-11-02T01:45:00.000000Z")]
    assert "the hall stood still near the deadline" in await operator.read("/desk")
    assert "Interrupted" in await anybody.read("/announcements")
    assert "not judged yet" in await anybody.read(page)
    assert "bids are taken as provisional" in (await anybody.read(await room_of(ground))).lower()
    shown = await operator.read(f"{page}/outage")
    assert "silent from 09:05:00 until 09:15:00" in shown
    assert "Without a decision it goes on at 09:45:00 Beijing time." in shown
    late = {"deadline_y": "2026", "deadline_m": "11", "deadline_d": "2", "deadline_t": "10:00"}
    words = {"reason_zh": "专线中断", "reason_en": "The line was cut."}
    status, said = await operator.press(f"{page}/outage", **late, **words, evidence="none")
    assert status == 422
    assert 'href="#evidence">SHA-256 of the evidence: Give the SHA-256' in said
    led = await operator.press(f"{page}/outage", **late, **words, evidence=EVIDENCE)
    assert led == (303, page)
    seen = await anybody.read(page)
    assert "The line was cut." in seen
    assert EVIDENCE in seen
    assert "the hall stood still" not in await operator.read("/desk")
    assert "Bids are taken until 2 Nov 10:00" in await anybody.read(await room_of(ground))


async def test_programs_record_an_outage_and_are_told_what_they_may_not(ground: Ground) -> None:
    where = f"/tenders/{TENDER}/outages"
    wish: dict[str, Json] = {
        "deadline": "2026-11-02T01:40:00Z",
        "evidence_sha256": EVIDENCE,
        "reason": {"zh": "断电", "en": "A power cut"},
    }
    recorded = await ground.send("officer", "POST", where, wish)
    assert recorded["revision"] == 2
    assert recorded["boxes"] == [dict(BOX._asdict())]
    assert recorded["reopened"] == []

    assert await _refused(ground, {**wish, "deadline": "2026-11-02T01:40:00Z"}) == "accepted"
    assert await _refused(ground, {**wish, "deadline": "2026-02-31T01:40:00Z"}) == (
        "request.bad_body"
    )
    assert await _refused(ground, {**wish, "deadline": "9999-12-31T23:59:59Z"}) == (
        "outage.too_long"
    )


async def _refused(ground: Ground, wish: dict[str, Json]) -> str:
    try:
        await ground.send("officer", "POST", f"/tenders/{TENDER}/outages", wish)
    except Refused as refused:
        return refused.code
    return "accepted"


async def test_a_bidder_is_told_how_to_open_its_own_bid_when_shares_are_missing(
    ground: Ground,
) -> None:
    town = ground.town
    await live_until(town, DEADLINE)
    await town.carry()
    town.clock.move_to((await box_facts(town)).release_by + SECOND)
    await town.carry()
    [(by, _, _)] = await held_up(ground)
    assert by == "postponed"
    firm, stranger = await visitor(ground, "firm-1"), await visitor(ground, "firm-4")
    command = f"hall release --key DIR --box {TENDER}/1"

    assert command in await firm.read("/desk")
    assert command not in await stranger.read("/desk")
    seen = await (await visitor(ground)).read(await room_of(ground))
    assert command in seen
    assert "Postponed" in seen
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    assert command not in await firm.read("/desk")
