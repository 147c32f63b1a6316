"""Readiness 晨检: is everything there that a day of openings needs? The function of `hall doctor`.

Source: `people.md` 7; the limit of the clock: `rules.md` 8.
"""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from notary.canonical import sha256_hex
from notary.clock import MachineClock
from notary.vault import Vault
from sql.migrate import pending
from web.house import House, enter_house
from web.settings import Settings

CLOCK_SKEW = timedelta(milliseconds=100)
"""`hall.clock_skew_ms` (`rules.md` 8)."""

LEAST_FREE_BYTES = 2 * 1024**3
"""Less is a red light: one large tender has a gigabyte of sealed files."""

EXPIRES_SOON = timedelta(days=30)

_PROBE = b"a file that hall doctor writes and takes away again\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One light: what was looked at, whether it is good, and in words how it is."""

    what: str
    good: bool
    says: str


async def readiness(settings: Settings, clock: MachineClock) -> list[Finding]:
    """Look at everything; what keeps the hall from opening is a finding too.

    `clock`: this machine's own, which is compared with the database's.
    """
    try:
        async with enter_house(settings) as house:
            return [
                Finding(what="hall", good=True, says=f"{house.hall.origin} opens"),
                await _migrations(house),
                await _clocks(house, clock),
                _disk(settings.home),
                _certificate(house, clock()),
                *_authorities(house, clock()),
                await _vault(house.vault),
            ]
    except Exception as error:  # noqa: BLE001 - whatever keeps a hall shut is what is asked here
        return [Finding(what="hall", good=False, says=f"does not open: {error}")]


async def _migrations(house: House) -> Finding:
    async with house.database.transaction() as tx:
        missing = await pending(tx)
    says = f"lacks {', '.join(missing)}: hall serve applies them" if missing else "up to date"
    return Finding(what="migrations", good=not missing, says=says)


async def _clocks(house: House, clock: MachineClock) -> Finding:
    async with house.database.transaction() as tx:
        before = clock()
        at = await house.hall.clock(tx)
        after = clock()
    off = max(before - at, at - after, timedelta(0))
    says = f"the database and this machine are {off / timedelta(milliseconds=1):.0f} ms apart"
    return Finding(what="clock", good=off <= CLOCK_SKEW, says=says)


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    says = f"{free / 1024**3:.1f} GiB free below {home}"
    return Finding(what="disk", good=free >= LEAST_FREE_BYTES, says=says)


def _certificate(house: House, at: datetime) -> Finding:
    until = house.hall.certificate.not_valid_after_utc
    says = f"the hall's own is good until {until:%Y-%m-%d}"
    return Finding(what="certificate", good=until - at > EXPIRES_SOON, says=says)


def _authorities(house: House, at: datetime) -> list[Finding]:
    """Judge the roots by their end, and their lists by the day that each sets for the next one."""
    roots = [
        Finding(
            what="authority",
            good=root.not_valid_after_utc - at > EXPIRES_SOON,
            says=f"{_name(root.subject)} is good until {root.not_valid_after_utc:%Y-%m-%d}",
        )
        for root in house.hall.authorities.roots
    ]
    lists = [_list(crl, at) for crl in house.hall.authorities.crls]
    if not lists:
        says = "no revocation list is configured: revocation is not checked"
        lists = [Finding(what="revocation", good=house.hall.demo, says=says)]
    return roots + lists


def _list(crl: x509.CertificateRevocationList, at: datetime) -> Finding:
    age = (at - crl.last_update_utc).days
    until = crl.next_update_utc
    says = f"the list of {_name(crl.issuer)} is {age} days old"
    return Finding(what="revocation", good=until is None or at < until, says=says)


async def _vault(vault: Vault) -> Finding:
    async def probe() -> AsyncIterator[bytes]:
        yield _PROBE

    digest = sha256_hex(_PROBE)
    try:
        await vault.put(digest, probe(), limit=len(_PROBE))
        await vault.delete(digest)
    except OSError as error:
        return Finding(what="vault", good=False, says=f"cannot be written: {error}")
    bound = await vault.keeps()
    says = "nobody can delete a listed bid" if bound else "whoever runs it can delete files"
    return Finding(what="vault", good=True, says=f"takes files and gives them back; {says}")


def _name(name: x509.Name) -> str:
    return name.rfc4514_string()
