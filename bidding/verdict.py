"""What became of a sealed bid, and who is at fault: steps V6 to V12 of `sealing.md` 9.

Pure, and the same for the server, which has the facts of its database, and for a record, whose
facts were proved. Whatever order releases and secrets come in, and whichever k groups release, the
verdict is one.

Source: `sealing.md` 8.4 to 8.6 and 9.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ParamSpec

from bidding.sealed import seal
from bidding.sealed.index import open_index, open_piece
from bidding.sealed.objects import Core, Group, Index, Manifest, Policy
from bidding.sealed.policy import find_group
from bidding.sealed.statements import BidList, ComplaintItem, Release, Result, SealedItem, ShareItem
from bidding.types import Code, Complaint, EnvelopeId, Finding, Party, Verdict
from notary import age, shamir
from notary.canonical import sha256_hex
from trading.types import Box as Terms
from trading.types import Stage

P = ParamSpec("P")

_SHUT = {Code.SEAL_UNCURED, Code.REL_QUORUM}
"""Nobody has S: the envelope stays shut, also where that is the bidder's fault."""


class Owner(StrEnum):
    """What becomes of a secret that somebody hands in."""

    COUNTS = "counts"
    LATE = "late"
    REFUSED = "E-OWNER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A secret that somebody handed in, and when."""

    secret: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A release under the signature of the pinned holder. `received`: by the hall or a channel."""

    release: Release
    received: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the trustees of a box were asked: the list, where the log asks, and the times."""

    bids: BidList
    list_sha256: str
    entry: int
    open_at: datetime
    release_by: datetime
    owner_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An envelope of the list that passes V1 to V3.

    `terms` are those of the notice it names. `parts`: the age files at hand by number, None where
    the hall should have one and has not; a part that is no key is not in this record. Each is read
    once by V6 and once by V12, so that a mapping may fetch it when it is asked.
    """

    envelope: EnvelopeId
    manifest: Manifest
    policy: Policy
    terms: Terms
    parts: Mapping[int, bytes | None]
    shown: Sequence[Shown] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One envelope's result; codes by group; what became of each secret shown; the index."""

    result: Result
    codes: Mapping[str, frozenset[Code]] = field(default_factory=dict)
    owner: tuple[Owner, ...] = ()
    index: Index | None = None


# V9 to V11: one envelope's secret


@dataclass(slots=True)
class _Answers:
    """What the groups said of one envelope: good shares by x, complaints, silence."""

    good: dict[int, bytes] = field(default_factory=dict)
    complaints: list[Group] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    codes: dict[str, set[Code]] = field(default_factory=dict)

    def blame(self, group: str, code: Code) -> None:
        self.codes.setdefault(group, set()).add(code)


@dataclass(frozen=True, slots=True)
class _Unsealed:
    """S if it is known, or why the envelope stays shut or is improper."""

    secret: bytes | None
    finding: Finding | None
    owner: tuple[Owner, ...]


def share_is_good(core: Core, commit: str, group: Group, share: bytes) -> bool:
    """Tell whether a released share is the one that the bidder committed to (V9)."""
    return share[-1] == group.x and seal.commitment(seal.context(core), share) == commit


def good_shares(sealed: Sealed, releases: Iterable[Given]) -> int:
    """Return how many groups gave a good share of an envelope that passes V1 to V3 and V7."""
    return len(_answers(sealed, releases).good)


def _answers(sealed: Sealed, releases: Iterable[Given]) -> _Answers:
    """Sort what the groups said of an envelope that passes V1 to V3 and V7."""
    answers = _Answers()
    for given in releases:
        group = find_group(sealed.policy, given.release.key_sha256)
        items = [item for item in given.release.items if item.envelope == sealed.envelope]
        if group is None:
            continue
        for item in items[:1]:
            _sort(answers, sealed, group, item)
    return answers


def _sort(
    answers: _Answers, sealed: Sealed, group: Group, item: ShareItem | ComplaintItem | SealedItem
) -> None:
    match item:
        case ShareItem():
            answers.answered.add(group.id)
            entry = sealed.manifest.shares[group.x - 1]
            if share_is_good(sealed.manifest.core, entry.commit, group, item.share):
                answers.good[group.x] = item.share
            else:
                answers.blame(group.id, Code.REL_WRONG)
        case ComplaintItem(complaint=Complaint.MANIFEST):
            # V1 to V3 and V7 passed: it is false, and counts as silence.
            answers.blame(group.id, Code.REL_FALSE_COMPLAINT)
        case ComplaintItem():
            answers.answered.add(group.id)
            answers.complaints.append(group)
        case SealedItem():
            pass  # only a panel can open it, and only in its own box


def fits(sealed: Sealed, secret: bytes) -> bool:
    """Tell whether `secret` passes V10 and, where shares were dealt, V11."""
    core = sealed.manifest.core
    return (
        age.recipient_of(secret) == core.recipient
        and seal.deal(core, sealed.policy, secret) == sealed.manifest.shares
    )


def _unseal(sealed: Sealed, answers: _Answers, asked: Asked) -> _Unsealed:
    """Find S by the shares or, where they are too few, by whoever showed it (8.4, 8.5)."""
    k = sealed.policy.k
    if 0 < k <= len(answers.good):
        secret = shamir.combine([answers.good[x] for x in sorted(answers.good)[:k]])
        _judge_complaints(sealed, answers, secret)
        refused = (Owner.REFUSED,) * len(sealed.shown)
        if fits(sealed, secret):
            return _Unsealed(secret, None, refused)
        finding = Finding(Code.SEAL_INCONSISTENT, Party.BIDDER, "not what its secret deals")
        return _Unsealed(None, finding, refused)
    owner = tuple(_standing(sealed, shown, asked) for shown in sealed.shown)
    for standing in (Owner.COUNTS, Owner.LATE):
        if standing in owner:
            secret = sealed.shown[owner.index(standing)].secret
            _judge_complaints(sealed, answers, secret)
            if standing is Owner.COUNTS:
                return _Unsealed(secret, None, owner)
    return _Unsealed(None, _why_shut(sealed, answers, owner), owner)


def _standing(sealed: Sealed, shown: Shown, asked: Asked) -> Owner:
    if shown.at < asked.open_at or not fits(sealed, shown.secret):
        return Owner.REFUSED
    return Owner.COUNTS if shown.at <= asked.owner_by else Owner.LATE


def _judge_complaints(sealed: Sealed, answers: _Answers, secret: bytes) -> None:
    """Blame the groups that complained of an entry which S derives byte for byte (V11)."""
    if not answers.complaints:
        return
    derived = seal.deal(sealed.manifest.core, sealed.policy, secret)
    for group in answers.complaints:
        if derived[group.x - 1] == sealed.manifest.shares[group.x - 1]:
            answers.blame(group.id, Code.REL_FALSE_COMPLAINT)


def _why_shut(sealed: Sealed, answers: _Answers, owner: Collection[Owner]) -> Finding:
    """Tell whose fault it is that nobody has S after the last owner_by (8.6)."""
    blocked = any(group.x not in answers.good for group in answers.complaints)
    if sealed.policy.k == 0 or (blocked and Owner.LATE not in owner):
        return Finding(Code.SEAL_UNCURED, Party.BIDDER, "nobody showed S in time")
    return Finding(Code.REL_QUORUM, Party.TRUSTEES, "fewer good shares than it takes")


def _blame_silence(sealed: Sealed, answers: _Answers, promised: Collection[str]) -> None:
    """Blame groups without an answer, unless they promised and too few others did (8.6)."""
    too_few_promised = len(promised) < sealed.policy.k
    for group in sealed.policy.groups:
        excused = group.id in promised and too_few_promised
        if group.id not in answers.answered and not excused:
            answers.blame(group.id, Code.REL_MISSING)


# V6 and V12: the parts


def require_stored(sealed: Sealed) -> None:
    """Refuse parts that the hall has lost, or that the bidder should not have sent (V6)."""
    core, held = sealed.manifest.core, set(sealed.parts)
    seal.require_caps(core, sealed.terms.max_bytes)
    for part in core.parts:
        if part.n and part.n not in held:
            continue
        data = sealed.parts[part.n] if part.n in held else None
        if data is None or sha256_hex(data) != part.sha256:
            raise Finding(Code.PART_LOST, Party.HALL, f"part {part.n} is gone or has changed")
        seal.require_part(part, seal.count(data))


def _open_parts(sealed: Sealed, secret: bytes) -> Index:
    index = open_index(sealed.manifest.core, sealed.parts[0] or b"", secret, sealed.terms.form)
    for n, part in sealed.parts.items():
        if n and part is not None:
            open_piece(index, n, part)
    return index


# The verdict


def refused(envelope: EnvelopeId, finding: Finding) -> Judged:
    """Return the verdict on an envelope of the list that failed V1 to V4.

    Bids that were late or badly signed are never accepted, so that listing one is the hall's fault.
    """
    if finding.code in {Code.LATE, Code.SIG}:
        finding = Finding(Code.LIST, Party.HALL, finding.detail)
    return Judged(result=_result(envelope, finding, None))


def judge(
    sealed: Sealed, releases: Iterable[Given], promised: Collection[str], asked: Asked
) -> Judged:
    """Return the verdict on one envelope after the last owner_by, or once its secret is known.

    `releases`: those of `counting`. `promised`: groups whose good promise for the list is logged,
    and those that released. The first failure decides, but the trustees are judged all the same. In
    a `restricted` box the shares go to a panel: V9 to V12 are its signed word, and it counts as
    opened here unless it fails before.
    """
    stored = _finding(require_stored, sealed)
    shares = _finding(seal.require_shares, sealed.manifest, sealed.policy)
    if shares is not None:
        return Judged(result=_result(sealed.envelope, stored or shares, None))
    if sealed.manifest.core.stage == Stage.RESTRICTED:
        return Judged(result=_result(sealed.envelope, stored, None))
    answers = _answers(sealed, releases)
    unsealed = _unseal(sealed, answers, asked)
    if unsealed.finding is not None and unsealed.finding.code in _SHUT:
        _blame_silence(sealed, answers, promised)
    finding, index = stored or unsealed.finding, None
    if finding is None and unsealed.secret is not None:
        try:
            index = _open_parts(sealed, unsealed.secret)
        except Finding as found:
            finding = found
    return Judged(
        result=_result(sealed.envelope, finding, unsealed.secret),
        codes={group: frozenset(codes) for group, codes in answers.codes.items()},
        owner=unsealed.owner,
        index=index,
    )


def _finding(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> Finding | None:
    try:
        check(*args, **kwargs)
    except Finding as found:
        return found
    return None


def _result(envelope: EnvelopeId, finding: Finding | None, secret: bytes | None) -> Result:
    if finding is None:
        return Result(
            envelope=envelope, verdict=Verdict.OPENED, code=None, fault=None, secret=secret
        )
    stays_shut = finding.fault is not Party.BIDDER or finding.code in _SHUT
    return Result(
        envelope=envelope,
        verdict=Verdict.UNOPENED if stays_shut else Verdict.IMPROPER,
        code=finding.code,
        fault=finding.fault,
        secret=None,
    )
