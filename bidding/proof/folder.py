"""One folder of an export: its files, and what the ledger says of the box or the lot it is about.

Reads files, proves each `.tlog-proof` against the log of the export, and says of which file it is
what turns out to be wrong. What the files mean is judged in `basis` and `record`.

Source: `sealing.md` 8, Record; `ledger.md` 9.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from bidding.signed import Signed
from bidding.types import Finding
from notary import proof
from notary.canonical import Json, sha256_hex
from notary.cms import BadCertificate, BadSignature
from notary.entry import BadEntry, Fields
from notary.instant import parse_micros
from notary.merkle import BadProof
from notary.note import BadNote
from notary.policy import QuorumNotMet
from notary.sums import NotVerified
from notary.verify import ExportFacts

_FALSE = (
    Finding,
    BadEntry,
    BadProof,
    BadNote,
    QuorumNotMet,
    BadSignature,
    BadCertificate,
    ValueError,
)
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An entry of the ledger whose kind and time are open. `kind` is without its version."""

    index: int
    kind: str
    at: datetime
    fields: Mapping[str, Json]

    def text(self, name: str) -> str:
        """Return a field that the schema of its kind says is a string; "" where it is closed."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Return a field that the schema of its kind says is an integer; -1 where it is closed."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else -1


class Ledger:
    """What is proved of entries: those of the export, and those that a folder proves besides."""

    def __init__(
        self, facts: Iterable[Fact], *, whole: bool, beneath: "Ledger | None" = None
    ) -> None:
        """Take facts; `whole`: every plain entry of the log is among them.

        `beneath`: what was known before; of one entry these facts count, which say no less.
        """
        self._facts = {fact.index: fact for fact in facts}
        self._beneath = beneath
        self._places: dict[tuple[str, Json], list[Fact]] = defaultdict(list)
        for _, fact in sorted(self._facts.items()):  # a record asks for kinds of its tender
            self._places[fact.kind, fact.fields.get("tender")].append(fact)
        self.whole = whole

    def at(self, index: int) -> Fact | None:
        """Return the entry at `index` as far as it is open."""
        if index in self._facts or self._beneath is None:
            return self._facts.get(index)
        return self._beneath.at(index)

    def find(self, kind: str, **fields: str | int) -> list[Fact]:
        """Return the entries of a kind with these values, in the order of the log."""
        found = [
            fact
            for facts in self._placed(kind, fields)
            for fact in facts
            if all(fact.fields.get(name) == value for name, value in fields.items())
        ]
        if self._beneath is not None:
            known = self._beneath.find(kind, **fields)
            found += [fact for fact in known if fact.index not in self._facts]
        return sorted(found, key=lambda fact: fact.index)

    def _placed(self, kind: str, fields: Mapping[str, Json]) -> Iterator[list[Fact]]:
        """Give the facts among which those of a kind with these values are."""
        if "tender" in fields:
            yield self._places.get((kind, fields["tender"]), [])
        else:
            yield from (facts for (of_kind, _), facts in self._places.items() if of_kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The files below `prefix` of an export, by their names in it. `known`: proofs checked once."""

    export: ExportFacts
    prefix: str
    names: frozenset[str]
    known: dict[str, Fact] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Return the path in the export, by which a file is named to the reader."""
        return self.prefix + name

    def has(self, name: str) -> bool:
        """Tell whether the folder has a file."""
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return the bytes of a file, or raise NotVerified where it is missing."""
        if name not in self.names:
            raise NotVerified(self.path(name), "the file is missing")
        return (self.export.folder / self.prefix / name).read_bytes()

    def signed(self, stem: str) -> Signed:
        """Return an object and its signature, two files of one stem."""
        return Signed(data=self.read(f"{stem}.json"), p7s=self.read(f"{stem}.p7s"))

    def hashed(self, folder: str, suffix: str = ".json") -> list[str]:
        """Return the names, which are hashes, of the files of a sub-folder with this suffix."""
        stems = (name.removeprefix(f"{folder}/").removesuffix(suffix) for name in self.names)
        return sorted(
            stem
            for stem in stems
            if _HASH.fullmatch(stem) and f"{folder}/{stem}{suffix}" in self.names
        )

    def object(self, folder: str, sha256: str) -> bytes:
        """Return an object that is named by its hash."""
        name = f"{folder}/{sha256}.json"
        data = self.read(name)
        if sha256_hex(data) != sha256:
            raise NotVerified(self.path(name), "not the object that its name says")
        return data

    def proven(self, name: str) -> Fact:
        """Return the entry that a proof opens, on a checkpoint of the export's log."""
        if name not in self.known:
            self.known[name] = self._prove(name)
        return self.known[name]

    def _prove(self, name: str) -> Fact:
        with self.judging(name):
            log = self.export.log
            proven = proof.check(proof.parse(self.read(name)), log.policy)
            log.require_consistent(proven.seen.checkpoint)
            return as_fact(proven.index, proven.opened.fields)

    @contextmanager
    def judging(self, name: str) -> Iterator[None]:
        """Say of which file it is what turns out to be wrong."""
        try:
            yield
        except _FALSE as error:
            raise NotVerified(self.path(name), str(error)) from error


def as_fact(index: int, fields: Fields) -> Fact:
    """Return an entry as a fact; raise BadEntry where its kind or its time is closed."""
    kind, at = fields.get("kind"), fields.get("at")
    if not isinstance(kind, str) or not isinstance(at, str):
        raise BadEntry("closed", "kind and time of an entry that a record rests on are open")
    return Fact(index=index, kind=kind.rpartition(".v")[0], at=parse_micros(at), fields=fields)


def log_of(export: ExportFacts) -> Ledger:
    """Return what the log of an export says, as far as its entries are open."""
    facts = (
        as_fact(index, opened.fields)
        for index, opened in export.log.entries.items()
        if "at" in opened.fields and "kind" in opened.fields
    )
    return Ledger(facts, whole=export.log.tree is not None)


def ledger_of(folder: Folder, log: Ledger) -> Ledger:
    """Return what the log of the export and every proof in the folder say of the ledger."""
    facts: dict[int, Fact] = {}
    for name in sorted(folder.names):
        if name.endswith(".tlog-proof"):
            fact = folder.proven(name)
            known = facts.get(fact.index) or log.at(fact.index)
            fields = fact.fields if known is None else {**known.fields, **fact.fields}
            facts[fact.index] = as_fact(fact.index, cast("Fields", fields))
    return Ledger(facts.values(), whole=log.whole, beneath=log)
