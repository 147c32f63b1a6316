from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary import merkle, tiles
from tests.notary import golden

LEAVES = [merkle.leaf_hash(n.to_bytes(4)) for n in range(66_000)]
SIZES = st.one_of(st.integers(0, 1_100), st.sampled_from([65_535, 65_536, 65_537, 66_000]))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (tiles.Tile(0, 0), "tile/0/000"),
        (tiles.Tile(1, 1_234_067), "tile/1/x001/x234/067"),
        (tiles.Tile(0, 273, 112), "tile/0/273.p/112"),
        (tiles.Tile(2, 1_000, 1), "tile/2/x001/000.p/1"),
        (tiles.Bundle(999), "tile/entries/999"),
        (tiles.Bundle(70_000, 3), "tile/entries/x070/000.p/3"),
    ],
)
def test_paths_are_those_of_the_specification(tile: tiles.Tile | tiles.Bundle, path: str) -> None:
    assert tile.path == path


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    leaves, middle, top = tiles.tiles_of(70_000)

    assert (len(leaves), leaves[-1]) == (274, tiles.Tile(0, 273, 112))
    assert middle == [tiles.Tile(1, 0), tiles.Tile(1, 1, 17)]
    assert top == [tiles.Tile(2, 0, 1)]
    assert tiles.tiles_of(256) == [[tiles.Tile(0, 0)], [tiles.Tile(1, 0, 1)]]
    assert tiles.tiles_of(0) == []


def test_the_golden_partial_tile_and_bundle() -> None:
    log = golden.log()
    records = [bytes.fromhex(entry["record"]) for entry in log["entries"]]

    built = dict(tiles.build(records))

    assert built == {
        "tile/0/000.p/11": b64decode(log["tile_level0_partial_base64"]),
        "tile/entries/000.p/11": b64decode(log["entry_bundle_partial_base64"]),
    }


@settings(max_examples=40, deadline=None)  # trees of up to 66,000 leaves
@given(SIZES, st.data())
def test_an_edge_appended_in_any_steps_has_the_root_of_the_tree(
    size: int, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=4)))
    edge = tiles.Edge()
    for start, end in zip([0, *cuts], [*cuts, size], strict=True):
        edge.append(LEAVES[start:end])

    assert (edge.size, edge.root) == (size, merkle.root(LEAVES[:size]))


@settings(max_examples=40, deadline=None)  # trees of up to 66,000 leaves
@given(SIZES, st.data())
def test_tiles_hold_the_tree_and_give_its_proofs(size: int, data: st.DataObject) -> None:
    edge = tiles.Edge()
    stored = {tiles.Tile(full.level, full.n): full.data for full in edge.append(LEAVES[:size])}
    stored.update(edge.partial_tiles())
    assert sorted(stored) == [tile for level in tiles.tiles_of(size) for tile in level]
    assert [len(stored[tile]) for tile in stored] == [32 * tile.width for tile in stored]

    if size:
        index = data.draw(st.integers(0, size - 1))
        old = data.draw(st.integers(0, size))
        ranges = merkle.inclusion_ranges(index, size) + merkle.consistency_ranges(old, size)
        at_hand = {(tile.level, tile.n): data for tile, data in stored.items()}
        hash_of = tiles.hashes_in({place: at_hand[place] for place in tiles.tiles_needed(ranges)})

        inclusion = merkle.inclusion_proof(hash_of, index, size)
        consistency = merkle.consistency_proof(hash_of, old, size)

        merkle.check_inclusion(LEAVES[index], index, size, inclusion, edge.root)
        merkle.check_consistency(old, size, consistency, merkle.root(LEAVES[:old]), edge.root)


@settings(max_examples=40, deadline=None)  # trees of up to 66,000 leaves
@given(SIZES)
def test_an_edge_taken_up_from_stored_tiles_goes_on(size: int) -> None:
    edge = tiles.Edge()
    full = edge.append(LEAVES[:size])
    roots = {(tile.level + 1, tile.n): tile.root for tile in full}
    levels = [LEAVES[size - size % 256 : size]]
    while (above := size >> 8 * len(levels)) > 0:
        level = len(levels)
        levels.append([roots[level, n] for n in range(above - above % 256, above)])
    again = tiles.Edge(size, levels if size else ())

    assert again.root == edge.root
    assert again.append(LEAVES[:300]) == edge.append(LEAVES[:300])
    assert again.root == edge.root


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="no edge"):
        tiles.Edge(3, [LEAVES[:2]])


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_bundles_come_back(records: list[bytes]) -> None:
    encoded = tiles.encode_bundle(records)

    assert tiles.decode_bundle(encoded, len(records)) == records
    with pytest.raises(tiles.BadBundle):
        tiles.decode_bundle(encoded, len(records) + 1)
    with pytest.raises(tiles.BadBundle):
        tiles.decode_bundle(encoded + b"\x00", len(records))
    with pytest.raises(tiles.BadBundle):
        tiles.decode_bundle(encoded + b"\x00\x05abcd", len(records) + 1)
