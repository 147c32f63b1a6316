"""The public files of the log: tiles and entry bundles, as `c2sp.org/tlog-tiles` names them.

Full ones never change: they are written once to a folder and served from there, so that readers
stay away from the tables that order writes. Partial ones are computed from the tables. Nothing
beyond the newest published checkpoint is given out.
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from notary import durable, published, tiles
from notary.tiles import Bundle, Tile
from sql.database import Database, Tx

# Three digits a group, all but the last marked by an x; the exact spelling is compared afterwards.
_PATH = re.compile(r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Shelf:
    """The tiles and bundles of one log. `folder` may be emptied at any time: it is a cache."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, database: Database, path: str) -> bytes | None:
        """Return the file at `path` below the log's prefix, None where the log has none there."""
        place = place_of(path)
        if place is None:
            return None
        kept = self._folder / path
        if place.width == tiles.WIDTH:
            found = await asyncio.to_thread(_read, kept)
            if found is not None:
                return found
        async with database.transaction() as tx:
            data = await compute(tx, place)
        if data is not None and place.width == tiles.WIDTH:
            await asyncio.to_thread(_keep, kept, data)
        return data


def place_of(path: str) -> Tile | Bundle | None:
    """Return what a path names, None where it is not the one spelling of a tile or bundle."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    n = int(match[2].replace("x", "").replace("/", ""))
    width = int(match[3] or tiles.WIDTH)
    place = Bundle(n, width) if match[1] == "entries" else Tile(int(match[1]), n, width)
    return place if width <= tiles.WIDTH and place.path == path else None


async def compute(tx: Tx, place: Tile | Bundle) -> bytes | None:
    """Return a tile or bundle as the tables give it, None beyond the newest checkpoint."""
    newest = await published.newest(tx)
    level = place.level if isinstance(place, Tile) else 0
    hashes = newest.size >> tiles.HEIGHT * level if newest else 0
    start = place.n * tiles.WIDTH
    if start + place.width > hashes:
        return None
    if isinstance(place, Tile):
        return await published.tile_bytes(tx, place.level, place.n, place.width)
    return tiles.encode_bundle(await records(tx, start, start + place.width))


async def records(tx: Tx, start: int, end: int) -> list[bytes]:
    """Return the records of a range of the log, in order."""
    rows = await tx.fetch(
        """
        SELECT record
          FROM notary.ledger_entry
         WHERE idx >= $1
           AND idx < $2
         ORDER BY idx
        """,
        start,
        end,
    )
    return [row["record"] for row in rows]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(path: Path, data: bytes) -> None:
    """Write a file that several readers may be writing at once, the same bytes each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # else a crash could leave the name with half of the bytes
    durable.rename(Path(temporary), path)
