"""Each act of the access table stands on a desk when it is due, or is one that nobody waits for.

Source: `people.md` 7; `web.md` 13.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest

from bidding import award, contested, objecting
from notary import enrolment, home
from notary.canonical import Json
from notary.identity import Line, Role
from notary.register import Newcomer
from sql.database import Database
from tests.assurance.ground import Ground, HeldEntropy
from tests.bidding.disputed import (
    DEADLINE,
    draft,
    finish,
    in_room,
    lawful,
    sign,
    to_documents,
)
from tests.bidding.revising import a_change, prepare
from tests.bidding.town import TENDER, TRUSTEES, a_town, announce, bid, enrol, once, release_as
from tests.web.served import serving
from tests.web.test_pages import PAGES
from tests.web.visitors import visitor
from trading import clarifying, handing
from trading import service as trading
from web.access import API, Does
from web.app import AREAS
from web.letterhead import Lang
from web.views.house import Matter

DUE: dict[str, Matter] = {
    # a draft, from hand to hand
    "POST /tenders/{tender}/handover": Matter.HAND_OVER,
    "POST /desk/tenders/{tender}/handover": Matter.HAND_OVER,
    "POST /desk/tenders/{tender}/{section}": Matter.HANDED_BACK,
    "POST /tenders/{tender}/handback": Matter.APPROVE,
    "POST /desk/tenders/{tender}/handback": Matter.APPROVE,
    "POST /tenders/{tender}/notices": Matter.APPROVE,
    # a published tender
    "POST /tenders/{tender}/amendments": Matter.CHANGE,
    "POST /tenders/{tender}/cancellations": Matter.CHANGE,
    "POST /tenders/{tender}/clarifications": Matter.QUESTION,
    "POST /objections/{objection}/answer": Matter.OBJECTION,
    "POST /objections/{objection}/withdrawal": Matter.OBJECTED,
    "POST /complaints/{number}/consideration": Matter.COMPLAINT,
    "POST /complaints/{number}/decision": Matter.DECIDE,
    "POST /envelopes": Matter.BID,
    "POST /submit": Matter.BID,
    "POST /withdrawals": Matter.SEALED,
    # the opening
    "POST /releases": Matter.RELEASE,
    "POST /promises": Matter.RELEASE,
    "POST /owner-releases": Matter.OPEN_OWN,
    "POST /rooms/{room}/confirmation": Matter.OPENING,
    "POST /rooms/{room}/objections": Matter.OPENING,
    "POST /rooms/{room}/objections/{n}/answer": Matter.HOST,
    "POST /rooms/{room}/answers": Matter.HOST,
    # the evaluation and the award
    "POST /tenders/{tender}/lots/{lot}/rejections": Matter.CANDIDATES,
    "POST /desk/tenders/{tender}/lots/{lot}/rejections": Matter.CANDIDATES,
    "POST /tenders/{tender}/lots/{lot}/voidings": Matter.CANDIDATES,
    "POST /desk/tenders/{tender}/lots/{lot}/voidings": Matter.CANDIDATES,
    "POST /tenders/{tender}/lots/{lot}/candidates": Matter.CANDIDATES,
    "POST /tenders/{tender}/lots/{lot}/awards": Matter.AWARD,
    # the contract
    "POST /tenders/{tender}/lots/{lot}/contract": Matter.CONTRACT,
    "POST /tenders/{tender}/lots/{lot}/contract-answers": Matter.CONFIRM,
    "POST /tenders/{tender}/lots/{lot}/contract-end": Matter.PERFORM,
    "POST /tenders/{tender}/lots/{lot}/milestones/{milestone}/reports": Matter.MILESTONE,
    "POST /tenders/{tender}/lots/{lot}/milestones/{milestone}/answers": Matter.ACKNOWLEDGE,
    "POST /tenders/{tender}/again": Matter.NOT_OPENED,
    # second persons, supervision
    "POST /proposals/{proposal}/approval": Matter.SECOND,
    "POST /administration/proposals/{proposal}/approval": Matter.SECOND,
    "POST /applications/{application}/approval": Matter.ADMIT,
    "POST /applications/{application}/refusal": Matter.ADMIT,
    "POST /desk/applications/{application}/approval": Matter.ADMIT,
    "POST /desk/applications/{application}/refusal": Matter.ADMIT,
    "POST /rules/confirmations/{digest}/approval": Matter.RULES,
    "POST /tenders/{tender}/halts/approval": Matter.HALT_ASKED,
    "POST /tenders/{tender}/halt/approval": Matter.HALT_ASKED,
    "POST /tenders/{tender}/resumption": Matter.HELD,
    "POST /alarms/{alarm}/claim": Matter.UNCLAIMED,
    "POST /supervision/alarms/{alarm}/claim": Matter.UNCLAIMED,
    "POST /alarms/{alarm}/handover": Matter.CLAIMED,
    "POST /supervision/alarms/{alarm}/handover": Matter.CLAIMED,
    "POST /alarms/{alarm}/inquiries": Matter.CLAIMED,
    "POST /supervision/alarms/{alarm}/inquiries": Matter.CLAIMED,
    "POST /alarms/{alarm}/inquiries/{n}/answer": Matter.INQUIRY,
    "POST /alarms/{alarm}/closing": Matter.EXPLAINED,
    "POST /supervision/alarms/{alarm}/closing": Matter.EXPLAINED,
    "POST /tenders/{tender}/outages": Matter.OUTAGE,
    "POST /tenders/{tender}/outage": Matter.OUTAGE,
}
"""Acts that somebody waits for, and the matter under which they stand on a desk."""

FREE = {
    "nobody waits for it: whoever wants to begins": {
        "POST /administration/proposals",
        "POST /applications",
        "POST /complaints",
        "POST /desk/tenders",
        "POST /desk/tenders/{tender}/amendment",
        "POST /desk/tenders/{tender}/cancellation",
        "POST /enrol",
        "POST /enrol/signed",
        "POST /enrolments",
        "POST /proposals",
        "POST /rules/confirmations",
        "POST /tenders",
        "POST /tenders/{tender}/draft-amendment",
        "POST /tenders/{tender}/draft-cancellation",
        "POST /tenders/{tender}/following",
        "POST /tenders/{tender}/halt",
        "POST /tenders/{tender}/halts",
        "POST /tenders/{tender}/lots/{lot}/contract-changes",
        "POST /tenders/{tender}/lots/{lot}/milestones",
        "POST /tenders/{tender}/objections",
        "POST /tenders/{tender}/pause",
        "POST /tenders/{tender}/pauses",
        "POST /tenders/{tender}/questions",
    },
    "it takes something back": {
        "DELETE /people/{person}/roles/{role}",
        "DELETE /stand-ins/{stand_in}",
        "DELETE /tenders/{tender}/following",
        "POST /administration/proposals/{proposal}/withdrawal",
        "POST /administration/certificates/{certificate}/revocation",
        "POST /administration/people/{person}/roles/{role}/end",
        "POST /certificates/{certificate}/revocation",
        "POST /desk/devices/{certificate}/revocation",
        "POST /desk/tenders/{tender}/lots/{lot}/overturnings",
        "POST /firm/devices/{certificate}/revocation",
        "POST /firm/passkeys/{passkey}/revocation",
        "POST /firm/stand-ins/{stand_in}/end",
        "POST /passkeys/{passkey}/revocation",
        "POST /proposals/{proposal}/withdrawal",
        "POST /tenders/{tender}/following/end",
        "POST /tenders/{tender}/halt/removal",
        "POST /tenders/{tender}/halts/removal",
        "POST /tenders/{tender}/lots/{lot}/overturnings",
        "POST /tenders/{tender}/recalls",
        "POST /trustee/keys/{key}/loss",
    },
    "a client does it by itself": {
        "POST /devices",
        "POST /duties",
        "POST /links",
        "POST /passkeys",
        "POST /tenders/{tender}/lots/{lot}/limits",
        "POST /transfers",
        "POST /ways",
        "POST /transfers/{transfer}/commit",
        "POST /trustee/canaries/{key}",
        "POST /trustee/keys",
        "POST /trustee/keys/{key}/rehearsal",
    },
    "done at a key holder's own machine, whose client says when it is due": {
        "POST /trustee/drills",
    },
    "one's own body, messages and setting up: beside the rows of the desk": {
        "POST /administration/links/{invitation}/showing",
        "POST /calls/{message}",
        "POST /colleagues",
        "POST /colleagues/{person}/leaving",
        "POST /contact",
        "POST /firm/colleagues",
        "POST /firm/colleagues/{person}/leaving",
        "POST /firm/colleagues/{person}/right",
        "POST /firm/stand-ins",
        "POST /leave/{subscription}/{token}",
        "POST /m/{message}/{token}",
        "POST /links/{invitation}/showing",
        "POST /messages/contact",
        "POST /subscriptions",
        "POST /subscriptions/{subscription}",
        "POST /messages/read",
        "POST /setup/{settled}/agreement",
        "POST /setup/{thing}",
        "POST /stand-ins",
        "POST /welcome/{invitation}/{token}",
    },
}
"""Acts that are due at no time of their own, by the reason why."""

ELSEWHERE = {
    Matter.CONTRACT: ("test_contracts.py", "sentence(Matter.CONTRACT)"),
    Matter.CONFIRM: ("test_contracts.py", "sentence(Matter.CONFIRM)"),
    Matter.MILESTONE: ("test_contracts.py", "sentence(Matter.MILESTONE)"),
    Matter.ACKNOWLEDGE: ("test_contracts.py", "sentence(Matter.ACKNOWLEDGE)"),
    Matter.PERFORM: ("test_contracts.py", "sentence(Matter.PERFORM)"),
    Matter.HALT_ASKED: ("test_stays.py", "a halt is asked for"),
    Matter.HELD: ("test_stays.py", "supervision holds the tender up"),
    Matter.OUTAGE: ("test_stays.py", "the hall stood still near the deadline"),
    Matter.OPEN_OWN: ("test_stays.py", "hall release --key DIR --box"),
    Matter.UNCLAIMED: ("test_alarms.py", "an alarm that nobody has"),
    Matter.CLAIMED: ("test_alarms.py", "an alarm that you have"),
    Matter.EXPLAINED: ("test_alarms.py", "what you asked is answered"),
    Matter.INQUIRY: ("test_alarms.py", 'href="{inquiry}"'),
    Matter.ADMIT: ("test_applications.py", "asks to come in"),
    Matter.RULES: ("test_rulebook.py", "Matter.RULES"),
}
"""Matters that other tests of this folder find on a desk, and by which words."""

_PARAMETER = re.compile(r"\{([a-z_]+):(?:[^{}]|\{[^{}]*\})*\}")


def named(path: str) -> str:
    """Return a path with the bare names of its parameters."""
    return _PARAMETER.sub(r"{\1}", path)


def test_every_act_is_due_on_a_desk_or_free_for_a_reason() -> None:
    acts = {
        f"{route.method} {named(route.path).removeprefix(API)}"
        for route in chain.from_iterable(AREAS)
        if route.does is Does.ACT
    }
    free = set().union(*FREE.values())

    assert sum(len(acts) for acts in FREE.values()) == len(free)
    assert free.isdisjoint(DUE)
    assert acts == free | DUE.keys()


Look = Callable[..., Awaitable[None]]
"""Looks for matters on the desk of a person."""


def sentence(matter: Matter) -> str:
    """Return what a desk says of a matter."""
    row = SimpleNamespace(matter=matter, rank=None)
    return str(PAGES.fragment("desk/matters.html", "said", Lang.EN, row)).strip()


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    town = await a_town(database, tmp_path, 4)
    own = home.demo_authority(tmp_path)
    second = ("second", "ORG-OFFICER-2", Line.DECISION, (Role.OFFICER,))
    town.people["second"] = await enrol(database, town.hall, own, *second)
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Ground(town=town, origin=origin, browser=browser, entropy=HeldEntropy())


async def test_every_act_that_is_due_stands_on_a_desk(ground: Ground) -> None:
    town, seen = ground.town, set[Matter]()

    async def look(name: str, *matters: Matter) -> None:
        desk = await (await visitor(ground, name)).read("/desk")
        for matter in matters:
            assert sentence(matter) in desk, (name, matter)
        seen.update(matters)

    drafter = town.people["drafter"].actor
    await trading.draft(town.database, town.hall, drafter, once("drafter"), lawful())
    await look("drafter", Matter.HAND_OVER)
    await handing.hand_over(town.database, town.hall, drafter, once("drafter"), TENDER)
    await look("approver", Matter.APPROVE)
    await draft_comes_back(ground, look)
    await announce(town, lawful())
    await look("firm-1", Matter.BID)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n)
    await look("firm-1", Matter.SEALED)
    await look("officer", Matter.ARMED)

    await to_documents(town)
    await clarifying.ask(
        town.database, town.hall, town.people["firm-4"].actor, once("firm-4"), TENDER, "几层？"
    )
    await prepare(town, a_change(max_bytes=6_000_000))
    await look("drafter", Matter.QUESTION, Matter.OBJECTION)
    await look("firm-1", Matter.OBJECTED)
    await look("approver", Matter.CHANGE, Matter.OBJECTION)
    newcomer = Newcomer(
        org="ORG-AUDIT",
        org_name="审计局",
        line=Line.SUPERVISION,
        branch=None,
        person="auditor-1",
        person_name="Zhao",
        roles=(Role.AUDITOR,),
        certificate=None,
    )
    officer = town.people["officer"].actor
    await enrolment.propose(town.database, town.hall, officer, once("officer"), newcomer)
    await look("second", Matter.SECOND)
    assert sentence(Matter.SECOND) not in await (await visitor(ground, "officer")).read("/desk")

    async with town.database.transaction() as tx:
        [waiting] = await tx.fetch("SELECT objection FROM trading.objection")
    await ground.send(
        "drafter", "POST", f"/objections/{waiting['objection']}/answer", {"text": "No."}
    )
    town.clock.move_to(DEADLINE)
    await town.carry()
    await look("officer", Matter.RELEASE)
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    await look("firm-1", Matter.OPENING)
    await in_room(town, objecting.raise_objection, "firm-1", "唱错了")
    await look("operator", Matter.HOST)
    await complaint_is_taken(ground, look)
    await in_room(town, objecting.answer, "operator", 1, "没有错")
    await finish(town)
    await look("drafter", Matter.CANDIDATES)
    await sign(town, award.publish_candidates, await draft(town))
    await look("drafter", Matter.DISPLAY)
    until = (await town_until(ground)).replace(microsecond=0)
    town.clock.move_to(until)
    await look("drafter", Matter.AWARD)

    assert set(DUE.values()) - seen == {*ELSEWHERE, Matter.NOT_OPENED}
    for file, words in ELSEWHERE.values():
        assert words in Path(__file__).with_name(file).read_text()


async def draft_comes_back(ground: Ground, look: Look) -> None:
    """Hand the draft back to its agency."""
    await ground.send("approver", "POST", f"/tenders/{TENDER}/handback", {"text": "补充保证金"})
    await look("drafter", Matter.HANDED_BACK)


async def complaint_is_taken(ground: Ground, look: Look) -> None:
    """Complain, and say as the supervisor that it is taken."""
    told: Json = {"tender": TENDER, "about": "other", "known_on": "2026-11-23", "text": "Look."}
    number = (await ground.send("firm-2", "POST", "/complaints", told))["number"]
    await look("supervisor", Matter.COMPLAINT)
    word: Json = {"accepted": True, "text": "It has facts."}
    await ground.send("supervisor", "POST", f"/complaints/{number}/consideration", word)
    await look("supervisor", Matter.DECIDE)


async def town_until(ground: Ground) -> datetime:
    """Return until when the candidates are on display."""
    async with ground.town.database.transaction() as tx:
        until = await contested.publicity_until(tx, TENDER, "1")
    assert until is not None
    return until


async def test_too_few_bids_stand_on_the_agencys_desk(ground: Ground) -> None:
    await announce(ground.town, lawful())
    ground.town.clock.move_to(DEADLINE)
    await ground.town.carry()

    for name in ("drafter", "approver"):
        assert sentence(Matter.NOT_OPENED) in await (await visitor(ground, name)).read("/desk")


async def test_many_desks_at_once_wait_for_no_connection_that_they_hold(ground: Ground) -> None:
    agency = await visitor(ground, "drafter")
    everybody_looks = asyncio.gather(*[agency.read("/desk") for _ in range(30)])
    async with asyncio.timeout(60):
        assert all(await everybody_looks)
