"""The record of an opened box, verified offline: every verdict again, from signed objects (V1-V13).

`verify_boxes` takes an export whose log is proved already and judges what stands below `tender/`.
Facts, or NotVerified with the first file that is wrong; a bid's own fault is a verdict, not a
failure. What is left out, as parts 1 … m without `--with-files`, stays the hall's word.

Source: `sealing.md` 8, Record; 9.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from typing_extensions import override

from bidding import outcome
from bidding.proof.basis import Basis, basis_of, require_fact, require_hall
from bidding.proof.closing import Closing, closing_of, of_box, rejected_by, require_none_left_off
from bidding.proof.folder import Fact, Folder, Ledger, ledger_of, log_of
from bidding.sealed import seal
from bidding.sealed.objects import Manifest
from bidding.sealed.statements import LIST_LIMIT, Listed, Opening, OwnerRelease, Promise, Release
from bidding.signed import Signed, require_bidder, require_holder
from bidding.types import Box, Code, EnvelopeId, Finding, Party
from bidding.verdict import Given, Judged, Sealed, Shown, judge, refused
from notary import age
from notary.canonical import sha256_hex
from notary.cms import BadSignature
from notary.shape import load
from notary.sums import NotVerified
from notary.times import Dated
from notary.verify import TENDERS, ExportFacts

_PART = re.compile(r"p(0[0-9]{3}|1[0-9]{3}|20[0-3][0-9]|204[0-7])\.age")
_FILE = re.compile(
    r"(?:list|revised)\.(?:json|tlog-proof)|asked\.tlog-proof|opening\.(?:json|p7s)"
    r"|certs\.pem|crls\.pem|invited\.json"
    r"|notice/[1-9][0-9]{0,5}\.(?:json|p7s|tlog-proof)"
    r"|(?:policy|owner)/[0-9a-f]{64}\.json"
    r"|(?:keys|promises|releases)/[0-9a-f]{64}\.(?:json|p7s)"
    r"|duty/[0-9a-f]{64}\.(?:json|p7s|tlog-proof)|enrolled/[0-9a-f]{64}\.tlog-proof"
    r"|bids/[0-9a-f]{64}/(?:seal\.json|seal\.p7s|(?:entry|complete)\.tlog-proof|identity\.txt|"
    + _PART.pattern
    + ")"
)

S = TypeVar("S", Promise, Release)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRecord:
    """What is proved of one box. `dated`: how far the time of its closing is proved."""

    folder: Folder
    ledger: Ledger
    basis: Basis
    closing: Closing
    manifests: Mapping[EnvelopeId, Manifest]
    judged: Mapping[EnvelopeId, Judged]
    dated: Dated | None

    @property
    def box(self) -> Box:
        """The box."""
        return self.basis.box


def verify_boxes(export: ExportFacts) -> list[BoxRecord]:
    """Prove every box of an export, in the order of their folders, or raise NotVerified."""
    log = log_of(export)
    return [verify_box(folder, box, log) for box, folder in _folders(export)]


def _folders(export: ExportFacts) -> Iterator[tuple[Box, Folder]]:
    """Give the folder of every box; what stands beside them is an award."""
    names: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for path in sorted(export.files):
        match path.split("/", 4):
            case ["tender", tender, lot, stage, name] if _FILE.fullmatch(name):
                names[tender, lot, stage].add(name)
            case ["tender", _, _, "award.json" | "award.p7s"]:
                continue
            case ["tender", *_]:
                raise NotVerified(path, "no file of a record")
            case _:
                continue
    for (tender, lot, stage), found in names.items():
        prefix = f"{TENDERS}{tender}/{lot}/{stage}/"
        box = Box(origin=export.log.origin, tender=tender, lot=lot, stage=stage)
        yield box, Folder(export=export, prefix=prefix, names=frozenset(found))


def verify_box(folder: Folder, box: Box, log: Ledger) -> BoxRecord:
    """Prove one box from its notice to its opening, or raise NotVerified."""
    ledger = ledger_of(folder, log)
    basis = basis_of(folder, ledger, box)
    closing = closing_of(folder, ledger, basis)
    manifests, envelopes = _envelopes(folder, ledger, basis, closing)
    with folder.judging("list.json"):
        _require_one_each(manifests)
        require_none_left_off(ledger, basis, closing)
        _require_rejected_shut(ledger, box, closing, manifests)
    releases = _releases(folder, ledger, basis)
    promises = _promises(folder, ledger, basis)
    promised = outcome.promising(promises, releases, closing.question)
    counting = outcome.counting(releases, closing.question)
    judged = {
        envelope: one
        if isinstance(one, Judged)
        else judge(one, counting, promised, closing.question)
        for envelope, one in envelopes.items()
    }
    record = BoxRecord(
        folder=folder,
        ledger=ledger,
        basis=basis,
        closing=closing,
        manifests=manifests,
        judged=judged,
        dated=folder.export.log.dated.get(closing.closed.index),
    )
    _require_opening(record, releases)
    return record


# V1 to V4: the envelopes of the list


def _envelopes(
    folder: Folder, ledger: Ledger, basis: Basis, closing: Closing
) -> tuple[dict[EnvelopeId, Manifest], dict[EnvelopeId, Sealed | Judged]]:
    """Return the manifests that can be read, and each envelope or what refuses it already."""
    manifests: dict[EnvelopeId, Manifest] = {}
    envelopes: dict[EnvelopeId, Sealed | Judged] = {}
    for listed in closing.question.bids.envelopes:
        data = folder.read(_bid(listed.envelope, "seal.json"))
        if sha256_hex(data) != listed.envelope:
            raise NotVerified(
                folder.path(_bid(listed.envelope, "seal.json")), "not the envelope of its name"
            )
        try:
            manifests[listed.envelope] = seal.read_manifest(data)
            envelopes[listed.envelope] = _sealed(
                folder, ledger, basis, closing, listed, manifests[listed.envelope]
            )
        except Finding as found:
            if found.code in {Code.LIST, Code.SIG}:  # never to be listed: the hall's fault
                entry = _bid(listed.envelope, "entry.tlog-proof")
                raise NotVerified(folder.path(entry), str(found)) from found
            envelopes[listed.envelope] = refused(listed.envelope, found)
    asked = {f"bids/{envelope}/" for envelope in envelopes}
    shut = {_bid(one.envelope, "entry.tlog-proof") for one in closing.question.bids.kept_shut}
    for name in sorted(folder.names):
        if name.startswith("bids/") and name[: len("bids/") + 65] not in asked and name not in shut:
            raise NotVerified(folder.path(name), "an envelope that was not asked for")
    return manifests, envelopes


def _sealed(
    folder: Folder,
    ledger: Ledger,
    basis: Basis,
    closing: Closing,
    listed: Listed,
    manifest: Manifest,
) -> Sealed:
    """Judge V2 to V4 of a listed envelope; raise a Finding where one fails."""
    core = manifest.core
    entry = _bid(listed.envelope, "entry.tlog-proof")
    received = folder.proven(entry)
    signed = Signed(
        data=folder.read(_bid(listed.envelope, "seal.json")),
        p7s=folder.read(_bid(listed.envelope, "seal.p7s")),
    )
    stated = {**of_box(basis.box), "envelope": listed.envelope}
    require_fact(folder, entry, received, "bidding.bid-received", **stated)
    if received.index != listed.index:
        raise _unlisted("its entry is another one")
    if received.text("p7s_sha256") != sha256_hex(signed.p7s):
        name = _bid(listed.envelope, "seal.p7s")
        raise NotVerified(folder.path(name), "not the signature that was received")
    if not received.at < closing.question.bids.deadline:
        raise _unlisted("received after the deadline")
    _require_completed(folder, basis, closing, listed, stated)
    require_bidder(basis.trust, signed, core.bidder, received.at)
    revisions = basis.until(closing.closed.index)
    terms = seal.require_bound(core, basis.box, revisions, received.at)
    _require_sequence(ledger, manifest, received.number("seq"))
    return Sealed(
        envelope=listed.envelope,
        manifest=manifest,
        policy=basis.policies[core.policy_sha256],
        terms=terms,
        parts=_Parts(folder, listed.envelope),
        shown=_shown(folder, ledger, basis.box, listed.envelope),
    )


def _require_completed(
    folder: Folder, basis: Basis, closing: Closing, listed: Listed, stated: Mapping[str, str]
) -> None:
    """Refuse an envelope that was not complete in time (7.2)."""
    received = folder.proven(_bid(listed.envelope, "entry.tlog-proof"))
    completed = received
    if listed.complete != listed.index:
        name = _bid(listed.envelope, "complete.tlog-proof")
        completed = folder.proven(name)
        require_fact(folder, name, completed, "bidding.bid-completed", **stated)
    elif received.fields.get("complete") is not True:
        raise _unlisted("never complete")
    _, terms = basis.terms(closing.closed.index)
    in_time = completed.at < terms.parts_by and completed.index < closing.closed.index
    if completed.index != listed.complete or not in_time:
        raise _unlisted("completed by another entry, or too late")


def _require_sequence(ledger: Ledger, manifest: Manifest, seq: int) -> None:
    """Refuse seq and supersedes that are not those of the ledger, as far as it is open."""
    core = manifest.core
    if core.seq != seq or (core.supersedes is None) is not (core.seq == 1):
        raise Finding(Code.BIND, Party.BIDDER, "seq and supersedes are not those of its entry")
    if core.supersedes is not None:
        for earlier in ledger.find("bidding.bid-received", envelope=core.supersedes):
            if earlier.number("seq") not in {-1, core.seq - 1}:
                raise Finding(Code.BIND, Party.BIDDER, "supersedes another than the last one")


def _require_one_each(manifests: Mapping[EnvelopeId, Manifest]) -> None:
    bidders = [one.core.bidder.id for one in manifests.values()]
    if len(set(bidders)) != len(bidders):
        raise _unlisted("two envelopes of one bidder")


def _require_rejected_shut(
    ledger: Ledger, box: Box, closing: Closing, manifests: Mapping[EnvelopeId, Manifest]
) -> None:
    """Refuse a revised list that opens a bid whose bidder was rejected before."""
    if closing.listed.index == closing.closed.index:
        return
    for envelope, manifest in manifests.items():
        if rejected_by(ledger, box, manifest.core.bidder.id, closing.listed.index) is not None:
            raise _unlisted(f"{envelope} was rejected at an earlier stage")


class _Parts(Mapping[int, bytes | None]):
    """The parts of an envelope in a record: part 0 always, others where files are exported."""

    def __init__(self, folder: Folder, envelope: EnvelopeId) -> None:
        self._folder = folder
        self._names = {0: _bid(envelope, "p0000.age")}
        for name in folder.names:
            if name.startswith(_bid(envelope, "p")):
                self._names[int(name[-8:-4])] = name

    @override
    def __getitem__(self, n: int) -> bytes | None:
        name = self._names[n]
        return self._folder.read(name) if self._folder.has(name) else None

    @override
    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._names))

    @override
    def __len__(self) -> int:
        return len(self._names)


def _shown(folder: Folder, ledger: Ledger, box: Box, envelope: EnvelopeId) -> list[Shown]:
    """Return the secret that somebody showed, at each time that the ledger says."""
    name = f"owner/{envelope}.json"
    times = ledger.find("bidding.owner-released", **of_box(box), envelope=envelope)
    if not times and not folder.has(name):
        return []
    with folder.judging(name):
        given = load(OwnerRelease, folder.read(name))
        if (given.box, given.envelope) != (box, envelope) or not times:
            raise ValueError("no secret of this envelope, or the ledger says nothing of it")
    return [Shown(secret=given.secret, at=fact.at) for fact in times]


def _bid(envelope: EnvelopeId, name: str) -> str:
    return f"bids/{envelope}/{name}"


def _unlisted(detail: str) -> Finding:
    return Finding(Code.LIST, Party.HALL, detail)


# V8: what the trustees signed


def _releases(folder: Folder, ledger: Ledger, basis: Basis) -> list[Given]:
    """Return the releases of a record, each with when it was received."""
    entry = ("bidding.release-received", "release_sha256")
    return [
        Given(release=release, received=fact.at)
        for fact, release in _of_trustees(folder, ledger, basis, "releases", Release, entry)
    ]


def _promises(folder: Folder, ledger: Ledger, basis: Basis) -> list[Promise]:
    entry = ("bidding.release-promised", "promise_sha256")
    found = _of_trustees(folder, ledger, basis, "promises", Promise, entry)
    return [promise for _, promise in found]


def _of_trustees(
    folder: Folder,
    ledger: Ledger,
    basis: Basis,
    sub_folder: str,
    kind: type[S],
    entry: tuple[str, str],
) -> Iterator[tuple[Fact, S]]:
    """Give what pinned holders signed and the ledger says came: all of it, and nothing else.

    The hall drops what somebody else signed, for it proves nothing; a record does not have it.
    """
    logged = {fact.text(entry[1]) for fact in ledger.find(entry[0], **of_box(basis.box))}
    for sha256 in sorted(logged.union(folder.hashed(sub_folder))):
        data, name = folder.object(sub_folder, sha256), f"{sub_folder}/{sha256}"
        came = ledger.find(entry[0], **{**of_box(basis.box), entry[1]: sha256})
        with folder.judging(f"{name}.json"):
            statement = load(kind, data, limit=LIST_LIMIT)
            key = basis.keys.get(statement.key_sha256)
            if key is None or (statement.box, statement.group) != (basis.box, key.group):
                raise BadSignature("of another box, group or key")
            if not came:
                raise BadSignature("the ledger does not say that it came")
        with folder.judging(f"{name}.p7s"):
            signed = Signed(data=data, p7s=folder.read(f"{name}.p7s"))
            require_holder(basis.trust, signed, key.holder, came[0].at)
        yield came[0], statement


# V13


def _require_opening(record: BoxRecord, releases: Sequence[Given]) -> None:
    """Refuse an opening that is not the hall's, or not what follows from the record."""
    folder, basis, closing = record.folder, record.basis, record.closing
    signed = folder.signed("opening")
    sha256 = sha256_hex(signed.data)
    policies = {
        envelope: basis.policies[manifest.core.policy_sha256]
        for envelope, manifest in record.manifests.items()
        if manifest.core.policy_sha256 in basis.policies
    }
    *_, last_policy = basis.policies.values()
    judged = list(record.judged.values())
    codes = outcome.judge_trustees(judged, releases, closing.question, policies, closing.lists)
    found = outcome.opening(judged, codes, closing.question, last_policy)
    unseen = {
        envelope
        for envelope, manifest in record.manifests.items()
        if not all(folder.has(_bid(envelope, f"p{part.n:04}.age")) for part in manifest.core.parts)
    }
    with folder.judging("opening.json"):
        stated = load(Opening, signed.data, limit=LIST_LIMIT)
        outcome.require_opening(stated, found, unseen)
        if closing.finished.text("opening_sha256") != sha256:
            raise Finding(Code.VERDICT, Party.HALL, "not the opening that the ledger names")
    with folder.judging("opening.p7s"):
        require_hall(folder, basis.trust, signed, closing.finished.at)
    for result in stated.results:
        _require_identity(folder, result.envelope, result.secret)


def _require_identity(folder: Folder, envelope: EnvelopeId, secret: bytes | None) -> None:
    """Refuse an identity file that is not S, or that stands beside an envelope still shut."""
    name = _bid(envelope, "identity.txt")
    if secret is None and not folder.has(name):
        return
    if secret is None or folder.read(name) != f"{age.identity_of(secret)}\n".encode():
        raise NotVerified(folder.path(name), "not S of the envelope")
