from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from notary import canonical, durable, ledger, merkle, shape
from notary.canonical import Json
from notary.note import parse_key
from notary.signer import FailPoint, LogFault, read_key, unsigned
from sql.database import Database
from tests.notary.house import HOST, a_hall, a_sequencer, act, check_log

STEPS = ["inception.key-written", "inception.committed", "inception.key-renamed"]


class PowerCut(Exception):  # noqa: N818 - it is what it says
    """The process ends here."""


def cut_at(step: str) -> FailPoint:
    def pass_step(name: str) -> None:
        if name == step:
            raise PowerCut

    return pass_step


async def test_the_first_start_begins_a_log_with_the_inception_at_index_0(
    database: Database, tmp_path: Path
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    async with database.transaction() as tx:
        first = await ledger.entry_at(tx, 0)

    assert first is not None
    assert first.fields == {
        "kind": "ledger.inception.v1",
        "origin": hall.origin,
        "at": "2026-11-30T08:00:05.123456Z",
        "actor": "hall",
        "vkey": signer.key.verifier.vkey,
    }
    assert parse_key(signer.key.verifier.vkey).name == hall.origin
    host, _, digits = hall.origin.rpartition("/log/")
    assert host == HOST
    assert len(bytes.fromhex(digits)) == 4
    assert sorted(path.name for path in (tmp_path / "signer").iterdir()) == [
        "key",
        "opening",
        "state",
    ]
    assert signer.state() == unsigned(hall.origin)


async def test_the_next_start_finds_the_same_log(database: Database, tmp_path: Path) -> None:
    first, _ = await a_hall(tmp_path, database)
    second, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    await sequencer.publish()

    assert second.origin == first.origin
    assert len(await check_log(database, signer)) == 1


@pytest.mark.parametrize("step", STEPS)
async def test_a_cut_during_inception_is_completed_or_discarded(
    database: Database, tmp_path: Path, step: str
) -> None:
    with pytest.raises(PowerCut):
        await a_hall(tmp_path, database, fail_point=cut_at(step))

    hall, signer = await a_hall(tmp_path, database)
    await act(database, hall)
    sequencer = a_sequencer(database, signer)
    await sequencer.drain()
    await sequencer.publish()
    assert len(await check_log(database, signer)) == 2
    assert not (tmp_path / "signer" / "key.new").exists()
    assert read_key(tmp_path / "signer" / "key").origin == hall.origin


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "no key": (
        lambda folder: (folder / "key").unlink(),
        "key is missing",
    ),
    "no state": (
        lambda folder: (folder / "state").unlink(),
        "state is missing, but checkpoints",
    ),
    "key renamed by hand": (
        lambda folder: (folder / "key").rename(folder / "key.new"),
        "key is missing",
    ),
    "two keys": (
        lambda folder: (folder / "key.new").touch(),
        "are both there",
    ),
    "damaged key": (
        lambda folder: (folder / "key").write_bytes(b"{}"),
        "key is damaged",
    ),
    "damaged state": (
        lambda folder: (folder / "state").write_bytes(b""),
        "state is damaged",
    ),
    "key of another log": (
        lambda folder: change(folder / "key", origin="hall.example/log/00000000"),
        "is the key of hall.example/log/00000000",
    ),
    "older database": (
        lambda folder: change(folder / "state", size=99),
        "it is older than the signer state",
    ),
    "forked database": (
        lambda folder: change(folder / "state", root=64 * "0"),
        "does not extend the one of 2",
    ),
    "older state": (
        lambda folder: change(folder / "state", size=0, root=merkle.EMPTY_ROOT.hex()),
        "is older than the log",
    ),
    "lost entries": (
        lambda folder: change(folder / "state", entry_id=99),
        "held entries may be lost",
    ),
    "state of another hall": (
        lambda folder: change(folder / "state", origin="hall.example/log/00000000"),
        "copied from another hall",
    ),
}


@pytest.mark.parametrize(("harm", "sentence"), HARM.values(), ids=HARM)
async def test_whatever_does_not_belong_together_is_a_fault_that_says_so(
    database: Database, tmp_path: Path, harm: Callable[[Path], object], sentence: str
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    await act(database, hall)
    sequencer = a_sequencer(database, signer)
    await sequencer.drain()
    await sequencer.publish()
    harm(tmp_path / "signer")

    with pytest.raises(LogFault, match=sentence):
        await a_hall(tmp_path, database)


def change(path: Path, **members: Json) -> None:
    """Change members of a file of the signer, whose form stays right."""
    written = canonical.load_signed(path.read_bytes()) | members
    durable.replace(path, canonical.dumps(written))


async def test_another_or_an_empty_database_is_a_fault(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "signer"
    folder.mkdir()
    durable.replace(folder / "state", shape.dump(unsigned("hall.example/log/00000000")))
    with pytest.raises(LogFault, match=r"neither .*key nor a ledger"):
        await a_hall(tmp_path, database)

    (folder / "state").unlink()
    await a_hall(tmp_path / "other", database)
    with pytest.raises(LogFault, match=r"holds the ledger of hall.example/log/.*key is missing"):
        await a_hall(tmp_path, database)


async def test_a_key_without_a_ledger_is_a_fault(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    await a_hall(tmp_path, database)
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ALTER TABLE notary.ledger_head DISABLE TRIGGER USER")
    await owner.execute("TRUNCATE notary.ledger_head")
    await owner.close()

    with pytest.raises(LogFault, match="has no ledger: is it the right one"):
        await a_hall(tmp_path, database)


async def test_a_database_that_lost_held_entries_only_does_not_start(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    hall, signer = await a_hall(tmp_path, database)
    sequencer = a_sequencer(database, signer)
    held = await act(database, hall)
    await sequencer.publish()  # which remembers how far the queue had come
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ALTER TABLE notary.ledger_body DISABLE TRIGGER USER")
    await owner.execute("DELETE FROM notary.ledger_body WHERE entry_id = $1", held.entry_id)
    await owner.execute("DELETE FROM notary.ledger_pending WHERE entry_id = $1", held.entry_id)
    await owner.close()

    with pytest.raises(LogFault, match=f"has held entry {held.entry_id}"):
        await a_hall(tmp_path, database)


async def test_a_state_that_was_never_needed_is_made_again(
    database: Database, tmp_path: Path
) -> None:
    hall, _ = await a_hall(tmp_path, database)
    (tmp_path / "signer" / "state").unlink()
    _, signer = await a_hall(tmp_path, database)

    assert signer.state() == unsigned(hall.origin)
