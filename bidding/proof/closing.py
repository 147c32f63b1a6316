"""How a recorded box was closed: its list, the revised one, and the question to the trustees (V4).

A fault here is the hall's: E-LIST, or the file that is missing.

Source: `sealing.md` 8.1, 8.2 and 9, V4.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bidding.proof.basis import Basis, require_fact, require_object
from bidding.proof.folder import Fact, Folder, Ledger
from bidding.sealed.lists import PLAIN_KINDS, read_list, require_order, require_revised
from bidding.sealed.statements import BidList, KeptShut
from bidding.types import Box, Code, Finding, Party
from bidding.verdict import Asked
from notary.canonical import sha256_hex
from notary.sums import NotVerified

_FINISHED = "bidding.box-finished"
_REJECTED = "bidding.bid-rejected"
_OVERTURNED = "bidding.rejection-overturned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What is proved of a closing. `lists`: the closing list and the revised one, by hash.

    `listed`: the entry of the list that was asked for.
    """

    closed: Fact
    listed: Fact
    asked: Fact
    finished: Fact
    lists: Mapping[str, BidList]
    closing_list: BidList
    question: Asked


def of_box(box: Box) -> dict[str, str]:
    """Return the fields by which an entry names its box."""
    return {"tender": box.tender, "lot": box.lot, "stage": box.stage}


def closing_of(folder: Folder, ledger: Ledger, basis: Basis) -> Closing:
    """Prove how a box was closed and what was asked, or raise NotVerified."""
    with folder.judging("list.tlog-proof"):
        _require_one_life(ledger, basis.box)
    closed, closing_list = _closing_list(folder, ledger, basis)
    sha256 = sha256_hex(folder.read("list.json"))
    lists, last = {sha256: closing_list}, closed
    if folder.has("revised.json"):
        last, revised = _revised_list(folder, ledger, basis, closing_list, sha256)
        sha256 = sha256_hex(folder.read("revised.json"))
        lists[sha256] = revised
    asked = folder.proven("asked.tlog-proof")
    asking = {**of_box(basis.box), "list_sha256": sha256}
    require_fact(folder, "asked.tlog-proof", asked, "bidding.shares-asked", **asking)
    finished = ledger.find("bidding.box-finished", **of_box(basis.box))
    if not finished or not last.index < asked.index < finished[0].index:
        raise NotVerified(
            folder.path("asked.tlog-proof"), "list, question and end are not in this order"
        )
    with folder.judging(f"notice/{len(basis.revisions)}.json"):
        _, terms = basis.terms(finished[0].index)
        if terms.after is not None and len(lists) == 1:
            raise _bad("a box that waits for another stage is opened by a revised list")
    return Closing(
        closed=closed,
        listed=last,
        asked=asked,
        finished=finished[0],
        lists=lists,
        closing_list=closing_list,
        question=Asked(
            bids=lists[sha256],
            list_sha256=sha256,
            entry=asked.index,
            open_at=terms.open_at,
            release_by=terms.release_by,
            owner_by=terms.owner_by,
        ),
    )


def _require_one_life(ledger: Ledger, box: Box) -> None:
    entries = [
        (fact.index, kind)
        for kind in PLAIN_KINDS
        for fact in ledger.find(f"bidding.{kind}", **of_box(box))
    ]
    require_order(kind for _, kind in sorted(entries))


def _closing_list(folder: Folder, ledger: Ledger, basis: Basis) -> tuple[Fact, BidList]:
    name = "list.tlog-proof"
    closed = folder.proven(name)
    require_fact(folder, name, closed, "bidding.box-closed", **of_box(basis.box))
    require_object(folder, "list.json", closed, "list_sha256")
    closings = ledger.find("bidding.box-closed", **of_box(basis.box))
    with folder.judging("list.json"):
        bids = read_list(folder.read("list.json"))
        revision, terms = basis.terms(closed.index)
        if closings[-1].index != closed.index:
            raise _bad("the box was closed again")
        if closed.at < terms.parts_by:
            raise _bad("closed before the time for parts was over")
        if (bids.box, bids.from_) != (basis.box, None):
            raise _bad("not the closing list of this box")
        if (bids.notice_sha256, bids.deadline) != (revision.notice_sha256, terms.deadline):
            raise _bad("not the notice and the deadline in force")
        crls = sha256_hex(folder.read("crls.pem")) if folder.has("crls.pem") else None
        if bids.crls_sha256 != crls:
            raise _bad("not the revocation lists of the closing")
        if len(bids.envelopes) < terms.min_envelopes:
            raise _bad("fewer envelopes than it takes to open")
    return closed, bids


def _revised_list(
    folder: Folder, ledger: Ledger, basis: Basis, closing_list: BidList, closing_sha256: str
) -> tuple[Fact, BidList]:
    name, box = "revised.tlog-proof", basis.box
    fact = folder.proven(name)
    stated = {**of_box(box), "from": closing_sha256}
    require_fact(folder, name, fact, "bidding.list-revised", **stated)
    require_object(folder, "revised.json", fact, "list_sha256")
    with folder.judging("revised.json"):
        if ledger.find("bidding.list-revised", **of_box(box))[-1].index != fact.index:
            raise _bad("the list was revised again")
        _require_finished(ledger, basis, fact)
        revised = read_list(folder.read("revised.json"))
        require_revised(revised, closing_list, closing_sha256)
        for one in revised.kept_shut:
            if rejected_by(ledger, box, _bidder(ledger, box, one), fact.index) != one.decision:
                raise _bad(f"entry {one.decision} does not reject who sent {one.envelope}")
    return fact, revised


def _require_finished(ledger: Ledger, basis: Basis, revised: Fact) -> None:
    """Refuse a list that was revised while the stage that comes first was not finished."""
    _, terms = basis.terms(revised.index)
    if terms.after is None:
        raise _bad("a box that waits for no other stage is opened by its closing list")
    earlier = {**of_box(basis.box), "stage": terms.after}
    if not any(one.index < revised.index for one in ledger.find(_FINISHED, **earlier)):
        raise _bad(f"revised before the stage {terms.after} was finished")


def _bidder(ledger: Ledger, box: Box, kept: KeptShut) -> str:
    """Return who sent an envelope that stays shut, as its entry says."""
    received = ledger.at(kept.index)
    named = {**of_box(box), "envelope": kept.envelope}
    if received is None or received.kind != "bidding.bid-received":
        raise _bad(f"entry {kept.index} is no envelope")
    if not received.fields.items() >= named.items() or not received.text("actor"):
        raise _bad(f"entry {kept.index} does not say whose {kept.envelope} is")
    return received.text("actor")


def require_none_left_off(ledger: Ledger, basis: Basis, closing: Closing) -> None:
    """Refuse a list that leaves off an envelope which the ledger shows to count.

    Whoever sent it stays unsaid, but each that is complete and not listed was withdrawn in time or
    has a successor of its bidder: of one place in the bidders' sequences no more can be left off
    than there are envelopes of the next place. Envelopes whose entries nobody opened are not seen
    here: their bidders have receipts. What came at the deadline or later was provisional.
    """
    listed = {one.envelope for one in closing.closing_list.envelopes}
    places: Counter[int] = Counter()
    left_off: dict[int, list[Fact]] = defaultdict(list)
    for received in ledger.find("bidding.bid-received", **of_box(basis.box)):
        late = received.at >= closing.closing_list.deadline
        if late or received.index > closing.closed.index:
            continue
        place = received.number("seq")
        places[place] += 1
        if received.text("envelope") not in listed and _counts(ledger, basis, closing, received):
            left_off[place].append(received)
    for place, found in sorted(left_off.items()):
        if len(found) > places[place + 1]:
            raise _bad(f"entry {found[0].index} is left off")


def _counts(ledger: Ledger, basis: Basis, closing: Closing, received: Fact) -> bool:
    """Tell whether an envelope was complete in time and not withdrawn."""
    named = {**of_box(basis.box), "envelope": received.text("envelope")}
    _, terms = basis.terms(closing.closed.index)
    withdrawals = ledger.find("bidding.bid-withdrawn", **named)
    if any(one.at < closing.closing_list.deadline for one in withdrawals):
        return False
    completed = ledger.find("bidding.bid-completed", **named)
    return received.fields.get("complete") is True or any(
        one.index < closing.closed.index and one.at < terms.parts_by for one in completed
    )


def rejected_by(ledger: Ledger, box: Box, bidder: str, before: int) -> int | None:
    """Return the entry that rejects a bidder in the lot `before` an index, None where none does.

    A rejection that was set aside by then rejects nobody.
    """
    of = {"tender": box.tender, "lot": box.lot, "bidder": bidder}
    steps = [fact for kind in (_REJECTED, _OVERTURNED) for fact in ledger.find(kind, **of)]
    last = max(
        (fact for fact in steps if fact.index < before), key=lambda fact: fact.index, default=None
    )
    return None if last is None or last.kind == _OVERTURNED else last.index


def _bad(detail: str) -> Finding:
    return Finding(Code.LIST, Party.HALL, detail)
