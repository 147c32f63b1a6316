"""Who is told of what, and where: contact addresses, and the people who follow a tender.

Nobody but the person sees an address or that somebody follows: a count of followers would say what
the law hides about the takers of documents (招标投标法 22).
"""

import re
from dataclasses import dataclass
from datetime import datetime

from notary.hall import Hall
from notary.identity import Actor, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database, Tx

# What browsers take for `type=email` (WHATWG HTML, "valid e-mail address"), within RFC 5321's
# lengths: one mailbox, without names, comments, quotes or a second recipient.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = r"[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]{1,64}"
_MAIL = re.compile(rf"(?=.{{3,254}}\Z){_LOCAL}@{_LABEL}(?:\.{_LABEL})*")
_MOBILE = re.compile(r"\+?[0-9]{5,20}")


class AddressBad(Refusal):
    """A mail address or a mobile number is not of its form.

    Source: people.md 7: a person keeps the own addresses.
    """

    code = "contact.address_bad"


class NowhereToTell(Refusal):
    """Somebody wants to be told and has named no address.

    Source: people.md 7: followers are told by mail, and by SMS when the deadline moves.
    """

    code = "contact.missing"


class NothingToFollow(Refusal):
    """There is no published tender of that number to follow, or it is not followed.

    Source: people.md 7.
    """

    code = "follower.unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where a person is reached, in which language (`zh-CN`, `en`); None where nowhere."""

    person: str
    mail: str | None
    mobile: str | None
    lang: str


async def keep_contact(
    database: Database, hall: Hall, actor: Actor, once: Once, contact: Contact
) -> Answer:
    """Keep where the actor is reached. Raises AddressBad."""
    if contact.mail is not None and _MAIL.fullmatch(contact.mail) is None:
        raise AddressBad(what="mail")
    if contact.mobile is not None and _MOBILE.fullmatch(contact.mobile) is None:
        raise AddressBad(what="mobile")
    async with database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO web.contact (person_id, mail, mobile, lang, changed_at)
            VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (person_id) DO UPDATE
               SET mail = EXCLUDED.mail,
                   mobile = EXCLUDED.mobile,
                   lang = EXCLUDED.lang,
                   changed_at = EXCLUDED.changed_at
            """,
            actor.person,
            contact.mail,
            contact.mobile,
            contact.lang,
            await hall.clock(tx),
        )
        answer: Answer = {"mail": contact.mail, "mobile": contact.mobile, "lang": contact.lang}
        await once.keep(tx, answer)
        return answer


async def contact_of(tx: Tx, person: str) -> Contact | None:
    """Return where a person is reached, None where that was never said."""
    row = await tx.fetchrow(
        """
        SELECT person_id AS person, mail, mobile, lang
          FROM web.contact
         WHERE person_id = $1
        """,
        person,
    )
    return None if row is None else Contact(**row)


async def follow(database: Database, hall: Hall, actor: Actor, once: Once, tender: str) -> Answer:
    """Let the actor hear what happens to a published tender.

    Raises NowhereToTell, NothingToFollow.
    """
    async with database.transaction() as tx:
        contact = await contact_of(tx, actor.person)
        if contact is None or (contact.mail is None and contact.mobile is None):
            raise NowhereToTell
        if not await begin(tx, tender, actor.person, await hall.clock(tx)):
            raise NothingToFollow(tender=tender)
        answer: Answer = {"tender": tender}
        await once.keep(tx, answer)
        return answer


async def unfollow(database: Database, hall: Hall, actor: Actor, once: Once, tender: str) -> Answer:
    """Let the actor hear no more of a tender. Raises NothingToFollow."""
    async with database.transaction() as tx:
        done = await tx.execute(
            """
            UPDATE web.follower
               SET ended_at = greatest(since, $3)
             WHERE tender_id = $1
               AND person_id = $2
               AND ended_at IS NULL
            """,
            tender,
            actor.person,
            await hall.clock(tx),
        )
        if done == "UPDATE 0":
            raise NothingToFollow(tender=tender)
        answer: Answer = {"tender": tender}
        await once.keep(tx, answer)
        return answer


async def is_anybody_reached(tx: Tx) -> bool:
    """Tell whether anybody has ever said where to be told."""
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM web.contact)")
    return found


async def begin(tx: Tx, tender: str, person: str, at: datetime) -> bool:
    """Make a person follow a published tender, as part of an act; tell whether there is one.

    Whoever takes documents follows (`people.md` 7); whoever follows already goes on.
    """
    done = await tx.execute(
        """
        INSERT INTO web.follower (tender_id, person_id, since)
        SELECT tender_id, $2, $3
          FROM trading.tender
         WHERE tender_id = $1
           AND published_at IS NOT NULL
            ON CONFLICT (tender_id, person_id) DO UPDATE
           SET since = CASE WHEN follower.ended_at IS NULL
                            THEN follower.since ELSE EXCLUDED.since END,
               ended_at = NULL
        """,
        tender,
        person,
        at,
    )
    return done != "INSERT 0 0"


async def followed_by(tx: Tx, person: str) -> list[str]:
    """Return the tenders that a person follows, newest wish first: for that person alone."""
    rows = await tx.fetch(
        """
        SELECT tender_id
          FROM web.follower
         WHERE person_id = $1
           AND ended_at IS NULL
         ORDER BY since DESC, tender_id
        """,
        person,
    )
    return [row["tender_id"] for row in rows]


async def followers_of(tx: Tx, tender: str) -> list[str]:
    """Return who follows a tender, for whoever writes to them."""
    rows = await tx.fetch(
        """
        SELECT person_id
          FROM web.follower
         WHERE tender_id = $1
           AND ended_at IS NULL
         ORDER BY person_id
        """,
        tender,
    )
    return [row["person_id"] for row in rows]


async def people_of(tx: Tx, orgs: list[str]) -> list[str]:
    """Return everybody who holds a role for one of these bodies now."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT person_id
          FROM notary.role_grant
         WHERE org_id = ANY($1::text[])
           AND ended_at IS NULL
         ORDER BY person_id
        """,
        orgs,
    )
    return [row["person_id"] for row in rows]


async def people_with(tx: Tx, role: Role, at: datetime) -> list[str]:
    """Return everybody who has a role at `at`, the own or that of somebody absent who has it."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT person_id
          FROM notary.role_grant
         WHERE role = $1
           AND ended_at IS NULL
         UNION
        SELECT stand_in.person_id
          FROM notary.stand_in
          JOIN notary.role_grant ON role_grant.person_id = stand_in.absent
                                AND role_grant.role = stand_in.role
                                AND role_grant.ended_at IS NULL
         WHERE stand_in.role = $1
           AND stand_in.ended_at IS NULL
           AND stand_in.from_at <= $2
           AND stand_in.to_at > $2
         ORDER BY person_id
        """,
        role,
        at,
    )
    return [row["person_id"] for row in rows]
