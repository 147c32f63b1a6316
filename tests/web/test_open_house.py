"""A house that opens puts its log in order before anybody looks at it."""

from notary import ledger, published
from notary.canonical import Json
from sql.postgres import erase
from tests.web.halls import a_home
from web import settings
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
