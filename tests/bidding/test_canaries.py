"""Pinned keys are proved alive a day and half an hour before their opening, deputies' too."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bidding import canaries, keys, losses, rules, vigil
from bidding.clients import rehearsing, sealing
from bidding.clients.rehearsing import CanaryAsked, Trial, answer_canaries
from bidding.vigil import Watcher
from notary import cms
from notary.canonical import Json, sha256_hex
from notary.duty import Use
from notary.entropy import system_entropy
from notary.identity import Actor
from notary.instant import seconds
from notary.shape import dump
from sql.database import Database
from tests.bidding.acts import appended, hand_in, promise_as, release_of, verified
from tests.bidding.giving import a_duty_key
from tests.bidding.staged import duty_of, log_of
from tests.bidding.town import (
    BOX,
    DEADLINE,
    NOW,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    award_lot,
    bid,
    give_keys,
    once,
    policy_of,
    release_as,
)
from trading import service as trading
from trading.types import Signed

MICROSECOND = timedelta(microseconds=1)
OPENING = NOW + timedelta(days=2)
DAY, HALF_HOUR = timedelta(hours=24), timedelta(minutes=30)


async def announced(database: Database, folder: Path) -> Town:
    """Publish a tender that closes and opens in two days."""
    town = await a_town(database, folder, 1)
    draft = a_draft()
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(OPENING)
    await announce(town, draft)
    return town


async def answer_as(town: Town, name: str, folder: Path) -> list[str]:
    """Let the duty client of a trustee open what waits, over the hall's own services."""
    actor = town.people[name].actor

    async def send(method: str, path: str, body: Json = None, *, key: str | None = None) -> Json:
        if method == "GET":
            return {
                "canaries": [
                    {
                        "key_sha256": one.key.key_sha256,
                        "gen": one.key.gen,
                        "canary": {
                            "policy": one.canary.policy_json.decode(),
                            "seal": one.canary.seal_json.decode(),
                            "secret": one.canary.secret,
                        },
                    }
                    for one in await canaries.asked_of(town.database, town.hall, actor)
                ]
            }
        assert isinstance(body, dict)
        assert key is not None
        return await canaries.answer(
            town.database,
            town.hall,
            actor,
            once(name),
            path.rpartition("/")[2],
            manifest_sha256=str(body["manifest_sha256"]),
            outcome=str(body["outcome"]),
        )

    client = duty_of(town, name, folder, await log_of(town))
    return await answer_canaries(replace(client, send=send))


async def tried(town: Town) -> dict[str, bool]:
    """Return whose key counts as tried now, by group."""
    async with town.database.transaction() as tx:
        [one] = await vigil.vigils(tx, town.clock.now)
    watchers: tuple[Watcher, ...] = one.watchers
    return {each.group: each.is_tried for each in watchers}


async def test_a_key_is_tried_at_each_moment_and_not_a_microsecond_before(
    database: Database, tmp_path: Path
) -> None:
    town = await announced(database, tmp_path / "home")
    await town.settle()
    for before in (DAY, HALF_HOUR):
        town.clock.move_to(OPENING - before - MICROSECOND)
        assert await canaries.make_due(database, town.hall) == 0
        town.clock.move_to(OPENING - before)
        assert await canaries.make_due(database, town.hall) == len(TRUSTEES)
        assert await canaries.make_due(database, town.hall) == 0
        for name in TRUSTEES[:2]:
            assert await answer_as(town, name, tmp_path) == ["ok"]
            assert await answer_as(town, name, tmp_path) == []

        assert await tried(town) == dict.fromkeys(TRUSTEES, True)
        town.clock.move_to(OPENING - before + vigil.HEARD + MICROSECOND)
        assert await tried(town) == {"officer": True, "operator": True, "supervisor": False}
    said = [fields for kind, fields in await appended(town) if kind == losses.READY]
    assert [one["group"] for one in said] == ["officer", "operator"] * 2
    assert {one["outcome"] for one in said} == {"ok"}
    assert await answer_as(town, "supervisor", tmp_path) == ["ok", "ok"]
    assert await tried(town) == dict.fromkeys(TRUSTEES, True)


async def test_of_two_answers_at_once_one_counts_and_stands_in_the_log(
    database: Database, tmp_path: Path
) -> None:
    town = await announced(database, tmp_path / "home")
    town.clock.move_to(OPENING - DAY)
    await canaries.make_due(database, town.hall)
    actor = town.people["officer"].actor
    [asked] = await canaries.asked_of(database, town.hall, actor)

    async def answered() -> bool:
        try:
            await canaries.answer(
                database,
                town.hall,
                actor,
                once("officer"),
                asked.key.key_sha256,
                manifest_sha256=sha256_hex(asked.canary.seal_json),
                outcome="ok",
            )
        except rules.KeyNotAsked:
            return False
        return True

    assert sorted(await asyncio.gather(*(answered() for _ in range(4)))) == [False] * 3 + [True]
    await town.settle()
    assert [kind for kind, _ in await appended(town)].count(losses.READY) == 1


async def test_a_tender_published_later_than_a_moment_is_not_tried_for_it(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 0)
    town.clock.move_to(NOW + timedelta(seconds=1))  # half an hour before it was not there yet
    await announce(town)

    assert await canaries.make_due(database, town.hall) == 0


async def test_a_drill_is_due_so_many_days_after_the_last_one_and_not_a_microsecond_before(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path, 0)
    draft = a_draft(rules="construction/2026-11")
    opening = NOW + timedelta(days=31)
    draft["lots"][0]["boxes"][0]["deadline"] = seconds(opening)
    await announce(town, draft)

    async def drilled(at: datetime) -> set[bool]:
        async with database.transaction() as tx:
            return {one.is_drilled for each in await vigil.vigils(tx, at) for one in each.watchers}

    assert await drilled(NOW + timedelta(days=30)) == {True}
    assert await drilled(NOW + timedelta(days=30) + MICROSECOND) == {False}


async def test_a_rivals_envelope_is_no_canary_and_another_root_does_not_open_it(
    database: Database, tmp_path: Path
) -> None:
    town = await announced(database, tmp_path / "home")
    policy = await policy_of(town, BOX)
    made = sealing.rehearsal(policy, system_entropy, NOW)
    test = Trial(policy=dump(policy).decode(), seal=made.seal.decode(), secret=made.secret.hex())
    own = policy.groups[0].members[0].key_sha256
    asked = CanaryAsked(key_sha256=own, gen=1, canary=test)
    client = duty_of(town, "officer", tmp_path, await log_of(town))
    identity, origin = client.identity, town.hall.origin

    assert rehearsing.try_key(identity, origin, asked) == "ok"
    assert rehearsing.try_key(replace(identity, root=bytes(32)), origin, asked) == "undecryptable"
    assert rehearsing.try_key(identity, "another.example/log", asked) == "policy"
    assert rehearsing.try_key(identity, origin, replace(asked, key_sha256="0" * 64)) == "policy"
    other = replace(test, secret="11" * 32)
    assert rehearsing.try_key(identity, origin, replace(asked, canary=other)) == "not-a-test"


async def with_deputy(database: Database, folder: Path) -> tuple[Town, Actor]:
    """Draft a tender whose trustees have given their keys; the officer has a deputy as well."""
    town = await a_town(database, folder, 3)
    deputy = await a_duty_key(town, "officer", Use.TRUSTEE, timedelta(days=300))
    actor = replace(deputy.actor, cert_sha256=cms.cert_sha256(deputy.certificate))
    town.people["deputy"] = replace(deputy, root=system_entropy(32), actor=actor)
    drafter = town.people["drafter"]
    await trading.draft(database, town.hall, drafter.actor, once(), a_draft())
    for name in TRUSTEES:
        await give_keys(town, name)
    return town, actor


async def publish(town: Town) -> None:
    """Sign the notice as it is drafted now, half a second later."""
    approver = town.people["approver"]
    shown = await trading.draft_notice(
        town.database, town.hall, approver.actor, BOX.tender, keys.policies
    )
    town.clock.move_to(town.clock.now + timedelta(milliseconds=500))
    await give_keys(town, "deputy", "deputy")
    text = str(shown["json"]).encode()
    await trading.publish(
        town.database,
        town.hall,
        town.vault,
        approver.actor,
        once(),
        BOX.tender,
        Signed(json=text, p7s=approver.sign(text)),
        set_boxes=keys.set_boxes,
    )


async def test_a_deputys_key_that_comes_while_the_notice_is_signed_is_not_pinned(
    database: Database, tmp_path: Path
) -> None:
    town, deputy = await with_deputy(database, tmp_path)
    assert len(await keys.requests(database, town.hall, deputy)) == 1  # of each client its own
    await publish(town)

    assert await keys.requests(database, town.hall, deputy) == []
    assert [len(group.members) for group in (await policy_of(town, BOX)).groups] == [1, 1, 1]


async def test_a_deputy_releases_in_the_stead_of_its_body(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await with_deputy(database, tmp_path / "home")
    await give_keys(town, "deputy", "deputy")
    await publish(town)
    assert [len(group.members) for group in (await policy_of(town, BOX)).groups] == [2, 1, 1]
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n)
    town.clock.move_to(DEADLINE)
    await town.carry()
    release = await release_of(town, "deputy", member="deputy")
    await promise_as(town, "deputy", release)
    await hand_in(town, "deputy", release)
    await release_as(town, "operator")
    await town.carry()

    assert (await award_lot(town))["winner"] is not None
    await verified(town, tmp_path / "export")
