"""The public record at other moments than the end, and how it is written."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from bidding import export, releases
from bidding.clients.sealing import SealedBid
from bidding.export import NotOpened
from bidding.proof.verify import verify_record
from bidding.sealed.statements import OwnerRelease
from bidding.store import boxes
from notary import durable
from notary.export import Contradiction, NothingPublished
from notary.shape import dump
from notary.verify import Trust
from sql.database import Database
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    Town,
    a_town,
    announce,
    award_lot,
    bid,
    once,
    release_as,
    seal_as,
    submit_as,
)
from tests.notary.export import files_of
from tests.web.exported import PRICES

TRUST = Trust()


async def test_a_box_that_is_being_opened_shows_its_list_in_the_log_and_no_folder(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    await announce(town)
    for name, price in PRICES.items():
        await bid(town, name, price)
    town.clock.move_to(DEADLINE)
    await town.carry()

    written = await export.write(database, town.hall, town.vault, tmp_path / "record")

    record = verify_record(tmp_path / "record", TRUST)
    assert (written.boxes, record.unopened) == (0, [TENDER])
    opened = [str(one.fields["kind"]) for one in record.export.log.entries.values()]
    assert opened.count("bidding.bid-received.v1") == 3
    with pytest.raises(NotOpened):
        await export.write(database, town.hall, town.vault, tmp_path / "one", tender=TENDER)


async def test_what_no_checkpoint_covers_yet_is_not_in_it(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    with pytest.raises(NothingPublished):
        await export.write(database, town.hall, town.vault, tmp_path / "nothing")
    await announce(town)
    for name, price in PRICES.items():
        await bid(town, name, price)
    await town.open_box()
    await award_lot(town)

    await export.write(database, town.hall, town.vault, tmp_path / "before")
    await town.settle()
    await export.write(database, town.hall, town.vault, tmp_path / "after")

    before = verify_record(tmp_path / "before", TRUST)
    old = {"before": (tmp_path / "before" / "checkpoint").read_bytes()}
    after = verify_record(tmp_path / "after", Trust(old=old))
    assert not before.awards
    assert [one.awarded for one in after.awards.values()] == [True]


async def test_owners_who_open_their_bids_are_in_the_record(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    await announce(town)
    sealed = [await seal_as(town, name, price) for name, price in PRICES.items()]
    for name, one in zip(PRICES, sealed, strict=True):
        await submit_as(town, name, one)
    town.clock.move_to(DEADLINE)
    await town.carry()
    await release_as(town, "officer")
    for one in sealed:
        await show_secret(town, one)
    await town.carry()
    async with database.transaction() as tx:
        facts = await boxes.box(tx, BOX)
    assert facts is not None
    town.clock.move_to(facts.owner_by + timedelta(seconds=1))
    await town.carry()

    await export.write(database, town.hall, town.vault, tmp_path / "record")

    record = verify_record(tmp_path / "record", TRUST)
    assert [one.result.verdict for one in record.boxes[0].judged.values()] == ["opened"] * 3
    assert (
        len(list((tmp_path / "record" / "tender" / TENDER / "1" / "single" / "owner").iterdir()))
        == 3
    )


async def show_secret(town: Town, sealed: SealedBid) -> None:
    key = BOX
    shown = OwnerRelease(
        origin=town.hall.origin,
        tender=key.tender,
        lot=key.lot,
        stage=key.stage,
        envelope=sealed.envelope_id,
        secret=sealed.secret,
    )
    await releases.release_by_owner(town.database, town.hall, once(), dump(shown))


def test_a_folder_that_fails_half_way_is_not_there(tmp_path: Path) -> None:
    def fail_half_way() -> None:
        with durable.new_folder(tmp_path / "record") as folder:
            (folder / "half").write_text("…")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert list(tmp_path.iterdir()) == []


async def test_a_body_that_is_not_what_the_log_committed_to_stops_the_export(
    database: Database, owner_dsn: str, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    await town.settle()
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ALTER TABLE notary.ledger_body DISABLE TRIGGER USER")
    await owner.execute(
        """
        UPDATE notary.ledger_body
           SET body = convert_to(replace(convert_from(body, 'UTF8'), 'FIRM-1', 'FIRM-9'), 'UTF8')
         WHERE kind = 'notary.organisation-enrolled.v1'
        """
    )
    await owner.execute(
        """
        INSERT INTO notary.ledger_disclosure
               (disclosed_by, entry_id, fields, audience, authority, at)
        SELECT entry_id, entry_id, '{kind,origin,org}', 'public', 'test', now()
          FROM notary.ledger_body
         WHERE kind = 'notary.organisation-enrolled.v1'
        """
    )
    await owner.close()

    with pytest.raises(Contradiction):
        await export.write(database, town.hall, town.vault, tmp_path / "record")
    assert not (tmp_path / "record").exists()


async def test_a_folder_with_something_in_it_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home")
    await town.settle()
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "mine").write_text("mine")

    with pytest.raises(OSError, match="not empty"):
        await export.write(database, town.hall, town.vault, tmp_path / "record")

    assert files_of(tmp_path / "record") == ["mine"]
