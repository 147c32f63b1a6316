"""Links by which one person comes in: once, with an own name, password and second factor.

The first start of a hall makes two of them, the head of a firm one for each colleague. Nothing of
the person exists before the link is used; one without roles is for a person whom the register has
already, and gives a way to log in. The link is made of the hall's factor key and the
invitation's id: whoever copies the database has no link.

Source: people.md 7 (first start) and 5 (colleagues of a firm).
"""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from notary import credentials, identity, register, sessions, shape
from notary.entropy import Entropy
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.register import Newcomer
from notary.signature import require_trusted
from sql.database import Database, Tx

GOOD_FOR = timedelta(hours=72)
"""A link that nobody uses by then is dead; another is made in a minute."""

LEAST_PASSWORD = 12

GOOD = """used_at IS NULL
           AND (made_by IS NULL
                OR EXISTS (SELECT
                             FROM notary.role_grant
                            WHERE role_grant.person_id = made_by
                              AND ended_at IS NULL))"""
"""Who has left comes back by no link: a head leaves with all that the head has made."""

_DRIFT = timedelta(seconds=30)  # a telephone's clock may be one step off
_NONCE_BYTES = 12


class InvitationOver(Refusal):
    """There is no such link, it was used, its time is over, or whoever made it has left.

    Source: people.md 7: one-time links.
    """

    code = "invitation.over"


class PasswordShort(Refusal):
    """The password has fewer characters than twelve.

    Source: web.md 5: it stands beside a second factor.
    """

    code = "invitation.password_short"


class CodeWrong(Refusal):
    """The code is not that of the second factor that the page shows.

    Source: web.md 6: the factor is tried before it counts.
    """

    code = "invitation.code_wrong"


class CertificateNeeded(Refusal):
    """Only who signs by an enrolled certificate of an authority gets a link for himself.

    Source: web.md 6: a way to log in that is lost comes back by another one.
    """

    code = "invitation.certificate_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that may still be used."""

    invitation: str
    newcomer: Newcomer
    prepares: bool
    made_by: str | None
    good_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What somebody gives who comes in. `factor`: as the page had it, `Factor.sealed`."""

    name: str
    password: str
    code: str
    factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A second factor that one showing of an invitation's page offers.

    `sealed`: the same as the form brings it back; nobody but the hall reads or makes one.
    """

    secret: bytes = field(repr=False)
    sealed: str


async def invite(
    tx: Tx, hall: Hall, newcomer: Newcomer, *, prepares: bool, by: str | None, at: datetime
) -> str:
    """Write an invitation, as part of an act; return its id."""
    invitation = hall.entropy(16).hex()
    await tx.execute(
        """
        INSERT INTO notary.invitation (invitation_id, newcomer, prepares, org_id, made_by,
                                       made_at, good_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        invitation,
        shape.dump(newcomer),
        prepares,
        newcomer.org,
        by,
        at,
        at + GOOD_FOR,
    )
    return invitation


async def invite_known(tx: Tx, hall: Hall, known: Newcomer, *, by: str, at: datetime) -> str:
    """Write an invitation for a person whom the register has: it gives a way to log in."""
    return await invite(tx, hall, replace(known, roles=()), prepares=False, by=by, at=at)


async def ask(database: Database, hall: Hall, actor: Actor, once: Once) -> Answer:
    """Make the actor, who has signed the request by a CA certificate, a link to log in.

    Way back: it can be left unused. Raises CertificateNeeded, CertificateUntrusted.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        await _require_certificate(tx, hall, actor, at)
        body = await identity.organisation(tx, actor.org)
        assert body is not None  # noqa: S101 - the actor acts for it
        known = Newcomer(
            org=body.org,
            org_name=body.name,
            line=body.line,
            branch=body.branch,
            person=actor.person,
            person_name=await identity.name_of(tx, actor.person) or actor.person,
            roles=(),
            certificate=None,
        )
        invitation = await invite_known(tx, hall, known, by=actor.person, at=at)
        answer: Answer = {"invitation": invitation}
        await once.keep(tx, answer)
        return answer


async def own_link(
    database: Database, hall: Hall, key: bytes, actor: Actor, invitation: str
) -> str:
    """Return the path of a link that the actor has asked for. Raises as `ask`, InvitationOver."""
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        await _require_certificate(tx, hall, actor, at)
        invited = await of_id(tx, invitation, at)
    if (invited.made_by, invited.newcomer.person) != (actor.person, actor.person):
        raise InvitationOver
    return link(key, invitation)


async def _require_certificate(tx: Tx, hall: Hall, actor: Actor, at: datetime) -> None:
    """Refuse a log-in, a duty certificate and a device's key: none of them makes another way in."""
    sha256 = actor.cert_sha256
    holder = None if sha256 is None else await identity.resolve_certificate(tx, sha256)
    if holder is None or holder.person != actor.person:
        raise CertificateNeeded
    require_trusted(hall.authorities.bodies, holder.certificate, at)


def link(key: bytes, invitation: str) -> str:
    """Return the path of an invitation's page."""
    token = hmac.digest(key, f"invitation/v1 {invitation}".encode(), "sha256")[:16].hex()
    return f"/welcome/{invitation}/{token}"


def new_factor(key: bytes, entropy: Entropy, invitation: str) -> Factor:
    """Make the second factor for one showing of an invitation's page, never shown again.

    It is nobody's before its code comes back with it: who made the link, or read it on its way and
    opened it before, has seen another one.
    """
    secret, nonce = entropy(credentials.SECRET_BYTES), entropy(_NONCE_BYTES)
    sealed = nonce + _cipher(key).encrypt(nonce, secret, invitation.encode())
    return Factor(secret=secret, sealed=sealed.hex())


def factor_of(key: bytes, invitation: str, sealed: str) -> Factor:
    """Return the second factor that a form brings back. Raises CodeWrong."""
    try:
        given = bytes.fromhex(sealed)
        nonce, text = given[:_NONCE_BYTES], given[_NONCE_BYTES:]
        secret = _cipher(key).decrypt(nonce, text, invitation.encode())
    except (ValueError, InvalidTag) as error:
        raise CodeWrong from error
    return Factor(secret=secret, sealed=sealed)


def _cipher(key: bytes) -> AESGCMSIV:
    return AESGCMSIV(hmac.digest(key, b"invitation/v1 factor", "sha256"))


async def of_link(tx: Tx, key: bytes, path: str, at: datetime) -> Invitation:
    """Return the invitation of a link that may be used at `at`. Raises InvitationOver.

    A known person who holds no role any more comes in by none.
    """
    invitation = path.removeprefix("/welcome/").partition("/")[0]
    if not hmac.compare_digest(link(key, invitation), path):
        raise InvitationOver
    invited = await of_id(tx, invitation, at)
    known = invited.newcomer
    if not known.roles and not await identity.holds_role(tx, known.person):
        raise InvitationOver
    return invited


async def accept(
    database: Database, hall: Hall, key: bytes, once: Once, path: str, given: Acceptance
) -> Answer:
    """Take in the person whose link it is; the link is used up.

    Raises InvitationOver, PasswordShort, CodeWrong, and what `register.take_in` raises.
    """
    if len(given.password) < LEAST_PASSWORD:
        raise PasswordShort(least=LEAST_PASSWORD)
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        invited = await of_link(tx, key, path, at)
        secret = factor_of(key, invited.invitation, given.factor).secret
        steps = (at - _DRIFT, at, at + _DRIFT)
        if given.code not in {credentials.current_code(secret, step)[0] for step in steps}:
            raise CodeWrong
        person = invited.newcomer.person
        newcomer = replace(invited.newcomer, person_name=given.name or person)
        if newcomer.roles:
            by = invited.made_by or "hall"
            await register.take_in(tx, hall, newcomer, by=by, proposed_by=None, at=at)
        else:
            await sessions.end_all(tx, person)
        await credentials.set_password(tx, hall.entropy, key, person, given.password, secret)
        if invited.prepares and invited.made_by is not None:
            await restrict(tx, person, invited.made_by, at)
        await tx.execute(
            """
            UPDATE notary.invitation
               SET used_at = $2
             WHERE invitation_id = $1
            """,
            invited.invitation,
            at,
        )
        answer: Answer = {"person": person, "org": newcomer.org}
        await once.keep(tx, answer)
        return answer


async def restrict(tx: Tx, person: str, by: str, at: datetime) -> None:
    """Let a colleague prepare and sign nothing; who is restricted stays so."""
    await tx.execute(
        """
        INSERT INTO notary.preparer (person_id, since, set_by)
        SELECT $1, $2, $3
         WHERE NOT EXISTS (SELECT FROM notary.preparer
                            WHERE person_id = $1
                              AND ended_at IS NULL)
        """,
        person,
        at,
        by,
    )


async def end_all(tx: Tx, person: str, at: datetime) -> None:
    """Let nobody come in any more by a link that was made for a person of the register."""
    await tx.execute(
        """
        UPDATE notary.invitation
           SET used_at = greatest(made_at, $2)
         WHERE org_id = (SELECT org_id
                           FROM notary.person
                          WHERE person_id = $1)
           AND used_at IS NULL
           AND convert_from(newcomer, 'UTF8')::jsonb ->> 'person' = $1
        """,
        person,
        at,
    )


async def end_all_by(tx: Tx, person: str, at: datetime) -> None:
    """Let nobody come in any more by a link that a person has made."""
    await tx.execute(
        """
        UPDATE notary.invitation
           SET used_at = greatest(made_at, $2)
         WHERE made_by = $1
           AND used_at IS NULL
        """,
        person,
        at,
    )


async def open_of_body(tx: Tx, org: str, at: datetime) -> list[Invitation]:
    """Return the links of a body that may still be used, the newest first.

    Not those that are shown once, to whoever let the person in (`notary.handed_links`).
    """
    rows = await tx.fetch(
        f"""
        SELECT invitation_id, newcomer, prepares, made_by, good_until
          FROM notary.invitation
         WHERE org_id = $1
           AND good_until > $2
           AND {GOOD}
           AND NOT EXISTS (SELECT
                             FROM notary.handed_link
                            WHERE handed_link.invitation_id = invitation.invitation_id)
         ORDER BY made_at DESC, invitation_id
        """,  # noqa: S608 - a constant
        org,
        at,
    )
    return [of_row(row) for row in rows]


async def has_people(tx: Tx) -> bool:
    """Tell whether anybody has come into this hall yet."""
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM notary.person)")
    return found


async def of_id(tx: Tx, invitation: str, at: datetime) -> Invitation:
    """Return a link that may be used at `at`, and hold it. Raises InvitationOver."""
    row = await tx.fetchrow(
        f"""
        SELECT invitation_id, newcomer, prepares, made_by, good_until
          FROM notary.invitation
         WHERE invitation_id = $1
           AND good_until > $2
           AND {GOOD}
           FOR UPDATE
        """,  # noqa: S608 - a constant
        invitation,
        at,
    )
    if row is None:
        raise InvitationOver
    return of_row(row)


def of_row(row: asyncpg.Record) -> Invitation:
    """Make a link of its row."""
    return Invitation(
        invitation=row["invitation_id"],
        newcomer=shape.load(Newcomer, row["newcomer"]),
        prepares=row["prepares"],
        made_by=row["made_by"],
        good_until=row["good_until"],
    )
