"""Passkeys: once a challenge, within five minutes, by their owner, and never after revocation."""

import copy
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from notary import challenges, colleagues, passkeys
from notary.challenges import ChallengeOver, Purpose
from notary.credentials import LogInRefused
from notary.enrolment import NotHeld
from notary.identity import Actor, Line, Role
from notary.passkeys import (
    Given,
    PasskeyNotGood,
    PasskeyRefused,
    PasskeyTaken,
    RelyingParty,
)
from sql.database import Database
from tests.authenticator import Authenticator
from tests.people import House, a_house, a_once, newcomer

ORIGIN = "https://hall.example"
PARTY = RelyingParty(host="hall.example", origin=ORIGIN, name="hall", key=bytes(32))
WANG = Actor(person="wang", org="FIRM", roles=frozenset({Role.BIDDER}), branch=None)
LI = Actor(person="li", org="FIRM", roles=frozenset({Role.BIDDER}), branch=None)
FIRM = {"org": "FIRM", "line": Line.NONE, "roles": (Role.BIDDER,)}


async def confirmed(_person: str) -> None:
    """Take whoever it is at the word."""


async def a_firm(database: Database) -> House:
    """Make a firm of two: Wang is its head."""
    house = a_house(database)
    for person in ("wang", "li"):
        await house.take_in(newcomer(person, **FIRM))
        house.clock.move_to(house.clock.now + timedelta(seconds=1))
    return house


def an_authenticator() -> Authenticator:
    return Authenticator(origin=ORIGIN, host="hall.example")


async def enrol(house: House, owner: Authenticator, actor: Actor = WANG) -> str:
    """Make a passkey and enrol it; return its id."""
    options = await passkeys.to_make(house.database, house.hall, PARTY, confirmed, actor)
    once = a_once(actor.person)
    answer = await passkeys.enrol(
        house.database, house.hall, PARTY, actor, once, "desk", owner.make(options)
    )
    return str(answer["passkey"])


async def asked(
    house: House, purpose: Purpose = Purpose.LOG_IN, person: str | None = None
) -> Given:
    challenge = await challenges.make(house.database, house.hall, purpose, person)
    return passkeys.to_answer(PARTY, challenge)


async def log_in(house: House, given: Given) -> str:
    return await passkeys.log_in(house.database, house.hall, PARTY, given)


async def test_a_passkey_says_itself_who_logs_in(database: Database) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)

    assert await log_in(house, owner.answer(await asked(house))) == "wang"
    async with database.transaction() as tx:
        [kept] = await passkeys.of_body(tx, "FIRM")
    assert (kept.person, kept.used_at) == ("wang", house.clock.now)


async def test_an_answer_is_good_once(database: Database) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)
    given = owner.answer(await asked(house))
    await log_in(house, given)

    with pytest.raises(ChallengeOver):
        await log_in(house, given)


async def test_a_wrong_answer_costs_the_challenge_too(database: Database) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)
    options = await asked(house)
    stranger = an_authenticator()
    with pytest.raises(PasskeyRefused):
        await log_in(house, stranger.answer(options))

    with pytest.raises(ChallengeOver):
        await log_in(house, owner.answer(options))


async def test_a_challenge_is_good_for_five_minutes_and_not_for_a_moment_more(
    database: Database,
) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)
    first, second = await asked(house), await asked(house)
    end = house.clock.now + challenges.GOOD_FOR
    house.clock.move_to(end - timedelta(microseconds=1))
    assert await log_in(house, owner.answer(first)) == "wang"
    house.clock.move_to(end)

    with pytest.raises(ChallengeOver):
        await log_in(house, owner.answer(second))


async def test_a_challenge_is_good_for_its_purpose_and_its_person_alone(
    database: Database,
) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)
    for purpose, person in ((Purpose.LOG_IN, None), (Purpose.CONFIRM, "li")):
        given = owner.answer(await asked(house, purpose, person))
        with pytest.raises(ChallengeOver):
            await passkeys.confirm(database, house.hall, PARTY, "wang", given)
    confirms_li = owner.answer(await asked(house, Purpose.CONFIRM, "li"))
    with pytest.raises(PasskeyRefused):  # the challenge is Li's, the passkey is not
        await passkeys.confirm(database, house.hall, PARTY, "li", confirms_li)

    good = owner.answer(await asked(house, Purpose.CONFIRM, "wang"))
    await passkeys.confirm(database, house.hall, PARTY, "wang", good)


async def verified_not(owner: Authenticator) -> None:
    owner.verified = False


async def elsewhere(owner: Authenticator) -> None:
    owner.origin = "https://hall.example.org"


async def other_party(owner: Authenticator) -> None:
    owner.host = "example"


async def copied(owner: Authenticator) -> None:
    owner.count = 0  # the original has gone on counting


async def other_handle(owner: Authenticator) -> None:
    owner.handle = "AAAA"


@pytest.mark.parametrize(
    "wrong", [verified_not, elsewhere, other_party, copied, other_handle], ids=lambda f: f.__name__
)
async def test_what_is_not_as_it_must_be_logs_nobody_in(
    database: Database, wrong: Callable[[Authenticator], Awaitable[None]]
) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)
    for _ in range(2):
        await log_in(house, owner.answer(await asked(house)))
    await wrong(owner)

    with pytest.raises(PasskeyRefused):
        await log_in(house, owner.answer(await asked(house)))


async def test_a_passkey_made_without_its_owner_verified_is_not_taken(database: Database) -> None:
    house, owner = await a_firm(database), an_authenticator()
    owner.verified = False

    with pytest.raises(PasskeyNotGood):
        await enrol(house, owner)
    assert await house.count("notary.passkey") == 0


async def test_a_passkey_is_enrolled_once(database: Database) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)

    with pytest.raises(PasskeyTaken):
        await enrol(house, owner, LI)


async def test_nobody_makes_a_passkey_unconfirmed(database: Database) -> None:
    house = await a_firm(database)

    async def refuse(_person: str) -> None:
        raise LogInRefused

    with pytest.raises(LogInRefused):
        await passkeys.to_make(database, house.hall, PARTY, refuse, WANG)
    assert await house.count("web.challenge") == 0


async def test_the_owner_and_the_head_revoke_and_nobody_else(database: Database) -> None:
    house, owner, colleague = await a_firm(database), an_authenticator(), an_authenticator()
    of_head, of_colleague = await enrol(house, owner), await enrol(house, colleague, LI)

    with pytest.raises(NotHeld):
        await passkeys.revoke(database, house.hall, LI, a_once("li"), of_head)
    await passkeys.revoke(database, house.hall, WANG, a_once("wang"), of_colleague)
    with pytest.raises(PasskeyRefused):
        await log_in(house, colleague.answer(await asked(house)))
    assert await log_in(house, owner.answer(await asked(house))) == "wang"
    with pytest.raises(NotHeld):
        await passkeys.revoke(database, house.hall, WANG, a_once("wang"), of_colleague)


async def test_who_leaves_leaves_with_every_passkey(database: Database) -> None:
    house, colleague = await a_firm(database), an_authenticator()
    await enrol(house, colleague, LI)
    await colleagues.let_go(database, house.hall, WANG, a_once("wang"), "li")

    with pytest.raises(PasskeyRefused):
        await log_in(house, colleague.answer(await asked(house)))


async def test_whatever_a_body_holds_it_is_refused_and_no_fault(database: Database) -> None:
    house, owner = await a_firm(database), an_authenticator()
    await enrol(house, owner)
    for member in ("clientDataJSON", "authenticatorData", "signature"):
        for written in ("AA", "A", "_-", "oWF4", "eyJ9", "A" * 64):
            given = copy.deepcopy(owner.answer(await asked(house)))
            response = given["response"]
            assert isinstance(response, dict)
            response[member] = written

            with pytest.raises((PasskeyRefused, ChallengeOver)):
                await log_in(house, given)
