"""Trustees' keys before the notice: asked for, given, tried, and pinned by what is published."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import keys, rules
from bidding.clients import sealing
from bidding.sealed import seal
from bidding.sealed.objects import Holder
from bidding.sealed.policy import MEMBERS_MOST, read_policy
from bidding.store import trustees
from notary import cms, home
from notary.duty import CertificateUnknown, Use
from notary.entropy import system_entropy
from notary.identity import Line, Role
from notary.instant import seconds
from notary.once import Answer, Answered
from notary.shape import dump
from notary.signature import SignatureBad, WrongHall
from sql.database import Database, Tx
from tests.bidding.acts import entries, outcome
from tests.bidding.giving import (
    a_drafted_tender,
    a_duty_key,
    asked,
    draft,
    give,
    key_of,
    rehearse,
)
from tests.bidding.town import (
    DEADLINE,
    NOW,
    TENDER,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    enrol,
    give_keys,
    once,
)
from trading import service as trading
from trading.types import Signed

MICROSECOND = timedelta(microseconds=1)


async def test_a_body_is_asked_until_its_key_has_opened_a_test(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    request = await asked(town)
    answer = await give(town, await key_of(town))

    assert (request.group, request.k, request.n) == ("officer", 2, 3)
    assert request.release_not_before == DEADLINE
    assert await asked(town) == request
    await rehearse(town, answer, "undecryptable")
    assert await asked(town) == request
    await rehearse(town, answer)
    assert await keys.requests(database, town.hall, town.people["officer"].actor) == []
    said = [(one["outcome"], one["group"]) for one in await entries(town, "rehearsed")]
    assert said == [("undecryptable", "officer"), ("ok", "officer")]


async def test_the_test_envelope_is_none_of_a_bid_and_derives_from_its_secret(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    key = await key_of(town)

    answer = await give(town, key)

    trial: Any = answer["rehearsal"]
    policy = read_policy(str(trial["policy"]).encode())
    manifest = sealing.require_test(
        str(trial["seal"]).encode(), bytes.fromhex(str(trial["secret"])), policy
    )
    assert manifest.core.bidder.id == seal.REHEARSAL
    assert [member.recipient for member in policy.groups[0].members] == [key.recipient]


async def test_the_same_key_again_gets_another_test_and_no_second_entry(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    key = await key_of(town)

    first, second = await give(town, key), await give(town, key)
    await rehearse(town, second)

    assert first["key_sha256"] == second["key_sha256"]
    assert first["rehearsal"] != second["rehearsal"]
    assert len(await entries(town, "trustee-key")) == 1
    assert await keys.requests(database, town.hall, town.people["officer"].actor) == []


async def test_only_a_key_that_was_asked_for_is_taken(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    key = await key_of(town)
    operator = town.people["operator"]
    held_by_operator = replace(
        key.holder, id="ORG-OPERATOR", cert_sha256=cms.cert_sha256(operator.certificate)
    )
    offered: dict[str, tuple[Awaitable[Answer], type[Exception]]] = {
        "another group": (give(town, replace(key, group="operator")), rules.KeyNotAsked),
        "another lot": (give(town, replace(key, lot="2")), rules.KeyNotAsked),
        "another body's": (
            give(town, replace(key, holder=held_by_operator), signer=operator),
            rules.KeyNotAsked,
        ),
        "signed by another body": (give(town, key, signer=operator), CertificateUnknown),
        "naming another certificate": (
            give(town, replace(key, holder=replace(key.holder, cert_sha256="ab" * 32))),
            rules.KeyNotGood,
        ),
        "another generation": (give(town, replace(key, gen=2)), rules.KeyNotGood),
        "another moment": (
            give(town, replace(key, release_not_before=DEADLINE + timedelta(seconds=1))),
            rules.KeyNotGood,
        ),
        "no recipient": (give(town, replace(key, recipient="age1qqqq")), rules.KeyNotGood),
        "of another hall": (give(town, replace(key, origin="other.example/log/0")), WrongHall),
        "another key's signature": (
            keys.answer(
                database,
                town.hall,
                town.people["officer"].actor,
                once(),
                dump(key),
                town.people["officer"].sign(b"something else"),
            ),
            SignatureBad,
        ),
    }

    for what, (act, refusal) in offered.items():
        with subtests.test(what), pytest.raises(refusal):
            await act

    assert await entries(town, "trustee-key") == []


async def test_a_member_has_one_key_for_a_box(database: Database, tmp_path: Path) -> None:
    town = await a_drafted_tender(database, tmp_path)
    key = await key_of(town)
    await give(town, key)

    with pytest.raises(rules.KeyNotGood):
        await give(town, await key_of(town, root=system_entropy(32)))
    with pytest.raises(rules.KeyNotGood):
        await give(town, replace(key, member="deputy"))  # the same secret twice

    assert len(await entries(town, "trustee-key")) == 1


async def test_a_group_has_at_most_eight_members(database: Database, tmp_path: Path) -> None:
    town = await a_drafted_tender(database, tmp_path)
    for n in range(MEMBERS_MOST):
        await give(town, await key_of(town, root=system_entropy(32), member=f"member-{n}"))

    with pytest.raises(rules.KeyNotGood):
        await give(town, await key_of(town, root=system_entropy(32), member="one-more"))

    assert len(await entries(town, "trustee-key")) == MEMBERS_MOST


async def test_only_the_holder_says_what_became_of_a_test(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    answer = await give(town, await key_of(town))

    with pytest.raises(rules.KeyNotAsked):
        await rehearse(town, answer, name="operator")
    with pytest.raises(rules.KeyNotAsked):
        await rehearse(town, {"key_sha256": "ab" * 32})

    assert await entries(town, "rehearsed") == []


async def test_a_draft_whose_opening_moves_asks_again(database: Database, tmp_path: Path) -> None:
    town = await a_drafted_tender(database, tmp_path)
    for name in TRUSTEES:
        await give_keys(town, name)
    moved = a_draft()
    earlier = DEADLINE - timedelta(minutes=5)
    moved["lots"][0]["boxes"][0]["deadline"] = seconds(earlier)
    await trading.draft(database, town.hall, town.people["drafter"].actor, once(), moved)

    assert (await asked(town)).release_not_before == earlier
    with pytest.raises(rules.KeysMissing):
        await keys.policies(database, town.hall, TENDER, town.clock.now)
    for name in TRUSTEES:
        await give_keys(town, name)
    await keys.policies(database, town.hall, TENDER, town.clock.now)


async def test_a_key_after_the_publication_was_not_asked_for(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    late = await key_of(town)
    await announce(town)

    assert await outcome(give(town, replace(late, member="deputy"))) == "key.not_asked"
    with pytest.raises(rules.BoxUnknown):
        await keys.policies(database, town.hall, TENDER, town.clock.now)
    async with database.transaction() as tx:
        assert {one.member for one in await trustees.keys_of(tx, TENDER)} == {"chief"}


@pytest.mark.parametrize(
    ("use", "owner", "wait", "said"),
    [
        (Use.TRUSTEE, "officer", timedelta(minutes=1) - MICROSECOND, "accepted"),
        (Use.TRUSTEE, "officer", timedelta(minutes=1), "certificate.unknown"),
        (Use.WITNESS, "officer", timedelta(), "certificate.unknown"),
        (Use.TRUSTEE, "operator", timedelta(), "certificate.unknown"),
    ],
    ids=["in force", "over", "for another use", "another body's"],
)
async def test_a_duty_certificate_signs_for_its_body_its_use_and_its_time(
    database: Database, tmp_path: Path, use: Use, owner: str, wait: timedelta, said: str
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    duty_key = await a_duty_key(town, owner, use)
    holder = Holder(id="ORG-OFFICER", name="Officer", cert_sha256=duty_key.bidder.cert_sha256)
    key = await key_of(town, holder=holder)
    town.clock.move_to(NOW + wait)

    assert await outcome(give(town, key, signer=duty_key)) == said


# The notice


async def test_a_notice_waits_for_every_key(database: Database, tmp_path: Path) -> None:
    town = await a_drafted_tender(database, tmp_path)
    for name in TRUSTEES[:2]:
        await give_keys(town, name)
    answer = await give(town, await key_of(town, "supervisor"), "supervisor")

    with pytest.raises(rules.KeysMissing) as error:
        await keys.policies(database, town.hall, TENDER, town.clock.now)
    await rehearse(town, answer, name="supervisor")
    await keys.policies(database, town.hall, TENDER, town.clock.now)

    assert error.value.facts["groups"] == "supervisor"


async def test_a_key_that_came_after_the_notice_was_drafted_makes_it_differ(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    for name in TRUSTEES[1:]:
        await give_keys(town, name)
    deputy = await give(town, await key_of(town, root=system_entropy(32), member="deputy"))
    await give_keys(town, "officer")
    approver = town.people["approver"]
    drafted = await trading.draft_notice(database, town.hall, approver.actor, TENDER, keys.policies)
    await rehearse(town, deputy)
    text = str(drafted["json"]).encode()

    with pytest.raises(rules.PolicyDiffers):
        await trading.publish(
            database,
            town.hall,
            town.vault,
            approver.actor,
            once(),
            TENDER,
            Signed(json=text, p7s=approver.sign(text)),
            set_boxes=keys.set_boxes,
        )

    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM bidding.box") == 0


async def test_a_notice_pins_no_key_of_a_second_later_than_its_own(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    town.clock.move_to(town.clock.now + timedelta(milliseconds=200))
    for name in TRUSTEES:
        await give_keys(town, name)
    approver = town.people["approver"]

    async def ticking(tx: Tx) -> datetime:
        town.clock.move_to(town.clock.now + timedelta(milliseconds=500))
        return await town.clock(tx)

    hall = replace(town.hall, clock=ticking)
    with pytest.raises(rules.KeysMissing):
        await trading.draft_notice(database, hall, approver.actor, TENDER, keys.policies)


@pytest.mark.parametrize(
    ("orgs", "k"),
    [
        (("ORG-OFFICER", "ORG-OFFICER", "ORG-SUPERVISOR"), 3),
        (("ORG-OPERATOR", "ORG-AGENCY", "ORG-SUPERVISOR"), 2),
        (("ORG-OPERATOR", "ORG-OPERATOR-2", "ORG-SUPERVISOR"), 3),
    ],
    ids=["one body twice", "two of one line", "the operator twice"],
)
async def test_trustees_who_stand_too_close_are_refused(
    database: Database, tmp_path: Path, orgs: tuple[str, ...], k: int
) -> None:
    town = await a_town(database, tmp_path, 0)
    await second_operator(town, tmp_path)
    named = [{"group": f"g{n}", "org": org} for n, org in enumerate(orgs)]
    await draft(town, trustees=named, k=k)

    with pytest.raises(rules.TrusteesTooClose):
        await keys.policies(database, town.hall, TENDER, town.clock.now)


async def second_operator(town: Town, folder: Path) -> None:
    await enrol(
        town.database,
        town.hall,
        home.demo_authority(folder),
        "operator-2",
        "ORG-OPERATOR-2",
        Line.EXECUTION,
        (Role.OPERATOR, Role.TRUSTEE),
    )


# One outcome


async def test_the_same_key_and_rehearsal_twice_at_once_have_one_outcome(
    database: Database, tmp_path: Path
) -> None:
    town = await a_drafted_tender(database, tmp_path)
    key, request = await key_of(town), once()
    said = await asyncio.gather(
        *(give(town, key, request=request) for _ in range(2)), return_exceptions=True
    )
    [answer] = [one for one in said if not isinstance(one, Answered)]
    assert not isinstance(answer, BaseException)
    again = once()
    rehearsed = await asyncio.gather(
        *(
            keys.rehearse(
                database,
                town.hall,
                town.people["officer"].actor,
                again,
                str(answer["key_sha256"]),
                "ok",
            )
            for _ in range(2)
        ),
        return_exceptions=True,
    )

    [serves] = [one for one in rehearsed if not isinstance(one, Answered)]
    async with database.transaction() as tx:
        kept = [await one.recall(tx) for one in (request, again)]
    assert [one.body for one in kept if one is not None] == [answer, serves]
    assert len(await entries(town, "trustee-key")) == 1
    assert len(await entries(town, "rehearsed")) == 1
