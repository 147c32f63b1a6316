"""What a box is sealed to, as a client proves it to itself before it acts.

Pure: what the hall hands out goes in, what it proves comes out, or Withheld with the check that
failed. Nothing is believed on the hall's word: objects are signed by others, and entries lead to a
checkpoint under the client's own policy of the log.

Source: `sealing.md` 6.4 and 8.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bidding.sealed.objects import Duty, Policy, TrusteeKey
from bidding.sealed.policy import read_policy, require_successor
from bidding.signed import Signed, Stated, Trust, verified_keys
from bidding.types import Box, Finding
from notary import proof
from notary.authority import Authorities
from notary.canonical import Json, sha256_hex
from notary.entry import BadEntry
from notary.instant import parse_micros
from notary.merkle import BadProof
from notary.note import BadNote, Checkpoint
from notary.policy import Policy as LogPolicy
from notary.policy import QuorumNotMet
from notary.shape import Base64, load
from trading.notice import (
    WINDOW,
    BadNotice,
    box_of,
    parse,
    parse_chain,
    require_amendment,
)
from trading.types import Box as Terms
from trading.types import Notice, Published

OUTAGE = "trading.outage-recorded.v1"
FIRST = ("trading.published.v1",)
REVISED = ("trading.amended.v1", OUTAGE)


class Check(StrEnum):
    """A check of `sealing.md` 8.3, by which a client says why it does not go on."""

    CLOCK = "clock"
    NOTICE = "notice"
    POLICY = "policy"
    KEY = "key"
    CHECKPOINT = "checkpoint"
    CONSISTENCY = "consistency"
    LIST = "list"
    ASKED = "asked"
    ENVELOPE = "envelope"
    COUNT = "count"
    REVISED = "revised"
    DECISION = "decision"
    DOUBLE = "double"


class Withheld(Exception):  # noqa: N818 - an answer, not an error of the program
    """A check failed: nothing is sealed, given or shown."""

    def __init__(self, check: Check, why: str) -> None:
        super().__init__(f"{check}: {why}")
        self.check = check


class Pending(Withheld):
    """What is wanted comes by itself: a time, an entry of the log, a cosignature."""


# What the hall hands out


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """An object and its detached signature."""

    json: str
    p7s: Base64

    @property
    def signed(self) -> Signed:
        """The object as it is verified."""
        return Signed(data=self.json.encode(), p7s=self.p7s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision(SignedText):
    """A revision of the notice. `proof` is null until its entry is published."""

    proof: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTo:
    """What a bid to a box is sealed to."""

    notices: tuple[Revision, ...]
    policies: tuple[str, ...]
    keys: tuple[SignedText, ...]
    duties: tuple[SignedText, ...]


# Entries of the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What is proved of one entry. `fields`: those that the proof opens."""

    index: int
    kind: str
    at: datetime
    fields: Mapping[str, Json] = field(default_factory=dict)


class Ledger:
    """Proofs of one log under a client's own policy; it remembers every checkpoint they use."""

    def __init__(self, policy: LogPolicy) -> None:
        """Start with no checkpoint."""
        # The newest note alone has to meet the quorum: all others are proved to lead to it.
        self._policy = replace(policy, quorum=None)
        self.checkpoints: dict[int, Checkpoint] = {}

    def see(self, checkpoint: Checkpoint) -> None:
        """Remember a checkpoint, or refuse it beside another of the same size."""
        known = self.checkpoints.setdefault(checkpoint.size, checkpoint)
        if known != checkpoint:
            raise Withheld(Check.CONSISTENCY, f"two logs of {checkpoint.size} entries")

    def fact(self, check: Check, text: str | None, *kinds: str, **fields: Json) -> Fact:
        """Return the entry that a proof proves, or refuse it as one that it should not be."""
        if text is None:
            raise Pending(check, f"the entry {kinds[0]} is not published yet")
        try:
            proven = proof.check(proof.parse(text.encode()), self._policy)
        except (BadEntry, BadNote, BadProof, QuorumNotMet) as error:
            raise Withheld(check, f"the proof of {kinds[0]}: {error}") from error
        self.see(proven.seen.checkpoint)
        opened = proven.opened.fields
        kind = str(opened["kind"])
        if kind not in kinds:
            raise Withheld(check, f"proves {kind}, not {kinds[0]}")
        for name, value in fields.items():
            if opened.get(name) != value:
                raise Withheld(check, f"proves another {name} of {kind}")
        if "at" not in opened:
            raise Withheld(check, f"the time of {kind} is not open")
        return Fact(
            index=proven.index, kind=kind, at=parse_micros(str(opened["at"])), fields=opened
        )


# What a bid is sealed to


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a box is sealed to, verified: revisions in order, policies and keys by hash."""

    box: Box
    trust: Trust
    revisions: tuple[Published, ...]
    policies: Mapping[str, Policy]
    keys: Mapping[str, TrusteeKey]

    @property
    def newest(self) -> Published:
        """The revision in force."""
        return self.revisions[-1]

    @property
    def terms(self) -> Terms:
        """What the revision in force says of the box."""
        return terms_of(self.newest.notice, self.box)

    @property
    def policy(self) -> Policy:
        """The policy that the revision in force names."""
        return self.policies[self.terms.policy_sha256]


def offer_of(
    sealed_to: SealedTo, box: Box, authorities: Authorities, ledger: Ledger | None
) -> Offer:
    """Return what a box is sealed to, or raise Withheld.

    `ledger`: a bidder who seals in the second after the publication has no proof yet, and goes by
    signatures alone; whoever releases has one.
    """
    stated = []
    for one in sealed_to.duties:
        try:
            duty = load(Duty, one.signed.data)
        except ValueError as error:
            raise Withheld(Check.KEY, f"a duty statement: {error}") from error
        stated.append(Stated(statement=one.signed, at=duty.from_))
    trust = Trust(authorities=authorities, stated=stated)
    revisions = _revisions(sealed_to.notices, box, trust, ledger)
    policies, keys = _policies(sealed_to, box, trust, revisions)
    return Offer(box=box, trust=trust, revisions=revisions, policies=policies, keys=keys)


def _revisions(
    texts: Sequence[Revision], box: Box, trust: Trust, ledger: Ledger | None
) -> tuple[Published, ...]:
    if not texts:
        raise Withheld(Check.NOTICE, "not the notice of this tender")
    found: list[Published] = []
    for text in texts:
        notice = _parsed(text)
        if (notice.origin, notice.tender) != (box.origin, box.tender):
            raise Withheld(Check.NOTICE, "not the notice of this tender")
        terms_of(notice, box)
        fact = _place(notice, text, found, ledger)
        try:
            trust.signer(text.signed, fact.at)
        except ValueError as error:
            raise Withheld(Check.NOTICE, f"revision {notice.revision}: {error}") from error
        found.append(
            Published(
                notice=notice,
                notice_sha256=sha256_hex(text.signed.data),
                json=text.signed.data,
                p7s=text.p7s,
                kind=fact.kind.rpartition(".v")[0],
                entry_id=fact.index,
                at=fact.at,
            )
        )
    outages = {one.notice.revision for one in found if OUTAGE.startswith(f"{one.kind}.v")}
    try:
        parse_chain((one.json for one in found), outages)
    except BadNotice as error:
        raise Withheld(Check.NOTICE, str(error)) from error
    return tuple(found)


def _parsed(text: Revision) -> Notice:
    try:
        return parse(text.signed.data)
    except BadNotice as error:
        raise Withheld(Check.NOTICE, str(error)) from error


def _place(
    notice: Notice, text: Revision, before: Sequence[Published], ledger: Ledger | None
) -> Fact:
    """Return where and when the ledger has a revision, and as what.

    Without a ledger: when it says so itself; one that only an outage allows is taken for that.
    """
    kinds = REVISED if before else FIRST
    if ledger is None:
        kind = OUTAGE if before and _is_outage(before[-1].notice, notice) else kinds[0]
        return Fact(index=notice.revision, kind=kind, at=notice.published)
    fact = ledger.fact(
        Check.NOTICE,
        text.proof,
        *kinds,
        tender=notice.tender,
        revision=notice.revision,
        notice_sha256=sha256_hex(text.signed.data),
    )
    if not notice.published <= fact.at <= notice.published + WINDOW:
        raise Withheld(Check.NOTICE, "published at another time than its entry says")
    return fact


def _is_outage(before: Notice, after: Notice) -> bool:
    try:
        require_amendment(before, after)
    except BadNotice:
        return True
    return False


def terms_of(notice: Notice, box: Box) -> Terms:
    """Return what a revision says of the box, or raise Withheld."""
    terms = box_of(notice, box.lot, box.stage)
    if terms is None:
        raise Withheld(Check.NOTICE, f"revision {notice.revision} does not have the box")
    return terms


def _policies(
    sealed_to: SealedTo, box: Box, trust: Trust, revisions: Iterable[Published]
) -> tuple[dict[str, Policy], dict[str, TrusteeKey]]:
    texts = {sha256_hex(text.encode()): text.encode() for text in sealed_to.policies}
    signed = [one.signed for one in sealed_to.keys]
    policies: dict[str, Policy] = {}
    keys: dict[str, TrusteeKey] = {}
    for revision in revisions:
        terms = terms_of(revision.notice, box)
        named = terms.policy_sha256
        if named in policies:
            continue
        if named not in texts:
            raise Withheld(Check.POLICY, "the policy that the notice names is not there")
        try:
            policy = read_policy(texts[named])
            if policies:
                require_successor(policy, next(reversed(policies.values())))
            keys |= verified_keys(policy, signed, trust, revision.at)
        except Finding as finding:
            raise Withheld(Check.POLICY, finding.detail) from finding
        if (policy.box, policy.mode) != (box, terms.mode):
            raise Withheld(Check.POLICY, "a policy of another box or mode")
        policies[named] = policy
    return policies, keys
