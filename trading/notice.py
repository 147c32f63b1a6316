"""The notice, `hall-notice/v1`: reading one, and judging its form and its revisions.

Pure: server, offline verifier and duty client all judge a notice by this module. How a draft
becomes one (`trading.rules.drafts`) and whether it is lawful (`trading.rules.notices`) are other
questions.

Source: `sealing.md` 3.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from notary import canonical, shape
from notary.canonical import sha256_hex
from trading.types import Box, Document, Draft, DraftLot, Lot, Method, Mode, Notice, Stage

LIMIT = 1024 * 1024
"""Bytes of a notice (`sealing.md` 2)."""

WINDOW = timedelta(minutes=10)
"""A notice's entry follows its `published` by at most this (`sealing.md` 3)."""

# `sealing.md` 3, index: names that every system can hold; a document is downloaded under its own.
_PATH_CHARACTERS = 200
_CONTROLS = frozenset({"Cc", "Cs"})

_TIMES = ("deadline", "parts_by", "open_at", "release_by", "owner_by")


class BadNotice(ValueError):  # noqa: N818 - named after what is wrong
    """The bytes are not a notice. `code`: E-JSON for its form, E-POLICY for its content."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@lru_cache(maxsize=128)
def parse(data: bytes) -> Notice:
    """Return the notice in `data`, or raise BadNotice; one that is read for every bid is kept."""
    try:
        notice = shape.load(Notice, data, limit=LIMIT)
    except ValueError as error:
        raise BadNotice("E-JSON", str(error)) from error
    _require_consistent(notice)
    return notice


def dump(notice: Notice) -> bytes:
    """Return the bytes that are signed; their SHA-256 is the notice's hash."""
    return shape.dump(notice)


def parse_chain(texts: Iterable[bytes], outages: Collection[int] = ()) -> tuple[Notice, ...]:
    """Return all revisions of one notice, first to last, or raise BadNotice.

    `outages`: the revisions that are records of an outage, as the ledger says; all others the
    purchaser made.
    """
    notices: list[Notice] = []
    hashes: list[str] = []
    for n, text in enumerate(texts):
        notice = parse(text)
        if notice.revision != n + 1 or notice.previous != (hashes[-1] if hashes else None):
            raise BadNotice("E-POLICY", f"revision {n + 1} does not follow the one before it")
        if notices and notice.revision in outages:
            require_outage(notices[-1], notice)
        elif notices:
            require_amendment(notices[-1], notice)
        notices.append(notice)
        hashes.append(sha256_hex(text))
    return tuple(notices)


def box_of(notice: Notice, lot: str, stage: str) -> Box | None:
    """Return a box of the notice, None where it has no such lot or stage."""
    found = [box for one in notice.lots if one.lot == lot for box in one.boxes]
    return next((box for box in found if box.stage == stage), None)


def lot_of(notice: Notice, lot: str) -> Lot | None:
    """Return a lot of the notice, None where it has no such lot."""
    return next((one for one in notice.lots if one.lot == lot), None)


def invited_commitment(ids: Collection[str], salt: bytes) -> str:
    """Return what a notice says of those invited: SHA-256(salt ‖ JCS(ascending ids))."""
    return sha256(salt + canonical.dumps(sorted(ids))).hexdigest()


def require_sound_draft(draft: Draft) -> None:
    """Refuse a draft that could never become a notice, or raise BadNotice."""
    _require((draft.invited is None) == (draft.method is Method.OPEN), "invited goes with method")
    _require_distinct("invited", draft.invited or ())
    _require_documents(draft.documents)
    _require_lots(draft.lots)
    _require_distinct("trustees", [trustee.group for trustee in draft.trustees])
    _require(draft.k <= len(draft.trustees), "k is at most the number of trustees")


def _require_consistent(notice: Notice) -> None:
    """Judge what the members of a notice say together (`sealing.md` 3)."""
    _require((notice.revision == 1) == (notice.previous is None), "previous goes with revision")
    _require((notice.revision == 1) == (notice.reason is None), "reason goes with revision")
    _require((notice.invited is None) == (notice.method is Method.OPEN), "invited goes with method")
    _require_documents(notice.documents)
    _require_distinct("channels", [channel.name for channel in notice.channels])
    _require_lots(notice.lots)
    for lot in notice.lots:
        for box in lot.boxes:
            times = [box.deadline, box.parts_by, box.open_at, box.release_by, box.owner_by]
            _require(times == sorted(times), "the times of a box are out of order")
            at_once = box.mode is not Mode.BIDDER or box.release_by == box.owner_by
            _require(at_once, "mode bidder has one time to open")


def _require_documents(documents: Sequence[Document]) -> None:
    _require_distinct("documents", [document.path.casefold() for document in documents])
    for document in documents:
        _require(_is_path(document.path), "a document's path is not one for every system")


def _require_lots(lots: Sequence[Lot] | Sequence[DraftLot]) -> None:
    _require(bool(lots), "a tender has a lot")
    _require_distinct("lots", [lot.lot for lot in lots])
    for lot in lots:
        _require(bool(lot.boxes), "a lot has a box")
        _require_distinct("boxes", [box.stage for box in lot.boxes])
        _require_distinct("limits", [limit.name for limit in lot.limits])
        _require_order({box.stage: box.after for box in lot.boxes})
        for box in lot.boxes:
            _require_distinct("form", [field.name for field in box.form])
            for field in box.form:
                amount = field.name == "fen" or field.name.endswith("_fen")
                _require(amount == (field.type == "fen"), "amounts are fields that end in _fen")


def _require_order(after: Mapping[Stage, Stage | None]) -> None:
    """Each stage waits for one of its lot or for none, and following them comes to an end."""
    for stage in after:
        waits_for, steps = after[stage], 0
        while waits_for is not None:
            steps += 1
            sound = waits_for in after and steps < len(after)
            _require(sound, "after names another stage of the lot, not in a circle")
            waits_for = after[waits_for]


def require_amendment(before: Notice, after: Notice) -> None:
    """Judge a revision of the purchaser's: what stays for ever, and what a closed box lets move.

    A box whose time is over counts as closed, whether or not the hall has come to it: nobody moves
    a deadline that has passed. Raises BadNotice.
    """
    _require_same_tender(before, after)
    for lot in before.lots:
        for box in lot.boxes:
            if box.parts_by <= after.published:
                require_closed(box, box_of(after, lot.lot, box.stage), after.published)


def require_outage(before: Notice, after: Notice) -> None:
    """Judge a revision that records an outage: it moves times later and nothing else.

    It may move a deadline that has passed; that the box is not closed is to be proved apart, by
    the ledger. Raises BadNotice.
    """
    _require_same_tender(before, after)
    _require(_places(before) == _places(after), "the outage rule adds and takes away no box")
    boxes = zip(_boxes(before), _boxes(after), strict=True)
    _require(all(_is_later(*pair) for pair in boxes), "the outage rule only moves times later")
    lots = zip(before.lots, after.lots, strict=True)
    undone = replace(
        after,
        revision=before.revision,
        previous=before.previous,
        reason=before.reason,
        published=before.published,
        lots=tuple(replace(new, boxes=old.boxes) for old, new in lots),
    )
    _require(undone == before, "the outage rule moves times and nothing else")


def require_closed(before: Box, after: Box | None, published: datetime) -> None:
    """While a box is closed only its release, and where it waits its opening, move, and later.

    Nothing voids the bids that lie in it. Raises BadNotice. Source: `sealing.md` 3.
    """
    if after is None:
        raise BadNotice("E-POLICY", "a closed box stays")
    _require(not after.reseal, "nobody seals again for a closed box")
    if replace(before, reseal=False) == after:
        return
    moved = {name: getattr(after, name) for name in ("open_at", "release_by", "owner_by")}
    kept = replace(before, reseal=False, **moved) == after
    _require(kept, "a closed box changes nothing but its release")
    _require(published < before.owner_by, "after owner_by nothing of a box moves")
    _require(before.after is not None or before.open_at == after.open_at, "an opening stays")
    later = all(getattr(before, name) <= at for name, at in moved.items())
    _require(later, "times of a closed box only move later")


def _require_same_tender(before: Notice, after: Notice) -> None:
    whose = (before.origin, before.tender, before.purchaser)
    _require(
        whose == (after.origin, after.tender, after.purchaser),
        "a revision is of the same hall, tender and purchaser",
    )
    _require(before.published <= after.published, "a revision is not older than the one before")


def _places(notice: Notice) -> list[tuple[str, Stage]]:
    return [(lot.lot, box.stage) for lot in notice.lots for box in lot.boxes]


def _boxes(notice: Notice) -> list[Box]:
    return [box for lot in notice.lots for box in lot.boxes]


def _is_later(old: Box, new: Box) -> bool:
    moved = {name: getattr(new, name) for name in _TIMES}
    kept = replace(old, reseal=False, **moved) == new
    return kept and all(getattr(old, name) <= at for name, at in moved.items())


def _is_path(path: str) -> bool:
    return (
        len(path) <= _PATH_CHARACTERS
        and unicodedata.is_normalized("NFC", path)
        and "\\" not in path
        and not any(unicodedata.category(character) in _CONTROLS for character in path)
        and all(step not in {"", ".", ".."} for step in path.split("/"))
    )


def _require_distinct(what: str, names: Collection[str]) -> None:
    _require(len(set(names)) == len(names), f"{what}: one stands twice")


def _require(sound: bool, why: str) -> None:  # noqa: FBT001 - the condition is the subject
    if not sound:
        raise BadNotice("E-POLICY", why)
