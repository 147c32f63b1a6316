"""What a hall is told at its start (/setup): nine things, each settled, skipped or still open.

Who said it and when stays; a newer word replaces an older one. The bodies of the lines, CA roots
and the rule set are in force only when a second person has agreed (`people.md` 5).

Source: people.md 7, first start.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database, Tx


class Thing(StrEnum):
    """The nine things, in the order in which they are asked."""

    LEVEL = "level"  # the government whose hall it is (本级政府)
    BODIES = "bodies"  # of the three lines
    AUTHORITIES = "authorities"  # CA roots, PEM
    TLS = "tls"  # the web origin that browsers see
    MAIL = "mail"
    SMS = "sms"
    ABOVE = "above"  # the level above, which cosigns
    DAYS = "days"  # working days
    RULES = "rules"  # the rule set that drafts begin with


TWO_PERSONS = frozenset({Thing.BODIES, Thing.AUTHORITIES, Thing.RULES})
"""What needs a second person (`people.md` 5: privileged roles, CA roots and rule sets)."""


class SettledAlone(Refusal):
    """Who said it may not be the one who agrees.

    Source: people.md 5: CA roots and rule sets take two persons.
    """

    code = "setup.own_word"


class NothingToAgree(Refusal):
    """Nothing of that number waits for a second person.

    Source: people.md 5.
    """

    code = "setup.nothing_to_agree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The newest word about a thing; `words` None: skipped."""

    settled: int
    thing: Thing
    words: str | None
    said_by: str
    said_at: datetime
    agreed_by: str | None

    @property
    def is_in_force(self) -> bool:
        """Whether it counts: said, and agreed to where two persons are needed."""
        return self.words is not None and (
            self.thing not in TWO_PERSONS or self.agreed_by is not None
        )

    @property
    def waits_for_second(self) -> bool:
        """Whether a second person has still to agree."""
        return self.words is not None and not self.is_in_force


async def settle(
    database: Database, hall: Hall, actor: Actor, once: Once, thing: Thing, words: str | None
) -> Answer:
    """Say a thing, or skip it; its form was checked before."""
    async with database.transaction() as tx:
        settled = await tx.fetchval(
            """
            INSERT INTO web.settled (thing, words, said_by, said_at)
            VALUES ($1, $2, $3, $4)
            RETURNING settled_id
            """,
            thing,
            words,
            actor.person,
            await hall.clock(tx),
        )
        answer: Answer = {"thing": thing, "settled": settled}
        await once.keep(tx, answer)
        return answer


async def agree(database: Database, hall: Hall, actor: Actor, once: Once, settled: int) -> Answer:
    """Agree, as the second person, to what stands last. Raises NothingToAgree, SettledAlone."""
    async with database.transaction() as tx:
        try:
            thing = await tx.fetchval(
                """
                UPDATE web.settled
                   SET agreed_by = $2,
                       agreed_at = $3
                 WHERE settled_id = $1
                   AND words IS NOT NULL
                   AND agreed_by IS NULL
                   AND thing = ANY($4::text[])
                   AND NOT EXISTS (SELECT FROM web.settled AS newer
                                    WHERE newer.thing = settled.thing
                                      AND newer.settled_id > settled.settled_id)
                RETURNING thing
                """,
                settled,
                actor.person,
                await hall.clock(tx),
                sorted(TWO_PERSONS),
            )
        except asyncpg.CheckViolationError as error:
            if error.constraint_name != "two_persons_agree":
                raise
            raise SettledAlone from error
        if thing is None:
            raise NothingToAgree
        answer: Answer = {"thing": thing, "settled": settled}
        await once.keep(tx, answer)
        return answer


async def newest(tx: Tx) -> dict[Thing, Settled]:
    """Return the newest word about each thing that was ever said or skipped."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (thing) settled_id AS settled, thing, words, said_by, said_at, agreed_by
          FROM web.settled
         ORDER BY thing, settled_id DESC
        """
    )
    return {Thing(row["thing"]): Settled(**{**row, "thing": Thing(row["thing"])}) for row in rows}


async def in_force(tx: Tx, thing: Thing) -> Settled | None:
    """Return the newest word about a thing that counts, though a newer one may wait."""
    rows = await tx.fetch(
        """
        SELECT settled_id AS settled, thing, words, said_by, said_at, agreed_by
          FROM web.settled
         WHERE thing = $1
         ORDER BY settled_id DESC
        """,
        thing,
    )
    found = [Settled(**{**row, "thing": Thing(row["thing"])}) for row in rows]
    return next((one for one in found if one.is_in_force), None)
