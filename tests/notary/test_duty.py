from datetime import timedelta

import pytest

from notary import cms, duty, enrolment, identity
from notary.canonical import Json
from notary.duty import CertificateUnknown, DutyNotYours, DutyStated, DutyTooLong, Use
from notary.identity import Line, Role
from notary.refusal import Refusal
from notary.register import Newcomer
from notary.signature import CertificateUntrusted, Malformed, SignatureBad
from notary.ways_in import Revocation
from sql.database import Database
from tests import people
from tests.authorities import AT
from tests.people import House, a_house, a_once, enrol, newcomer
from web.client import SigningPair

FIRM = "91210300MA00000001"


@pytest.fixture
def house(database: Database) -> House:
    return a_house(database)


async def state(
    house: House, org: str, signer: SigningPair, key: SigningPair, **changed: Json
) -> dict[str, Json]:
    statement, p7s = people.signature(people.duty(org, key.certificate, **changed), signer)
    return await duty.state_duty(
        house.database, house.hall, a_once(), statement, p7s, people.der(key)
    )


@pytest.fixture
async def body(house: House) -> SigningPair:
    """Take the supervision office in, with its CA certificate."""
    pair = house.pair("OFFICE")
    await house.take_in(newcomer_with(pair))
    return pair


def newcomer_with(pair: SigningPair) -> Newcomer:
    return newcomer(
        "zhao-lei",
        org="OFFICE",
        line=Line.SUPERVISION,
        roles=(Role.SUPERVISOR, Role.TRUSTEE),
        certificate=people.der(pair),
    )


async def test_duty_key_signs_for_its_body_as_stated(house: House, body: SigningPair) -> None:
    key = people.duty_pair()
    await state(house, "OFFICE", body, key, uses=["draw", "trustee"])

    async with house.database.transaction() as tx:
        signer = await duty.require_signer(
            tx, house.hall, key.certificate, org="OFFICE", use=Use.TRUSTEE, at=AT
        )
        acts = await duty.actor_of(tx, signer, cms.cert_sha256(key.certificate), AT)
        for org, use in (("OFFICE", Use.LIMITS), ("OTHER", Use.TRUSTEE), ("OFFICE", None)):
            with pytest.raises(CertificateUnknown):
                await duty.require_signer(tx, house.hall, key.certificate, org=org, use=use, at=AT)
    assert (signer.org, signer.person, signer.uses) == (
        "OFFICE",
        "zhao-lei",
        frozenset({Use.TRUSTEE, Use.DRAW}),
    )
    assert acts is not None
    assert acts.roles == {Role.TRUSTEE}
    assert (await house.kinds())[-1] == "duty-stated"


async def test_statement_is_good_from_its_first_to_before_its_last_moment(
    house: House, body: SigningPair
) -> None:
    key = people.duty_pair()
    sha256 = cms.cert_sha256(key.certificate)
    await state(house, "OFFICE", body, key, **{"from": "2026-12-01T00:00:00Z"})
    begins, ends = AT.replace(day=1, month=12, hour=0), AT.replace(year=2027)

    async with house.database.transaction() as tx:
        for at, good in (
            (begins - timedelta(microseconds=1), False),
            (begins, True),
            (ends - timedelta(microseconds=1), True),
            (ends, False),
        ):
            assert (await duty.who_signs(tx, sha256, at) is not None) is good


async def test_newest_statement_counts_also_where_it_gives_less(
    house: House, body: SigningPair
) -> None:
    key = people.duty_pair()
    await state(house, "OFFICE", body, key, uses=["limits", "trustee"])
    await state(house, "OFFICE", body, key, uses=["draw"])

    async with house.database.transaction() as tx:
        with pytest.raises(CertificateUnknown):
            await duty.require_signer(
                tx, house.hall, key.certificate, org="OFFICE", use=Use.TRUSTEE, at=AT
            )


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"body": {"id": "OTHER", "name": "OFFICE"}}, DutyNotYours),
        ({"to": "2027-12-01T08:00:01Z"}, DutyTooLong),
        ({"to": "2026-11-30T08:00:00Z"}, DutyTooLong),
        ({"uses": ["everything"]}, Malformed),
        ({"cert_sha256": 64 * "0"}, SignatureBad),
    ],
)
async def test_statement_that_no_body_may_make_is_refused(
    house: House, body: SigningPair, changed: dict[str, Json], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        await state(house, "OFFICE", body, people.duty_pair(), **changed)


async def test_statement_is_made_once(house: House, body: SigningPair) -> None:
    key = people.duty_pair()
    await state(house, "OFFICE", body, key)

    with pytest.raises(DutyStated):
        await state(house, "OFFICE", body, key)


async def test_duty_certificate_of_one_body_is_not_stated_by_another(
    house: House, body: SigningPair
) -> None:
    key, firm = people.duty_pair(), house.pair(FIRM)
    await enrol(house, FIRM, firm)
    await state(house, "OFFICE", body, key)

    with pytest.raises(DutyNotYours):
        await state(house, FIRM, firm, key)


async def test_certificate_of_an_authority_is_no_duty_certificate(
    house: House, body: SigningPair
) -> None:
    with pytest.raises(Malformed):
        await state(house, "OFFICE", body, house.pair("OFFICE"))


async def test_duty_key_stands_and_falls_with_the_certificate_behind_it(
    house: House, body: SigningPair
) -> None:
    key = people.duty_pair()
    await state(house, "OFFICE", body, key)
    async with house.database.transaction() as tx:
        zhao = await identity.actor_of(tx, "zhao-lei", AT)
    assert zhao is not None

    await enrolment.revoke_certificate(
        house.database,
        house.hall,
        zhao,
        a_once(),
        cms.cert_sha256(body.certificate),
        Revocation.LOST,
    )

    async with house.database.transaction() as tx:
        assert await duty.who_signs(tx, cms.cert_sha256(key.certificate), AT) is None


async def test_stranger_states_nothing(house: House) -> None:
    with pytest.raises(CertificateUnknown):
        await state(house, FIRM, house.pair(FIRM), people.duty_pair())
    with pytest.raises(CertificateUntrusted):
        await state(house, FIRM, people.duty_pair(), people.duty_pair())
