"""The hall's home, the folder `HALL_HOME`: its keys and certificates, and how it becomes a Hall.

    signer/          key and memory of the log (notary.signer); in production another volume
    hall.key         the hall's own key for receipts and records, PKCS#8 in PEM
    hall.pem         its certificate
    authorities/     certificates and CRLs of the authorities, unless they are configured elsewhere
    channels/        certificates of second channels, `<host>.pem` or `<host>_<port>.pem`, if any
    rules/           rule sets of its own, `<kind>/<yyyy-mm>.toml` and `<kind>-<region>/…`, if any
    demo-ca.key      of a demo hall only: the key of the authority that it is to itself
    device-ca.key    the key of the authority for the devices of its people (notary.devices)
    device-ca.pem    its certificate

A demo hall makes all of it at its first start. Any other has its certificate from an authority.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notary import authority, cms, devices, durable, inception
from notary.authority import Authorities
from notary.channels import Channel
from notary.clock import Clock
from notary.cms import BadCertificate
from notary.devices import DeviceAuthority
from notary.entropy import Entropy
from notary.hall import Hall
from notary.signer import FailPoint, LogKey, Signer, goes_on, read_key
from sql.database import Database

DEMO_AUTHORITY = "demo-ca.pem"

_CERTIFICATE_DAYS = 3650


class WrongHome(Exception):  # noqa: N818 - named after what is wrong
    """The home is not one that this command may use; the message says what to do about it."""


async def open_hall(
    home: Path,
    database: Database,
    *,
    host: str,
    demo: bool,
    clock: Clock,
    entropy: Entropy,
    authorities: Path | None = None,
    lodges: Sequence[str] = (),
    fail_point: FailPoint = goes_on,
) -> tuple[Hall, Signer]:
    """Open the hall of `home`, and make keys and log where home and database are both empty.

    `host`: host[:port] of the web origin, part of the log's name for ever. `authorities`: folder
    of CA certificates and CRLs, if not the home's own. `lodges`: origins of the second channels,
    which notices name where the home has their certificates. Raises WrongHome for a demo home
    without `demo` and the other way round, LogFault where home and database do not belong together.
    """
    folder = home / "signer"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with durable.locked(folder / "opening"):  # two processes that start at once take turns
        key = await inception.settle_key(
            folder, database, host=host, demo=demo, entropy=entropy, fail_point=fail_point
        )
        _require_kind_of_home(home, key, demo=demo)
        async with database.transaction() as tx:
            at = await clock(tx)
        _settle_devices(home, entropy, at)
        if demo:
            _settle_demo(home, entropy, at)
        hall = _hall(home, authorities or home / "authorities", key, clock, entropy, at)
        hall = replace(hall, channels=_channels(home / "channels", lodges))
        signer = await inception.settle_log(folder, database, hall, key, fail_point)
    return hall, signer


def demo_authority(home: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return key and certificate of a demo hall's own authority, to enrol its people with."""
    return _read_key(home / "demo-ca.key"), _read_certificate(home / "authorities" / DEMO_AUTHORITY)


def device_authority(home: Path) -> DeviceAuthority:
    """Return the authority for the devices of a hall's people, once the hall was opened."""
    return DeviceAuthority(
        key=_read_key(home / "device-ca.key"), certificate=_read_certificate(home / "device-ca.pem")
    )


def is_demo(home: Path) -> bool | None:
    """Tell whether `home` is that of a demo hall; None where no hall has begun in it."""
    path = home / "signer" / "key"
    return read_key(path).demo if path.exists() else None


def _require_kind_of_home(home: Path, key: LogKey, *, demo: bool) -> None:
    """Refuse to run a demo home as a real hall, or a real one as a demonstration."""
    if key.demo and not demo:
        raise WrongHome(f"{home} is the home of a demonstration: start it with --demo")
    if demo and not key.demo:
        raise WrongHome(f"{home} is the home of a hall: a demonstration needs a home of its own")


def _settle_devices(home: Path, entropy: Entropy, at: datetime) -> None:
    """Make the authority for devices; its certificate last, as below."""
    if not (home / "device-ca.pem").exists():
        made = devices.create(entropy, at)
        _write_key(home / "device-ca.key", made.key)
        durable.replace(home / "device-ca.pem", _pem(made.certificate))


def _settle_demo(home: Path, entropy: Entropy, at: datetime) -> None:
    """Make what a demo hall is to itself: an authority, and its own key and certificate.

    The certificate is written last, so that a start that was killed is made whole by the next.
    """
    folder = home / "authorities"
    folder.mkdir(exist_ok=True)
    if not (folder / DEMO_AUTHORITY).exists():
        key, certificate = authority.create_authority("Demo authority", entropy, at)
        _write_key(home / "demo-ca.key", key)
        durable.replace(folder / DEMO_AUTHORITY, _pem(certificate))
    # Its clients, which copy the folder, read notices that were approved with a device's key.
    durable.replace(folder / "device-ca.pem", (home / "device-ca.pem").read_bytes())
    if not (home / "hall.pem").exists():
        own = authority.new_key(entropy)
        _write_key(home / "hall.key", own)
        certificate = authority.issue(
            *demo_authority(home),
            common_name="Demo hall",
            organisation="Demo hall",
            organization_identifier="HALL",
            public_key=own.public_key(),
            entropy=entropy,
            at=at,
            until=at + timedelta(days=_CERTIFICATE_DAYS),
        )
        durable.replace(home / "hall.pem", _pem(certificate))


def _hall(
    home: Path, folder: Path, key: LogKey, clock: Clock, entropy: Entropy, at: datetime
) -> Hall:
    """Put the hall together from its files; raise WrongHome where its certificate is missing."""
    if not (home / "hall.key").exists() or not (home / "hall.pem").exists():
        raise WrongHome(
            f"{home} has no hall.key and hall.pem: an authority has to certify the hall"
        )
    own, certificate = _read_key(home / "hall.key"), _read_certificate(home / "hall.pem")
    if certificate.public_key() != own.public_key():
        raise WrongHome(f"{home / 'hall.pem'} does not certify the key in hall.key")
    if not folder.is_dir():
        raise WrongHome(f"{folder} is missing: the authorities whose certificates count lie there")
    configured = Authorities.from_folder(folder)
    try:
        configured.bodies.check(certificate, at)
    except BadCertificate as error:
        raise WrongHome(f"{home / 'hall.pem'} is not to be trusted: {error}") from error
    return Hall(
        origin=key.origin,
        clock=clock,
        entropy=entropy,
        authorities=configured.with_root(_read_certificate(home / "device-ca.pem")),
        certificate=certificate,
        sign=lambda text: cms.sign(text, own, certificate),
        demo=key.demo,
        rules=home / "rules",
    )


def _channels(folder: Path, lodges: Sequence[str]) -> tuple[Channel, ...]:
    """Return the channels whose certificate lies in the folder: under TLS, as a notice wants them.

    Any other takes bids as well, but no notice names it.
    """
    found: dict[str, Channel] = {}
    for origin in lodges:
        address = urlsplit(origin)
        path = folder / f"{address.netloc.replace(':', '_')}.pem"
        if address.scheme != "https" or not path.exists():
            continue
        try:
            certificate = _read_certificate(path)
        except ValueError as error:
            raise WrongHome(f"{path} is no certificate in PEM") from error
        name = authority.organization_name(certificate) or authority.common_name(certificate)
        if name is None or name in found:
            raise WrongHome(f"{path} does not name a body that no other channel is")
        found[name] = Channel(name=name, url=origin, cert_sha256=cms.cert_sha256(certificate))
    return tuple(found.values())


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    durable.replace(path, pem)


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = authority.load_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongHome(f"{path} is not an elliptic curve key")
    return key


def _read_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
