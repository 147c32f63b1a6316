"""A key lost before the deadline: the next generation, another policy, and bids to either."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bidding import keys, losses
from bidding.clients import trustee
from bidding.store import trustees
from notary.entropy import system_entropy
from sql.database import Database
from tests.bidding.acts import appended, outcome, verified
from tests.bidding.revising import a_change, amend, in_force
from tests.bidding.staged import duty_of, log_of
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    Town,
    a_town,
    announce,
    award_lot,
    bid,
    give_keys,
    once,
    policy_of,
)


async def own_key(town: Town, name: str) -> str:
    """Return the key of a trustee that the policy in force pins."""
    policy = await policy_of(town, BOX)
    [group] = [one for one in policy.groups if one.id == name]
    return group.members[0].key_sha256


async def lose(town: Town, name: str, key: str) -> str:
    """Say as a trustee that a key is lost."""
    actor = town.people[name].actor
    return await outcome(losses.lose(town.database, town.hall, actor, once(name), key))


async def release(town: Town, folder: Path, *names: str) -> None:
    """Let the duty clients of these trustees release, and carry the box to its end."""
    log, box = await log_of(town), keys.box_of(town.hall, BOX)
    duties = [duty_of(town, name, folder, log) for name in names]
    assert await asyncio.gather(*(trustee.release(one, box) for one in duties)) == [
        "released"
    ] * len(names)
    await town.carry()


async def test_bids_to_the_policy_before_and_after_a_lost_key_stay_good(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 4)
    await announce(town)
    await bid(town, "firm-1", 1)
    await bid(town, "firm-2", 2)
    officer = town.people["officer"]
    first = await own_key(town, "officer")
    assert await lose(town, "operator", first) == "key.not_asked"
    assert await lose(town, "officer", first) == "accepted"
    assert await lose(town, "officer", first) == "key.not_asked"
    [request] = await keys.requests(database, town.hall, officer.actor)
    assert (request.gen, await losses.renewed(database, TENDER)) == (2, {})

    town.people["officer"] = replace(officer, root=system_entropy(32))
    await give_keys(town, "officer")
    assert await keys.requests(database, town.hall, officer.actor) == []
    [(box, found)] = (await losses.renewed(database, TENDER)).items()
    assert (box, found.reseal) == (BOX, False)
    policy = found.policy_sha256
    unfounded = amend(town, a_change(policy_sha256=policy, reseal=True))
    assert await outcome(unfounded) == "amendment.reseal_unfounded"
    await amend(town, a_change(policy_sha256=policy))
    assert await losses.renewed(database, TENDER) == {}
    terms = (await in_force(town)).lots[0].boxes[0]
    assert (terms.policy_sha256, terms.reseal) == (policy, False)
    for n in (3, 4):
        await bid(town, f"firm-{n}", n)
    town.clock.move_to(DEADLINE)
    await town.carry()
    late = (await own_key(town, "officer"), await own_key(town, "operator"))
    assert await lose(town, "officer", late[0]) == "bidding.closed"
    await release(town, tmp_path, "operator", "supervisor")

    assert (await award_lot(town))["winner"] is not None
    record = await verified(town, tmp_path / "export")
    assert {str(one.result.verdict) for one in record.boxes[0].judged.values()} == {"opened"}
    assert len(record.boxes[0].basis.policies) == 2
    said = [fields for kind, fields in await appended(town) if kind == losses.READY]
    assert [(one["group"], one["outcome"]) for one in said] == [("officer", losses.LOST)]


async def test_more_lost_keys_than_the_others_can_spare_void_what_was_sealed(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town)
    await bid(town, "firm-1", 1)
    for name in ("officer", "operator"):  # two of three, and two are needed
        assert await lose(town, name, await own_key(town, name)) == "accepted"
        town.people[name] = replace(town.people[name], root=system_entropy(32))
        await give_keys(town, name)
    [found] = (await losses.renewed(database, TENDER)).values()
    assert found.reseal is True

    kept = amend(town, a_change(policy_sha256=found.policy_sha256))
    assert await outcome(kept) == "policy.reseal_needed"
    voiding = amend(town, a_change(policy_sha256=found.policy_sha256, reseal=True))
    assert await outcome(voiding) == "accepted"
    assert (await in_force(town)).lots[0].boxes[0].reseal is True
    assert await losses.renewed(database, TENDER) == {}


async def test_the_next_generation_opens_what_was_sealed_to_it(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town)
    officer = town.people["officer"]
    await lose(town, "officer", await own_key(town, "officer"))
    town.people["officer"] = replace(officer, root=system_entropy(32))
    await give_keys(town, "officer")
    [found] = (await losses.renewed(database, TENDER)).values()
    await amend(town, a_change(policy_sha256=found.policy_sha256))
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n)
    town.clock.move_to(DEADLINE)
    await town.carry()
    async with database.transaction() as tx:
        given = await trustees.keys_of(tx, TENDER)
    assert [one.gen for one in given if one.group_id == "officer"] == [1, 2]

    await release(town, tmp_path, "officer", "operator")
    assert (await award_lot(town))["winner"] is not None
    await verified(town, tmp_path / "export")
