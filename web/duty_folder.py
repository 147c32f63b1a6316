"""The folder of a duty client: its root, its duty certificate, and what it goes by.

Besides the files of a key folder (`web.key_folder`), whose key is the duty key:

    trustee.json   for which body it acts, as which member, attended or armed
    root.age       the root of this year under a passphrase; on paper as well
    root           the root unlocked, only where the body wants the client to act alone
    duty.json      the body's statement for the duty certificate, and duty.p7s once it is signed
    authorities/   certificates and revocation lists of the authorities that the body trusts
    armed          days on which it may release alone, one a line
    drills         drills with their outcome, one a line
    state/         what it has seen and said (bidding.logbook): never copied, never set back

Source: `sealing.md` 6 and 6a.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyrage  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from bidding.clients.duty import Duty, Grounds, Identity, Refused, Send, Silent, enveloped
from bidding.clients.logbook import Logbook
from bidding.sealed.objects import Body, Holder
from bidding.sealed.objects import Duty as Statement
from bidding.types import Box
from notary import age, authority, cms, durable
from notary.canonical import Json
from notary.clock import MachineClock, machine_clock
from notary.entropy import Entropy, system_entropy
from notary.shape import Base64, Id, dump, load, write
from web import beijing, client
from web.client import CERTIFICATE_FILE, KEY_FILE, Client, SigningPair, Unreachable
from web.key_folder import LOG_FILE, read_authorities, read_log
from web.terminal import Refusing

ROOT_BYTES = 32
AUTHORITIES = "authorities"

_LIFE = timedelta(days=365)  # at most 366 (`sealing.md` 6a)
_BEFORE = timedelta(minutes=5)
_LOOK_AGAIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustee:
    """For whom a duty client acts."""

    v: Literal["hall-trustee/v1"] = "hall-trustee/v1"
    body: Body
    member: Id
    duty: Literal["attended", "armed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What `POST /duties` takes."""

    p7s: Base64
    certificate: Base64


def new(
    folder: Path,
    trustee: Trustee,
    *,
    log: bytes,
    authorities: Path,
    passphrase: str | None,
    entropy: Entropy = system_entropy,
    clock: MachineClock = machine_clock,
) -> str:
    """Make a duty client's folder; return its root as the line that goes on paper.

    `log`: tlog-policy of the hall's log; `authorities`: folder of the body's choice. Without a
    passphrase the root lies unlocked, as an armed client needs it.
    """
    root = entropy(ROOT_BYTES)
    key = make_statement(
        folder,
        trustee.body,
        f"{trustee.body.id} {trustee.member}",
        "trustee",
        log=log,
        authorities=authorities,
        entropy=entropy,
        clock=clock,
    )
    durable.replace(folder / "trustee.json", dump(trustee), mode=0o644)
    save_root(folder, root, passphrase)
    authority.save_key(folder / KEY_FILE, key)  # last: a folder with a key is whole
    return age.identity_of(root)


def make_statement(
    folder: Path,
    body: Body,
    common_name: str,
    use: Literal["trustee", "limits"],
    *,
    log: bytes,
    authorities: Path,
    entropy: Entropy,
    clock: MachineClock,
) -> EllipticCurvePrivateKey:
    """Make a folder with a duty certificate and the statement for one use; return its key.

    The folder is whole once its key is saved in it. Refuses one that has a key.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / KEY_FILE).exists():
        raise Refusing(f"{folder} has a key already")
    at = clock().replace(microsecond=0)
    key = authority.new_key(entropy)
    certificate = authority.self_signed(
        key,
        common_name=common_name,
        organisation=body.name,
        entropy=entropy,
        at=at - _BEFORE,
        until=at + _LIFE,
    )
    durable.replace(folder / LOG_FILE, log, mode=0o644)
    durable.replace(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM), mode=0o644)
    shutil.copytree(authorities, folder / AUTHORITIES, dirs_exist_ok=True)
    statement = Statement(
        origin=read_log(folder).logs[0].name,
        body=body,
        cert_sha256=cms.cert_sha256(certificate),
        uses=(use,),
        from_=at - _BEFORE,
        to=at - _BEFORE + _LIFE,
    )
    durable.replace(folder / "duty.json", dump(statement), mode=0o644)
    return key


def save_root(folder: Path, root: bytes, passphrase: str | None) -> None:
    """Keep a root under a passphrase, or unlocked where there is none."""
    line = age.identity_of(root).encode() + b"\n"
    if passphrase is None:
        durable.replace(folder / "root", line)
    else:
        durable.replace(folder / "root.age", pyrage.passphrase.encrypt(line, passphrase))


def is_locked(folder: Path) -> bool:
    """Tell whether the root needs its passphrase."""
    return not (folder / "root").exists()


def unlock(folder: Path, passphrase: str | None = None) -> bytes:
    """Return the root, or refuse the passphrase."""
    if not is_locked(folder):
        line = (folder / "root").read_bytes()
    elif passphrase is None or not (folder / "root.age").exists():
        raise Refusing(f"{folder}: the root is locked")
    else:
        try:
            line = pyrage.passphrase.decrypt((folder / "root.age").read_bytes(), passphrase)
        except pyrage.DecryptError as error:
            raise Refusing("another passphrase") from error
    return age.secret_of(line.decode().strip())


def read_trustee(folder: Path) -> Trustee:
    """Read for whom a folder acts, or refuse one that is no duty client's."""
    try:
        return load(Trustee, (folder / "trustee.json").read_bytes())
    except FileNotFoundError as error:
        raise Refusing(f"{folder} is no duty client's folder: hall trustee new") from error


def is_trustee(folder: Path) -> bool:
    """Tell whether a key folder is that of a duty client."""
    return (folder / "trustee.json").exists()


async def state_duty(hall: Client, folder: Path, body: SigningPair) -> Json:
    """Sign the statement with the body's own certificate and hand it to the hall."""
    statement = (folder / "duty.json").read_bytes()
    p7s = cms.sign(statement, body.key, body.certificate)
    durable.replace(folder / "duty.p7s", p7s, mode=0o644)
    der = client.read_pair(folder).certificate.public_bytes(Encoding.DER)
    stated = write(_Stated(p7s=p7s, certificate=der))
    assert isinstance(stated, dict)  # noqa: S101 - a dataclass is an object
    return await hall.send("POST", "/duties", {**enveloped(statement, p7s), **stated})


# Armed days


def arm(folder: Path, days: Collection[date]) -> None:
    """Let the client release alone on these days too."""
    known = armed_days(folder) | set(days)
    text = "".join(f"{day.isoformat()}\n" for day in sorted(known))
    durable.replace(folder / "armed", text.encode())


def armed_days(folder: Path) -> set[date]:
    """Return the days, in Beijing, on which the client may release alone."""
    path = folder / "armed"
    lines = path.read_text().split() if path.exists() else []
    return {date.fromisoformat(line) for line in lines}


def armed_permit(folder: Path, clock: MachineClock) -> Callable[[Box], Awaitable[None]]:
    """Permit on armed days; on others wait until somebody arms the day."""

    async def permit(_box: Box) -> None:
        while True:
            if beijing.today(clock()) in armed_days(folder):
                return
            await asyncio.sleep(_LOOK_AGAIN_S)

    return permit


def attended_permit(
    press: Callable[[Box], Awaitable[None]], clock: MachineClock
) -> Callable[[Box], Awaitable[None]]:
    """Permit after one press a day, however many boxes are due."""
    pressed: set[date] = set()
    turn = asyncio.Lock()

    async def permit(box: Box) -> None:
        async with turn:
            day = beijing.today(clock())
            if day not in pressed:
                await press(box)
                pressed.add(day)

    return permit


# Drills


def note_drill(folder: Path, at: datetime, outcome: str) -> None:
    """Write down what came of a drill, a line each."""
    path = folder / "drills"
    before = path.read_text() if path.exists() else ""
    durable.replace(path, f"{before}{beijing.today(at).isoformat()} {outcome}\n".encode())


def last_drill(folder: Path) -> str | None:
    """Return the last line of the drills, None before the first."""
    path = folder / "drills"
    lines = path.read_text().splitlines() if path.exists() else []
    return lines[-1] if lines else None


# The client


def duty_of(
    folder: Path,
    root: bytes,
    hall: Client,
    permit: Callable[[Box], Awaitable[None]],
    *,
    clock: MachineClock = machine_clock,
    entropy: Entropy = system_entropy,
) -> Duty:
    """Put the duty client of a folder together; `hall` signs with the same folder's key."""
    return Duty(
        identity=identity_of(folder, root),
        send=sender(hall),
        grounds=grounds_of(folder, clock),
        logbook=Logbook(folder / "state"),
        entropy=entropy,
        permit=permit,
    )


def identity_of(folder: Path, root: bytes) -> Identity:
    """Return who a folder's client is, once its root is unlocked."""
    trustee, pair = read_trustee(folder), client.read_pair(folder)
    return Identity(
        holder=Holder(
            id=trustee.body.id,
            name=trustee.body.name,
            cert_sha256=cms.cert_sha256(pair.certificate),
        ),
        member=trustee.member,
        duty=trustee.duty,
        root=root,
        sign=lambda text: cms.sign(text, pair.key, pair.certificate),
    )


def grounds_of(folder: Path, clock: MachineClock = machine_clock) -> Grounds:
    """Return what a folder's client judges by."""
    return Grounds(
        log=read_log(folder), authorities=read_authorities(folder / AUTHORITIES), clock=clock
    )


def sender(hall: Client) -> Send:
    """Speak to the hall over HTTP, and say no in the words of the duty client."""

    async def send(method: str, path: str, body: Json = None, *, key: str | None = None) -> Json:
        try:
            return await hall.send(method, path, body, key=key)
        except client.Refused as refused:
            raise Refused(refused.code or str(refused.status)) from refused
        except Unreachable as error:
            raise Silent(str(error)) from error

    return send
