"""Acts that say who is who: people come in, roles end, certificates are revoked.

A firm with a certificate of a configured authority enrols itself, at once. Whoever may decide,
carry out or watch is proposed by one person and approved by another (`people.md` 5 and 6).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from notary import (
    authority,
    cms,
    credit_code,
    handed_links,
    identity,
    invitations,
    ledger,
    register,
    sessions,
    shape,
    ways_in,
)
from notary.hall import Hall
from notary.identity import Actor, Line, NotTheHead, Organisation, Role
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.register import Newcomer
from notary.signature import SignatureBad, read, require_trusted
from notary.ways_in import Revocation
from sql.database import Database, Tx

# The digits of the certificate's hash that name the person who enrols by it.
_PERSON_ID_DIGITS = 16


class TwoPersonsNeeded(Refusal):
    """Only two persons together can enrol this: it has no identifier, or it is no plain firm.

    Source: people.md 5 and 6.
    """

    code = "enrolment.two_persons"


class NotHeld(Refusal):
    """There is nothing of that name to end, or it is not yours to end.

    Source: people.md 5: a wrong role is ended at once, past acts stay.
    """

    code = "identity.not_held"


class ProposalUnknown(Refusal):
    """Nobody has proposed this, or it was approved or withdrawn already.

    Source: people.md 5.
    """

    code = "proposal.unknown"


class ProposalNotYours(Refusal):
    """Somebody else has proposed this, and the actor is no administrator.

    Source: people.md 5.
    """

    code = "proposal.not_yours"


class OwnProposal(Refusal):
    """Who proposed, or is proposed, may not approve.

    Source: people.md 5: privileged roles take two persons.
    """

    code = "proposal.own"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentStatement:
    """What a firm signs to come in: that this certificate is to act for this body in this hall."""

    v: Literal["hall-enrolment/v1"]
    origin: shape.Origin
    org: shape.Id
    cert_sha256: shape.Sha256


async def enrol_firm(
    database: Database, hall: Hall, once: Once, statement: bytes, p7s: bytes
) -> Answer:
    """Enrol a firm by its own signature, with a person who bids for it.

    The certificate vouches for the body's id (organizationIdentifier, 2.5.4.97), its name and the
    person's. Raises Malformed, WrongHall, SignatureBad, CertificateUntrusted, CertificateTaken,
    TwoPersonsNeeded.
    """
    enrolment, certificate = read(EnrolmentStatement, statement, p7s, hall.origin)
    sha256 = cms.cert_sha256(certificate)
    if enrolment.cert_sha256 != sha256:
        raise SignatureBad
    org = enrolment.org
    if authority.organization_identifier(certificate) != org:
        raise TwoPersonsNeeded(org=org)
    firm = Organisation(
        org=org,
        name=_name(authority.organization_name(certificate), org),
        line=Line.NONE,
        branch=None,
    )
    person = f"p-{sha256[:_PERSON_ID_DIGITS]}"
    name = _name(authority.common_name(certificate), person)
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        require_trusted(hall.authorities.bodies, certificate, at)
        if not await register.add_organisation(tx, hall, firm, by=person, at=at):
            known = await identity.organisation(tx, org)
            # A body that watches or decides does not grow by its own signature alone.
            plain = known is not None and known.line is Line.NONE
            if not plain or await identity.roles_in(tx, org) - {Role.BIDDER}:
                raise TwoPersonsNeeded(org=org)
        if await identity.resolve_certificate(tx, sha256) is not None:
            raise register.CertificateTaken(certificate=sha256)
        await register.add_person(tx, hall, firm, person, name, by=person, at=at)
        await register.add_certificate(tx, hall, org, person, certificate, by=person, at=at)
        await register.grant(tx, hall, person, Role.BIDDER, by=person, proposed_by=None, at=at)
        answer: Answer = {"org": org, "person": person, "cert_sha256": sha256, "role": Role.BIDDER}
        await once.keep(tx, answer)
        return answer


async def propose(
    database: Database, hall: Hall, actor: Actor, once: Once, newcomer: Newcomer
) -> Answer:
    """Propose a person with privileged roles; nothing exists before another person approves.

    Raises CreditCodeWrong, where the body is new.
    """
    proposal = hall.entropy(16).hex()
    async with database.transaction() as tx:
        if await identity.organisation(tx, newcomer.org) is None:
            credit_code.require_if_like(newcomer.org)
        await tx.execute(
            """
            INSERT INTO notary.proposal (proposal_id, proposal, proposed_by, proposed_at)
            VALUES ($1, $2, $3, $4)
            """,
            proposal,
            shape.dump(newcomer),
            actor.person,
            await hall.clock(tx),
        )
        answer: Answer = {"proposal": proposal}
        await once.keep(tx, answer)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A person with privileged roles who waits for a second one's approval."""

    proposal: str
    newcomer: Newcomer
    proposed_by: str
    proposed_at: datetime


async def waiting(tx: Tx) -> list[Proposed]:
    """Return the proposals that nobody has approved or withdrawn, oldest first."""
    rows = await tx.fetch(
        """
        SELECT proposal_id, proposal, proposed_by, proposed_at
          FROM notary.proposal
         WHERE approved_by IS NULL
           AND withdrawn_by IS NULL
         ORDER BY proposed_at, proposal_id
        """
    )
    return [
        Proposed(
            proposal=row["proposal_id"],
            newcomer=shape.load(Newcomer, row["proposal"]),
            proposed_by=row["proposed_by"],
            proposed_at=row["proposed_at"],
        )
        for row in rows
    ]


async def approve(
    database: Database, hall: Hall, actor: Actor, once: Once, proposal: str
) -> Answer:
    """Approve what another person proposed, and let the newcomer in.

    Who has no way to log in gets a link, which the actor sees once (`handed_links.show`); so does
    whoever comes again after the last role had ended. Raises ProposalUnknown, OwnProposal, and what
    `register.let_in` raises.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        try:
            row = await tx.fetchrow(
                """
                UPDATE notary.proposal
                   SET approved_by = $2,
                       approved_at = $3
                 WHERE proposal_id = $1
                   AND approved_by IS NULL
                   AND withdrawn_by IS NULL
                RETURNING proposal, proposed_by
                """,
                proposal,
                actor.person,
                at,
            )
        except asyncpg.CheckViolationError as error:
            if error.constraint_name != "two_persons_approve":
                raise
            raise OwnProposal from error
        if row is None:
            raise ProposalUnknown(proposal=proposal)
        newcomer = shape.load(Newcomer, row["proposal"])
        if newcomer.person == actor.person:
            raise OwnProposal
        await register.hold(tx, newcomer.person)
        returns = not await identity.holds_role(tx, newcomer.person)
        await register.let_in(
            tx, hall, newcomer, by=actor.person, proposed_by=row["proposed_by"], at=at
        )
        if returns:
            await ways_in.end(tx, hall, actor, newcomer.org, newcomer.person, at)
        link = await handed_links.make(tx, hall, newcomer, by=actor.person, at=at)
        answer: Answer = {
            "proposal": proposal,
            "person": newcomer.person,
            "org": newcomer.org,
            "invitation": link,
        }
        await once.keep(tx, answer)
        return answer


async def withdraw(
    database: Database, hall: Hall, actor: Actor, once: Once, proposal: str
) -> Answer:
    """Take back what nobody has approved: one's own, as an administrator anybody's.

    Raises ProposalUnknown, ProposalNotYours. Way back: the person can be proposed again.
    """
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """
            UPDATE notary.proposal
               SET withdrawn_by = $2,
                   withdrawn_at = $3
             WHERE proposal_id = $1
               AND approved_by IS NULL
               AND withdrawn_by IS NULL
            RETURNING proposed_by
            """,
            proposal,
            actor.person,
            await hall.clock(tx),
        )
        if row is None:
            raise ProposalUnknown(proposal=proposal)
        if row["proposed_by"] != actor.person and Role.ADMINISTRATOR not in actor.roles:
            raise ProposalNotYours
        answer: Answer = {"proposal": proposal}
        await once.keep(tx, answer)
        return answer


async def require_console(tx: Tx, role: Role, org: str) -> None:
    """Refuse to let the machine's console alone give `role` where two people could agree on it.

    A hall without people has nobody to propose or to approve. Raises TwoPersonsNeeded.
    """
    approvers: int = await tx.fetchval(
        """
        SELECT count(DISTINCT person_id)
          FROM notary.role_grant
         WHERE role = ANY($1::text[])
           AND ended_at IS NULL
        """,
        [Role.ADMINISTRATOR, Role.OFFICER],
    )
    if identity.is_privileged(role) and approvers > 1:
        raise TwoPersonsNeeded(org=org)


async def end_role(
    database: Database, hall: Hall, actor: Actor, once: Once, person: str, role: Role
) -> Answer:
    """End a role at once, with the person's sessions and unused links; what was done in it stays.

    Raises NotHeld.
    """
    async with database.transaction() as tx:
        await register.hold(tx, person)
        at = await hall.clock(tx)
        ended = await tx.fetchrow(
            """
            UPDATE notary.role_grant
               SET ended_at = $3
             WHERE person_id = $1
               AND role = $2
               AND ended_at IS NULL
            RETURNING org_id, branch
            """,
            person,
            role,
            at,
        )
        if ended is None:
            raise NotHeld(id=person)
        await invitations.end_all(tx, person, at)
        await sessions.end_all(tx, person)
        await ledger.append(
            tx,
            hall,
            "notary.role-ended.v1",
            subject=person,
            actor=actor.person,
            at=at,
            fields={
                "org": ended["org_id"],
                "person": person,
                "role": role,
                "branch": ended["branch"],
            },
        )
        answer: Answer = {"person": person, "role": role}
        await once.keep(tx, answer)
        return answer


async def revoke_certificate(
    database: Database, hall: Hall, actor: Actor, once: Once, cert_sha256: str, reason: Revocation
) -> Answer:
    """Stop taking a certificate: one's own, as the head the body's, as an administrator any.

    Raises NotHeld, NotTheHead.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        await _require_revoking(tx, actor, cert_sha256)
        row = await tx.fetchrow(
            """
            UPDATE notary.certificate
               SET revoked_at = $2
             WHERE cert_sha256 = $1
               AND revoked_at IS NULL
            RETURNING org_id, person_id
            """,
            cert_sha256,
            at,
        )
        if row is None:
            raise NotHeld(id=cert_sha256)
        await ledger.append(
            tx,
            hall,
            "notary.certificate-revoked.v1",
            subject=row["person_id"],
            actor=actor.person,
            at=at,
            fields={
                "org": row["org_id"],
                "person": row["person_id"],
                "cert_sha256": cert_sha256,
                "reason": reason,
            },
        )
        answer: Answer = {"cert_sha256": cert_sha256}
        await once.keep(tx, answer)
        return answer


async def _require_revoking(tx: Tx, actor: Actor, cert_sha256: str) -> None:
    """Refuse unless the certificate is the actor's, or of a body whose head the actor is."""
    holder = await identity.resolve_certificate(tx, cert_sha256)
    if Role.ADMINISTRATOR in actor.roles or holder is None:
        return
    if holder.org != actor.org:
        raise NotHeld(id=cert_sha256)
    if actor.person not in {holder.person, await identity.head_of(tx, actor.org)}:
        raise NotTheHead


def _name(given: str | None, otherwise: str) -> str:
    """Return a name as a certificate gives it, where it is one that a page can show."""
    fits = given is not None and given.isprintable() and 0 < len(given) <= register.LONGEST_NAME
    return given if given is not None and fits else otherwise
