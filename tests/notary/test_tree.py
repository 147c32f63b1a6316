import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary import merkle, note, tiles, tree
from tests import shared

RECORDS = [n.to_bytes(4) for n in range(66_000)]
ROOT = merkle.root(merkle.leaf_hashes(RECORDS))
FILES = dict(tiles.build(RECORDS))


def test_the_foreign_golden_log_is_read_at_every_size() -> None:
    folder = shared.path("vectors/tessera-log")
    for size in range(16):
        text = note.parse((folder / f"checkpoint.{size}").read_bytes()).text
        root = note.parse_checkpoint(text).root

        whole = tree.read(lambda path: (folder / path).read_bytes(), size, root)

        assert len(whole.records) == size
        assert whole.root_at(size) == root


def test_a_tree_of_three_levels_tells_its_root_at_any_size() -> None:
    whole = tree.read(FILES.__getitem__, len(RECORDS), ROOT)

    for size in (0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 66_000):
        assert whole.root_at(size) == merkle.root(merkle.leaf_hashes(RECORDS[:size]))


@settings(max_examples=40, deadline=None)  # each reads 66,000 entries
@given(st.sampled_from(sorted(FILES)), st.data())
def test_one_bit_in_any_tile_or_bundle_is_found_there(path: str, data: st.DataObject) -> None:
    edited = bytearray(FILES[path])
    edited[data.draw(st.integers(0, len(edited) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(tree.BadFile) as error:
        tree.read({**FILES, path: bytes(edited)}.__getitem__, len(RECORDS), ROOT)

    assert error.value.path == path


@pytest.mark.parametrize("size", [0, 1, 256, 300])
def test_another_root_is_the_fault_of_the_checkpoint(size: int) -> None:
    files = dict(tiles.build(RECORDS[:size]))

    with pytest.raises(tree.BadFile) as error:
        tree.read(files.__getitem__, size, bytes(32))

    assert error.value.path == "checkpoint"


@pytest.mark.parametrize("path", ["tile/0/000", "tile/1/001.p/1", "tile/entries/257.p/208"])
def test_a_tile_cut_short_or_too_long_is_refused(path: str) -> None:
    for data in (FILES[path][:-1], FILES[path] + b"\x00", FILES[path] + FILES[path][-32:], b""):
        with pytest.raises(tree.BadFile) as error:
            tree.read({**FILES, path: data}.__getitem__, len(RECORDS), ROOT)
        assert error.value.path == path


def test_two_records_swapped_are_found_with_their_index() -> None:
    swapped = [*RECORDS[:300]]
    swapped[7], swapped[8] = swapped[8], swapped[7]
    files = dict(tiles.build(RECORDS[:300]))
    files["tile/entries/000"] = tiles.encode_bundle(swapped[:256])

    with pytest.raises(tree.BadFile) as error:
        tree.read(files.__getitem__, 300, merkle.root(merkle.leaf_hashes(RECORDS[:300])))

    assert (error.value.path, error.value.index) == ("tile/entries/000", 7)
