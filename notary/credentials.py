"""The password route: Argon2id and a time-based code, and the lock of that form alone.

`key` is 32 bytes that the hall keeps outside its database: it peppers the passwords and encrypts
the secrets of the second factor, so that a copy of the database opens no account. Wrong passwords
bar the form for the typed name, whether or not somebody has it, and never a certificate's
signature or another session (`people.md` 6).

Sources: RFC 9106 (Argon2), RFC 6238 (TOTP), OWASP ASVS 5.0.0 V6.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, NoReturn, TypeAlias

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from notary.entropy import Entropy
from notary.hall import Hall
from notary.refusal import Refusal
from sql.database import Database, Tx

KEY_BYTES = 32
SECRET_BYTES = 20  # RFC 4226, section 4: the recommended length for HMAC-SHA-1

# OWASP Password Storage Cheat Sheet, 2025: 19 MiB, two passes, one lane.
_MEMORY_KIB = 19 * 1024
_PASSES = 2
_LANES = 1
_SALT_BYTES = 16
_HASH_BYTES = 32
_NONCE_BYTES = 12

_LONGEST_NAME = 64

_DIGITS = 6
_STEP_SECONDS = 30
# A code of the step before or after is taken: clocks of telephones drift (RFC 6238, section 5.2).
_STEPS_OFF = (-1, 0, 1)

# The first failures are free; then each doubles the wait, up to a quarter of an hour.
_FREE_FAILURES = 4
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)


Confirm: TypeAlias = Callable[[str], Awaitable[None]]
"""Takes the one confirmation of a person, of whatever strength that person has, or refuses."""


class _Lock(NamedTuple):
    """Where failures are counted: a table, and its column of who."""

    table: str
    column: str


_FORM = _Lock("web.password_lock", "typed_name")
# Whoever is logged in already is not barred by what others type into the form.
_INSIDE = _Lock("web.confirmation_lock", "person_id")


class LogInRefused(Refusal):
    """Name, password and code do not fit together; which of them is not said.

    Source: OWASP ASVS 5.0.0, 6.3.8.
    """

    code = "login.refused"


class LogInBarred(Refusal):
    """Too many wrong attempts: the password form waits, every other way in stays open.

    Source: people.md 6.
    """

    code = "login.barred"


async def set_password(
    tx: Tx, entropy: Entropy, key: bytes, person: str, password: str, secret: bytes
) -> None:
    """Let `person` log in by `password` and codes of `secret`: part of an act or of the start."""
    await tx.execute(
        """
        INSERT INTO notary.credential (person_id, password_phc, totp_sealed)
        VALUES ($1, $2, $3)
            ON CONFLICT (person_id) DO UPDATE
           SET password_phc = excluded.password_phc,
               totp_sealed = excluded.totp_sealed,
               totp_step = 0
        """,
        person,
        await asyncio.to_thread(_hash, key, entropy(_SALT_BYTES), password),
        _seal(key, entropy(_NONCE_BYTES), person, secret),
    )


def current_code(secret: bytes, at: datetime) -> tuple[str, datetime]:
    """Return the code that `secret` shows at `at`, and until when (`hall code`)."""
    step = int(at.timestamp()) // _STEP_SECONDS
    until = datetime.fromtimestamp((step + 1) * _STEP_SECONDS, UTC)
    return _totp(secret).generate(step * _STEP_SECONDS).decode(), until


async def confirm(database: Database, hall: Hall, key: bytes, person: str, given: str) -> None:
    """Take the one confirmation of a final act: the current code, or the password.

    Its failures are counted apart from those of the form. Raises as `check_password` does.
    """
    if len(given) == _DIGITS and given.isdecimal():
        await _check_code(database, hall, key, person, given, _INSIDE)
    else:
        await _check_password(database, hall, key, person, given, _INSIDE)


async def check_password(
    database: Database, hall: Hall, key: bytes, name: str, password: str
) -> str:
    """Return the person who has this name and password: the first of two steps.

    Raises LogInBarred before anything is compared, else LogInRefused.
    """
    if len(name) > _LONGEST_NAME:
        raise LogInRefused
    return await _check_password(database, hall, key, name, password, _FORM)


async def check_code(database: Database, hall: Hall, key: bytes, person: str, code: str) -> None:
    """Spend the code that `person` shows: the second step. Raises as `check_password` does."""
    await _check_code(database, hall, key, person, code, _FORM)


async def _check_password(
    database: Database, hall: Hall, key: bytes, name: str, password: str, lock: _Lock
) -> str:
    async with database.transaction() as tx:
        await _require_no_bar(tx, lock, name, await hall.clock(tx))
        phc = await tx.fetchval(
            """
            SELECT password_phc
              FROM notary.credential
             WHERE person_id = $1
            """,
            name,
        )
    # Hashing takes tens of milliseconds: in a thread, and outside any transaction.
    if not await asyncio.to_thread(_verify, key, phc, password):
        await _refuse(database, hall, lock, name)
    return name


async def _check_code(
    database: Database, hall: Hall, key: bytes, person: str, code: str, lock: _Lock
) -> None:
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        await _require_no_bar(tx, lock, person, at)
        secret = await secret_of(tx, key, person)
        step = None if secret is None else _step_of(secret, code, at)
        if step is not None and await _use_step(tx, person, step):
            await tx.execute(
                f"DELETE FROM {lock.table} WHERE {lock.column} = $1",  # noqa: S608 - constants
                person,
            )
            return
    await _refuse(database, hall, lock, person)


async def hold(tx: Tx, person: str) -> None:
    """Keep password and second factor of a person until the transaction ends: a log-in does.

    Whoever takes them away waits for this, and then ends the session that has begun by them too.
    """
    await tx.fetchrow(
        """
        SELECT
          FROM notary.credential
         WHERE person_id = $1
           FOR SHARE
        """,
        person,
    )


async def remove(tx: Tx, person: str) -> None:
    """Take password and second factor of a person away, if there are any."""
    await tx.execute("DELETE FROM notary.credential WHERE person_id = $1", person)


async def is_set(tx: Tx, person: str) -> bool:
    """Tell whether a person can log in by name, password and code."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM notary.credential WHERE person_id = $1)", person
    )
    return found


async def secret_of(tx: Tx, key: bytes, person: str) -> bytes | None:
    """Return the secret of a person's second factor, None for who has none."""
    sealed: bytes | None = await tx.fetchval(
        """
        SELECT totp_sealed
          FROM notary.credential
         WHERE person_id = $1
        """,
        person,
    )
    if sealed is None:
        return None
    cipher = AESGCMSIV(_derive(key, b"hall-factor/v1"))
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], person.encode())


async def _refuse(database: Database, hall: Hall, lock: _Lock, name: str) -> NoReturn:
    """Count a failure, in a transaction that the refusal does not roll back, and refuse."""
    async with database.transaction() as tx:
        await tx.execute(
            f"""
            INSERT INTO {lock.table} AS lock ({lock.column}, failures, failed_at)
            VALUES ($1, 1, $2)
                ON CONFLICT ({lock.column}) DO UPDATE
               SET failures = lock.failures + 1,
                   failed_at = excluded.failed_at
            """,  # noqa: S608 - constants
            name,
            await hall.clock(tx),
        )
    raise LogInRefused


async def _require_no_bar(tx: Tx, lock: _Lock, name: str, at: datetime) -> None:
    row = await tx.fetchrow(
        f"""
        SELECT failures, failed_at
          FROM {lock.table}
         WHERE {lock.column} = $1
        """,  # noqa: S608 - constants
        name,
    )
    if row is None or row["failures"] <= _FREE_FAILURES:
        return
    doublings = min(row["failures"] - _FREE_FAILURES - 1, 10)
    until = row["failed_at"] + min(_FIRST_WAIT * 2**doublings, _LONGEST_WAIT)
    if at < until:
        raise LogInBarred(seconds=-(-(until - at) // timedelta(seconds=1)))


async def _use_step(tx: Tx, person: str, step: int) -> bool:
    """Spend a code: of two log-ins with the same one, only the first gets in."""
    done = await tx.execute(
        """
        UPDATE notary.credential
           SET totp_step = $2
         WHERE person_id = $1
           AND totp_step < $2
        """,
        person,
        step,
    )
    return done == "UPDATE 1"


def _step_of(secret: bytes, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is, None if it is none near `at`."""
    now = int(at.timestamp())
    for off in _STEPS_OFF:
        moment = now + off * _STEP_SECONDS
        try:
            _totp(secret).verify(code.encode(), moment)
        except InvalidToken:
            continue
        return moment // _STEP_SECONDS
    return None


def _totp(secret: bytes) -> TOTP:
    # RFC 6238 and every authenticator: HMAC-SHA-1, whose collisions do not matter here.
    return TOTP(secret, _DIGITS, hashes.SHA1(), _STEP_SECONDS)  # noqa: S303 - RFC 6238


def _hash(key: bytes, salt: bytes, password: str) -> str:
    argon = Argon2id(
        salt=salt,
        length=_HASH_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
        secret=_derive(key, b"hall-password/v1"),
    )
    return argon.derive_phc_encoded(password.encode())


def _verify(key: bytes, phc: str | None, password: str) -> bool:
    if phc is None:  # nobody has this name: take as long, and say the same
        _hash(key, bytes(_SALT_BYTES), password)
        return False
    try:
        Argon2id.verify_phc_encoded(password.encode(), phc, _derive(key, b"hall-password/v1"))
    except InvalidKey:
        return False
    return True


def _seal(key: bytes, nonce: bytes, person: str, secret: bytes) -> bytes:
    cipher = AESGCMSIV(_derive(key, b"hall-factor/v1"))
    return nonce + cipher.encrypt(nonce, secret, person.encode())


def _derive(key: bytes, label: bytes) -> bytes:
    """Return the key for one use (RFC 5869); a label is never used for another."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(key)
