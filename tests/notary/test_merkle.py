import json
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary import merkle
from tests import shared

LEAVES = [merkle.leaf_hash(n.to_bytes(2)) for n in range(300)]
HASH_OF = merkle.in_memory(LEAVES)
ROOTS = [merkle.root(LEAVES[:size]) for size in range(301)]


def vectors() -> dict[str, Any]:
    text = shared.path("vectors/rfc6962_vectors.json").read_text()
    return json.loads(text)  # type: ignore[no-any-return]


def hashes(encoded: list[str] | None) -> list[bytes]:
    return [b64decode(line) for line in encoded or []]


def recursive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word by word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(recursive_root(leaves[:k]), recursive_root(leaves[k:]))


def test_roots_of_the_published_leaves() -> None:
    published = vectors()
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in published["leaves_hex"]]

    roots = [merkle.root(leaves[:size]).hex() for size in range(9)]

    assert roots == published["roots_hex_by_size"]


def test_published_inclusion_proofs() -> None:
    for case in vectors()["inclusion"]:
        arguments = (
            b64decode(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            hashes(case["proof"]),
            b64decode(case["root"]),
        )
        if case["wantErr"]:
            with pytest.raises(merkle.BadProof):
                merkle.check_inclusion(*arguments)
        else:
            merkle.check_inclusion(*arguments)


def test_published_consistency_proofs() -> None:
    for case in vectors()["consistency"]:
        old_root, new_root = b64decode(case["root1"]), b64decode(case["root2"])
        arguments = (case["size1"], case["size2"], hashes(case["proof"]), old_root, new_root)
        if case["wantErr"]:
            with pytest.raises(merkle.BadProof):
                merkle.check_consistency(*arguments)
        elif len(old_root) == merkle.HASH_BYTES:  # the caveat of the vectors: opaque roots
            merkle.check_consistency(*arguments)


def test_roots_at_all_sizes_are_those_of_the_definition() -> None:
    assert [recursive_root(LEAVES[:size]) for size in range(301)] == ROOTS


@given(st.integers(1, 300), st.data())
def test_any_leaf_of_any_tree_is_proved(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))

    proof = merkle.inclusion_proof(HASH_OF, index, size)

    merkle.check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


def test_every_pair_of_sizes_is_proved_consistent() -> None:
    for new in range(301):
        for old in range(new + 1):
            proof = merkle.consistency_proof(HASH_OF, old, new)
            merkle.check_consistency(old, new, proof, ROOTS[old], ROOTS[new])


@given(st.integers(2, 300), st.data())
def test_a_tampered_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(HASH_OF, index, size)
    tampered = data.draw(tampers(proof))

    with pytest.raises(merkle.BadProof):
        merkle.check_inclusion(LEAVES[index], index, size, tampered, ROOTS[size])


@given(st.integers(2, 300), st.data())
def test_a_leaf_at_another_place_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, 301).filter(lambda n: n != index))
    proof = merkle.inclusion_proof(HASH_OF, index, size)

    with pytest.raises(merkle.BadProof):
        merkle.check_inclusion(LEAVES[index], other, size, proof, ROOTS[size])


@given(st.integers(2, 300), st.data())
def test_a_tampered_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency_proof(HASH_OF, old, new)
    tampered = data.draw(tampers(proof))

    with pytest.raises(merkle.BadProof):
        merkle.check_consistency(old, new, tampered, ROOTS[old], ROOTS[new])


@given(st.integers(0, 300), st.integers(0, 300), st.data())
def test_a_fork_is_refused(old: int, new: int, data: st.DataObject) -> None:
    old, new = sorted((old, new))
    proof = merkle.consistency_proof(HASH_OF, old, new)
    fork = data.draw(st.binary(min_size=32, max_size=32))

    with pytest.raises(merkle.BadProof):
        merkle.check_consistency(old, new, proof, fork, ROOTS[new])


def test_a_log_does_not_shrink() -> None:
    with pytest.raises(merkle.BadProof):
        merkle.check_consistency(9, 8, [], ROOTS[9], ROOTS[8])
    with pytest.raises(merkle.BadProof):
        merkle.consistency_ranges(9, 8)


def test_nothing_is_proved_beyond_the_end() -> None:
    with pytest.raises(merkle.BadProof):
        merkle.inclusion_ranges(8, 8)


def tampers(proof: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    """One bit flipped, a line left out, or a line too many."""
    places = st.integers(0, len(proof) - 1)

    def flipped(place: int, bit: int) -> list[bytes]:
        changed = int.from_bytes(proof[place]) ^ 1 << bit
        return [*proof[:place], changed.to_bytes(32), *proof[place + 1 :]]

    return st.one_of(
        st.builds(flipped, places, st.integers(0, 255)),
        st.builds(lambda place: [*proof[:place], *proof[place + 1 :]], places),
        st.builds(lambda place: [*proof[:place], proof[place], *proof[place:]], places),
    )
