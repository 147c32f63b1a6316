"""How the tree is stored and published: tiles of 256 hashes, bundles of 256 records.

Source: c2sp.org/tlog-tiles. A tile (level, n) holds the hashes of the complete subtrees of
256^level leaves from 256 n on. Where the tree ends a tile is partial and never empty. Pure: bytes
in, bytes out; who keeps them is the caller's affair.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from notary import merkle

WIDTH = 256
HEIGHT = 8  # levels of the tree in one tile: WIDTH = 2^HEIGHT
TILE_BYTES = WIDTH * merkle.HASH_BYTES

_LENGTH_BYTES = 2  # uint16 before each record of a bundle


class BadBundle(ValueError):  # noqa: N818 - named after what is wrong
    """The bytes are not a bundle of as many records as its name says."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The place of a tile; a full one is 256 hashes wide."""

    level: int
    n: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return the name below the log's prefix, `tile/<L>/<N>[.p/<W>]`."""
        return f"tile/{self.level}/{_number(self.n, self.width)}"


@dataclass(frozen=True, slots=True, order=True)
class Bundle:
    """The place of an entry bundle; a full one holds 256 records."""

    n: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return the name below the log's prefix, `tile/entries/<N>[.p/<W>]`."""
        return f"tile/entries/{_number(self.n, self.width)}"


@dataclass(frozen=True, slots=True)
class FullTile:
    """A tile that can never change again, with the root of its 256 hashes."""

    level: int
    n: int
    root: bytes
    data: bytes


class Edge:
    """The right edge of a growing tree: per level the at most 255 hashes of the unfinished tile.

    All that is needed to append and to know the root, whatever the size. It is not thread-safe,
    and after an error it is dropped and made again from what was committed.
    """

    def __init__(self, size: int = 0, levels: Iterable[Sequence[bytes]] = ()) -> None:
        """Take up a tree of `size` leaves, whose unfinished tiles are `levels`, leaves first."""
        self.size = size
        self._levels = [list(hashes) for hashes in levels]
        widths = [len(hashes) for hashes in self._levels]
        if widths != [tiles[-1].width % WIDTH for tiles in tiles_of(size)]:
            raise ValueError(f"a tree of {size} leaves has no edge of {widths}")

    @property
    def root(self) -> bytes:
        """Return the tree hash. An unfinished tile is one subtree more beside those above it."""
        below: list[bytes] = []
        for hashes in self._levels:
            nodes = hashes + below
            below = [merkle.root(nodes)] if nodes else []
        return below[0] if below else merkle.EMPTY_ROOT

    def append(self, leaf_hashes: Sequence[bytes]) -> list[FullTile]:
        """Add leaves and return the tiles that they completed, lower levels first."""
        self.size += len(leaf_hashes)
        completed: list[FullTile] = []
        level, new = 0, list(leaf_hashes)
        while new:
            if level == len(self._levels):
                self._levels.append([])
            hashes = self._levels[level] + new
            last = len(hashes) - len(hashes) % WIDTH
            first_n = (self.size >> HEIGHT * (level + 1)) - last // WIDTH
            tiles = [
                _full_tile(level, first_n + place // WIDTH, hashes[place : place + WIDTH])
                for place in range(0, last, WIDTH)
            ]
            self._levels[level] = hashes[last:]
            completed += tiles
            level, new = level + 1, [tile.root for tile in tiles]
        return completed

    def partial_tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """Give the partial tiles of the tree as it is, with their bytes."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield Tile(level, self.size >> HEIGHT * (level + 1), len(hashes)), b"".join(hashes)


def tiles_of(size: int) -> list[list[Tile]]:
    """List the tiles that hold a tree of `size`, level by level, the leaves first."""
    levels: list[list[Tile]] = []
    while size:
        levels.append([Tile(len(levels), n, width) for n, width in _places(size)])
        size >>= HEIGHT
    return levels


def bundles_of(size: int) -> list[Bundle]:
    """List the bundles that hold the records of a log of `size`."""
    return [Bundle(n, width) for n, width in _places(size)]


def build(records: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Give every tile and bundle of a log of these records, as (path, bytes)."""
    edge = Edge()
    for full in edge.append(merkle.leaf_hashes(records)):
        yield Tile(full.level, full.n).path, full.data
    for tile, data in edge.partial_tiles():
        yield tile.path, data
    for bundle in bundles_of(len(records)):
        start = bundle.n * WIDTH
        yield bundle.path, encode_bundle(records[start : start + bundle.width])


def encode_bundle(records: Iterable[bytes]) -> bytes:
    """Write records as a bundle: the length of each as uint16, then the record."""
    return b"".join(len(record).to_bytes(_LENGTH_BYTES) + record for record in records)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Read a bundle of exactly `width` records, or raise BadBundle."""
    records: list[bytes] = []
    place, end = 0, len(data)
    while place + _LENGTH_BYTES <= end:
        start = place + _LENGTH_BYTES
        place = start + (data[place] << 8 | data[place + 1])
        records.append(data[start:place])
    if place != end:
        raise BadBundle("a record is cut off")
    if len(records) != width:
        raise BadBundle(f"{len(records)} records, not {width}")
    return records


def split_hashes(data: bytes) -> list[bytes]:
    """Read the hashes of a tile, whose length is known to be right."""
    step = merkle.HASH_BYTES
    return [data[place : place + step] for place in range(0, len(data), step)]


def tiles_needed(ranges: Iterable[merkle.Range]) -> set[tuple[int, int]]:
    """Return the (level, n) of the tiles that hold the hashes of these ranges of a proof."""
    return {_holder(subtree)[:2] for leaves in ranges for subtree in merkle.subtrees(*leaves)}


def hashes_in(tiles: Mapping[tuple[int, int], bytes]) -> merkle.HashOf:
    """Serve complete subtrees out of tiles at hand, full or partial, by (level, n)."""

    def hash_of(subtree: merkle.Subtree) -> bytes:
        level, n, start, end = _holder(subtree)
        step = merkle.HASH_BYTES
        return merkle.root(split_hashes(tiles[level, n][start * step : end * step]))

    return hash_of


def _holder(subtree: merkle.Subtree) -> tuple[int, int, int, int]:
    """Return which tile holds a complete subtree, (level, n), and which of its hashes."""
    tile_level, height = divmod(subtree[0], HEIGHT)
    n, start = divmod(subtree[1] << height, WIDTH)
    return tile_level, n, start, start + (1 << height)


def _full_tile(level: int, n: int, hashes: Sequence[bytes]) -> FullTile:
    return FullTile(level, n, merkle.root(hashes), b"".join(hashes))


def _places(count: int) -> list[tuple[int, int]]:
    """Split `count` hashes or records into (n, width)."""
    full, rest = divmod(count, WIDTH)
    return [(n, WIDTH) for n in range(full)] + ([(full, rest)] if rest else [])


def _number(n: int, width: int) -> str:
    """Write a tile's index in groups of three digits, all but the last marked by an x."""
    path = f"{n % 1000:03}"
    while n := n // 1000:
        path = f"x{n % 1000:03}/{path}"
    return path if width == WIDTH else f"{path}.p/{width}"
