from pathlib import Path

import pytest

from notary import disclosure, entry, ledger, merkle, note, proof
from notary.entry import BadEntry
from notary.hall import Hall
from notary.ledger import Sequenced
from notary.signer import Signer
from sql.database import Database
from tests.notary.house import AT, BID, NOTICE, a_hall, a_sequencer, act

CLERK = "hall"


async def sequenced(database: Database, signer: Signer, entry_id: int) -> Sequenced:
    sequencer = a_sequencer(database, signer)
    await sequencer.drain()
    await sequencer.publish()
    async with database.transaction() as tx:
        idx = await ledger.index_of(tx, entry_id)
        assert idx is not None
        found = await ledger.entry_at(tx, idx)
    assert found is not None
    return found


async def disclose(
    database: Database, hall: Hall, found: Sequenced, names: list[str], audience: str
) -> None:
    async with database.transaction() as tx:
        await disclosure.disclose(
            tx,
            hall,
            found,
            names,
            audience=audience,
            authority="招标投标法 7",
            actor=CLERK,
            at=AT,
        )


@pytest.mark.parametrize(
    ("kind", "open_names"),
    [
        ("ledger.inception.v1", {"actor", "at", "kind", "origin", "vkey"}),
        ("trading.clarified.v1", {"at", "kind", "n", "origin", "tender", "text_sha256"}),
        ("bidding.bid-received.v1", set()),
        ("notary.person-enrolled.v1", set()),
    ],
)
def test_everybody_sees_of_a_kind_what_its_marks_say(kind: str, open_names: set[str]) -> None:
    assert disclosure.open_by_kind(entry.kind(kind)) == open_names


async def test_a_closed_entry_shows_nothing_until_it_is_disclosed(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bid = await act(database, hall, "bidding.bid-received.v1", BID)
    found = await sequenced(database, signer, bid.entry_id)
    async with database.transaction() as tx:
        assert await disclosure.open_to(tx, found) == frozenset()

    await disclose(database, hall, found, ["envelope"], "public")
    async with database.transaction() as tx:
        assert await disclosure.open_to(tx, found) == {"envelope", "kind", "origin"}


async def test_what_one_audience_may_see_is_closed_to_others(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bid = await act(database, hall, "bidding.bid-received.v1", BID)
    found = await sequenced(database, signer, bid.entry_id)
    await disclose(database, hall, found, ["envelope"], "court")

    async with database.transaction() as tx:
        assert await disclosure.open_to(tx, found) == frozenset()
        assert "envelope" in await disclosure.open_to(tx, found, "court")


async def test_every_disclosure_is_an_entry(database: Database, tmp_path: Path) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bid = await act(database, hall, "bidding.bid-received.v1", BID)
    found = await sequenced(database, signer, bid.entry_id)
    await disclose(database, hall, found, ["lot", "envelope"], "court")
    await a_sequencer(database, signer).drain()

    async with database.transaction() as tx:
        told = await ledger.entry_at(tx, found.idx + 1)
    assert told is not None
    assert told.kind == "ledger.disclosed.v1"
    assert told.fields["idx"] == found.idx
    assert told.fields["fields"] == ["envelope", "lot"]
    assert (told.fields["audience"], told.fields["authority"]) == ("court", "招标投标法 7")


async def test_a_field_that_is_not_there_is_not_disclosed(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bid = await act(database, hall, "bidding.bid-received.v1", BID)
    found = await sequenced(database, signer, bid.entry_id)

    with pytest.raises(BadEntry):
        await disclose(database, hall, found, ["price"], "court")


async def test_a_proof_stands_on_the_first_checkpoint_for_good_and_shows_no_more(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    bid = await act(database, hall, "bidding.bid-received.v1", BID)
    found = await sequenced(database, signer, bid.entry_id)
    async with database.transaction() as tx:
        early = await disclosure.tlog_proof(tx, found, ["envelope"])
    later = await act(database, hall)
    await sequenced(database, signer, later.entry_id)
    async with database.transaction() as tx:
        late = await disclosure.tlog_proof(tx, found, ["envelope"])

    assert early == late
    assert early is not None
    parsed = proof.parse(early)
    checkpoint = note.open_checkpoint(note.parse(parsed.note), signer.key.verifier)
    assert checkpoint.size == found.idx + 1
    opened = entry.open_disclosure(parsed.extra or b"", hall.origin)
    proof.require_record(opened, parsed.index, parsed.hashes, checkpoint)
    assert opened.fields.keys() == {"envelope", "kind", "origin"}
    assert b"ORG-AGENCY" not in (parsed.extra or b"")


async def test_before_publication_there_is_no_proof(database: Database, tmp_path: Path) -> None:
    hall, signer = await a_hall(tmp_path, database)
    await act(database, hall, "trading.published.v1", NOTICE)
    await a_sequencer(database, signer).drain()

    async with database.transaction() as tx:
        found = await ledger.entry_at(tx, 1)
        assert found is not None
        assert await disclosure.tlog_proof(tx, found, []) is None
        assert merkle.leaf_hash(found.record) == found.leaf_hash
