from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from notary import authority, cms, home
from notary.authority import Authorities
from notary.channels import Channel
from notary.entropy import system_entropy
from notary.home import WrongHome
from sql.database import Database
from tests.authorities import an_authority
from tests.notary.house import AT, a_hall


async def test_a_demo_hall_makes_everything_at_its_first_start(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)

    assert hall.demo
    assert home.is_demo(tmp_path)
    assert cms.verify(b"a text", hall.sign(b"a text")) == hall.certificate
    Authorities.from_folder(tmp_path / "authorities").check(hall.certificate, AT)
    assert secrets_of(tmp_path) == ["demo-ca.key", "device-ca.key", "hall.key", "signer/key"]


async def test_the_next_start_finds_the_same_certificate(
    database: Database, tmp_path: Path
) -> None:
    first, _ = await a_hall(tmp_path, database)
    second, _ = await a_hall(tmp_path, database)

    assert second.certificate == first.certificate
    assert second.sign(b"a text") == first.sign(b"a text")


@pytest.mark.parametrize("lost", ["hall.pem", "hall.key", "authorities/demo-ca.pem"])
async def test_a_first_start_that_was_killed_is_made_whole(
    database: Database, tmp_path: Path, lost: str
) -> None:
    await a_hall(tmp_path, database)
    for path in ("hall.pem", lost):  # the certificate is always written last
        (tmp_path / path).unlink(missing_ok=True)
    hall, _ = await a_hall(tmp_path, database)

    assert cms.verify(b"a text", hall.sign(b"a text")) == hall.certificate


async def test_demo_and_real_halls_keep_to_their_homes(database: Database, tmp_path: Path) -> None:
    await a_hall(tmp_path, database)

    with pytest.raises(WrongHome, match="start it with --demo"):
        await a_hall(tmp_path, database, demo=False)


async def test_a_real_hall_has_its_certificate_from_an_authority(
    database: Database, tmp_path: Path
) -> None:
    assert home.is_demo(tmp_path) is None
    with pytest.raises(WrongHome, match="an authority has to certify the hall"):
        await a_hall(tmp_path, database, demo=False)

    certify(tmp_path)
    hall, _ = await a_hall(tmp_path, database, demo=False)
    assert not hall.demo
    assert not home.is_demo(tmp_path)
    with pytest.raises(WrongHome, match="a home of its own"):
        await a_hall(tmp_path, database, demo=True)


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [("hall.key", "does not certify"), ("authorities", "not to be trusted")],
)
async def test_a_certificate_that_does_not_fit_is_refused(
    database: Database, tmp_path: Path, lost: str, sentence: str
) -> None:
    certify(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    certify(other)
    (tmp_path / lost).rename(tmp_path / "lost")
    (other / lost).rename(tmp_path / lost)

    with pytest.raises(WrongHome, match=sentence):
        await a_hall(tmp_path, database, demo=False)


def certify(folder: Path) -> None:
    """Put into `folder` what the operator of a real hall puts there."""
    vouching, key = an_authority(), authority.new_key(system_entropy)
    certificate = vouching.issue(key.public_key(), name="Hall")
    authority.save_key(folder / "hall.key", key)
    (folder / "hall.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "authorities").mkdir()
    (folder / "authorities" / "ca.pem").write_bytes(vouching.certificate.public_bytes(Encoding.PEM))


def secrets_of(folder: Path) -> list[str]:
    """List the files below `folder` that hold a key, all of them closed to others."""
    found = [
        path
        for path in folder.rglob("*")
        if path.is_file() and (b"PRIVATE" in path.read_bytes() or b"seed" in path.read_bytes())
    ]
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}
    return sorted(str(path.relative_to(folder)) for path in found)


async def test_a_channel_is_named_by_the_certificate_that_lies_in_the_home(
    database: Database, tmp_path: Path
) -> None:
    made = an_authority().issue(authority.new_key(system_entropy).public_key(), name="notaries")
    folder = tmp_path / "channels"
    folder.mkdir()
    for name in ("lodge.example.pem", "127.0.0.1_1.pem"):
        (folder / name).write_bytes(made.public_bytes(Encoding.PEM))
    lodges = ("https://lodge.example", "https://other.example", "http://127.0.0.1:1")
    hall, _ = await a_hall(tmp_path, database, lodges=lodges)

    body = authority.organization_name(made)
    assert body is not None
    [channel] = hall.channels  # the second is not known, the third not under TLS
    assert channel == Channel(
        name=body, url="https://lodge.example", cert_sha256=cms.cert_sha256(made)
    )

    (folder / "lodge.example_8443.pem").write_bytes(made.public_bytes(Encoding.PEM))
    with pytest.raises(WrongHome, match="no other channel"):
        await a_hall(tmp_path, database, lodges=(*lodges, "https://lodge.example:8443"))
    (folder / "lodge.example.pem").write_bytes(b"-----BEGIN")
    with pytest.raises(WrongHome, match="no certificate"):
        await a_hall(tmp_path, database, lodges=lodges)
