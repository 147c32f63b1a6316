"""Links for people whom two others have let in without a certificate: made, and shown once.

The link is an invitation for a known person (`notary.invitations`): it expires, is used once, and
gives a password and a second factor. Who approved last sees it once and hands it to its person; a
lost one takes two persons again: every role of its person is ended, proposed and approved anew.

Source: people.md 5 (two persons) and 7 (one-time links).
"""

from datetime import datetime

from notary import invitations, ways_in
from notary.hall import Hall
from notary.identity import Actor
from notary.invitations import GOOD, Invitation, InvitationOver
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.register import Newcomer
from sql.database import Database, Tx


class LinkShown(Refusal):
    """The link was shown already: it is shown once, to whoever approved its person.

    Source: people.md 7: one-time links.
    """

    code = "invitation.shown"


async def make(tx: Tx, hall: Hall, newcomer: Newcomer, *, by: str, at: datetime) -> str | None:
    """Make a link for a person of the register who cannot log in; None for one who can.

    An older link of the person that nobody has used is dead from now on.
    """
    await invitations.end_all(tx, newcomer.person, at)
    if await ways_in.has(tx, hall, newcomer.person, at):
        return None
    invitation = await invitations.invite_known(tx, hall, newcomer, by=by, at=at)
    await tx.execute(
        """
        INSERT INTO notary.handed_link (invitation_id, person_id)
        VALUES ($1, $2)
        """,
        invitation,
        newcomer.person,
    )
    return invitation


async def to_show(tx: Tx, actor: Actor, at: datetime) -> list[Invitation]:
    """Return the links that the actor has made by approving and not seen, the oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT invitation_id, newcomer, prepares, made_by, good_until
          FROM notary.invitation
          JOIN notary.handed_link USING (invitation_id)
         WHERE made_by = $1
           AND shown_at IS NULL
           AND good_until > $2
           AND {GOOD}
         ORDER BY made_at, invitation_id
        """,  # noqa: S608 - a constant
        actor.person,
        at,
    )
    return [invitations.of_row(row) for row in rows]


async def show(database: Database, hall: Hall, actor: Actor, once: Once, invitation: str) -> Answer:
    """Note that the actor, who approved, is shown the link now; the answer has its id alone.

    Raises InvitationOver, LinkShown. Final: a lost link takes two persons again.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        made = await invitations.of_id(tx, invitation, at)  # held to the end
        row = await tx.fetchrow(
            """
            SELECT shown_at
              FROM notary.handed_link
             WHERE invitation_id = $1
            """,
            invitation,
        )
        if row is None or made.made_by != actor.person:
            raise InvitationOver
        if row["shown_at"] is not None:
            raise LinkShown
        await tx.execute(
            """
            UPDATE notary.handed_link
               SET shown_at = $2
             WHERE invitation_id = $1
            """,
            invitation,
            at,
        )
        answer: Answer = {"invitation": invitation}
        await once.keep(tx, answer)
        return answer
