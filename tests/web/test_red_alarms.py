"""Red alarms reach whoever supervises, by mail and SMS: once, from the instant they are red."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notary import home, stand_ins
from notary.canonical import Json
from notary.identity import Line, Role
from notary.stand_ins import StandInWish
from oversight.supervision import service
from oversight.supervision.types import Alarm, Finding, Rule
from sql.database import Database
from tests.bidding.disputed import DEADLINE as CLOSES
from tests.bidding.disputed import lawful, to_documents
from tests.bidding.supervision import ask_halt_as, halt_as
from tests.bidding.test_complaining import complain
from tests.bidding.town import TENDER, Town, a_town, announce, enrol, once
from tests.web.postbox import Post, a_post, reach
from trading.disputes import Matter
from web import alarms, lookout, telling

MICROSECOND = timedelta(microseconds=1)
WORDS = "红色报警"


@pytest.fixture
async def post(database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    """Open a town under the law with two supervisors and a colleague of theirs."""
    town = await a_town(database, tmp_path / "home", 1)
    own = home.demo_authority(tmp_path / "home")
    for name, role in (("above", Role.SUPERVISOR), ("deputy", Role.TRUSTEE)):
        town.people[name] = await enrol(
            database, town.hall, own, name, "ORG-SUPERVISOR", Line.SUPERVISION, (role,)
        )
    await announce(town, lawful())
    async with a_post(town) as made:
        for n, name in enumerate(("supervisor", "above", "deputy", "operator", "drafter")):
            await reach(town, name, mobile=f"1390000000{n}")
        await made.carry()
        yield made


async def stand_in(town: Town, until: datetime) -> None:
    """Let the deputy stand in for the supervisor from now on."""
    wish = StandInWish(
        absent="supervisor",
        person="deputy",
        role=Role.SUPERVISOR,
        from_=town.clock.now,
        to=until,
        reason="leave",
    )
    actor = town.people["supervisor"].actor
    await stand_ins.grant(town.database, town.hall, actor, once("supervisor"), wish)


def told(post: Post) -> list[str]:
    """Return to whom an SMS about a red alarm went."""
    return sorted(one["to"] for one in post.sms.taken if WORDS in one["text"])


def instant(given: Json) -> datetime:
    return datetime.fromisoformat(str(given))


async def red(town: Town) -> list[Alarm]:
    return await lookout.red(town.database, town.hall)


async def test_an_alarm_is_told_when_it_turns_red_and_not_a_microsecond_before(post: Post) -> None:
    town = post.town
    made = await complain(town, Matter.OTHER)
    due = instant(made["accept_by"])
    await stand_in(town, due + MICROSECOND)
    town.clock.move_to(due - MICROSECOND)
    await post.carry()
    assert told(post) == []

    town.clock.move_to(due)
    await post.carry()

    assert told(post) == ["13900000000", "13900000001", "13900000002"]
    mails = [one for one in post.mail.taken if WORDS in one["text"] + one["subject"]]
    assert sorted(one["to"].partition("@")[0] for one in mails) == ["above", "deputy", "supervisor"]
    # Whoever calls those that did not read it is not to know what supervision looks into.
    said = [one["text"] for one in (*post.sms.taken, *mails) if WORDS in one["text"]]
    for word in (TENDER, "FIRM-1", str(made["number"]), "投诉", "评标不公", "A-"):
        assert not any(word in one for one in said)
    town.clock.move_to(due + telling.READ_WITHIN - MICROSECOND)
    assert await post.calls() == []
    town.clock.move_to(due + telling.READ_WITHIN)
    assert sorted(await post.calls()) == ["above", "deputy", "supervisor"]


async def test_each_is_told_once_whoever_looks_and_however_often(post: Post) -> None:
    town = post.town
    first = await complain(town, Matter.OTHER)
    town.clock.move_to(instant(first["accept_by"]))
    another = replace(post.postman)

    await asyncio.gather(post.postman.read_alarms(), another.read_alarms())
    await asyncio.gather(post.postman.carry(), another.carry())
    town.clock.move_to(town.clock.now + timedelta(days=1))
    await another.read_alarms()
    await post.carry()
    assert told(post) == ["13900000000", "13900000001"]

    await to_documents(town)
    town.clock.move_to(town.clock.now + timedelta(days=5))
    await post.carry()
    assert told(post) == sorted(2 * ["13900000000", "13900000001"])


async def test_a_halt_is_told_by_its_own_entry_alone(post: Post) -> None:
    town = post.town
    await ask_halt_as(town, "supervisor")
    await halt_as(town, "above")
    await post.carry()
    town.clock.move_to(CLOSES)
    await post.carry()

    assert told(post) == []
    assert sorted(one["to"] for one in post.sms.taken if "被暂停" in one["text"]) == [
        "13900000000",
        "13900000001",
    ]
    assert [one for one in Rule if telling.is_told(alarms.EVIDENCE[one])] == [Rule.HELD]


async def test_what_supervision_has_closed_already_is_told_no_more(post: Post) -> None:
    town, actor = post.town, post.town.people["supervisor"].actor
    made = await complain(town, Matter.OTHER)
    town.clock.move_to(instant(made["accept_by"]))
    [alarm] = await red(town)
    await service.claim(town.database, town.hall, actor, once("claim"), alarm.alarm, alarm)
    assert await red(town) == [alarm]
    await service.close(
        town.database,
        town.hall,
        actor,
        once("close"),
        alarm.alarm,
        finding=Finding.REAL,
        text="已处理",
    )

    await post.carry()

    assert told(post) == []
