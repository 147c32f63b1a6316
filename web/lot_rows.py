"""A tender of several boxes on its page: which one comes first, and the rows of all. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bidding import ranking
from bidding.standing import Scene
from trading import notice as notices
from trading.types import Box as Terms
from web import showing
from web.views import public


def foremost(scenes: Sequence[Scene], now: datetime) -> Scene:
    """Return what a reader asks for: the box that closes next, else the first lot's prices."""
    taking = [one for one in scenes if now < one.standing.box.deadline]
    if taking:
        return min(taking, key=lambda one: (one.standing.box.deadline, _rank(one)))
    return of_lot(scenes, showing.newest(scenes[0]).lots[0].lot) or scenes[0]


def of_lot(scenes: Sequence[Scene], lot: str) -> Scene | None:
    """Return the box with the price of a lot, else its first one; None where it has none."""
    own = [one for one in scenes if one.standing.box.key.lot == lot]
    priced = [
        one for one in own if ranking.priced(showing.lot_of(one)) == one.standing.box.key.stage
    ]
    return next(iter([*priced, *own]), None)


def finished(scenes: Sequence[Scene]) -> Scene:
    """Return a box that is finished, where there is one: what a record can be written of."""
    done = [one for one in scenes if one.standing.box.finished_at is not None]
    return (done or scenes)[0]


def rows(scenes: Sequence[Scene], now: datetime) -> tuple[public.BoxRow, ...]:
    """Return the boxes of a tender by lot and in the order of their opening; none of one box."""
    if len(scenes) == 1:
        return ()
    return tuple(
        public.BoxRow(
            lot=one.standing.box.key.lot,
            lot_title=showing.text(showing.lot_of(one).title),
            stage=one.standing.box.key.stage,
            after=one.standing.box.after,
            state=showing.state(one.standing, now),
            deadline=one.standing.box.deadline,
            open_at=one.standing.box.open_at,
            room=one.standing.box.room,
            has_result=bool(one.standing.awards),
            ceiling_fen=showing.lot_of(one).ceiling_fen,
        )
        for one in in_order(scenes)
    )


def in_order(scenes: Sequence[Scene]) -> list[Scene]:
    """Return the boxes of a tender by lot and in the order of their opening."""
    return sorted(scenes, key=_rank)


def _rank(scene: Scene) -> tuple[int, int]:
    """Return the place of a box in the notice: its lot, and how many stages come before it."""
    notice, key = showing.newest(scene), scene.standing.box.key
    lots = [lot.lot for lot in notice.lots]
    return lots.index(key.lot), _before(scene, notices.box_of(notice, key.lot, key.stage))


def _before(scene: Scene, terms: Terms | None) -> int:
    steps = 0
    while terms is not None and terms.after is not None:
        steps += 1
        terms = notices.box_of(showing.newest(scene), scene.standing.box.key.lot, terms.after)
    return steps
