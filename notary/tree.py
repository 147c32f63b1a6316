"""A stored log, read and authenticated: every tile against its parent, every record its leaf.

Source: `ledger.md` 9.3 and 9.4. A tile that is not checked against its parent lets a server show
one tree and prove another (golang.org/x/mod before 0.40.0: CVE-2026-56865). Reading is the
caller's: any function from a path below the log's prefix to bytes.
"""

from collections.abc import Callable, Sequence

from notary import merkle, tiles
from notary.tiles import HEIGHT, WIDTH, Bundle, Tile

Read = Callable[[str], bytes]


class BadFile(ValueError):  # noqa: N818 - named after what is wrong
    """The file at `path` is not part of the tree that was signed; `index`: of the entry, if one."""

    def __init__(self, path: str, sentence: str, index: int | None = None) -> None:
        super().__init__(sentence)
        self.path = path
        self.index = index


class Tree:
    """All records and hashes of a log, known to lead to its signed root."""

    def __init__(self, records: Sequence[bytes], levels: Sequence[list[bytes]]) -> None:
        """Take what `read` authenticated: records, and per level the hashes of its tiles."""
        self.records = records
        self._levels = levels

    def root_at(self, size: int) -> bytes:
        """Return the root that the log had, or would have had, with its first `size` entries."""
        return merkle.range_hash(self.hash_of, (0, size)) if size else merkle.EMPTY_ROOT

    def hash_of(self, subtree: merkle.Subtree) -> bytes:
        """Return the hash of a complete subtree."""
        level, height = divmod(subtree[0], HEIGHT)
        start = subtree[1] << height
        return merkle.root(self._levels[level][start : start + (1 << height)])


def read(read_file: Read, size: int, root: bytes) -> Tree:
    """Read the log of `size` entries under a signed root; raise BadFile for the first false file.

    From the root downwards: the unfinished tiles of all levels make the root, each hash of a tile
    is the root of the full tile below it, and each hash of a leaf that of its record.
    """
    levels = [
        [digest for tile in level for digest in _read_tile(read_file, tile)]
        for level in tiles.tiles_of(size)
    ]
    records = [
        record for bundle in tiles.bundles_of(size) for record in _read_bundle(read_file, bundle)
    ]
    # What each level must be, if the one below it is true: twice the hashes of a plain tree.
    expected = [merkle.leaf_hashes(records), *map(_full_roots, levels[:-1])]
    if (
        tiles.Edge(size, [level[len(level) - len(level) % WIDTH :] for level in levels]).root
        != root
    ):
        raise _false_edge(size, levels, expected)
    for above in range(len(levels) - 1, 0, -1):
        if levels[above] != expected[above]:
            n = _first_difference(levels[above], expected[above])
            raise BadFile(Tile(above - 1, n).path, "a tile whose root its parent does not hold")
    if size and levels[0] != expected[0]:
        index = _first_difference(levels[0], expected[0])
        path = tiles.bundles_of(size)[index // WIDTH].path
        raise BadFile(path, "a record that is not the one in the tree", index)
    return Tree(records, levels)


def _false_edge(
    size: int, levels: Sequence[list[bytes]], expected: Sequence[list[bytes]]
) -> BadFile:
    """Name the unfinished tile that is not what lies below it, or else the checkpoint."""
    for places, stated, true in zip(tiles.tiles_of(size), levels, expected, strict=False):
        if _unfinished(stated) != _unfinished(true):
            return BadFile(places[-1].path, "a tile that is not what lies below it")
    return BadFile("checkpoint", "a root that is not that of the tiles")


def _unfinished(hashes: list[bytes]) -> list[bytes]:
    """Return the hashes of the unfinished tile at the end of a level."""
    return hashes[len(hashes) - len(hashes) % WIDTH :]


def _full_roots(hashes: list[bytes]) -> list[bytes]:
    """Return the roots of the full tiles of one level: the hashes of the level above."""
    above = hashes[: len(hashes) - len(hashes) % WIDTH]
    for _ in range(HEIGHT):
        above = merkle.level_above(above)
    return above


def _first_difference(stated: Sequence[bytes], true: Sequence[bytes]) -> int:
    return next(n for n, pair in enumerate(zip(stated, true, strict=True)) if pair[0] != pair[1])


def _read_tile(read_file: Read, tile: Tile) -> list[bytes]:
    data = read_file(tile.path)
    if len(data) != tile.width * merkle.HASH_BYTES:
        raise BadFile(tile.path, f"not {tile.width} hashes")
    return tiles.split_hashes(data)


def _read_bundle(read_file: Read, bundle: Bundle) -> list[bytes]:
    try:
        return tiles.decode_bundle(read_file(bundle.path), bundle.width)
    except tiles.BadBundle as error:
        raise BadFile(bundle.path, str(error)) from error
