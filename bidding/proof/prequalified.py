"""A recorded box that only the prequalified could bid for, verified against their stage.

A fault here is the hall's, E-LIST: it took a bid that the law refuses.

Source: Regulation on the Tendering and Bidding Law, art. 19 and 36; `sealing.md` 8.2.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bidding.proof.closing import rejected_by
from bidding.proof.record import BoxRecord
from bidding.sealed.statements import LIST_LIMIT, Opening
from bidding.types import Code, Finding, Party, Verdict
from notary.shape import load
from notary.sums import NotVerified
from trading.notice import box_of
from trading.rules.sets import RuleSet
from trading.types import Pin, Stage

_LEAST = "tender.min_prequalified"


def require_prequalified(boxes: Sequence[BoxRecord], rules_of: Callable[[Pin], RuleSet]) -> None:
    """Refuse a record in which somebody bid who was not prequalified, or too few were.

    `rules_of`: reads the set that a notice pins, from the record.
    """
    known = {record.box: record for record in boxes}
    for record in boxes:
        notice, terms = record.basis.terms(record.closing.closed.index)
        first = box_of(notice.notice, record.box.lot, Stage.QUALIFICATION)
        if terms.after is not Stage.QUALIFICATION or first is None:
            continue
        if first.deadline >= terms.deadline:  # handed in with the bid, and judged after it
            continue
        earlier = known.get(replace(record.box, stage=terms.after))
        if earlier is None:
            path = record.folder.path("list.json")
            raise NotVerified(path, "the prequalification that comes first is not in this record")
        with record.folder.judging("list.json"):
            _require(record, earlier, rules_of(notice.notice.rules))


def _require(record: BoxRecord, earlier: BoxRecord, rules: RuleSet) -> None:
    box, ledger, finished = record.box, record.ledger, earlier.closing.finished
    opened = _opened(earlier)
    for listed in record.closing.question.bids.envelopes:
        bidder = record.manifests[listed.envelope].core.bidder.id
        if bidder not in opened or listed.index < finished.index:
            raise _bad(f"{listed.envelope} is of somebody who was not prequalified")
        if rejected_by(ledger, box, bidder, listed.index) is not None:
            raise _bad(f"{listed.envelope} is of somebody who was rejected before")
    last = record.closing.listed.index
    passed = [one for one in opened if rejected_by(ledger, box, one, last) is None]
    if _LEAST in rules.rules and len(passed) < rules.number(_LEAST):
        raise _bad("fewer prequalified than it takes to go on")


def _opened(record: BoxRecord) -> set[str]:
    """Return the bidders whose envelope the opening of a box has opened."""
    stated = load(Opening, record.folder.read("opening.json"), limit=LIST_LIMIT)
    return {
        record.manifests[one.envelope].core.bidder.id
        for one in stated.results
        if one.verdict is Verdict.OPENED
    }


def _bad(detail: str) -> Finding:
    return Finding(Code.LIST, Party.HALL, detail)
