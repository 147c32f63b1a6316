"""Rows of the desk from the deadline on: openings, ranks, objections, complaints. Pure.

Source: `people.md` 7; Regulation on the Tendering and Bidding Law, art. 44, 54, 60.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bidding.facts import Awarded, Result
from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.standing import Scene
from bidding.types import Verdict
from notary.enrolment import Proposed
from notary.identity import Actor, Role
from notary.shape import load
from trading.amendments import Question
from trading.disputes import Complaint, Objection
from trading.rules import periods
from trading.rules.sets import RuleSet
from web import beijing, showing
from web.letterhead import Text
from web.views.house import DeskRow, Matter

FRESH = timedelta(days=30)
"""How long what has become of a bid stands on its bidder's desk."""

TOLD = frozenset(
    {
        Matter.READ,
        Matter.RANKED,
        Matter.WON,
        Matter.LOST,
        Matter.REJECTED,
        Matter.UNOPENED,
        Matter.DISPLAY,
        Matter.TODAY,
        Matter.OBJECTED,
        Matter.COMPLAINED,
        Matter.COMPLAINT_TAKEN,
        Matter.COMPLAINT_REFUSED,
        Matter.COMPLAINT_DECIDED,
    }
)
"""Matters that tell the reader something and ask nothing of him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What is known beside the boxes. `rules`: of each tender of the scenes, by its id.

    `objections`: those that wait for their answers; `rooms`: opening rooms in which one waits, and
    since when. `complaints`: of the reader's body, to supervisors all. `questions`: for the agency
    that clarifies. `proposed`: people who wait for a second person, for whoever may be that.
    """

    actor: Actor
    now: datetime
    scenes: Sequence[Scene]
    rules: Mapping[str, RuleSet]
    objections: Sequence[Objection]
    rooms: Mapping[str, datetime]
    complaints: Sequence[Complaint]
    questions: Sequence[Question]
    proposed: Sequence[Proposed]


def rows(after: Aftermath) -> Iterator[DeskRow]:
    """Give the rows that the reader's roles see."""
    roles = after.actor.roles
    for scene in after.scenes:
        if Role.BIDDER in roles:
            yield from _bidders(after, scene)
        if Role.OPERATOR in roles:
            yield from _operators(after, scene)
        if roles & {Role.AGENCY, Role.PURCHASER} and _is_theirs(after.actor, scene):
            yield from _tenderers(after, scene)
        if Role.OPERATOR in roles or (Role.AGENCY in roles and _is_theirs(after.actor, scene)):
            yield from _hosts(after, scene)
    yield from _objections(after)
    for complaint in after.complaints:
        yield from _complaint(after, complaint)
    yield from _questions(after)
    for proposed in after.proposed:
        if proposed.proposed_by != after.actor.person:
            yield _second(proposed)


def _is_theirs(actor: Actor, scene: Scene) -> bool:
    notice = showing.newest(scene)
    return actor.org in {notice.agency, notice.purchaser}


# Bidders


def _bidders(after: Aftermath, scene: Scene) -> Iterator[DeskRow]:
    """Say what has become of the reader's own bids, from the list on."""
    box = scene.standing.box
    own = [one for one, org in scene.bidders.items() if org == after.actor.org]
    ended = max((one.at for one in scene.standing.awards), default=box.finished_at)
    if box.asked_at is None or (ended is not None and after.now - ended > FRESH):
        return
    results = {one.envelope_id: one for one in scene.standing.results}
    for envelope in own:
        yield _own(scene, envelope, results.get(envelope))


def _own(scene: Scene, envelope: str, result: Result | None) -> DeskRow:
    box, awards = scene.standing.box, scene.standing.awards
    rejection = next(
        (
            one
            for one in scene.rejections
            if one.envelope_id == envelope and one.overturned_at is None
        ),
        None,
    )
    if result is None:
        return _row(scene, Matter.OPENING, since=box.asked_at)
    if result.verdict != Verdict.OPENED:
        return _row(scene, Matter.UNOPENED, since=result.announced_at, note=_same(result.code))
    if rejection is not None:
        reason = Text(zh=rejection.reason, en=rejection.reason)
        return _row(scene, Matter.REJECTED, since=rejection.at, note=reason)
    if awards:
        return _placed(scene, envelope, awards[-1])
    if box.finished_at is None:
        return _row(scene, Matter.OPENING, since=result.announced_at)
    return _row(scene, Matter.READ, since=box.finished_at)


def _placed(scene: Scene, envelope: str, last: Awarded) -> DeskRow:
    award = load(Award, last.json, limit=AWARD_LIMIT)
    rank = next((one.rank for one in award.ranking if one.envelope == envelope), None)
    if last.step == "awarded":
        won = last.winner == envelope
        return _row(scene, Matter.WON if won else Matter.LOST, since=last.at, rank=rank)
    return _row(scene, Matter.RANKED, since=last.at, rank=rank)


def _same(code: str | None) -> Text | None:
    return None if code is None else Text(zh=code, en=code)


# Agency, purchaser, host


def _tenderers(after: Aftermath, scene: Scene) -> Iterator[DeskRow]:
    box, awards = scene.standing.box, scene.standing.awards
    if box.not_opened_at is not None:
        if after.now - box.not_opened_at < FRESH:
            yield _row(scene, Matter.NOT_OPENED, since=box.not_opened_at)
        return
    last = awards[-1] if awards else None
    if last is None:
        return
    if last.step == "awarded":
        if last.winner is not None and scene.standing.contract_at is None:
            yield _contract(after, scene, last.at)
        return
    until = load(Award, last.json, limit=AWARD_LIMIT).candidates_until
    if after.now < until:
        yield _row(scene, Matter.DISPLAY, due=until)


def _contract(after: Aftermath, scene: Scene, awarded: datetime) -> DeskRow:
    """Say that the contract is to be made: its agency records it, in time or late."""
    notice, rules = showing.newest(scene), after.rules[scene.standing.box.key.tender]
    by = showing.foreseen(periods.contract_by, rules, awarded)
    in_time = by is not None and after.now < by
    row = _row(
        scene,
        Matter.CONTRACT,
        due=by if in_time else None,
        since=None if in_time else by or awarded,
    )
    records = Role.AGENCY in after.actor.roles and after.actor.org == notice.agency
    return row if records else replace(row, awaited=showing.name(scene.bodies, notice.agency))


def _hosts(after: Aftermath, scene: Scene) -> Iterator[DeskRow]:
    since = after.rooms.get(scene.standing.box.room)
    if since is not None:
        yield _row(scene, Matter.HOST, since=since)


def _operators(after: Aftermath, scene: Scene) -> Iterator[DeskRow]:
    """Show the openings of the day, and those that go on."""
    box = scene.standing.box
    over = box.finished_at is not None or box.not_opened_at is not None
    if box.asked_at is not None and not over:
        yield _row(scene, Matter.OPENING, since=box.asked_at)
    elif not over and beijing.today(box.open_at) == beijing.today(after.now):
        yield _row(scene, Matter.TODAY, due=box.open_at)


def _objections(after: Aftermath) -> Iterator[DeskRow]:
    """Show whoever answers what waits, and its own to whoever raised it."""
    notices = {scene.standing.box.key.tender: showing.newest(scene) for scene in after.scenes}
    answers = after.actor.roles & {Role.AGENCY, Role.PURCHASER}
    for one in after.objections:
        notice = notices.get(one.tender)
        if notice is None:
            continue
        by = showing.foreseen(periods.answer_objection_by, after.rules[one.tender], one.raised_at)
        row = DeskRow(
            matter=Matter.OBJECTION,
            title=showing.text(notice.title),
            href=f"/objections/{one.objection}",
            due=by,
            since=one.raised_at if by is None else None,
            awaited=None,
            command=None,
            rank=None,
        )
        if answers and after.actor.org in {notice.agency, notice.purchaser}:
            yield row
        if Role.BIDDER in after.actor.roles and after.actor.org == one.org:
            yield replace(row, matter=Matter.OBJECTED)


def _questions(after: Aftermath) -> Iterator[DeskRow]:
    """Show the agency each tender about which somebody asked, with the oldest question's age."""
    titles = {
        scene.standing.box.key.tender: showing.text(showing.newest(scene).title)
        for scene in after.scenes
    }
    for tender in dict.fromkeys(one.tender for one in after.questions):
        asked = min(one.asked_at for one in after.questions if one.tender == tender)
        yield DeskRow(
            matter=Matter.QUESTION,
            title=titles.get(tender, Text(zh=tender, en=tender)),
            href=f"/tenders/{tender}#questions",
            due=None,
            since=asked,
            awaited=None,
            command=None,
            rank=None,
        )


def _second(proposed: Proposed) -> DeskRow:
    newcomer = proposed.newcomer
    return DeskRow(
        matter=Matter.SECOND,
        title=Text(zh=newcomer.person_name, en=newcomer.person_name),
        href=f"/administration#{proposed.proposal}",
        due=None,
        since=proposed.proposed_at,
        awaited=None,
        command=None,
        rank=None,
        note=Text(zh=newcomer.org_name, en=newcomer.org_name),
    )


# Complaints, and what supervisors see


def _complaint(after: Aftermath, complaint: Complaint) -> Iterator[DeskRow]:
    """Show supervisors the next word on it, with its clock, and whoever complained the last one."""
    row = DeskRow(
        matter=Matter.COMPLAINT,
        title=Text(zh=complaint.number, en=complaint.number),
        href=f"/complaints#{complaint.number}",
        due=complaint.due,
        since=None if complaint.due else _said_at(complaint),
        awaited=None,
        command=None,
        rank=None,
    )
    if Role.SUPERVISOR in after.actor.roles and not complaint.is_over:
        yield row if complaint.considered is None else replace(row, matter=Matter.DECIDE)
    fresh = not complaint.is_over or after.now - _said_at(complaint) < FRESH
    if complaint.org == after.actor.org and fresh:
        yield replace(row, matter=_told(complaint))


def _said_at(complaint: Complaint) -> datetime:
    last = complaint.decided or complaint.considered
    return complaint.made_at if last is None else last.at


def _told(complaint: Complaint) -> Matter:
    """Return what whoever complained is told."""
    if complaint.considered is None:
        return Matter.COMPLAINED
    if not complaint.considered.accepted:
        return Matter.COMPLAINT_REFUSED
    return Matter.COMPLAINT_TAKEN if complaint.decided is None else Matter.COMPLAINT_DECIDED


def _row(
    scene: Scene,
    matter: Matter,
    *,
    due: datetime | None = None,
    since: datetime | None = None,
    rank: int | None = None,
    note: Text | None = None,
) -> DeskRow:
    key = scene.standing.box.key
    result = f"/tenders/{key.tender}/result?lot={key.lot}"
    room = f"/rooms/{scene.standing.box.room}"
    where = {
        Matter.RANKED: result,
        Matter.WON: result,
        Matter.LOST: result,
        Matter.DISPLAY: result,
        Matter.CONTRACT: f"/tenders/{key.tender}/contract?lot={key.lot}",
        Matter.NOT_OPENED: f"/tenders/{key.tender}",
    }
    return DeskRow(
        matter=matter,
        title=showing.text(showing.newest(scene).title),
        href=where.get(matter, room),
        due=due,
        since=since,
        awaited=None,
        command=None,
        rank=rank,
        note=note,
        lot=key.lot if len(showing.newest(scene).lots) > 1 else None,
    )
