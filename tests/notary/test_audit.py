"""The search of the ledger: by actor through an index, and of held entries nothing."""

from dataclasses import replace
from pathlib import Path

from notary import audit
from notary.audit import Wanted
from sql.database import Database
from tests.notary.house import AT, BID, BOX, TENDER, a_hall, a_sequencer, act


async def test_what_somebody_did_is_found_once_it_has_its_place(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    await act(database, hall)
    await act(database, hall, "bidding.bid-received.v1", BID, hold=BOX)
    by_agency = Wanted(actor="ORG-AGENCY")
    async with database.transaction() as tx:
        assert await audit.search(tx, by_agency, (), 10) == []
    await a_sequencer(database, signer).drain()

    async with database.transaction() as tx:
        [found] = await audit.search(tx, by_agency, (), 10)
        assert (found.kind, found.actor) == ("trading.clarified.v1", "ORG-AGENCY")
        assert await audit.search(tx, replace(by_agency, actor="ORG"), (), 10) == []
        [same] = await audit.found_at(tx, [TENDER], [found.kind], [AT])
        assert same == found


async def test_an_actor_is_looked_up_by_an_index(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        plan = await tx.fetch(
            """
            EXPLAIN SELECT idx
              FROM notary.ledger_sequenced
             WHERE actor = 'wang'
             ORDER BY idx DESC
             LIMIT 100
            """
        )

    assert any("ledger_entry_by_actor" in row[0] for row in plan)
