"""Rows of the desk for what goes on by itself: what is next, and who is awaited. Pure.

Nobody has to press anything for these; whoever has put a tender out still wants to see how it goes.

Source: `people.md` 7 and 8.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.facts import BoxKey
from bidding.standing import Scene
from notary.identity import Actor, Role
from web import beijing, secret_limits, showing
from web.letterhead import Text
from web.views.house import DeskRow, Matter

TOLD = frozenset(
    {
        Matter.TAKING,
        Matter.SUSPENDED,
        Matter.SHUT,
        Matter.WATCH,
        Matter.ARMED,
    }
)
"""Matters that tell the reader something and ask nothing of him."""

_COMMANDS = {
    Matter.DRILL: "hall trustee drill --key DIR --url URL",
    Matter.LIMITS: "hall limits run --key DIR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The boxes that are not over. `drills`: rooms of boxes before whose opening a drill is due.

    `renewed`: boxes of the reader's agency that have a key in place of a lost one, not pinned yet.
    """

    actor: Actor
    now: datetime
    scenes: Sequence[Scene]
    drills: frozenset[str]
    renewed: frozenset[BoxKey]


def with_lost_keys(actor: Actor, scenes: Sequence[Scene]) -> list[str]:
    """Return the tenders of the actor's agency in which a key of a box was lost."""
    found = [
        _of(scene)
        for scene in scenes
        if Role.AGENCY in actor.roles
        and showing.newest(scene).agency == actor.org
        and any(facts.lost_at is not None for facts, _ in scene.keys)
    ]
    return list(dict.fromkeys(found))


def rows(running: Running) -> Iterator[DeskRow]:
    """Give the rows that the reader's roles see."""
    seen: set[tuple[Matter, str]] = set()
    for scene in sorted(running.scenes, key=lambda one: one.standing.box.deadline):
        if scene.standing.box.cancelled_at is not None:
            continue
        for row in _rows(running, scene):
            if row is not None and (row.matter, _of(scene)) not in seen:
                seen.add((row.matter, _of(scene)))
                yield row


def _rows(running: Running, scene: Scene) -> Iterator[DeskRow | None]:
    """Give the rows of a box, None for a row that is not due."""
    roles, org, notice = running.actor.roles, running.actor.org, showing.newest(scene)
    if roles & {Role.AGENCY, Role.PURCHASER} and org in {notice.agency, notice.purchaser}:
        yield _published(running, scene)
    if Role.AGENCY in roles and org == notice.agency:
        yield _limits(scene)
    if scene.standing.box.key in running.renewed:
        yield _row(scene, Matter.NEXT_KEY, due=scene.standing.box.deadline)
    if Role.PURCHASER in roles and org == notice.purchaser:
        yield _evaluated(scene)
    if Role.SUPERVISOR in roles:
        yield _watched(running, scene)
    if scene.standing.box.room in running.drills:
        yield _row(scene, Matter.DRILL, due=scene.standing.box.deadline)


def _of(scene: Scene) -> str:
    return scene.standing.box.key.tender


def _published(running: Running, scene: Scene) -> DeskRow | None:
    """Say what a published tender waits for, until its bids are open."""
    box, around = scene.standing.box, scene.standing.around
    if box.finished_at is not None or box.not_opened_at is not None:
        return None
    if scene.awaits_shares:
        return _row(scene, Matter.SHARES, since=box.asked_at, awaited=_awaited(scene))
    if box.asked_at is not None:
        return None
    if around.suspended_since is not None:
        return _row(scene, Matter.SUSPENDED, since=around.suspended_since)
    if running.now < box.deadline:
        return _row(scene, Matter.TAKING, due=box.deadline)
    return _row(scene, Matter.SHUT, due=box.open_at) if running.now < box.open_at else None


def _limits(scene: Scene) -> DeskRow | None:
    """Say to the agency that its program has to open secret limits, and until when it can."""
    until = secret_limits.awaited(scene)
    return None if until is None else _row(scene, Matter.LIMITS, due=until)


def _awaited(scene: Scene) -> str:
    """Name the bodies whose shares are not in."""
    names = [
        showing.name(scene.bodies, key.holder.id)
        for _, key in scene.keys
        if key.group not in scene.released
    ]
    return ", ".join(dict.fromkeys(names))


def _evaluated(scene: Scene) -> DeskRow | None:
    """Say to the purchaser that the agency evaluates what was opened."""
    box = scene.standing.box
    if box.finished_at is None or scene.standing.awards:
        return None
    agency = showing.name(scene.bodies, showing.newest(scene).agency)
    return _row(scene, Matter.EVALUATING, since=box.finished_at, awaited=agency)


def _watched(running: Running, scene: Scene) -> DeskRow | None:
    """Show a supervisor the openings of the day with the one button that pauses them."""
    box = scene.standing.box
    if box.finished_at is not None or box.not_opened_at is not None:
        return None
    if scene.standing.around.stay(running.now) is not None:
        return None
    if box.asked_at is not None:
        return _row(scene, Matter.WATCH, since=box.asked_at)
    if beijing.today(box.open_at) == beijing.today(running.now):
        return _row(scene, Matter.WATCH, due=box.open_at)
    return None


def _row(
    scene: Scene,
    matter: Matter,
    *,
    due: datetime | None = None,
    since: datetime | None = None,
    awaited: str | None = None,
) -> DeskRow:
    box = scene.standing.box
    live = matter in {Matter.SHARES, Matter.WATCH}
    where = f"/rooms/{box.room}" if live else f"/tenders/{box.key.tender}"
    if matter is Matter.NEXT_KEY:
        where = f"/desk/tenders/{box.key.tender}/amendment"
    title = showing.newest(scene).title
    return DeskRow(
        matter=matter,
        title=Text(zh=title.zh, en=title.en),
        href=where,
        due=due,
        since=since,
        awaited=awaited,
        command=_COMMANDS.get(matter),
        rank=None,
        tender=box.key.tender,
    )
