"""Proofs that anybody can keep and check offline: `.tlog-proof` files.

Source: c2sp.org/tlog-proof. `extra` holds a `hall-disclosure/v1`, on its own no proof of anything:
its fields lead to a record, the record's leaf to the root, the root to the note, the note to the
policy of whoever asks (`ledger.md` 4).
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from notary import canonical, entry, merkle, note
from notary.entry import BadEntry, Fields, Opened
from notary.merkle import BadProof
from notary.note import BadNote, Checkpoint
from notary.policy import Policy, Seen

MAX_BYTES = 1 << 20  # the largest disclosure and the largest note fit

_MAGIC = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof as it is written: nothing in it is checked yet. `note` is verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        extra = [] if self.extra is None else [f"extra {b64encode(self.extra).decode()}"]
        hashes = [b64encode(digest).decode() for digest in self.hashes]
        head = [_MAGIC, *extra, f"index {self.index}", *hashes, "", ""]
        return "\n".join(head).encode() + self.note


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof has proved: the entry at `index` of the log says this, as of `seen`."""

    index: int
    seen: Seen
    opened: Opened


def of_entry(disclosed: Fields, index: int, hashes: tuple[bytes, ...], published: bytes) -> Proof:
    """Prove what a disclosure shows of the entry at `index`, on a published note."""
    extra = canonical.dumps(disclosed)
    return Proof(index=index, hashes=hashes, note=published, extra=extra)


def parse(data: bytes) -> Proof:
    """Read a `.tlog-proof`, or raise BadProof."""
    if len(data) > MAX_BYTES:
        raise BadProof(f"a proof of more than {MAX_BYTES} bytes")
    head, blank, published = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        if not blank or lines.pop(0) != _MAGIC:
            raise BadProof(f"not a {_MAGIC}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = note.decode_base64(lines.pop(0).removeprefix("extra "))
        if not lines or not lines[0].startswith("index "):
            raise BadProof("a proof without an index")
        index = note.parse_number(lines.pop(0).removeprefix("index "))
        hashes = tuple(map(note.decode_base64, lines))
    except (UnicodeDecodeError, BadNote) as error:
        raise BadProof(f"not a {_MAGIC}: {error}") from error
    return Proof(index=index, hashes=hashes, note=published, extra=extra)


def encode_hashes(hashes: Iterable[bytes]) -> bytes:
    """Write the hashes of a consistency proof, base64, a line each (`ledger.md` 9)."""
    return b"".join(b64encode(digest) + b"\n" for digest in hashes)


def decode_hashes(data: bytes) -> list[bytes]:
    """Read what `encode_hashes` writes, or raise BadProof."""
    try:
        *lines, rest = data.decode("ascii").split("\n")
        if rest:
            raise BadProof("the last line does not end in a newline")
        return [note.decode_base64(line) for line in lines]
    except (UnicodeDecodeError, BadNote) as error:
        raise BadProof(f"not the hashes of a proof: {error}") from error


def check(proof: Proof, policy: Policy) -> Proven:
    """Return what a proof with a disclosure proves by itself, under a policy.

    Raises BadNote, QuorumNotMet, or BadEntry with the first reason of `ledger.md` 4.
    """
    return prove(proof, policy.check(note.parse(proof.note)))


def prove(proof: Proof, seen: Seen) -> Proven:
    """Return what a proof shows of the log whose checkpoint, that of its note, is known to be good.

    Raises BadEntry.
    """
    if proof.extra is None:
        raise BadEntry("json", "a proof without a disclosure")
    opened = entry.open_disclosure(proof.extra, seen.checkpoint.origin)
    require_record(opened, proof.index, proof.hashes, seen.checkpoint)
    return Proven(proof.index, seen, opened)


def require_record(
    opened: Opened, index: int, hashes: tuple[bytes, ...], checkpoint: Checkpoint
) -> None:
    """Raise BadEntry `record` unless what was opened stands at `index` of the log."""
    leaf = merkle.leaf_hash(opened.record)
    try:
        merkle.check_inclusion(leaf, index, checkpoint.size, hashes, checkpoint.root)
    except BadProof as error:
        raise BadEntry("record", str(error)) from error
