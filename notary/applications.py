"""Firms without a certificate: they apply by a form, an officer and an operator let them in.

Nothing of the firm exists before both have approved, each of another line. The hall gives its first
person an id and a link (`notary.invitations`), which the page of the application shows.

Source: people.md 6: two people approve firms without a certificate; web.md 5.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from notary import credit_code, identity, invitations, register, shape
from notary.hall import Hall
from notary.identity import Actor, Line, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.register import Name, Newcomer
from sql.database import Database, Tx

Reason = Annotated[str, shape.text(r"[^\x00-\x1f\x7f]{1,500}")]

_PERSON_ID_DIGITS = 12


class FirmKnown(Refusal):
    """The firm is in the hall already: its head brings colleagues in.

    Source: people.md 5.
    """

    code = "application.firm_known"


class ApplicationUnknown(Refusal):
    """There is no such application, or not under this link.

    Source: people.md 6.
    """

    code = "application.unknown"


class ApplicationDecided(Refusal):
    """The application is decided, or approved already by somebody of that role.

    Source: people.md 6: two people, an officer and an operator.
    """

    code = "application.decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a firm writes. `contact`: where the two people reach it before they approve."""

    org: shape.Id
    org_name: Name
    person_name: Name
    contact: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A firm that asks to come in, and how far that is.

    `officer`, `operator`: who has approved. `invitation`: of the firm's first person, once both
    have. `refused_why`: None unless it was refused.
    """

    application: str
    asked: Asked
    asked_at: datetime
    officer: str | None
    operator: str | None
    invitation: str | None
    decided_at: datetime | None
    refused_why: str | None

    @property
    def is_open(self) -> bool:
        """Whether somebody's approval is still awaited."""
        return self.decided_at is None

    def awaits(self, role: Role) -> bool:
        """Tell whether an officer, or an operator, is to approve it."""
        given = self.officer if role is Role.OFFICER else self.operator
        return self.is_open and given is None


async def ask(database: Database, hall: Hall, once: Once, asked: Asked) -> Answer:
    """Apply for a firm without a certificate. Raises CreditCodeWrong, FirmKnown.

    Way back: nothing exists unless two people approve.
    """
    credit_code.require(asked.org)
    application = hall.entropy(16).hex()
    async with database.transaction() as tx:
        await _require_new(tx, asked.org)
        await tx.execute(
            """
            INSERT INTO notary.application (application_id, org_id, org_name, person_name, contact,
                                            asked_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            application,
            asked.org,
            asked.org_name,
            asked.person_name,
            asked.contact,
            await hall.clock(tx),
        )
        answer: Answer = {"application": application}
        await once.keep(tx, answer)
        return answer


def link(key: bytes, application: str) -> str:
    """Return the path of the page that tells an applicant how far it is."""
    token = hmac.digest(key, f"application/v1 {application}".encode(), "sha256")[:16].hex()
    return f"/enrol/{application}/{token}"


async def of_link(tx: Tx, key: bytes, path: str) -> Application:
    """Return the application whose page this is. Raises ApplicationUnknown."""
    application = path.removeprefix("/enrol/").partition("/")[0]
    if not hmac.compare_digest(link(key, application), path):
        raise ApplicationUnknown
    return await of_id(tx, application)


async def of_id(tx: Tx, application: str) -> Application:
    """Read an application. Raises ApplicationUnknown."""
    found = await _read(tx, "WHERE application_id = $1", application)
    if not found:
        raise ApplicationUnknown
    return found[0]


async def waiting(tx: Tx) -> list[Application]:
    """Return the applications that are not decided, oldest first."""
    return await _read(tx, "WHERE decided_at IS NULL ORDER BY asked_at, application_id")


async def approve(
    database: Database, hall: Hall, actor: Actor, once: Once, application: str
) -> Answer:
    """Approve as an officer or as an operator; the second of them takes the firm in.

    Way back: a role is ended at once, what was done in it stays. Raises ApplicationUnknown,
    ApplicationDecided, FirmKnown.
    """
    column = "officer_id" if Role.OFFICER in actor.roles else "operator_id"
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        row = await tx.fetchrow(
            f"""
            UPDATE notary.application
               SET {column} = $2
             WHERE application_id = $1
               AND {column} IS NULL
               AND decided_at IS NULL
            RETURNING officer_id, operator_id
            """,  # noqa: S608 - one of two constants
            application,
            actor.person,
        )
        if row is None:
            await of_id(tx, application)
            raise ApplicationDecided
        known = await of_id(tx, application)
        both = known.officer is not None and known.operator is not None
        if both:
            other = known.operator if column == "officer_id" else known.officer
            await _take_in(tx, hall, known, by=actor.person, proposed_by=other, at=at)
        answer: Answer = {"application": application, "admitted": both}
        await once.keep(tx, answer)
        return answer


async def refuse(
    database: Database, hall: Hall, actor: Actor, once: Once, application: str, reason: str
) -> Answer:
    """Refuse an application, with the reason that its page shows.

    Way back: the firm may apply again. Raises ApplicationUnknown, ApplicationDecided.
    """
    async with database.transaction() as tx:
        done = await tx.execute(
            """
            UPDATE notary.application
               SET refused_by = $2,
                   refused_why = $3,
                   decided_at = $4
             WHERE application_id = $1
               AND decided_at IS NULL
            """,
            application,
            actor.person,
            reason,
            await hall.clock(tx),
        )
        if done != "UPDATE 1":
            await of_id(tx, application)
            raise ApplicationDecided
        answer: Answer = {"application": application, "admitted": False}
        await once.keep(tx, answer)
        return answer


async def _take_in(
    tx: Tx, hall: Hall, known: Application, *, by: str, proposed_by: str | None, at: datetime
) -> None:
    """Take a firm in with its first person, and make this one's link."""
    asked = known.asked
    await _require_new(tx, asked.org)
    newcomer = Newcomer(
        org=asked.org,
        org_name=asked.org_name,
        line=Line.NONE,
        branch=None,
        person=f"p-{known.application[:_PERSON_ID_DIGITS]}",
        person_name=asked.person_name,
        roles=(Role.BIDDER,),
        certificate=None,
    )
    await register.take_in(tx, hall, newcomer, by=by, proposed_by=proposed_by, at=at)
    invitation = await invitations.invite_known(tx, hall, newcomer, by=by, at=at)
    await tx.execute(
        """
        UPDATE notary.application
           SET invitation_id = $2,
               decided_at = $3
         WHERE application_id = $1
        """,
        known.application,
        invitation,
        at,
    )


async def _require_new(tx: Tx, org: str) -> None:
    if await identity.organisation(tx, org) is not None:
        raise FirmKnown(id=org)


async def _read(tx: Tx, which: str, *given: str) -> list[Application]:
    rows = await tx.fetch(
        f"""
        SELECT application_id, org_id, org_name, person_name, contact, asked_at, officer_id,
               operator_id, invitation_id, decided_at, refused_why
          FROM notary.application
        {which}
        """,  # noqa: S608 - constants of this module
        *given,
    )
    return [
        Application(
            application=row["application_id"],
            asked=Asked(
                org=row["org_id"],
                org_name=row["org_name"],
                person_name=row["person_name"],
                contact=row["contact"],
            ),
            asked_at=row["asked_at"],
            officer=row["officer_id"],
            operator=row["operator_id"],
            invitation=row["invitation_id"],
            decided_at=row["decided_at"],
            refused_why=row["refused_why"],
        )
        for row in rows
    ]
