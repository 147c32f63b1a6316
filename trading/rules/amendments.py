"""The revision that a prepared change leads to, and what it does to bids that lie in a box.

What the law asks of the days that are left is counted in `trading.rules.changes`.

Source: `sealing.md` 3, notice and `reseal`; Tendering and Bidding Law, art. 23.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from notary.refusal import Refusal
from trading.amendments import BoxChange, Change, LotChange
from trading.rules.notices import release_times
from trading.rules.sets import RuleSet
from trading.rules.stays import require_going
from trading.types import Box, Lot, Notice, Published, Stage, TenderFacts, Words


class NothingChanges(Refusal):
    """The change would leave the notice as it is.

    Source: `sealing.md` 3, a revision says what is new.
    """

    code = "amendment.nothing"


class PlaceUnknown(Refusal):
    """The change names a lot or a box that the notice does not have.

    Source: `sealing.md` 3, keys and bids are bound to their box.
    """

    code = "amendment.place_unknown"


class TimesEarlier(Refusal):
    """A time that bidders rely on would move earlier.

    Source: `sealing.md` 6.2, keys release nothing before the planned opening; Tendering and Bidding
    Law, art. 23.
    """

    code = "amendment.times_earlier"
    article = "招标投标法 23"


class ResealUnfounded(Refusal):
    """Bids would be voided though neither form nor files of the tender change.

    Source: `sealing.md` 3, `reseal`; `people.md` 5.
    """

    code = "amendment.reseal_unfounded"


class AmendmentUnknown(Refusal):
    """No change of this tender waits for a signature, or it is none of the actor's.

    Source: `people.md` 5, one person prepares, another signs.
    """

    code = "amendment.unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that a revision changes, of the tender or of a `lot` or a `stage` of it.

    `what`: the member's name; `before`, `after`: its values, of documents the list.
    """

    what: str
    before: object
    after: object
    lot: str | None = None
    stage: Stage | None = None


def amended(last: Published, change: Change, rules: RuleSet, published: datetime) -> Notice:
    """Return the revision that `change` leads to.

    Raises PlaceUnknown, NothingChanges, TimesEarlier, ResealUnfounded.
    """
    notice = last.notice
    _require_known(notice, change.lots)
    after = replace(
        _next(last, change.reason, published),
        title=change.title or notice.title,
        deposit_fen=notice.deposit_fen if change.deposit_fen is None else change.deposit_fen,
        documents=notice.documents if change.documents is None else change.documents,
        lots=tuple(_lot(lot, change.lots, rules) for lot in notice.lots),
    )
    if not differences(notice, after):
        raise NothingChanges(tender=notice.tender)
    _require_later(notice, after)
    _require_founded(notice, after)
    return after


def require_while_halted(facts: TenderFacts, before: Notice, after: Notice) -> None:
    """While supervision halts a tender its notice changes in times alone, which only move later.

    Bidders lose nothing by more time; all else would change what is being looked into. Raises
    TenderHalted.
    """
    if any(one.what not in _TIMES for one in differences(before, after)):
        require_going(facts)


def cancelled(last: Published, reason: Words, published: datetime) -> Notice:
    """Return the last revision of a tender that ends: nothing changes but that it says why."""
    return _next(last, reason, published)


def voided(notice: Notice) -> tuple[tuple[str, Stage], ...]:
    """Return the boxes whose earlier bids a revision voids."""
    return tuple((lot.lot, box.stage) for lot in notice.lots for box in lot.boxes if box.reseal)


def differences(before: Notice, after: Notice) -> tuple[Difference, ...]:
    """Return what a revision changes, from the tender down to its boxes."""
    return tuple(_differences(before, after))


def _next(last: Published, reason: Words, published: datetime) -> Notice:
    """Return the next revision, in which nothing is new and no bid is void."""
    return replace(
        last.notice,
        revision=last.notice.revision + 1,
        previous=last.notice_sha256,
        reason=reason,
        published=published,
        lots=tuple(
            replace(lot, boxes=tuple(replace(box, reseal=False) for box in lot.boxes))
            for lot in last.notice.lots
        ),
    )


def _require_known(notice: Notice, changes: Sequence[LotChange]) -> None:
    known = {(lot.lot, box.stage) for lot in notice.lots for box in lot.boxes}
    lots = [change.lot for change in changes]
    places = [(change.lot, box.stage) for change in changes for box in change.boxes]
    missing = [lot for lot in lots if lot not in {lot.lot for lot in notice.lots}]
    missing += [lot for lot, stage in places if (lot, stage) not in known]
    if missing or len(set(lots)) < len(lots) or len(set(places)) < len(places):
        raise PlaceUnknown(tender=notice.tender, lot=", ".join(missing or lots))


def _lot(lot: Lot, changes: Sequence[LotChange], rules: RuleSet) -> Lot:
    change = next((one for one in changes if one.lot == lot.lot), None)
    boxes = () if change is None else change.boxes
    kept = replace(lot, boxes=tuple(_box(box, boxes, rules) for box in lot.boxes))
    if change is None:
        return kept
    ceiling_fen = lot.ceiling_fen if change.ceiling_fen is None else change.ceiling_fen
    return replace(kept, title=change.title or lot.title, ceiling_fen=ceiling_fen)


def _box(box: Box, changes: Sequence[BoxChange], rules: RuleSet) -> Box:
    """Return a box with its change; an opening that moves takes its release times with it."""
    change = next((one for one in changes if one.stage is box.stage), None)
    if change is None:
        return replace(box, reseal=False)
    deadline = change.deadline or box.deadline
    opens = deadline if box.after is None else max(change.open_at or box.open_at, deadline)
    release_by, owner_by = box.release_by, box.owner_by
    if opens != box.open_at:
        moved = release_times(rules, box.mode, opens)
        release_by, owner_by = max(release_by, moved[0]), max(owner_by, moved[1])
    release_by = change.release_by or release_by
    return replace(
        box,
        deadline=deadline,
        parts_by=box.parts_by if deadline == box.deadline else deadline,
        open_at=opens,
        release_by=release_by,
        owner_by=max(change.owner_by or owner_by, release_by),
        max_bytes=change.max_bytes or box.max_bytes,
        form=box.form if change.form is None else change.form,
        policy_sha256=change.policy_sha256 or box.policy_sha256,
        reseal=change.reseal,
    )


def _require_later(before: Notice, after: Notice) -> None:
    for difference in differences(before, after):
        old, new = difference.before, difference.after
        if isinstance(old, datetime) and isinstance(new, datetime) and new < old:
            raise TimesEarlier(
                lot=str(difference.lot), stage=str(difference.stage), time=difference.what
            )


def _require_founded(before: Notice, after: Notice) -> None:
    """Bids are voided only where what they are made of changes, or the keys that open them.

    Whether enough of those keys are lost is known to `bidding`.
    """
    for old, new in zip(before.lots, after.lots, strict=True):
        for was, box in zip(old.boxes, new.boxes, strict=True):
            rekeyed = was.policy_sha256 != box.policy_sha256
            if box.reseal and not rekeyed and not is_founded(before, after, was, box):
                raise ResealUnfounded(lot=new.lot, stage=str(box.stage))


def is_founded(before: Notice, after: Notice, was: Box, box: Box) -> bool:
    """Tell whether what bids are made of changes: the form, or files."""
    files = before.documents != after.documents
    return files or (was.form, was.max_bytes) != (box.form, box.max_bytes)


_TIMES = frozenset({"deadline", "parts_by", "open_at", "release_by", "owner_by"})
_OF_TENDER = ("title", "deposit_fen", "documents")
_OF_LOT = ("title", "ceiling_fen")
_OF_BOX = (
    "deadline",
    "parts_by",
    "open_at",
    "release_by",
    "owner_by",
    "max_bytes",
    "form",
    "policy_sha256",
)


def _differences(before: Notice, after: Notice) -> Iterator[Difference]:
    for name in _OF_TENDER:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference(what=name, before=old, after=new)
    for was_lot, lot in zip(before.lots, after.lots, strict=True):
        for name in _OF_LOT:
            old, new = getattr(was_lot, name), getattr(lot, name)
            if old != new:
                yield Difference(what=name, before=old, after=new, lot=lot.lot)
        for was, box in zip(was_lot.boxes, lot.boxes, strict=True):
            for name in _OF_BOX:
                old, new = getattr(was, name), getattr(box, name)
                if old != new:
                    yield Difference(what=name, before=old, after=new, lot=lot.lot, stage=box.stage)
