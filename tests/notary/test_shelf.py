from pathlib import Path

import pytest

from notary import tiles
from notary.shelf import Shelf, place_of
from notary.tiles import Bundle, Tile
from sql.database import Database
from tests.notary.house import a_hall, a_sequencer, check_log, fill


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("tile/0/000", Tile(0, 0)),
        ("tile/1/x001/067.p/12", Tile(1, 1067, 12)),
        ("tile/entries/x123/456", Bundle(123_456)),
        ("tile/entries/000.p/1", Bundle(0, 1)),
    ],
)
def test_a_path_names_a_place(path: str, place: Tile | Bundle) -> None:
    assert place_of(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/1067",
        "tile/0/x000/067",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/01",
        "tile/8/000",
        "tile/00/000",
        "tile/0/000/",
        "tile/0/../../etc/passwd",
        "tile/0/٠٠٠",
        "/tile/0/000",
        "checkpoint",
        "",
    ],
)
def test_no_other_spelling_names_one(path: str) -> None:
    assert place_of(path) is None


async def test_full_files_are_kept_and_partial_ones_computed(
    database: Database, tmp_path: Path
) -> None:
    _, signer = await a_hall(tmp_path / "home", database)
    sequencer = a_sequencer(database, signer)
    await fill(database, 600)
    await sequencer.drain()
    await sequencer.publish()
    shelf = Shelf(tmp_path / "cache")
    expected = dict(tiles.build(await check_log(database, signer)))
    for _ in range(2):
        assert {path: await shelf.read(database, path) for path in expected} == expected

    kept = {
        str(file.relative_to(tmp_path / "cache"))
        for file in (tmp_path / "cache").rglob("*")
        if file.is_file()
    }
    assert kept == {path for path in expected if ".p/" not in path}


async def test_nothing_beyond_the_published_log_is_given_out(
    database: Database, tmp_path: Path
) -> None:
    _, signer = await a_hall(tmp_path / "home", database)
    sequencer = a_sequencer(database, signer)
    shelf = Shelf(tmp_path / "cache")
    await fill(database, 9)
    await sequencer.drain()
    assert await shelf.read(database, "tile/0/000.p/10") is None

    await sequencer.publish()
    assert await shelf.read(database, "tile/0/000.p/10") is not None
    assert await shelf.read(database, "tile/0/000.p/11") is None
    assert await shelf.read(database, "tile/0/000") is None
    assert await shelf.read(database, "tile/1/000.p/1") is None
    assert await shelf.read(database, "tile/entries/001.p/1") is None


async def test_an_older_partial_tile_is_still_served(database: Database, tmp_path: Path) -> None:
    _, signer = await a_hall(tmp_path / "home", database)
    sequencer = a_sequencer(database, signer)
    await fill(database, 300)
    await sequencer.drain()
    await sequencer.publish()
    shelf = Shelf(tmp_path / "cache")
    full = await shelf.read(database, "tile/0/000")

    assert full is not None
    assert await shelf.read(database, "tile/0/000.p/7") == full[: 7 * 32]
