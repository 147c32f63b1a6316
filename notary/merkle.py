"""The Merkle tree of the log: hashes, roots, proofs of inclusion and of consistency.

Source: RFC 6962 section 2.1. Maker and checker of a proof walk the same list of ranges, so a proof
has no shape of its own that a checker would have to guess. How a tree is stored: `notary.tiles`.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()

# A complete subtree: (level, n) covers the leaves from n << level up to (n + 1) << level.
Subtree = tuple[int, int]
# A half-open range of leaves.
Range = tuple[int, int]
HashOf = Callable[[Subtree], bytes]


class BadProof(ValueError):  # noqa: N818 - named after what is wrong
    """The proof does not lead to the root that was signed."""


def leaf_hash(record: bytes) -> bytes:
    """Hash one record as a leaf. The prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + record).digest()


def leaf_hashes(records: Iterable[bytes]) -> list[bytes]:
    """Hash many records; one loop without calls of our own, for whole logs."""
    return [sha256(b"\x00" + record).digest() for record in records]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent."""
    return sha256(b"\x01" + left + right).digest()


def level_above(hashes: Sequence[bytes]) -> list[bytes]:
    """Pair the hashes of one level; the last of an odd number moves up as it is.

    Promotion gives the tree of RFC 6962, which splits at the largest power of two.
    """
    above = [
        sha256(b"\x01" + left + right).digest()
        for left, right in zip(hashes[::2], hashes[1::2], strict=False)
    ]
    if len(hashes) % 2:
        above.append(hashes[-1])
    return above


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the tree hash over leaf hashes, or over roots of complete subtrees of one size."""
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        hashes = level_above(hashes)
    return hashes[0]


def subtrees(start: int, end: int) -> list[Subtree]:
    """Split a range of a proof into complete subtrees, the largest and leftmost first."""
    found: list[Subtree] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def range_hash(hash_of: HashOf, leaves: Range) -> bytes:
    """Return the tree hash of a range that starts where a complete subtree may start."""
    *left, last = map(hash_of, subtrees(*leaves))
    for sibling in reversed(left):
        last = node_hash(sibling, last)
    return last


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """List the ranges whose hashes prove leaf `index` in a tree of `size`, from the leaf up.

    Source: RFC 6962 section 2.1.1, PATH(m, D[n]).
    """
    if not 0 <= index < size:
        raise BadProof(f"a log of {size} entries has no entry {index}")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """List the ranges whose hashes prove that the first `old` of `new` leaves are unchanged.

    Source: RFC 6962 section 2.1.2, SUBPROOF(m, D[n], b).
    """
    if not 0 <= old <= new:
        raise BadProof(f"a log of {new} entries does not extend one of {old}")
    if old in {0, new}:
        return []
    ranges: list[Range] = []
    start, end = 0, new
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:  # else the whole old tree is this subtree, and the verifier has its root
        ranges.append((start, end))
    return ranges[::-1]


def inclusion_proof(hash_of: HashOf, index: int, size: int) -> list[bytes]:
    """Prove leaf `index` in a tree of `size`: the siblings from the leaf to the root."""
    return [range_hash(hash_of, leaves) for leaves in inclusion_ranges(index, size)]


def consistency_proof(hash_of: HashOf, old: int, new: int) -> list[bytes]:
    """Prove that the tree of `new` leaves extends that of `old`."""
    return [range_hash(hash_of, leaves) for leaves in consistency_ranges(old, new)]


def in_memory(hashes: Sequence[bytes]) -> HashOf:
    """Serve all complete subtrees over the leaf hashes given."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        levels.append(level_above(levels[-1]))
    return lambda subtree: levels[subtree[0]][subtree[1]]


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], signed_root: bytes
) -> None:
    """Raise BadProof unless the leaf hash stands at `index` in the tree of `size`."""
    ranges = inclusion_ranges(index, size)
    _check_lengths(proof, len(ranges))
    reached = leaf
    for (_, end), sibling in zip(ranges, proof, strict=True):
        is_left = end <= index
        reached = node_hash(sibling, reached) if is_left else node_hash(reached, sibling)
    if reached != signed_root:
        raise BadProof("the inclusion proof leads to another root")


def check_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Raise BadProof unless the tree (new, new_root) extends (old, old_root).

    Everything extends the empty tree, with an empty proof.
    """
    ranges = consistency_ranges(old, new)
    _check_lengths(proof, len(ranges))
    if not ranges:
        if old_root != (new_root if old == new else EMPTY_ROOT):
            raise BadProof("two trees of one size with different roots")
        return
    # The walk starts at the subtree that ends where the old tree ends: the first hash of the
    # proof, or the whole old tree.
    steps = list(zip(ranges, proof, strict=True))
    from_old = from_new = steps.pop(0)[1] if ranges[0][1] == old else old_root
    for (_, end), sibling in steps:
        if end <= old:
            from_old = node_hash(sibling, from_old)
            from_new = node_hash(sibling, from_new)
        else:
            from_new = node_hash(from_new, sibling)
    if from_old != old_root or from_new != new_root:
        raise BadProof("the consistency proof leads to another root")


def _split(size: int) -> int:
    """Return the largest power of two below `size`: where RFC 6962 splits a tree."""
    return 1 << (size - 1).bit_length() - 1


def _check_lengths(proof: Sequence[bytes], count: int) -> None:
    if len(proof) != count:
        raise BadProof(f"the proof has {len(proof)} hashes, not {count}")
    if any(len(digest) != HASH_BYTES for digest in proof):
        raise BadProof("a hash of the proof is not 32 bytes long")
