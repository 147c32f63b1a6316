"""The desk 我的待办: what a reader has to do and what waits for others, computed from facts.

There is no table of tasks: a row is there while its act is due and gone when it is done. Pure; the
route gathers the facts.

Source: `people.md` 7.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.standing import Scene
from notary.applications import Application
from notary.identity import Actor, Role
from notary.shape import load
from trading.amendments import HandedBack, Prepared
from trading.rules import periods
from trading.rules.confirming import Confirming
from trading.types import Box, Drafted, Tender
from web import (
    admissions,
    desk_after,
    desk_alarms,
    desk_contracts,
    desk_running,
    desk_stays,
    rulebook,
    showing,
)
from web.desk_after import Aftermath
from web.desk_alarms import Inquired
from web.desk_contracts import Contracts
from web.desk_running import Running
from web.desk_stays import Stays
from web.letterhead import Text
from web.views.house import DeskRow, DeskView, Matter
from web.views.watch import AlarmRow

_TOLD = desk_after.TOLD | desk_running.TOLD


@dataclass(frozen=True, slots=True)
class Changing:
    """A published tender whose change waits for its purchaser's signature."""

    tender: Tender
    prepared: Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The facts that a reader's desk is computed from, as they stand at `now`.

    `scenes`: boxes that are not over; `own`: boxes for which the reader's body has a live sealed
    bid, `voided`: those of them that an amendment voided, `incomplete`: those that wait for parts;
    `handed`: drafts that are with their purchasers as they stand, and since when; `handed_back`:
    those they want changed;
    `changes`: what waits for a signature of published tenders; `confirming`: rules that
    wait for a second officer, empty for whoever is none; `applications`: firms that ask to come in,
    likewise. `alarms`: open ones, for supervisors; `inquiries`: questions to the reader's body.
    """

    actor: Actor
    now: datetime
    drafts: Sequence[Drafted]
    keys_missing: frozenset[str]
    handed: Mapping[str, datetime]
    handed_back: Mapping[str, HandedBack]
    changes: Sequence[Changing]
    scenes: Sequence[Scene]
    own: frozenset[str]
    voided: frozenset[str]
    incomplete: frozenset[str]
    names: dict[str, str]
    after: Aftermath
    stays: Stays
    running: Running
    contracts: Contracts
    confirming: Sequence[Confirming] = ()
    applications: Sequence[Application] = ()
    alarms: Sequence[AlarmRow] = ()
    inquiries: Sequence[Inquired] = ()


def view(desk: Desk) -> DeskView:
    """Return the page: mine by time left, what waits for others beside it."""
    rows = [*_drafts(desk), *(row for scene in desk.scenes for row in _box(desk, scene))]
    rows += [_change(desk, one) for one in desk.changes]
    rows += desk_after.rows(desk.after)
    rows += desk_stays.rows(desk.stays)
    rows += desk_running.rows(desk.running)
    rows += desk_contracts.rows(desk.contracts)
    rows += rulebook.desk_rows(desk.confirming, desk.actor)
    rows += admissions.desk_rows(desk.applications, desk.actor)
    rows += desk_alarms.rows(desk.alarms, desk.inquiries)
    mine = [row for row in rows if row.awaited is None and row.matter not in _TOLD]
    waiting = [row for row in rows if row.awaited is not None or row.matter in _TOLD]
    return DeskView(
        mine=tuple(sorted(mine, key=lambda row: row.due or row.since or desk.now)),
        waiting=tuple(waiting),
        done=(),
        certificate_until=None,
        drafts=Role.AGENCY in desk.actor.roles,
        bidder=desk.actor.org if Role.BIDDER in desk.actor.roles else None,
        holds_keys=Role.TRUSTEE in desk.actor.roles,
    )


def _drafts(desk: Desk) -> Iterator[DeskRow]:
    """Rows of tenders that are not published yet."""
    for drafted in desk.drafts:
        tender = drafted.draft.tender
        row = draft_row(drafted, desk.actor, desk.handed.get(tender), desk.handed_back.get(tender))
        matter, awaited = row.matter, None
        if matter is Matter.DRAFTING:
            awaited = desk.names.get(drafted.agency, drafted.agency)
        elif matter is Matter.DRAFT and tender in desk.keys_missing:
            matter = Matter.KEYS
            awaited = ", ".join(desk.names.get(one.org, one.org) for one in drafted.draft.trustees)
        elif matter is Matter.DRAFT:
            purchaser = drafted.draft.purchaser
            awaited = desk.names.get(purchaser, purchaser)
        yield replace(row, matter=matter, awaited=awaited)


def draft_row(
    drafted: Drafted, actor: Actor, handed: datetime | None, back: HandedBack | None
) -> DeskRow:
    """Return where a draft stands for `actor`. `handed`: since when the purchaser has it so."""
    if Role.PURCHASER in actor.roles and drafted.draft.purchaser == actor.org:
        matter = Matter.DRAFTING if handed is None else Matter.APPROVE
        return _draft(drafted, matter, "/notice", since=handed)
    if back is not None:
        row = _draft(drafted, Matter.HANDED_BACK, "", since=back.at)
        return replace(row, note=Text(zh=back.note, en=back.note))
    return _draft(drafted, Matter.HAND_OVER if handed is None else Matter.DRAFT, "", since=handed)


def _draft(
    drafted: Drafted,
    matter: Matter,
    page: str,
    *,
    since: datetime | None,
) -> DeskRow:
    return DeskRow(
        matter=matter,
        title=showing.text(drafted.draft.title),
        href=f"/desk/tenders/{drafted.draft.tender}{page}",
        due=None,
        since=since or drafted.drafted_at,
        awaited=None,
        command=None,
        rank=None,
        tender=drafted.draft.tender,
    )


def _change(desk: Desk, one: Changing) -> DeskRow:
    """Return the row of a prepared change for whoever signs it, or waits for that."""
    signs = Role.PURCHASER in desk.actor.roles and one.tender.purchaser == desk.actor.org
    purchaser = desk.names.get(one.tender.purchaser, one.tender.purchaser)
    return DeskRow(
        matter=Matter.CHANGE if signs else Matter.CHANGING,
        title=showing.text(one.tender.title),
        href=f"/desk/tenders/{one.prepared.tender}/change",
        due=None,
        since=one.prepared.drafted_at,
        awaited=None if signs else purchaser,
        command=None,
        rank=None,
    )


def _box(desk: Desk, scene: Scene) -> Iterator[DeskRow]:
    """Rows of one box for whoever it concerns."""
    roles, org = desk.actor.roles, desk.actor.org
    notice = scene.notices[-1].notice
    if scene.standing.box.cancelled_at is not None:
        return
    if Role.BIDDER in roles:
        yield from _bidders(desk, scene)
    if Role.TRUSTEE in roles and any(key.holder.id == org for _, key in scene.keys):
        yield from _trustees(desk, scene)
    if Role.AGENCY in roles and notice.agency == org:
        yield from _agencys(desk, scene)


def _bidders(desk: Desk, scene: Scene) -> Iterator[DeskRow]:
    box = scene.standing.box
    if box.room in desk.incomplete and desk.now < box.parts_by:
        yield _row(scene, Matter.INCOMPLETE, due=box.parts_by, command=None)
    elif desk.now < box.deadline:
        sealed = Matter.VOIDED if box.room in desk.voided else Matter.SEALED
        matter = sealed if box.room in desk.own else Matter.BID
        yield _row(scene, matter, due=box.deadline, command=None)


def _trustees(desk: Desk, scene: Scene) -> Iterator[DeskRow]:
    box = scene.standing.box
    if scene.is_asked(desk.actor.org) and box.finished_at is None:
        yield _row(
            scene,
            Matter.RELEASE,
            due=box.release_by,
            command=f"hall trustee release --key DIR --box {box.key.tender}",
        )
    elif box.closing_at is None:
        yield _row(scene, Matter.ARMED, due=box.open_at, command=None)


def _agencys(desk: Desk, scene: Scene) -> Iterator[DeskRow]:
    box = scene.standing.box
    steps = {one.step for one in scene.standing.awards}
    follows = _follower(scene)
    if box.finished_at is not None and follows is not None:
        if desk.now < follows.open_at:
            yield _row(scene, Matter.EVALUATE, due=follows.open_at, command=None)
    elif box.finished_at is not None and not steps:
        # No panel reports here: what was read out in full stands for its report.
        rules = desk.after.rules[box.key.tender]
        by = showing.foreseen(periods.publicity_begins_by, rules, box.finished_at)
        yield _row(scene, Matter.CANDIDATES, since=box.finished_at, due=by, command=None)
    elif "candidates" in steps and "awarded" not in steps and not _on_display(desk, scene):
        yield _row(scene, Matter.AWARD, since=scene.standing.awards[-1].at, command=None)
    elif box.asked_at is not None and box.finished_at is None and not scene.awaits_shares:
        yield _row(scene, Matter.OPENING, since=box.asked_at, command=None)


def _follower(scene: Scene) -> Box | None:
    """Return what the notice says of the box that waits for this one's evaluation."""
    key = scene.standing.box.key
    lot = showing.lot_of(scene)
    return next((box for box in lot.boxes if box.after == key.stage), None)


def _on_display(desk: Desk, scene: Scene) -> bool:
    last = load(Award, scene.standing.awards[-1].json, limit=AWARD_LIMIT)
    return desk.now < last.candidates_until


def _row(
    scene: Scene,
    matter: Matter,
    *,
    due: datetime | None = None,
    since: datetime | None = None,
    command: str | None,
) -> DeskRow:
    box = scene.standing.box
    is_live = matter in {Matter.OPENING, Matter.RELEASE}
    where = f"/rooms/{box.room}" if is_live else f"/tenders/{box.key.tender}"
    if matter in {Matter.EVALUATE, Matter.CANDIDATES, Matter.AWARD}:
        where = f"/desk/tenders/{box.key.tender}/lots/{box.key.lot}"
    if matter in {Matter.BID, Matter.VOIDED}:
        where = f"/tenders/{box.key.tender}/bid"
    if matter in {Matter.SEALED, Matter.INCOMPLETE}:
        where = f"/tenders/{box.key.tender}/receipt"
    return DeskRow(
        matter=matter,
        title=showing.text(scene.notices[-1].notice.title),
        href=where,
        due=due,
        since=since,
        awaited=None,
        command=command,
        rank=None,
        lot=box.key.lot if len(scene.notices[-1].notice.lots) > 1 else None,
    )
