"""The gate of a box: what is proved before a share is given or a bidder's secret shown.

Pure: a dossier of the hall in, a cleared box out, or Withheld with the check that failed. The same
for a trustee and for a bidder who opens its own bid. Of draws and restricted boxes it knows
nothing: they are withheld.

Source: `sealing.md` 8.3 and 8.5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bidding.clients.offer import (
    Check,
    Fact,
    Ledger,
    Offer,
    Pending,
    SealedTo,
    SignedText,
    Withheld,
    offer_of,
    terms_of,
)
from bidding.clients.staged import RevisedText, revised_list
from bidding.sealed import seal
from bidding.sealed.lists import read_list
from bidding.sealed.objects import Envelope, Manifest
from bidding.sealed.policy import find_group
from bidding.sealed.statements import BidList, Promise
from bidding.signed import Signed, require_bidder, require_holder
from bidding.types import Box, Finding
from notary import merkle, note
from notary.authority import Authorities
from notary.canonical import Json, sha256_hex
from notary.merkle import BadProof
from notary.note import BadNote, Checkpoint
from notary.policy import Policy as LogPolicy
from notary.policy import QuorumNotMet
from notary.shape import Base64, load
from trading.notice import BadNotice, lot_of, require_closed
from trading.types import Stage

CLOSED = "bidding.box-closed.v1"
ASKED = "bidding.shares-asked.v1"
RECEIVED = "bidding.bid-received.v1"
COMPLETED = "bidding.bid-completed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListText:
    """The closing list and the proof of the closing."""

    json: str
    proof: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedText:
    """The proof that shares are asked for."""

    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeText:
    """A listed envelope and the proof of its entry.

    `completed`: the proof of a later one that made it complete, null where its own says so.
    """

    envelope: Envelope
    seal: str
    p7s: Base64
    proof: str | None
    completed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier(SealedTo):
    """What shares of a box are given on. `checkpoint` is the newest note."""

    checkpoint: str
    list_: ListText
    revised: RevisedText | None
    asked: AskedText
    envelopes: tuple[EnvelopeText, ...]
    promises: tuple[SignedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A listed envelope as it was received, proved by its entry. Its content is not judged yet."""

    envelope: EnvelopeText
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A box whose shares may be given, but for what the log said earlier: `require_consistent`."""

    offer: Offer
    checkpoint: Checkpoint
    checkpoints: Mapping[int, Checkpoint]
    bids: BidList
    list_sha256: str
    received: tuple[Received, ...]


def clear(
    dossier: Dossier, box: Box, log: LogPolicy, authorities: Authorities, now: datetime
) -> Cleared:
    """Check a box by all rules of `sealing.md` 8.3 but consistency, or raise Withheld.

    `now`: the client's own clock.
    """
    ledger = Ledger(log)
    # 1. The notice chain, its policies and their keys.
    offer = offer_of(dossier, box, authorities, ledger)
    terms = offer.terms
    _require_plain_box(offer)
    # 2. The client's own clock.
    if now < terms.open_at:
        raise Pending(Check.CLOCK, f"it opens at {terms.open_at:%Y-%m-%dT%H:%M:%SZ}")
    # 3. The newest checkpoint.
    checkpoint = _checkpoint(dossier.checkpoint, log)
    if checkpoint.origin != box.origin:
        raise Withheld(Check.CHECKPOINT, f"of {checkpoint.origin}, not of this hall")
    ledger.see(checkpoint)
    # 4. The list, of a stage that waits for another the revised one, and the asking.
    closing, list_sha256, closed = _closing(dossier, ledger, offer)
    bids, last, since = closing, closed, terms.parts_by
    if terms.after is not None:
        bids, list_sha256, last = revised_list(dossier.revised, ledger, closing, terms.after)
        since = last.at
    _require_quorum(dossier.checkpoint, log, since + timedelta(minutes=terms.gate_wait_min), now)
    asked = ledger.fact(
        Check.ASKED, dossier.asked.proof, ASKED, **_place_of(box), list_sha256=list_sha256
    )
    if asked.index <= last.index:
        raise Withheld(Check.ASKED, "asked before the list was made")
    # 5. Every listed envelope, and enough of them.
    received = _received(dossier, bids, ledger, closed, terms.parts_by)
    if len(closing.envelopes) < terms.min_envelopes:
        raise Withheld(Check.COUNT, f"{len(closing.envelopes)} of {terms.min_envelopes} bids")
    if max(ledger.checkpoints) > checkpoint.size:
        raise Withheld(Check.CONSISTENCY, "a proof stands on a newer checkpoint than the newest")
    return Cleared(
        offer=offer,
        checkpoint=checkpoint,
        checkpoints=ledger.checkpoints,
        bids=bids,
        list_sha256=list_sha256,
        received=received,
    )


def require_consistent(
    cleared: Cleared, seen: Checkpoint | None, proofs: Mapping[int, Sequence[bytes]]
) -> None:
    """Refuse a log that is not one: every checkpoint leads to the newest, and so does `seen`.

    `seen`: the last checkpoint that the client ever saw. `proofs`: by the older size.
    """
    newest = cleared.checkpoint
    older = [*cleared.checkpoints.values(), *([] if seen is None else [seen])]
    for one in older:
        if one.origin != newest.origin:
            raise Withheld(Check.CONSISTENCY, f"a log named {newest.origin}, not {one.origin}")
        try:
            merkle.check_consistency(
                one.size, newest.size, proofs.get(one.size, ()), one.root, newest.root
            )
        except BadProof as error:
            raise Withheld(Check.CONSISTENCY, f"{one.size} to {newest.size}: {error}") from error


def require_sound(cleared: Cleared, one: Received) -> Manifest:
    """Return the manifest of a listed envelope, or raise Finding: V1 to V3 and V7.

    Who raises here is complained of as `manifest`; the other envelopes go on.
    """
    offer, data = cleared.offer, one.envelope.seal.encode()
    manifest = seal.read_manifest(data)
    core = manifest.core
    require_bidder(offer.trust, Signed(data=data, p7s=one.envelope.p7s), core.bidder, one.at)
    seal.require_bound(core, offer.box, offer.revisions, one.at)
    seal.require_shares(manifest, offer.policies[core.policy_sha256])
    return manifest


def promising(cleared: Cleared, texts: Iterable[SignedText], now: datetime) -> set[str]:
    """Return the groups whose pinned holders promised to release for this list."""
    groups = set()
    for text in texts:
        try:
            promise = load(Promise, text.signed.data)
            key = cleared.offer.keys[promise.key_sha256]
            require_holder(cleared.offer.trust, text.signed, key.holder, now)
        except (ValueError, KeyError):
            continue  # a foreign promise proves nothing
        group = find_group(cleared.offer.policy, promise.key_sha256)
        fits = (promise.box, promise.list_sha256) == (cleared.offer.box, cleared.list_sha256)
        if group is not None and group.id == promise.group and fits:
            groups.add(group.id)
    return groups


def _require_plain_box(offer: Offer) -> None:
    lot = lot_of(offer.newest.notice, offer.box.lot)
    if offer.terms.stage is Stage.RESTRICTED or (lot is not None and lot.draw):
        raise Withheld(Check.NOTICE, "a draw, or a restricted box")


def _place_of(box: Box) -> dict[str, Json]:
    return {"tender": box.tender, "lot": box.lot, "stage": box.stage}


def _checkpoint(text: str, log: LogPolicy) -> Checkpoint:
    try:
        return log.read(note.parse(text.encode())).checkpoint
    except BadNote as error:
        raise Withheld(Check.CHECKPOINT, str(error)) from error


def _require_quorum(text: str, log: LogPolicy, until: datetime, now: datetime) -> None:
    """Refuse a checkpoint without its quorum, which is waited for `until` an instant."""
    if now >= until:
        return
    try:
        log.check(note.parse(text.encode()))
    except QuorumNotMet as error:
        raise Pending(Check.CHECKPOINT, str(error)) from error
    except BadNote as error:
        raise Withheld(Check.CHECKPOINT, str(error)) from error


def _closing(dossier: Dossier, ledger: Ledger, offer: Offer) -> tuple[BidList, str, Fact]:
    data = dossier.list_.json.encode()
    try:
        bids = read_list(data)
    except Finding as finding:
        raise Withheld(Check.LIST, finding.detail) from finding
    list_sha256 = sha256_hex(data)
    if bids.box != offer.box or bids.from_ is not None:
        raise Withheld(Check.LIST, "not a closing list of this box")
    closed = ledger.fact(
        Check.LIST, dossier.list_.proof, CLOSED, **_place_of(offer.box), list_sha256=list_sha256
    )
    in_force = [one for one in offer.revisions if one.at <= closed.at]
    if not in_force or in_force[-1].notice_sha256 != bids.notice_sha256:
        raise Withheld(Check.LIST, "a list under another revision of the notice")
    _require_nothing_voided(offer, closed)
    terms = terms_of(in_force[-1].notice, offer.box)
    if bids.deadline != terms.deadline or closed.at < terms.parts_by:
        raise Withheld(Check.LIST, "a list of another time than the notice says")
    return bids, list_sha256, closed


def _require_nothing_voided(offer: Offer, closed: Fact) -> None:
    """Refuse a revision after the closing that does more than move the release later."""
    terms = [(terms_of(one.notice, offer.box), one) for one in offer.revisions]
    for (before, _), (after, one) in pairwise(terms):
        if one.entry_id < closed.index:
            continue
        try:
            require_closed(before, after, one.notice.published)
        except BadNotice as error:
            raise Withheld(Check.NOTICE, str(error)) from error


def _received(
    dossier: Dossier, bids: BidList, ledger: Ledger, closed: Fact, parts_by: datetime
) -> tuple[Received, ...]:
    texts = {one.envelope: one for one in dossier.envelopes}
    found = []
    for listed in bids.envelopes:
        text = texts.get(listed.envelope)
        if text is None or sha256_hex(text.seal.encode()) != listed.envelope:
            raise Withheld(Check.ENVELOPE, f"{listed.envelope} is not there")
        fact = ledger.fact(
            Check.ENVELOPE,
            text.proof,
            RECEIVED,
            tender=bids.tender,
            lot=bids.lot,
            stage=bids.stage,
            envelope=listed.envelope,
            p7s_sha256=sha256_hex(text.p7s),
        )
        done = _completion(text, bids, ledger, fact)
        if (listed.index, listed.complete) != (fact.index, done.index):
            raise Withheld(Check.ENVELOPE, f"{listed.envelope} is listed at another place")
        if done.at >= parts_by or done.index >= closed.index:
            raise Withheld(Check.ENVELOPE, f"{listed.envelope} was complete too late")
        if fact.at >= bids.deadline or fact.index >= closed.index:
            raise Withheld(Check.ENVELOPE, f"{listed.envelope} came late")
        found.append(Received(envelope=text, at=fact.at))
    return tuple(found)


def _completion(text: EnvelopeText, bids: BidList, ledger: Ledger, received: Fact) -> Fact:
    """Return the entry by which an envelope took effect: its own, or that of its last part."""
    if received.fields.get("complete") is True:
        return received
    return ledger.fact(
        Check.ENVELOPE,
        text.completed,
        COMPLETED,
        tender=bids.tender,
        lot=bids.lot,
        stage=bids.stage,
        envelope=text.envelope,
    )
