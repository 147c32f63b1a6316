"""A drill: a trustee's machine reads what the hall asks it, and nobody's bare word counts."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import drills, losses
from bidding.clients import rehearsing
from bidding.clients.duty import Identity
from bidding.clients.rehearsing import DrillAsked, Place
from bidding.drills import ANSWERED_WITHIN, Asked, DrillNotAnswered
from bidding.store import drills as store
from notary import age, instant
from notary.entropy import system_entropy
from sql.database import Database
from tests.bidding.acts import appended
from tests.bidding.staged import duty_of, log_of
from tests.bidding.town import Town, a_town, announce, once

KEY = bytes(range(32))
MEMBER = "chief"
MICROSECOND = timedelta(microseconds=1)


async def ask(town: Town, name: str = "officer", member: str = MEMBER) -> Asked | None:
    return await drills.ask(town.database, town.hall, KEY, town.people[name].actor, member)


async def answered(
    town: Town, asked: Asked, answer: str | None, outcome: str = drills.OK, name: str = "officer"
) -> None:
    await drills.report(
        town.database,
        town.hall,
        KEY,
        town.people[name].actor,
        once(name),
        key_sha256=asked.key.key_sha256,
        asked_at=instant.micros(asked.at),
        answer=answer,
        outcome=outcome,
    )


def as_sent(town: Town, asked: Asked) -> DrillAsked:
    """Return a question as the machine gets it."""
    tender, lot, stage = asked.key.key
    return DrillAsked(
        key_sha256=asked.key.key_sha256,
        box=Place(origin=town.hall.origin, tender=tender, lot=lot, stage=stage),
        group=asked.key.group_id,
        gen=asked.key.gen,
        at=instant.micros(asked.at),
        question=asked.question,
    )


async def identity_of(town: Town, name: str, folder: Path) -> Identity:
    return duty_of(town, name, folder, await log_of(town)).identity


async def last(town: Town) -> dict[str, object]:
    async with town.database.transaction() as tx:
        return dict(await store.last_of(tx, town.people["officer"].actor.org))


async def test_a_drill_counts_by_the_answer_that_only_the_machine_can_read(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 0)
    assert await ask(town) is None  # the hall knows no key of it
    await announce(town)
    await town.settle()
    asked = await ask(town)
    assert asked is not None
    machine = await identity_of(town, "officer", tmp_path)
    answer = rehearsing.answer_drill(machine, town.hall.origin, as_sent(town, asked))
    assert answer is not None
    other = await identity_of(town, "operator", tmp_path)
    assert rehearsing.answer_drill(other, town.hall.origin, as_sent(town, asked)) is None

    for wrong in (None, "", "0" * 64):
        with pytest.raises(DrillNotAnswered):
            await answered(town, asked, wrong)
    with pytest.raises(DrillNotAnswered):
        await answered(town, asked, answer, name="operator")
    assert await last(town) == {}
    await answered(town, asked, answer)
    assert await last(town) == {MEMBER: town.clock.now}
    await answered(town, asked, None, "unread")  # an honest no is an entry, and counts for nothing

    assert await last(town) == {MEMBER: town.clock.now}
    entries = [fields for kind, fields in await appended(town) if kind == losses.READY]
    assert [(one["tender"], one["outcome"]) for one in entries] == [
        ("drill", "ok"),
        ("drill", "unread"),
    ]


async def test_an_answer_comes_within_ten_minutes_of_its_question(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 0)
    await announce(town)
    await town.settle()
    asked = await ask(town)
    assert asked is not None
    machine = await identity_of(town, "officer", tmp_path)
    answer = rehearsing.answer_drill(machine, town.hall.origin, as_sent(town, asked))

    town.clock.move_to(asked.at + ANSWERED_WITHIN + MICROSECOND)
    with pytest.raises(DrillNotAnswered):
        await answered(town, asked, answer)
    with pytest.raises(DrillNotAnswered):  # a question that was never asked
        await answered(town, replace(asked, at=town.clock.now), answer)
    town.clock.move_to(asked.at + ANSWERED_WITHIN)
    await answered(town, asked, answer)


async def test_a_share_that_is_sent_as_a_question_stays_in_the_machine(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 0)
    await announce(town)
    await town.settle()
    asked = await ask(town)
    assert asked is not None
    machine = await identity_of(town, "officer", tmp_path)
    for content in (system_entropy(33), system_entropy(78), b"hall-drill/v1 " + 63 * b"0"):
        sent = replace(as_sent(town, asked), question=age.encrypt(content, asked.key.recipient))
        assert rehearsing.answer_drill(machine, town.hall.origin, sent) is None
    sent = replace(as_sent(town, asked), question=b"no age file")

    assert rehearsing.answer_drill(machine, town.hall.origin, sent) is None
    assert rehearsing.answer_drill(machine, "other.example", as_sent(town, asked)) is None
