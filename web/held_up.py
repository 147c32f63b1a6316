"""What holds a tender up, by box: supervision, an objection, an outage, shares that do not come.

The same facts as the pages' tags, for programs. Pure.

Source: `people.md` 2 and 5; Regulation on the Tendering and Bidding Law, art. 22 and 54.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.standing import Scene
from notary.canonical import Json
from notary.instant import micros
from web import showing
from web.views.public import State


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUp:
    """One thing that holds a box up. `awaited`: the bodies on whose word it waits, by id.

    `reason`: supervision's, of its list. `until`: when it ends by itself, None where it does not.
    """

    lot: str
    stage: str
    by: State
    reason: str | None
    since: datetime | None
    until: datetime | None
    awaited: tuple[str, ...] = ()


def of_tender(
    scenes: Sequence[Scene], disputed: Mapping[str, datetime], now: datetime
) -> list[HeldUp]:
    """Return what holds the boxes of a tender up; `disputed`: since when, by lot, an award is."""
    return [one for scene in scenes for one in _of_box(scene, disputed, now)]


def told(held: HeldUp) -> dict[str, Json]:
    """Return it as an answer."""
    return {
        "lot": held.lot,
        "stage": held.stage,
        "by": held.by,
        "reason": held.reason,
        "since": None if held.since is None else micros(held.since),
        "until": None if held.until is None else micros(held.until),
        "awaited": list(held.awaited),
    }


def _of_box(scene: Scene, disputed: Mapping[str, datetime], now: datetime) -> Iterator[HeldUp]:
    standing = scene.standing
    box, around = standing.box, standing.around
    lot, stage = box.key.lot, str(box.key.stage)
    awarded = any(one.step == "awarded" for one in standing.awards)
    if box.cancelled_at is not None or box.not_opened_at is not None or awarded:
        return
    stay = around.stay(now)
    if stay is not None:
        yield HeldUp(
            lot=lot,
            stage=stage,
            by=State(stay.kind),
            reason=stay.reason,
            since=stay.since,
            until=stay.until,
        )
    since = around.suspended_since or disputed.get(lot)
    if since is not None:
        agency = (showing.newest(scene).agency,)
        yield HeldUp(
            lot=lot,
            stage=stage,
            by=State.SUSPENDED,
            reason=None,
            since=since,
            until=None,
            awaited=agency,
        )
    outage = around.interruption(box, now)
    if outage is not None:
        yield HeldUp(
            lot=lot,
            stage=stage,
            by=State.INTERRUPTED,
            reason=None,
            since=outage.began,
            until=outage.until,
        )
    if box.postponed_at is not None and scene.awaits_shares:
        yield HeldUp(
            lot=lot,
            stage=stage,
            by=State.POSTPONED,
            reason=None,
            since=box.postponed_at,
            until=box.owner_by,
            awaited=tuple(
                dict.fromkeys(
                    key.holder.id for _, key in scene.keys if key.group not in scene.released
                )
            ),
        )
