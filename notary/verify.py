"""The offline verifier: is the log of an export what it claims? Without database or network.

The duties are those of `ledger.md` 9, in its order; only the chain of the certificate that signed
the sums is judged last, when the time of the newest entry is known. `verify_export` takes a whole
export or that of one tender, `verify_log` the bare files of a log: a mirror, or `--log DIR`. Both
return facts or raise NotVerified: there is no boolean to forget. What the acts in the log claim is
judged by the packages whose acts they are, on these facts.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509

from notary import (
    canonical,
    disclosed,
    instant,
    merkle,
    note,
    policy,
    proof,
    records,
    sums,
    tiles,
    times,
    tree,
)
from notary.authority import Authorities
from notary.cms import BadCertificate
from notary.entry import BadEntry, Opened
from notary.merkle import BadProof
from notary.note import BadNote, Checkpoint
from notary.policy import BadPolicy, Policy, QuorumNotMet, Seen
from notary.proof import Proven
from notary.sums import NotVerified
from notary.times import Dated
from notary.tree import Tree

CHECKPOINT = "checkpoint"
CHECKPOINTS = "checkpoints/"
DISCLOSED = "disclosed.jsonl"
ENTRIES = "entries/"  # in the export of one tender, instead of tiles and disclosed.jsonl
KEY = "log.vkey"
POLICY = "policy.txt"
CERTIFICATES = "certs.pem"
TENDERS = "tender/"
RULES = "rules/"  # the rule sets that the notices pin, each named by its hash

_ALWAYS = frozenset({CHECKPOINT, KEY, POLICY, CERTIFICATES, sums.NAME, sums.SIGNATURE})
_RULES = re.compile(r"rules/([0-9a-f]{64})\.toml")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_FALSE = (BadNote, QuorumNotMet, BadPolicy, BadEntry, BadProof, BadCertificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the user trusts; whatever is left out comes from the export, and is a hint only."""

    authorities: Authorities | None = None
    policy: Policy | None = None
    old: Mapping[str, bytes] = field(default_factory=dict)  # notes seen before, by a name for each


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """What is proved of a log. An index without an entry is a commitment that nobody opened."""

    policy: Policy
    seen: Seen
    tree: Tree | None  # None in the export of one tender
    entries: Mapping[int, Opened]  # plain and disclosed ones
    checkpoints: Mapping[int, Seen]  # by size, consistent with one another, the newest included
    dated: Mapping[int, Dated] = field(default_factory=dict)  # of entries whose time is open

    @property
    def origin(self) -> str:
        """Return the name of the log."""
        return self.seen.checkpoint.origin

    def require_consistent(self, checkpoint: Checkpoint) -> None:
        """Raise BadProof unless a checkpoint is a state that this log went through."""
        size, newest = checkpoint.size, self.seen.checkpoint
        if checkpoint.origin != newest.origin:
            raise BadProof(f"a checkpoint of another log, {checkpoint.origin}")
        if size > newest.size:
            raise BadProof(f"the log had {size} entries and now has {newest.size}: a roll-back")
        if size in self.checkpoints:
            root = self.checkpoints[size].checkpoint.root
        elif self.tree is not None:
            root = self.tree.root_at(size)
        else:
            raise BadProof(f"nothing here proves the root at {size} entries: the log is needed")
        if root != checkpoint.root:
            raise BadProof(f"another root at {size} entries: the log was forked")

    def prove(self, data: bytes) -> Proven:
        """Return what a `.tlog-proof` shows of this log, or raise BadNote, BadProof or BadEntry.

        Its note needs no quorum of its own: the newest checkpoint has it, and is consistent.
        """
        shown = proof.parse(data)
        seen = self.policy.read(note.parse(shown.note))
        self.require_consistent(seen.checkpoint)
        return proof.prove(shown, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """What is proved of an export. The files below `tender/` are listed and not judged yet."""

    folder: Path
    files: frozenset[str]
    log: LogFacts
    signer: x509.Certificate  # who signed the sums: the hall
    authorities: Authorities
    own_authorities: bool  # the chains end in the export's own certificates
    own_policy: bool  # the policy is the export's own


def verify_log(folder: Path, trusted: Policy) -> LogFacts:
    """Prove a whole log from its checkpoint, tiles and bundles (duties 2 to 4)."""
    seen, whole, plain = _log(folder, trusted)
    checkpoints = {seen.checkpoint.size: seen}
    return LogFacts(policy=trusted, seen=seen, tree=whole, entries=plain, checkpoints=checkpoints)


def verify_export(folder: Path, trust: Trust, log: LogFacts | None = None) -> ExportFacts:
    """Prove the log of an export and the sums of all its files.

    `log`: facts of a whole log beside the export of one tender, which must be the same log.
    """
    files, signer = sums.check(folder)
    for path in sorted(_ALWAYS - files):
        raise NotVerified(path, "the file is missing")
    trusted = _policy(folder, trust)
    if DISCLOSED in files:
        facts = _whole(folder, files, trusted)
    else:
        facts = _one_tender(folder, files, trusted, log)
    _require_no_other(files, facts.seen.checkpoint.size)
    _require_rules(folder, files)
    _require_times_ascend(facts.checkpoints)
    for name, old in trust.old.items():
        with _judging(name):
            facts.require_consistent(trusted.read(note.parse(old)).checkpoint)
    facts = replace(facts, dated=_dated(facts))
    authorities = _authorities(folder, trust)
    _require_chain(signer, authorities, facts)
    return ExportFacts(
        folder=folder,
        files=files,
        log=facts,
        signer=signer,
        authorities=authorities,
        own_authorities=trust.authorities is None,
        own_policy=trust.policy is None,
    )


def _log(folder: Path, trusted: Policy) -> tuple[Seen, Tree, dict[int, Opened]]:
    """Return the newest checkpoint of a log, its tree, and its plain entries."""
    with _judging(CHECKPOINT):
        seen = trusted.check(note.parse(_read(folder, CHECKPOINT)))
    size, root = seen.checkpoint.size, seen.checkpoint.root
    try:
        whole = tree.read(lambda path: _read(folder, path), size, root)
        plain = records.plain_entries(whole.records, seen.checkpoint.origin)
    except tree.BadFile as error:
        raise NotVerified(error.path, str(error), error.index) from error
    except records.BadRecord as error:
        path = tiles.bundles_of(size)[error.index // tiles.WIDTH].path
        raise NotVerified(path, str(error), error.index) from error
    entries = {
        index: Opened(whole.records[index], tuple(sorted(fields)), fields)
        for index, fields in plain.items()
    }
    return seen, whole, entries


def _whole(folder: Path, files: frozenset[str], trusted: Policy) -> LogFacts:
    """Prove the log of a whole export: all tiles, disclosures and older checkpoints."""
    seen, whole, plain = _log(folder, trusted)
    checkpoints = {seen.checkpoint.size: seen}
    for size, path in _numbered(files, CHECKPOINTS, ""):
        with _judging(path):
            older = _checkpoint(_read(folder, path), size, trusted)
            if size > seen.checkpoint.size:
                raise BadProof("a checkpoint of more entries than the log has")
            if whole.root_at(size) != older.checkpoint.root:
                raise BadProof("another root at this size: the log was forked")
        checkpoints[size] = older
    try:
        opened = disclosed.read(_read(folder, DISCLOSED), whole.records, seen.checkpoint.origin)
    except disclosed.BadLine as error:
        raise NotVerified(DISCLOSED, str(error), error.number) from error
    return LogFacts(
        policy=trusted,
        seen=seen,
        tree=whole,
        entries={**opened, **plain},
        checkpoints=checkpoints,
    )


def _one_tender(
    folder: Path, files: frozenset[str], trusted: Policy, log: LogFacts | None
) -> LogFacts:
    """Prove what an export of one tender opens, on checkpoints consistent with its newest."""
    with _judging(CHECKPOINT):
        seen = trusted.check(note.parse(_read(folder, CHECKPOINT)))
        newest = seen.checkpoint
        if log is not None:
            if newest.size > log.seen.checkpoint.size:
                raise BadProof("the log beside this export ends before it")
            log.require_consistent(newest)
    checkpoints = {newest.size: seen}
    for size, path in _numbered(files, CHECKPOINTS, ""):
        with _judging(path):
            older = _checkpoint(_read(folder, path), size, trusted)
        with _judging(f"{path}.proof"):
            hashes = proof.decode_hashes(_read(folder, f"{path}.proof"))
            merkle.check_consistency(size, newest.size, hashes, older.checkpoint.root, newest.root)
        checkpoints[size] = older
    facts = LogFacts(policy=trusted, seen=seen, tree=None, entries={}, checkpoints=checkpoints)
    entries: dict[int, Opened] = {}
    for index, path in _numbered(files, ENTRIES, ".tlog-proof"):
        with _judging(path):
            proven = facts.prove(_read(folder, path))
            if proven.index != index:
                raise BadProof(f"a proof of entry {proven.index}")
        entries[index] = proven.opened
    if log is not None:
        entries = {**entries, **log.entries}
    return replace(facts, entries=entries, tree=None if log is None else log.tree)


def _checkpoint(data: bytes, size: int, trusted: Policy) -> Seen:
    seen = trusted.read(note.parse(data))
    if seen.checkpoint.size != size:
        raise BadNote(f"a checkpoint of {seen.checkpoint.size} entries")
    return seen


def _policy(folder: Path, trust: Trust) -> Policy:
    """Return the user's policy, or the hint in the export; either must list the export's log."""
    with _judging(KEY):
        text = _read(folder, KEY)
        log = note.parse_key(text.decode().removesuffix("\n"))
        if text != f"{log.vkey}\n".encode():
            raise BadNote("not one verifier key and a newline")
    with _judging(POLICY):
        hint = policy.parse(_read(folder, POLICY))
        trusted = hint if trust.policy is None else trust.policy
    if log not in trusted.logs:
        raise NotVerified(KEY, "a log that the policy does not list")
    return replace(trusted, logs=(log,))


def _authorities(folder: Path, trust: Trust) -> Authorities:
    with _judging(CERTIFICATES):
        own = Authorities.from_pem(_read(folder, CERTIFICATES))
        if own.roots_pem != _read(folder, CERTIFICATES):
            raise BadCertificate("something else than the certificates of authorities")
    return own if trust.authorities is None else trust.authorities


def _require_chain(signer: x509.Certificate, authorities: Authorities, facts: LogFacts) -> None:
    """Require that an authority vouched for the hall's certificate at the newest open entry."""
    times = [str(opened.fields["at"]) for opened in facts.entries.values() if "at" in opened.fields]
    if not times:
        raise NotVerified(CHECKPOINT, "no entry with a time")
    with _judging(sums.SIGNATURE):
        authorities.check(signer, instant.parse_micros(max(times)))


def _require_no_other(files: frozenset[str], size: int) -> None:
    """Require the tiles of this size and no other file; what is in `tender/` others judge."""
    if DISCLOSED in files:
        expected = {tile.path for level in tiles.tiles_of(size) for tile in level}
        expected |= {bundle.path for bundle in tiles.bundles_of(size)} | {DISCLOSED}
        numbered = [(CHECKPOINTS, "")]
    else:
        expected = set()
        numbered = [(CHECKPOINTS, ""), (CHECKPOINTS, ".proof"), (ENTRIES, ".tlog-proof")]
    for prefix, suffix in numbered:
        expected |= {path for _, path in _numbered(files, prefix, suffix)}
    for path in sorted(files - _ALWAYS - expected):
        if not path.startswith(TENDERS) and not _RULES.fullmatch(path):
            raise NotVerified(path, "no file of an export")


def _require_rules(folder: Path, files: frozenset[str]) -> None:
    """Require of every rule set that it is the one of its name; who pins it others judge."""
    for path in sorted(files):
        named = _RULES.fullmatch(path)
        if named and canonical.sha256_hex(_read(folder, path)) != named[1]:
            raise NotVerified(path, "not the rule set that its name says")


def _require_times_ascend(checkpoints: Mapping[int, Seen]) -> None:
    """Require that no cosigner's time runs backwards while the log grows."""
    latest: dict[note.VerifierKey, int] = {}
    for size in sorted(checkpoints):
        for key, time in checkpoints[size].cosigned.items():
            if time < latest.get(key, 0):
                raise NotVerified(f"{CHECKPOINTS}{size}", f"the time of {key.name} runs backwards")
            latest[key] = time


def _dated(facts: LogFacts) -> Mapping[int, Dated]:
    at_hand = [(size, seen.time) for size, seen in facts.checkpoints.items()]
    try:
        return times.date(facts.entries, at_hand)
    except records.BadRecord as error:
        raise NotVerified(CHECKPOINT, f"entry {error.index}: {error}", error.index) from error


def _numbered(files: frozenset[str], prefix: str, suffix: str) -> list[tuple[int, str]]:
    """Return the files named `<prefix><number><suffix>`, by number."""
    found = []
    for path in files:
        number = path.removeprefix(prefix).removesuffix(suffix)
        if path == f"{prefix}{number}{suffix}" and _NUMBER.fullmatch(number):
            found.append((int(number), path))
    return sorted(found)


def _read(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        raise NotVerified(path, "the file is missing") from error


@contextmanager
def _judging(file: str) -> Iterator[None]:
    """Say of which file it is what turns out to be wrong."""
    try:
        yield
    except (UnicodeDecodeError, *_FALSE) as error:
        raise NotVerified(file, str(error)) from error
