"""The secret limits of a tender: what its page says of them, and its agency's desk. Pure.

Source: `sealing.md` 3, limits; 8.2.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bidding import ranking
from bidding.facts import BoxFacts
from bidding.standing import Scene
from bidding.steps import gate_ends
from trading.types import Limit
from web.showing import lot_of
from web.views.life import LimitStep, SecretLimit


def shown(scenes: Sequence[Scene]) -> tuple[SecretLimit, ...]:
    """Return every limit that the notice is bound to, lot by lot, with what has become of it."""
    return tuple(limit for scene in scenes if _has_price(scene) for limit in _of_lot(scene))


def awaited(scene: Scene) -> datetime | None:
    """Return until when the agency's client has to open a limit of this box; None: nothing waits.

    It waits from the list that is asked for until shares are asked for.
    """
    box = scene.standing.box
    over = box.not_opened_at or box.cancelled_at or box.asked_at
    if over is not None or box.in_force is None or not _has_price(scene):
        return None
    shut = any(limit.name not in scene.limits for limit in lot_of(scene).limits)
    return opened_by(box) if shut else None


def opened_by(box: BoxFacts) -> datetime:
    """Return when a limit that is shut becomes none: the first instant, while a stage is awaited.

    Shares are never asked for before the opening, and from then on wait for limits no longer than
    the gate does.
    """
    if box.after is not None and box.revised_at is None:
        return box.open_at + timedelta(minutes=box.gate_wait_min)
    return max(gate_ends(box), box.open_at)


def _has_price(scene: Scene) -> bool:
    """Tell whether the limits of its lot belong to this box."""
    return ranking.priced(lot_of(scene)) == scene.standing.box.key.stage


def _of_lot(scene: Scene) -> Iterator[SecretLimit]:
    box = scene.standing.box
    for limit in lot_of(scene).limits:
        opened = scene.limits.get(limit.name)
        yield SecretLimit(
            lot=box.key.lot,
            name=limit.name,
            commit=limit.commit,
            until=opened_by(box),
            step=_step(scene, limit),
            fen=None if opened is None else opened.fen,
            salt=None if opened is None else opened.salt,
        )


def _step(scene: Scene, limit: Limit) -> LimitStep:
    box, opened = scene.standing.box, scene.limits.get(limit.name)
    if opened is not None:
        return LimitStep.NONE if opened.fen is None else LimitStep.OPENED
    over = box.not_opened_at is not None or box.cancelled_at is not None
    return LimitStep.NEVER if over else LimitStep.SHUT
