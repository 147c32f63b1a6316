"""The first people of a hall: two links at its first start, one for each of two administrators.

The links are printed at every start until somebody has come in; then people bring in people, and
whatever is privileged takes two of them. `hall user` does the same from the console.

Source: people.md 7, first start.
"""

import re
from dataclasses import replace

from notary import authority, invitations
from notary.identity import Line, Role
from notary.register import Newcomer
from web.house import House

FIRST = ("administrator-1", "administrator-2")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


async def first_links(house: House) -> dict[str, str]:
    """Return the link of each of the two first people; none once a hall has people."""
    async with house.database.transaction() as tx:
        at = await house.hall.clock(tx)
        if await invitations.has_people(tx):
            return {}
        body = _administrator(house)
        waiting = await invitations.open_of_body(tx, body.org, at)
        made = {one.newcomer.person: one.invitation for one in waiting}
        for person in FIRST:
            if person not in made:
                made[person] = await invitations.invite(
                    tx,
                    house.hall,
                    replace(body, person=person, person_name=person),
                    prepares=False,
                    by=None,
                    at=at,
                )
    origin, key = house.settings.origin, house.factor_key
    return {person: f"{origin}{invitations.link(key, made[person])}" for person in FIRST}


def _administrator(house: House) -> Newcomer:
    """Return an administrator of whoever runs the hall, as the hall's own certificate names it."""
    certificate = house.hall.certificate
    given = authority.organization_identifier(certificate) or ""
    org = given if _ID.fullmatch(given) else "OPERATOR"
    return Newcomer(
        org=org,
        org_name=authority.organization_name(certificate) or org,
        line=Line.EXECUTION,
        branch=None,
        person=FIRST[0],
        person_name=FIRST[0],
        roles=(Role.ADMINISTRATOR,),
        certificate=None,
    )
