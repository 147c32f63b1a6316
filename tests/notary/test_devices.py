"""Keys of devices: certified under a log-in, good at a desk, never good for a duty."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary import authority, cms, credentials, devices, duty, enrolment
from notary.credentials import LogInRefused
from notary.devices import DeviceAuthority, KeyOfAnotherKind, Wish
from notary.duty import Use
from notary.entropy import system_entropy
from notary.identity import Actor, Role
from notary.signature import CertificateUntrusted, require_trusted
from notary.ways_in import Revocation
from sql.database import Database
from tests.authorities import AT
from tests.people import House, a_house, a_once, duty_pair, newcomer, signature
from tests.people import duty as a_duty
from web.client import SigningPair

KEY = bytes(range(32))
SECRET = b"12345678901234567890"
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a hall that lives for one test
LI_NA = Actor(person="li-na", org="CENTRE", roles=frozenset({Role.ADMINISTRATOR}), branch=None)


async def a_desk(database: Database) -> tuple[House, DeviceAuthority]:
    """Make a house that trusts its own authority for devices, with somebody who can log in."""
    house, vouching = a_house(database), devices.create(system_entropy, AT)
    trusted = house.hall.authorities.with_root(vouching.certificate)
    house = replace(house, hall=replace(house.hall, authorities=trusted))
    await house.take_in(newcomer())
    async with database.transaction() as tx:
        await credentials.set_password(tx, system_entropy, KEY, "li-na", PASSWORD, SECRET)
    return house, vouching


def a_wish(key: ec.EllipticCurvePrivateKey) -> Wish:
    """Wish for a certificate of this key."""
    return Wish(public_key=spki(key.public_key()), name="Chrome, Linux")


def spki(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


async def certify(
    house: House, vouching: DeviceAuthority, wish: Wish, confirmation: str = PASSWORD
) -> x509.Certificate:
    """Have a key certified, and return its certificate as the register has it."""
    confirm = partial(credentials.confirm, house.database, house.hall, KEY, given=confirmation)
    answer = await devices.certify(
        house.database, house.hall, vouching, confirm, LI_NA, a_once("li-na"), wish
    )
    async with house.database.transaction() as tx:
        der = await tx.fetchval(
            "SELECT der FROM notary.certificate WHERE cert_sha256 = $1", answer["cert_sha256"]
        )
    return x509.load_der_x509_certificate(der)


async def test_a_device_signs_for_its_person_once_it_is_certified(database: Database) -> None:
    house, vouching = await a_desk(database)
    key = authority.new_key(system_entropy)
    certificate = await certify(house, vouching, a_wish(key))

    require_trusted(house.hall.authorities, certificate, house.clock.now)
    assert cms.verify(b"a text", cms.sign(b"a text", key, certificate)) == certificate
    assert authority.organization_identifier(certificate) == "CENTRE"
    (known,), _ = await devices.of_person(database, house.hall, "li-na")
    assert (known.name, known.revoked_at) == ("Chrome, Linux", None)
    assert (await house.kinds())[-1] == "certificate-enrolled"


async def test_the_current_code_confirms_as_well(database: Database) -> None:
    house, vouching = await a_desk(database)
    code, _ = credentials.current_code(SECRET, house.clock.now)

    await certify(house, vouching, a_wish(authority.new_key(system_entropy)), code)
    with pytest.raises(LogInRefused):  # a code works once
        await certify(house, vouching, a_wish(authority.new_key(system_entropy)), code)


async def test_without_the_confirmation_there_is_no_certificate(database: Database) -> None:
    house, vouching = await a_desk(database)
    with pytest.raises(LogInRefused):
        await certify(house, vouching, a_wish(authority.new_key(system_entropy)), "guess")

    assert await house.count("notary.certificate") == 0


@pytest.mark.parametrize(
    "public_key",
    [
        spki(ec.generate_private_key(ec.SECP384R1()).public_key()),
        spki(ed25519.Ed25519PrivateKey.generate().public_key()),
        b"not a key",
    ],
    ids=["P-384", "Ed25519", "no key"],
)
async def test_only_a_key_on_p256_is_certified(database: Database, public_key: bytes) -> None:
    house, vouching = await a_desk(database)

    with pytest.raises(KeyOfAnotherKind):
        await certify(house, vouching, Wish(public_key=public_key, name="x"))


async def test_a_device_is_good_to_its_last_second_and_not_after(database: Database) -> None:
    house, vouching = await a_desk(database)
    certificate = await certify(house, vouching, a_wish(authority.new_key(system_entropy)))
    end = certificate.not_valid_after_utc
    (known,), _ = await devices.of_person(database, house.hall, "li-na")

    assert known.is_good(end)
    assert not known.is_good(end + timedelta(microseconds=1))


async def test_a_revoked_device_is_good_for_nothing(database: Database) -> None:
    house, vouching = await a_desk(database)
    certificate = await certify(house, vouching, a_wish(authority.new_key(system_entropy)))
    sha256 = cms.cert_sha256(certificate)
    await enrolment.revoke_certificate(
        database, house.hall, LI_NA, a_once("li-na"), sha256, Revocation.LOST
    )

    (known,), at = await devices.of_person(database, house.hall, "li-na")
    assert not known.is_good(at)
    async with database.transaction() as tx:
        assert await duty.who_signs(tx, sha256, at) is None


async def test_no_device_states_a_duty_or_stands_in_for_one(database: Database) -> None:
    house, vouching = await a_desk(database)
    key = authority.new_key(system_entropy)
    device = SigningPair(key=key, certificate=await certify(house, vouching, a_wish(key)))
    duties = duty_pair()
    statement, p7s = signature(a_duty("CENTRE", duties.certificate), device)

    with pytest.raises(CertificateUntrusted):
        await duty.state_duty(
            database,
            house.hall,
            a_once(),
            statement,
            p7s,
            duties.certificate.public_bytes(Encoding.DER),
        )
    async with database.transaction() as tx:
        at = house.clock.now
        await duty.require_signer(tx, house.hall, device.certificate, org="CENTRE", use=None, at=at)
        with pytest.raises(CertificateUntrusted):
            await duty.require_signer(
                tx, house.hall, device.certificate, org="CENTRE", use=Use.TRUSTEE, at=at
            )
