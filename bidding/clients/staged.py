"""A list that was revised: what is proved of it before a share is given.

The earlier stage was finished first; what the revised list keeps shut was rejected, by a decision
that the log has; all else is as it was closed. Pure.

Source: `sealing.md` 3, list; 8.2 and 8.3.
"""

from dataclasses import dataclass

from bidding.clients.offer import Check, Fact, Ledger, Withheld
from bidding.sealed.lists import read_list, require_revised
from bidding.sealed.objects import Envelope
from bidding.sealed.statements import BidList, KeptShut
from bidding.types import Finding
from notary.canonical import sha256_hex
from notary.shape import dump
from trading.types import Stage

REVISED = "bidding.list-revised.v1"
FINISHED = "bidding.box-finished.v1"
REJECTED = "bidding.bid-rejected.v1"
RECEIVED = "bidding.bid-received.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptText:
    """An envelope that stays shut: the proofs of its entry, bidder open, and of the decision."""

    envelope: Envelope
    proof: str | None
    decision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedText:
    """A revised list with its proof, and the proof that the earlier stage was finished."""

    json: str
    proof: str | None
    finished: str | None
    kept_shut: tuple[KeptText, ...]


def revised_list(
    text: RevisedText | None, ledger: Ledger, closing: BidList, after: Stage
) -> tuple[BidList, str, Fact]:
    """Return the revised list that is asked for, its hash and its entry, or raise Withheld.

    `after`: the stage of the same lot that comes first.
    """
    if text is None:
        raise Withheld(Check.REVISED, "a stage that waits for another has no revised list")
    data = text.json.encode()
    list_sha256, closing_sha256 = sha256_hex(data), sha256_hex(dump(closing))
    place = {"tender": closing.tender, "lot": closing.lot}
    try:
        bids = read_list(data)
        require_revised(bids, closing, closing_sha256)
    except Finding as finding:
        raise Withheld(Check.REVISED, finding.detail) from finding
    revised = ledger.fact(
        Check.REVISED,
        text.proof,
        REVISED,
        **place,
        stage=closing.stage,
        list_sha256=list_sha256,
        **{"from": closing_sha256},
    )
    finished = ledger.fact(Check.REVISED, text.finished, FINISHED, **place, stage=after)
    if finished.index >= revised.index:
        raise Withheld(Check.REVISED, f"revised before {after} was finished")
    kept = {one.envelope: one for one in text.kept_shut}
    for one in bids.kept_shut:
        _require_rejected(kept.get(one.envelope), one, ledger, bids, revised)
    return bids, list_sha256, revised


def _require_rejected(
    text: KeptText | None, kept: KeptShut, ledger: Ledger, bids: BidList, revised: Fact
) -> None:
    """Refuse to leave an envelope shut without the decision on the very bidder who sent it."""
    if text is None:
        raise Withheld(Check.DECISION, f"nothing shows why {kept.envelope} stays shut")
    place = {"tender": bids.tender, "lot": bids.lot}
    received = ledger.fact(
        Check.DECISION, text.proof, RECEIVED, **place, stage=bids.stage, envelope=kept.envelope
    )
    bidder = received.fields.get("actor")
    decision = ledger.fact(Check.DECISION, text.decision, REJECTED, **place, bidder=bidder)
    if bidder is None or received.index != kept.index:
        raise Withheld(Check.DECISION, f"nothing shows whose {kept.envelope} is")
    if decision.index != kept.decision or decision.index >= revised.index:
        raise Withheld(Check.DECISION, f"another decision than the list names for {kept.envelope}")
