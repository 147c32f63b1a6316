"""A house: its home claimed, joined or refused, and what `hall doctor` sees in it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from notary import authority
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.home import WrongHome
from tests.authorities import YEAR, TestAuthority
from web import settings
from web.house import HomeTaken, enter_house, note_address, open_house, running_at
from web.lights import Finding, Light
from web.readiness import readiness
from web.settings import BadSetting, Settings


@pytest.fixture
def given(tmp_path: Path, database_dsn: str) -> Settings:
    """Give the settings of a hall whose database is that of the test."""
    environ = {
        "HALL_HOME": str(tmp_path / "home"),
        "HALL_DATABASE_URL": database_dsn,
        "HALL_LISTEN": "0.0.0.0:0",
    }
    return settings.load(environ, tmp_path)


async def test_a_house_is_the_same_at_its_second_opening(given: Settings) -> None:
    async with open_house(given, demo=True) as first:
        pass
    async with open_house(given, demo=True) as second:
        pass

    assert second.hall.origin == first.hall.origin
    assert second.factor_key == first.factor_key
    assert second.hall.certificate == first.hall.certificate


async def test_one_process_has_a_home_and_says_where_it_serves(given: Settings) -> None:
    async with open_house(given, demo=True):
        unsaid = running_at(given.home)
        note_address(given.home, "http://localhost:20000")
        said = running_at(given.home)
        with pytest.raises(HomeTaken, match="http://localhost:20000"):
            async with open_house(given, demo=True):
                pass

    assert (unsaid, said) == (None, "http://localhost:20000")
    assert running_at(given.home) is None


async def test_a_house_is_entered_while_it_is_open_and_only_once_there_is_one(
    given: Settings,
) -> None:
    with pytest.raises(WrongHome):
        async with enter_house(given):
            pass
    async with open_house(given, demo=True) as own, enter_house(given) as other:
        assert other.hall.origin == own.hall.origin
        assert other.engine is None


async def test_a_demonstration_and_a_hall_do_not_share_a_home(given: Settings) -> None:
    async with open_house(given, demo=True):
        pass

    with pytest.raises(WrongHome, match="start it with --demo"):
        async with open_house(given, demo=False):
            pass


async def test_a_vault_that_is_not_there_is_refused(given: Settings, tmp_path: Path) -> None:
    environ = {
        "HALL_HOME": str(given.home),
        "HALL_DATABASE_URL": given.database_url or "",
        "HALL_VAULT": "s3+https://store.example/bids",
    }
    with pytest.raises(BadSetting, match="HALL_VAULT"):
        async with open_house(settings.load(environ, tmp_path), demo=True):
            pass


def test_what_is_said_of_port_0_is_said_of_the_port_that_was_bound(given: Settings) -> None:
    bound = given.bound_to(20_000)

    assert (bound.port, bound.origin, bound.url) == (
        20_000,
        "http://localhost:20000",
        "http://localhost:20000",
    )


def red(found: list[Finding]) -> list[str]:
    """Return what is red; the table of working days ends with each year, whenever a test runs."""
    return [one.what for one in found if not one.good and one.what is not Light.CALENDAR]


async def test_a_house_in_order_shows_no_red_light(given: Settings) -> None:
    async with open_house(given, demo=True):
        found = await readiness(given, machine_clock)

    assert red(found) == []
    assert {finding.what for finding in found} == {
        "hall", "migrations", "clock", "heartbeat", "disk", "certificate", "authority",
        "revocation", "vault", "cosigner", "mail", "sms", "calendar", "rules",
    }  # fmt: skip


async def test_a_clock_that_is_off_is_red_and_so_is_what_ends_soon(given: Settings) -> None:
    async with open_house(given, demo=True):

        def slow() -> datetime:
            return machine_clock() - timedelta(milliseconds=500)

        def in_ten_years() -> datetime:
            return machine_clock() + timedelta(days=3640)

        assert red(await readiness(given, slow)) == ["clock"]
        ending = ["clock", "certificate", "authority", "authority"]  # of the demo, and of devices
        assert red(await readiness(given, in_ten_years)) == ending


async def test_what_keeps_a_hall_shut_is_the_one_red_light(given: Settings) -> None:
    found = await readiness(given, machine_clock)

    assert red(found) == ["hall"]
    assert "hall serve makes one" in found[0].says.en


async def test_a_hall_with_a_certificate_opens_and_wants_a_revocation_list(
    given: Settings,
) -> None:
    at = machine_clock() - timedelta(days=1)
    trusted = TestAuthority(*authority.create_authority("Test CA", system_entropy, at))
    key = authority.new_key(system_entropy)
    certificate = trusted.issue(key.public_key(), name="hall", at=at, until=at + YEAR)
    folder = given.home / "authorities"
    folder.mkdir(parents=True)
    authority.save_key(given.home / "hall.key", key)
    (given.home / "hall.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "root.pem").write_bytes(trusted.certificate.public_bytes(Encoding.PEM))

    async with open_house(given, demo=False) as house:
        without = await readiness(given, machine_clock)
        (folder / "root.crl").write_bytes(trusted.crl({}, at=at).public_bytes(Encoding.PEM))
        with_list = await readiness(given, machine_clock)
        late = await readiness(given, lambda: machine_clock() + timedelta(days=40))

    assert not house.hall.demo
    assert red(without) == ["revocation", "mail", "sms"]
    assert red(with_list) == ["mail", "sms"]
    assert red(late) == ["clock", "revocation", "mail", "sms"]


async def test_a_hall_without_a_certificate_says_what_it_lacks(given: Settings) -> None:
    with pytest.raises(WrongHome, match="an authority has to certify the hall"):
        async with open_house(given, demo=False):
            pass
