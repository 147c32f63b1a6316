"""What counts as a way in: what logs in at that moment, and nothing that did once."""

from dataclasses import replace
from datetime import timedelta

from notary import register, ways_in
from notary.hall import Hall
from sql.database import Database
from tests.authorities import AT
from tests.people import House, a_house, der, newcomer

HOUR = timedelta(hours=1)


async def has(house: House, hall: Hall) -> bool:
    async with house.database.transaction() as tx:
        return await ways_in.has(tx, hall, "li-na", await hall.clock(tx))


async def test_a_certificate_is_a_way_in_until_its_last_second(database: Database) -> None:
    house = a_house(database)
    pair = house.pair("CENTRE")
    await house.take_in(newcomer("li-na", certificate=der(pair)))
    house.clock.move_to(pair.certificate.not_valid_after_utc)
    assert await has(house, house.hall)
    house.clock.move_to(pair.certificate.not_valid_after_utc + timedelta(seconds=1))
    assert not await has(house, house.hall)


async def test_a_certificate_that_its_authority_has_revoked_is_none(database: Database) -> None:
    house = a_house(database)
    pair = house.pair("CENTRE")
    await house.take_in(newcomer("li-na", certificate=der(pair)))
    revoked = house.authority.crl({pair.certificate.serial_number: AT + HOUR})
    hall = replace(house.hall, authorities=house.authority.authorities(revoked))
    house.clock.move_to(AT + HOUR - timedelta(microseconds=1))
    assert await has(house, hall)
    house.clock.move_to(AT + HOUR)
    assert not await has(house, hall)


async def test_a_device_is_none(database: Database) -> None:
    house = a_house(database)
    await house.take_in(newcomer("li-na"))
    device = house.pair("CENTRE").certificate
    async with house.database.transaction() as tx:
        who = (house.hall, "CENTRE", "li-na", device)
        await register.add_certificate(tx, *who, by="li-na", at=AT, device="laptop")

    assert not await has(house, house.hall)
