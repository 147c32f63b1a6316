"""A bidder's pages, from facts: which boxes a workspace fills, what a receipt says. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bidding.facts import BoxKey, BoxPhase
from bidding.receipts import Counts, Own
from bidding.standing import Scene
from trading import notice as notices
from web import lot_rows, pdf, showing
from web.views.bids import Answered, BoxToFill, Holder, ReceiptShown

_TAKING = {BoxPhase.TAKING, BoxPhase.INTERRUPTED, BoxPhase.PAUSED}


def to_fill(scenes: Sequence[Scene], own: Sequence[Own], now: datetime) -> tuple[BoxToFill, ...]:
    """Return the boxes of a tender that take bids at `now`, by lot and stage."""
    last: dict[BoxKey, Own] = {}
    for one in own:
        last.setdefault(one.key, one)
    return tuple(
        _to_fill(scene, last.get(scene.standing.box.key))
        for scene in lot_rows.in_order(scenes)
        if takes_bids(scene, now)
    )


def takes_bids(scene: Scene, now: datetime) -> bool:
    """Tell whether a bid to this box would be taken at `now`, as far as its times go."""
    phase = scene.standing.phase(now)
    return phase in _TAKING and (now < scene.standing.box.deadline or phase is BoxPhase.INTERRUPTED)


def _to_fill(scene: Scene, last: Own | None) -> BoxToFill:
    box, lot = scene.standing.box, showing.lot_of(scene)
    terms = notices.box_of(showing.newest(scene), box.key.lot, box.key.stage)
    assert terms is not None  # noqa: S101 - the box was made of it
    return BoxToFill(
        lot=box.key.lot,
        lot_title=showing.text(lot.title),
        stage=box.key.stage,
        deadline=box.deadline,
        parts_by=box.parts_by,
        open_at=box.open_at,
        ceiling_fen=lot.ceiling_fen,
        max_bytes=box.max_bytes,
        mode=box.mode,
        k=scene.policy.k,
        holders=tuple(
            Holder(org, showing.name(scene.bodies, org), showing.line(scene.bodies, org))
            for org in dict.fromkeys(key.holder.id for _, key in scene.keys)
        ),
        form=tuple(
            Answered(name=field.name, label=showing.text(field.label), type=field.type)
            for field in terms.form
        ),
        counts=None if last is None else last.counts,
    )


def receipts(
    scenes: Sequence[Scene], own: Sequence[Own], origin: str, now: datetime
) -> tuple[tuple[ReceiptShown, ...], tuple[ReceiptShown, ...]]:
    """Return the receipts of envelopes that count, and of the earlier ones, newest first."""
    around = {scene.standing.box.key: scene for scene in scenes}
    live = [_receipt(around, one, origin, now) for one in own if one.is_live]
    earlier = [_receipt(around, one, origin, now) for one in own if not one.is_live]
    return tuple(live), tuple(earlier)


def _receipt(around: Mapping[BoxKey, Scene], own: Own, origin: str, now: datetime) -> ReceiptShown:
    scene, one, core = around[own.key], own.envelope, own.core
    box = scene.standing.box
    address = f"{origin}/tenders/{box.key.tender}/receipt#{one.envelope_id}"
    # Only a bid that was closed in is opened; nobody else may know it before that.
    shut = box.asked_at is not None and box.finished_at is None
    # Where nobody shares the key its bidder alone gives it; else only when shares are missing.
    awaited = scene.awaits_shares and now >= box.release_by if scene.policy.k else shut
    return ReceiptShown(
        envelope=one.envelope_id,
        lot=box.key.lot,
        lot_title=showing.text(showing.lot_of(scene).title),
        stage=box.key.stage,
        box=(core.origin, box.key.tender, box.key.lot, box.key.stage),
        counts=own.counts,
        seq=one.seq,
        received_at=one.received_at,
        withdrawn_at=one.withdrawn_at,
        created=core.created,
        bytes=sum(part.size for part in core.parts),
        parts=len(core.parts),
        missing=len(own.missing),
        deadline=box.deadline,
        parts_by=box.parts_by,
        open_at=box.open_at,
        owner_by=box.owner_by,
        gate_wait_min=box.gate_wait_min,
        room=box.room,
        state=showing.state(scene.standing, now),
        mode=box.mode,
        k=scene.policy.k,
        n=len(scene.policy.groups),
        receipt=str(own.receipt["receipt"]),
        address=address,
        qr=pdf.qr_code(address),
        changeable=takes_bids(scene, now) and own.counts is not Counts.WITHDRAWN,
        helpless=shut and awaited and now < box.owner_by and own.counts is Counts.SEALED,
    )
