"""A house that opens puts its log in order before anybody looks at it."""

import pytest

from notary import identity, ledger, published, register
from notary.canonical import Json
from notary.credit_code import CreditCodeWrong
from notary.identity import Line, Role
from sql.postgres import erase
from tests.people import newcomer
from tests.web.halls import a_home
from web import settings
from web.commands.user import add_user
from web.house import enter_house, open_house

REVOKED: dict[str, Json] = {
    "org": "ORG",
    "person": "somebody",
    "cert_sha256": "0" * 64,
    "reason": "lost",
}


async def test_what_was_committed_without_a_sequencer_is_published_by_the_next_who_enters() -> None:
    with a_home() as home:
        own = settings.load({"HALL_HOME": str(home)}, home)
        try:
            async with open_house(own, demo=True) as house, house.database.transaction() as tx:
                before = await published.newest(tx)
                act = await ledger.append(
                    tx,
                    house.hall,
                    "notary.certificate-revoked.v1",
                    subject="somebody",
                    actor="hall",
                    at=await house.hall.clock(tx),
                    fields=REVOKED,
                )
            async with enter_house(own) as again, again.database.transaction() as tx:
                covering = await published.first_with_entry(tx, act.entry_id)
        finally:
            erase(home)

    assert before is not None
    assert covering is not None
    assert covering.size == before.size + 1


async def test_the_console_enters_people_of_a_body_whose_id_only_looks_like_a_code() -> None:
    body = {"org": "ANSHAN2026HOUSING1", "line": Line.NONE, "roles": (Role.BIDDER,)}
    with a_home() as home:
        own = settings.load({"HALL_HOME": str(home)}, home)
        try:
            async with open_house(own, demo=True) as house, house.database.transaction() as tx:
                at = await house.hall.clock(tx)
                here = newcomer("wu", **body)
                await register.take_in(tx, house.hall, here, by="hall", proposed_by=None, at=at)
            with pytest.raises(CreditCodeWrong):
                await add_user(own, "he", "ANSHAN2026HOUSING2", Role.BIDDER)
            await add_user(own, "he", "ANSHAN2026HOUSING1", Role.BIDDER)
            async with enter_house(own) as again, again.database.transaction() as tx:
                he = await identity.actor_of(tx, "he", at)
        finally:
            erase(home)

    assert he is not None
    assert (he.org, set(he.roles)) == ("ANSHAN2026HOUSING1", {Role.BIDDER})
