"""Passkeys: keys of a person's authenticator that log in and confirm, unlocked by their owner.

A passkey is discoverable, so nobody types a name, and is used only where the authenticator has
verified its owner (finger, face or PIN). Which make it is, nobody asks (no attestation). Wrong
answers bar nothing: lock-outs are the password form's alone (`people.md` 6).

Source: Web Authentication Level 3; web.md 6.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import asyncpg
import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from notary import challenges, identity
from notary.canonical import Json
from notary.challenges import Purpose
from notary.credentials import Confirm
from notary.enrolment import NotHeld
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database, Tx

Given: TypeAlias = dict[str, Json]
"""What a browser's `toJSON` gives: schemas `passkey-made` and `passkey-answer`."""

_MILLISECONDS = int(challenges.GOOD_FOR.total_seconds() * 1000)

# What the library lets through of a body that is no answer of an authenticator.
_UNSOUND = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


class PasskeyRefused(Refusal):
    """No passkey of this hall answers so: unknown, revoked, copied, or its owner not verified.

    Source: Web Authentication Level 3, section 7.2.
    """

    code = "passkey.refused"


class PasskeyNotGood(Refusal):
    """What the authenticator has made is no passkey that this hall takes.

    Source: Web Authentication Level 3, section 7.1.
    """

    code = "passkey.not_good"


class PasskeyTaken(Refusal):
    """The passkey is in the register already.

    Source: Web Authentication Level 3, section 7.1, step 26.
    """

    code = "passkey.taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """The hall as authenticators know it. `host`: of the web origin; `key`: the factor key."""

    host: str
    origin: str
    name: str
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey of somebody. `name`: what its person calls it."""

    passkey: str
    person: str
    name: str
    enrolled_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an answer is checked against."""

    passkey: str
    person: str
    public_key: bytes
    sign_count: int


async def to_make(
    database: Database, hall: Hall, party: RelyingParty, confirm: Confirm, actor: Actor
) -> Given:
    """Return what a browser needs to make a passkey for a person, who confirms it first.

    Raises what `confirm` raises. The challenge in it is the proof of that for five minutes.
    """
    await confirm(actor.person)
    challenge = await challenges.make(database, hall, Purpose.ENROL, actor.person)
    async with database.transaction() as tx:
        name = await identity.name_of(tx, actor.person) or actor.person
        rows = await tx.fetch(
            """
            SELECT credential_id
              FROM notary.passkey
             WHERE person_id = $1
               AND revoked_at IS NULL
            """,
            actor.person,
        )
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_name=actor.person,
        user_display_name=name,
        user_id=_handle(party, actor.person),
        challenge=challenge,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in rows
        ],
    )
    return options_to_json_dict(options)


def to_answer(party: RelyingParty, challenge: bytes) -> Given:
    """Return what a browser needs to let a passkey answer; the person chooses which."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        timeout=_MILLISECONDS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


async def enrol(
    database: Database,
    hall: Hall,
    party: RelyingParty,
    actor: Actor,
    once: Once,
    name: str,
    made: Given,
) -> Answer:
    """Take a passkey that a browser has made for the actor.

    Way back: it can be revoked at any time. Raises ChallengeOver, PasskeyNotGood, PasskeyTaken.
    """
    challenge = _challenge_of(made, PasskeyNotGood())
    await challenges.spend(database, hall, challenge, Purpose.ENROL, actor.person)
    try:
        verified = webauthn.verify_registration_response(
            credential=made,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _UNSOUND as error:
        raise PasskeyNotGood from error
    passkey = hashlib.sha256(verified.credential_id).hexdigest()
    async with database.transaction() as tx:
        try:
            await tx.execute(
                """
                INSERT INTO notary.passkey (passkey_id, credential_id, public_key, sign_count,
                                            person_id, org_id, name, enrolled_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                passkey,
                verified.credential_id,
                verified.credential_public_key,
                verified.sign_count,
                actor.person,
                actor.org,
                name,
                await hall.clock(tx),
            )
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "passkey_is_enrolled_once":
                raise
            raise PasskeyTaken from error
        answer: Answer = {"passkey": passkey}
        await once.keep(tx, answer)
        return answer


async def log_in(database: Database, hall: Hall, party: RelyingParty, given: Given) -> str:
    """Return whose passkey has answered a log-in's challenge.

    Raises ChallengeOver, PasskeyRefused.
    """
    return await _check(database, hall, party, Purpose.LOG_IN, None, given)


async def confirm(
    database: Database, hall: Hall, party: RelyingParty, person: str, given: Given
) -> None:
    """Take a passkey's answer as the one confirmation of `person`.

    Raises ChallengeOver, PasskeyRefused.
    """
    await _check(database, hall, party, Purpose.CONFIRM, person, given)


async def revoke(database: Database, hall: Hall, actor: Actor, once: Once, passkey: str) -> Answer:
    """Take a passkey no more: the actor's own or, as the head of the body, a colleague's.

    Raises NotHeld.
    """
    async with database.transaction() as tx:
        is_head = await identity.head_of(tx, actor.org) == actor.person
        done = await tx.execute(
            """
            UPDATE notary.passkey
               SET revoked_at = $2
             WHERE passkey_id = $1
               AND org_id = $3
               AND (person_id = $4 OR $5)
               AND revoked_at IS NULL
            """,
            passkey,
            await hall.clock(tx),
            actor.org,
            actor.person,
            is_head,
        )
        if done != "UPDATE 1":
            raise NotHeld(id=passkey)
        answer: Answer = {"passkey": passkey}
        await once.keep(tx, answer)
        return answer


async def revoke_all(tx: Tx, person: str, at: datetime) -> None:
    """Take no passkey of a person any more: part of letting go."""
    await tx.execute(
        """
        UPDATE notary.passkey
           SET revoked_at = $2
         WHERE person_id = $1
           AND revoked_at IS NULL
        """,
        person,
        at,
    )


async def of_body(tx: Tx, org: str) -> list[Passkey]:
    """Return every passkey of a body's people that is not revoked, the newest first."""
    rows = await tx.fetch(
        """
        SELECT passkey_id AS passkey, person_id AS person, name, enrolled_at, used_at, revoked_at
          FROM notary.passkey
         WHERE org_id = $1
           AND revoked_at IS NULL
         ORDER BY enrolled_at DESC, passkey_id
        """,
        org,
    )
    return [Passkey(**row) for row in rows]


async def _check(
    database: Database,
    hall: Hall,
    party: RelyingParty,
    purpose: Purpose,
    person: str | None,
    given: Given,
) -> str:
    """Return whose passkey has answered: of `person` where one is named."""
    challenge = _challenge_of(given, PasskeyRefused())
    await challenges.spend(database, hall, challenge, purpose, person)
    kept = await _kept(database, given)
    if kept is None or person not in {None, kept.person}:
        raise PasskeyRefused
    _require_handle(party, kept.person, given)
    try:
        verified = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.sign_count,
            require_user_verification=True,
        )
    except _UNSOUND as error:
        raise PasskeyRefused from error
    async with database.transaction() as tx:
        # The count as it was read: of two answers at once by copies of a key one comes too late.
        done = await tx.execute(
            """
            UPDATE notary.passkey
               SET sign_count = $2,
                   used_at = greatest(enrolled_at, $3)
             WHERE passkey_id = $1
               AND sign_count = $4
               AND revoked_at IS NULL
            """,
            kept.passkey,
            verified.new_sign_count,
            await hall.clock(tx),
            kept.sign_count,
        )
    if done != "UPDATE 1":
        raise PasskeyRefused
    return kept.person


async def _kept(database: Database, given: Given) -> _Kept | None:
    """Read the passkey that an answer names, unless it is revoked."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """
            SELECT passkey_id AS passkey, person_id AS person, public_key, sign_count
              FROM notary.passkey
             WHERE credential_id = $1
               AND revoked_at IS NULL
            """,
            _decoded(given["rawId"], PasskeyRefused()),
        )
    return None if row is None else _Kept(**row)


def _require_handle(party: RelyingParty, person: str, given: Given) -> None:
    """Refuse an answer made for another person's handle (Web Authentication, 7.2, step 6)."""
    response = given["response"]
    told = response.get("userHandle") if isinstance(response, dict) else None
    if told is None:
        return
    handle = _decoded(told, PasskeyRefused())
    if not hmac.compare_digest(handle, _handle(party, person)):
        raise PasskeyRefused


def _handle(party: RelyingParty, person: str) -> bytes:
    """Return by what an authenticator knows a person: nothing that anybody else can read."""
    return hmac.digest(party.key, f"passkey/v1 handle {person}".encode(), "sha256")


def _challenge_of(given: Given, refusal: Refusal) -> bytes:
    """Read which challenge an authenticator has answered, before anything of it is believed."""
    response = given["response"]
    client = response.get("clientDataJSON") if isinstance(response, dict) else None
    try:
        return parse_client_data_json(_decoded(client, refusal)).challenge
    except _UNSOUND as error:
        raise refusal from error


def _decoded(encoded: Json, refusal: Refusal) -> bytes:
    try:
        return base64url_to_bytes(str(encoded))
    except ValueError as error:
        raise refusal from error
