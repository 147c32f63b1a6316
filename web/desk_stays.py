"""Rows of the desk for what holds a tender up: outages, supervision, shares that do not come. Pure.

Source: `people.md` 2, 5 and 7.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.standing import Scene
from notary.identity import Actor, Role
from trading.staying import AskedHalt
from web import showing
from web.views.house import DeskRow, Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """What is known beside the boxes. `own`: rooms of boxes in which the reader's body has a bid.

    `shown`: those whose secret it has shown.
    `halts`: those that wait for the second person, by tender; empty for whoever does not supervise.
    """

    actor: Actor
    now: datetime
    scenes: Sequence[Scene]
    own: frozenset[str]
    shown: frozenset[str]
    halts: Mapping[str, AskedHalt]


def rows(stays: Stays) -> Iterator[DeskRow]:
    """Give the rows that the reader's roles see, one a tender and matter."""
    roles, seen = stays.actor.roles, set[tuple[Matter, str]]()
    for scene in stays.scenes:
        found: list[DeskRow] = []
        if roles & {Role.OPERATOR, Role.OFFICER}:
            found += _outages(stays, scene)
        if Role.SUPERVISOR in roles:
            found += _supervised(stays, scene)
        if Role.BIDDER in roles:
            found += _late_shares(stays, scene)
        for row in found:
            if (row.matter, row.href) not in seen:
                seen.add((row.matter, row.href))
                yield row


def _outages(stays: Stays, scene: Scene) -> Iterator[DeskRow]:
    """Give an interruption that people judge; the rule needs nobody."""
    held = scene.standing.around.interruption(scene.standing.box, stays.now)
    if held is not None and held.until is not None:
        yield _row(scene, Matter.OUTAGE, "outage", due=held.until)


def _supervised(stays: Stays, scene: Scene) -> Iterator[DeskRow]:
    tender = scene.standing.box.key.tender
    stay, asked = scene.standing.around.stay(stays.now), stays.halts.get(tender)
    if stay is not None:
        yield _row(scene, Matter.HELD, "supervision", since=stay.since)
    if asked is not None and asked.asked_by != stays.actor.person:
        yield _row(scene, Matter.HALT_ASKED, "supervision", since=asked.asked_at)


def _late_shares(stays: Stays, scene: Scene) -> Iterator[DeskRow]:
    """Shares are missing, or there are none: whoever sealed a bid opens it."""
    box = scene.standing.box
    if box.finished_at is not None or box.room not in stays.own or stays.now > box.owner_by:
        return
    command = f"hall release --key DIR --box {box.key.tender}/{box.key.lot}/{box.key.stage}"
    if box.postponed_at is not None and scene.awaits_shares:
        yield _row(scene, Matter.OPEN_OWN, "receipt", due=box.owner_by, command=command)
    elif box.asked_at is not None and box.room not in stays.shown and not scene.policy.k:
        yield _row(scene, Matter.OPEN_NOW, "receipt", due=box.owner_by, command=command)


def _row(
    scene: Scene,
    matter: Matter,
    page: str | None,
    *,
    due: datetime | None = None,
    since: datetime | None = None,
    command: str | None = None,
) -> DeskRow:
    box = scene.standing.box
    href = f"/rooms/{box.room}" if page is None else f"/tenders/{box.key.tender}/{page}"
    return DeskRow(
        matter=matter,
        title=showing.text(scene.notices[-1].notice.title),
        href=href,
        due=due,
        since=since,
        awaited=None,
        command=command,
        rank=None,
    )
