"""The public record as files: the log's part of an export, and how an export is written.

Everything is recomputed from records, bodies and salts: tiles, hashes and the fields that are open.
What the tables say of the tree is never copied, so that a table that was tampered with stops the
export and is not spread by it. What the acts have opened is told by the packages whose acts they
are; `notary.verify` reads what is written here.

Source: `ledger.md` 9.
"""

import hashlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from notary import disclosed, disclosure, entry, ledger, merkle, note, policy, proof, shelf, sums
from notary import published as checkpoints
from notary import tiles as tlog
from notary.entry import Fields, Kind
from notary.ledger import Sequenced
from notary.published import Published
from notary.tiles import Edge
from notary.verify import (
    CERTIFICATES,
    CHECKPOINT,
    CHECKPOINTS,
    DISCLOSED,
    ENTRIES,
    KEY,
    POLICY,
)
from sql.database import Tx

File = tuple[str, bytes]
"""A path in the export, and what is in the file."""

_BATCH = 500
_PERSONAL = frozenset({"actor", "person"})


class Contradiction(Exception):  # noqa: N818 - the program is right; what it found is not
    """The tables of this hall do not tell one story: a fault, and nothing is exported."""


class NothingPublished(Exception):  # noqa: N818 - named after what is so
    """The log has no checkpoint yet, so that there is nothing anybody could verify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log up to its newest checkpoint, recomputed from its records.

    `sizes`: of all its checkpoints, ascending; `notes` by size.
    """

    newest: Published
    records: tuple[bytes, ...]
    tiles: Mapping[tuple[int, int], bytes]
    sizes: tuple[int, ...]
    notes: Mapping[int, bytes]
    key: note.VerifierKey

    @property
    def size(self) -> int:
        """How many entries the export has."""
        return self.newest.size

    def show(self, found: Sequenced, names: Collection[str]) -> Fields:
        """Return the disclosure of these fields; raise Contradiction where they are not its own."""
        if entry.record(found.fields, found.salt) != self.records[found.idx]:
            raise Contradiction(f"the body of entry {found.idx} is not what the log committed to")
        return disclosure.show(found, names)

    def prove(self, found: Sequenced, names: Collection[str]) -> bytes:
        """Return the `.tlog-proof` of an entry, on the first checkpoint that covers it."""
        size = self.sizes[bisect_right(self.sizes, found.idx)]
        hashes = merkle.inclusion_proof(tlog.hashes_in(self.tiles), found.idx, size)
        shown = self.show(found, names)
        return proof.of_entry(shown, found.idx, tuple(hashes), self.notes[size]).encode()

    def around(self, indexes: Iterable[int]) -> list[int]:
        """Return the sizes of the last checkpoint without, and the first with, each entry."""
        wanted: set[int] = set()
        for index in indexes:
            place = bisect_right(self.sizes, index)
            wanted.update(self.sizes[max(0, place - 1) : place + 1])
        return sorted(wanted - {self.size})


def act_opens(kind: Kind) -> frozenset[str]:
    """Return the names that an act opens whose own rule opens an entry: all but who acted."""
    return frozenset(kind.names) - _PERSONAL


async def read(tx: Tx) -> Log:
    """Read the log up to its newest checkpoint; raise NothingPublished, Contradiction.

    The first statement of its transaction: what follows in it sees the same moment of the hall.
    """
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    newest = await checkpoints.newest(tx)
    if newest is None:
        raise NothingPublished
    records = tuple(await shelf.records(tx, 0, newest.size))
    edge = Edge()
    full = edge.append(merkle.leaf_hashes(records))
    built = {(tile.level, tile.n): tile.data for tile in full}
    built |= {(tile.level, tile.n): data for tile, data in edge.partial_tiles()}
    if edge.root != newest.root:
        raise Contradiction(f"the records do not lead to the checkpoint of {newest.size} entries")
    notes = await checkpoints.notes(tx)
    return Log(
        newest=newest,
        records=records,
        tiles=built,
        sizes=tuple(notes),
        notes=notes,
        key=_key(newest, records),
    )


async def of_kinds(tx: Tx, log: Log, kinds: Collection[str]) -> list[Sequenced]:
    """Return the entries of these kinds, in the order of the log."""
    found = await ledger.entries_of_kinds(tx, kinds)
    return [one for one in found if one.idx < log.size]


async def about(tx: Tx, log: Log, subject: str) -> list[Sequenced]:
    """Return the entries about a subject, in the order of the log."""
    return [one for one in await ledger.entries_about(tx, subject) if one.idx < log.size]


async def opened(
    tx: Tx, log: Log, by_acts: Mapping[int, Collection[str]]
) -> AsyncIterator[tuple[Sequenced, frozenset[str]]]:
    """Give every entry that is open to the public, with the names of its open fields.

    By its kind, by a disclosure, or by an act (`by_acts`: names by index); plain ones with all.
    """
    by_disclosures = await disclosure.disclosed_to_all(tx)
    after = -1
    while after + 1 < log.size:
        for found in await ledger.entries(tx, after=after, limit=_BATCH):
            after = found.idx
            if found.idx >= log.size:
                return
            names = disclosure.open_by_kind(entry.kind(found.kind)).union(
                by_disclosures.get(found.idx, ()), by_acts.get(found.idx, ())
            )
            if names:
                yield found, names


async def whole_log(
    tx: Tx, log: Log, by_acts: Mapping[int, Collection[str]]
) -> AsyncIterator[File]:
    """Give the files of a whole log: tiles, bundles, what is open, and older checkpoints."""
    for level in tlog.tiles_of(log.size):
        for tile in level:
            yield tile.path, log.tiles[tile.level, tile.n]
    for bundle in tlog.bundles_of(log.size):
        start = bundle.n * tlog.WIDTH
        yield bundle.path, tlog.encode_bundle(log.records[start : start + bundle.width])
    lines, indexes = [], []
    async for found, names in opened(tx, log, by_acts):
        indexes.append(found.idx)
        if found.salt is not None:  # a plain entry is open in its bundle
            lines.append(disclosed.write({found.idx: log.show(found, names)}))
    yield DISCLOSED, b"".join(lines)
    for size in log.around(indexes):
        yield f"{CHECKPOINTS}{size}", log.notes[size]


async def log_of(
    tx: Tx, log: Log, by_acts: Mapping[int, Collection[str]], subject: str
) -> AsyncIterator[File]:
    """Give the files of a log for one subject: proofs of what is open of it, no tiles.

    Entries about others are among them where `by_acts` names them.
    """
    indexes = []
    async for found, names in opened(tx, log, by_acts):
        if found.subject == subject or found.idx in by_acts:
            indexes.append(found.idx)
            yield f"{ENTRIES}{found.idx}.tlog-proof", log.prove(found, names)
    hash_of = tlog.hashes_in(log.tiles)
    for size in log.around(indexes):
        yield f"{CHECKPOINTS}{size}", log.notes[size]
        hashes = merkle.consistency_proof(hash_of, size, log.size)
        yield f"{CHECKPOINTS}{size}.proof", proof.encode_hashes(hashes)


def heads(log: Log, roots_pem: bytes) -> Iterator[File]:
    """Give the files at the root of every export, its sums aside."""
    yield CHECKPOINT, log.newest.note
    yield KEY, f"{log.key.vkey}\n".encode()
    yield POLICY, policy.of_log(log.key)
    yield CERTIFICATES, roots_pem


class Writer:
    """Writes the files of an export into a folder and signs their sums at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests: dict[str, str] = {}

    def put(self, path: str, content: bytes) -> None:
        """Write one file; no path is written twice."""
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
        self._digests[path] = hashlib.sha256(content).hexdigest()

    @property
    def count(self) -> int:
        """How many files there are, the sums aside."""
        return len(self._digests)

    def seal(self, sign: Callable[[bytes], bytes]) -> None:
        """Write `SHA256SUMS` and its signature: the export is complete."""
        listed = sums.write(self._digests)
        (self._folder / sums.NAME).write_bytes(listed)
        (self._folder / sums.SIGNATURE).write_bytes(sign(listed))


def _key(newest: Published, records: tuple[bytes, ...]) -> note.VerifierKey:
    """Return the key that the inception names, which signed the newest checkpoint."""
    origin = note.parse_checkpoint(note.parse(newest.note).text).origin
    key = note.parse_key(str(entry.open_plain(records[0], origin)["vkey"]))
    policy.Policy((key,)).check(note.parse(newest.note))
    return key
