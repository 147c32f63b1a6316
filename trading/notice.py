"""A notice read and judged by itself and by the revision before it.

Pure. What the law wants of a notice is in the rules of its kind of trade; who may sign it, in the
services.

Source: `sealing.md` 3, notice.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from notary.canonical import sha256_hex
from notary.shape import Fen, load
from trading.types import Box, Lot, Method, Notice

NOTICE_LIMIT = 1024 * 1024
"""Bytes of a notice (`sealing.md` 2)."""


class BadNotice(ValueError):  # noqa: N818 - named after what is wrong
    """A notice is at odds with itself or with the revision before it."""


def read_notice(data: bytes) -> Notice:
    """Read a notice and check it against itself; raise BadJson, BadShape or BadNotice."""
    notice = load(Notice, data, limit=NOTICE_LIMIT)
    require_consistent(notice)
    return notice


def find_lot(notice: Notice, lot: str) -> Lot | None:
    """Return what `notice` says of `lot`, if it has one."""
    return next((one for one in notice.lots if one.lot == lot), None)


def find_box(notice: Notice, lot: str, stage: str) -> Box | None:
    """Return what `notice` says of the box of `stage` in `lot`, if it has one."""
    boxes = (box for one in notice.lots if one.lot == lot for box in one.boxes)
    return next((box for box in boxes if box.stage == stage), None)


def require_consistent(notice: Notice) -> None:
    """Refuse a notice that is at odds with itself."""
    first = notice.revision == 1
    if first is not (notice.previous is None) or first is not (notice.reason is None):
        raise BadNotice("the first revision, and it alone, has no previous and no reason")
    if (notice.method is Method.INVITED) is not (notice.invited is not None):
        raise BadNotice("a list of the invited is bound in an invited tender, and only there")
    if not notice.lots or not all(lot.boxes for lot in notice.lots):
        raise BadNotice("a tender without lots has lot 1, and every lot a box")
    _require_distinct("lots", [lot.lot for lot in notice.lots])
    _require_distinct("documents", [document.path for document in notice.documents])
    for lot in notice.lots:
        _require_lot(lot)


def _require_lot(lot: Lot) -> None:
    stages = [box.stage for box in lot.boxes]
    _require_distinct("stages of a lot", stages)
    _require_distinct("limits of a lot", [limit.name for limit in lot.limits])
    for n, box in enumerate(lot.boxes):
        _require_distinct("fields of a form", [field.name for field in box.form])
        if box.after is not None and box.after not in stages[:n]:
            raise BadNotice("a box can only follow one that stands before it")
        times = [box.deadline, box.parts_by, box.open_at, box.release_by, box.owner_by]
        if times != sorted(times):
            raise BadNotice("deadline, parts_by, open_at, release_by, owner_by: not in this order")


def _require_distinct(what: str, names: Collection[str]) -> None:
    if len(set(names)) != len(names):
        raise BadNotice(f"{what}: one twice")


def require_successor(
    notice: Notice, previous: Notice, previous_sha256: str, closed: Collection[tuple[str, str]]
) -> None:
    """Refuse a revision that does not follow `previous`.

    `closed`: lot and stage of the boxes that were closed when it was published. Of these only the
    times after the closing may still move, and only later.
    """
    if (notice.origin, notice.tender) != (previous.origin, previous.tender):
        raise BadNotice("a revision of another tender")
    if notice.revision != previous.revision + 1 or notice.previous != previous_sha256:
        raise BadNotice("not the revision after the one it names")
    for lot, stage in closed:
        was, is_now = find_box(previous, lot, stage), find_box(notice, lot, stage)
        if was is not None:
            _require_only_later(was, is_now, notice.published)


def _require_only_later(was: Box, is_now: Box | None, published: datetime) -> None:
    if is_now is None:
        raise BadNotice("a closed box is gone")
    if is_now == was:
        return
    moved = replace(was, release_by=is_now.release_by, owner_by=is_now.owner_by)
    if was.after is not None:
        moved = replace(moved, open_at=is_now.open_at)
    if moved != is_now:
        raise BadNotice("more of a closed box has changed than the times after its closing")
    later = (
        is_now.open_at >= was.open_at
        and is_now.release_by >= was.release_by
        and is_now.owner_by >= was.owner_by
    )
    if not later or published >= was.owner_by:
        raise BadNotice("times of a closed box move only later, and only before owner_by")


def limit_commit(name: str, salt: bytes, fen: Fen) -> str:
    """Return what a notice binds a secret limit by: hex, under 32 bytes of `salt`."""
    return sha256_hex(
        b"\0".join([b"hall-tender/v1/limit", name.encode("ascii"), salt + fen.to_bytes(8, "big")])
    )
