"""A CA token shows that its owner is there: once a challenge, for one purpose, while it is good."""

from datetime import timedelta

import pytest

from notary import authority, challenges, enrolment, presence
from notary.canonical import Json
from notary.challenges import ChallengeOver, Purpose
from notary.entropy import system_entropy
from notary.identity import Actor, Role
from notary.signature import CertificateUntrusted, Malformed, SignatureBad, WrongHall
from notary.ways_in import Revocation
from sql.database import Database
from tests.authorities import AT
from tests.notary.test_devices import a_desk, a_wish, certify
from tests.people import ORIGIN, House, a_house, a_once, enrol, signature
from web.client import SigningPair

FIRM = "91210300MA00000001"


async def a_firm(database: Database) -> tuple[House, SigningPair, str]:
    """Enrol a firm by its certificate; return its person too."""
    house = a_house(database)
    pair = house.pair(FIRM)
    answer = await enrol(house, FIRM, pair)
    return house, pair, str(answer["person"])


async def shown(
    house: House, purpose: Purpose = Purpose.LOG_IN, person: str | None = None, **changed: Json
) -> dict[str, Json]:
    """Return what a token is asked to sign; `changed`: members that differ."""
    challenge = await challenges.make(house.database, house.hall, purpose, person)
    said: dict[str, Json] = {
        "v": "hall-presence/v1",
        "origin": ORIGIN,
        "challenge": challenge.hex(),
        "purpose": purpose,
    }
    return {**said, **changed}


async def log_in(house: House, said: dict[str, Json], pair: SigningPair) -> str:
    return await presence.log_in(house.database, house.hall, *signature(said, pair))


async def test_a_token_logs_its_person_in_once_a_challenge(database: Database) -> None:
    house, pair, person = await a_firm(database)
    said = await shown(house)

    assert await log_in(house, said, pair) == person
    with pytest.raises(ChallengeOver):
        await log_in(house, said, pair)


async def test_a_confirmation_is_of_its_person_and_for_nothing_else(database: Database) -> None:
    house, pair, person = await a_firm(database)
    said = await shown(house, Purpose.CONFIRM, person)
    with pytest.raises(ChallengeOver):
        await log_in(house, said, pair)
    other = house.pair("91210300MA00000002", "Li Na")
    await enrol(house, "91210300MA00000002", other)
    again = await shown(house, Purpose.CONFIRM, person)
    with pytest.raises(SignatureBad):
        await presence.confirm(database, house.hall, person, *signature(again, other))

    good = await shown(house, Purpose.CONFIRM, person)
    await presence.confirm(database, house.hall, person, *signature(good, pair))


async def test_what_is_signed_names_this_hall_and_its_form(database: Database) -> None:
    house, pair, _ = await a_firm(database)

    with pytest.raises(WrongHall):
        await log_in(house, await shown(house, origin="other.example/log/0"), pair)
    with pytest.raises(Malformed):
        await log_in(house, await shown(house, v="hall-enrolment/v1"), pair)


async def test_an_unknown_a_revoked_and_an_expired_certificate_let_nobody_in(
    database: Database,
) -> None:
    house, pair, person = await a_firm(database)
    with pytest.raises(SignatureBad):
        await log_in(house, await shown(house), house.pair(FIRM))
    house.clock.move_to(pair.certificate.not_valid_after_utc + timedelta(seconds=1))
    with pytest.raises(CertificateUntrusted):
        await log_in(house, await shown(house), pair)
    house.clock.move_to(AT + timedelta(days=1))
    actor = Actor(person=person, org=FIRM, roles=frozenset({Role.BIDDER}), branch=None)
    sha256 = str((await certificates(house))[0])
    await enrolment.revoke_certificate(
        database, house.hall, actor, a_once(person), sha256, Revocation.LOST
    )

    with pytest.raises(SignatureBad):
        await log_in(house, await shown(house), pair)


async def certificates(house: House) -> list[str]:
    async with house.database.transaction() as tx:
        rows = await tx.fetch("SELECT cert_sha256 FROM notary.certificate")
    return [row["cert_sha256"] for row in rows]


async def test_a_devices_key_is_no_token(database: Database) -> None:
    house, vouching = await a_desk(database)
    key = authority.new_key(system_entropy)
    certificate = await certify(house, vouching, a_wish(key))

    with pytest.raises(CertificateUntrusted):
        await log_in(house, await shown(house), SigningPair(key=key, certificate=certificate))
