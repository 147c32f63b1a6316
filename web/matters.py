"""Running matters and their time: what somebody has to do before an instant. Pure.

A matter is fine, near its end or overdue; `oversight.supervision.rules.timeliness` says which.
Counted here are answers to objections, words on complaints, openings, candidates, contracts and
judgements of outages: whatever the hall knows an end of.

Source: web.md 9, page 21; mission.md, S7.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bidding.standing import Scene
from oversight.supervision.rules import timeliness
from oversight.supervision.types import Timeliness
from trading.rules import periods
from web import showing
from web.alarms import Ground, awarded_without_contract
from web.letterhead import Text


class Doing(StrEnum):
    """What is to be done; `web.names` has the words, with the article."""

    OBJECTION = "objection"
    COMPLAINT = "complaint"
    OPENING = "opening"
    CANDIDATES = "candidates"
    OUTAGE = "outage"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One matter that runs. `branch`: of its tender, None of the hall; `due`: None: no end known.

    `since`: when it began.
    """

    doing: Doing
    tender: str
    title: Text
    href: str
    branch: str | None
    since: datetime
    due: datetime | None
    state: Timeliness


def running(ground: Ground, branches: Mapping[str, str | None]) -> tuple[Running, ...]:
    """Return every matter that runs, by what ends first."""
    found = [*_objections(ground), *_complaints(ground)]
    found += [one for scene in ground.scenes for one in _of_box(ground, scene)]
    made = [
        Running(
            doing=doing,
            tender=tender,
            title=ground.title(tender),
            href=href,
            branch=branches.get(tender),
            since=since,
            due=due,
            state=timeliness(due, ground.now),
        )
        for doing, tender, href, since, due in found
    ]
    return tuple(sorted(made, key=lambda one: (one.due is None, one.due or one.since, one.href)))


def counted(found: Sequence[Running]) -> Mapping[Timeliness, int]:
    """Return how many matters are fine, near their end and overdue."""
    numbers = Counter(one.state for one in found)
    return {state: numbers[state] for state in Timeliness}


_Found = tuple[Doing, str, str, datetime, datetime | None]


def _objections(ground: Ground) -> Iterator[_Found]:
    for one in ground.objections:
        rules = ground.rules[one.tender]
        by = showing.foreseen(periods.answer_objection_by, rules, one.raised_at)
        yield Doing.OBJECTION, one.tender, f"/objections/{one.objection}", one.raised_at, by


def _complaints(ground: Ground) -> Iterator[_Found]:
    for one in ground.complaints:
        if not one.is_over:
            href = f"/complaints#{one.number}"
            yield Doing.COMPLAINT, one.tender, href, one.made_at, one.due


def _of_box(ground: Ground, scene: Scene) -> Iterator[_Found]:
    """Give what is to be done about a box: judge an outage, open it, publish its candidates."""
    box, tender = scene.standing.box, scene.standing.box.key.tender
    if box.cancelled_at is not None or box.not_opened_at is not None:
        return
    held = scene.standing.around.interruption(box, ground.now)
    if held is not None and held.until is not None:
        yield Doing.OUTAGE, tender, f"/tenders/{tender}/supervision", held.began, held.until
    if box.finished_at is None and box.asked_at is not None:
        yield Doing.OPENING, tender, f"/rooms/{box.room}", box.asked_at, _opened_by(scene)
    elif box.finished_at is not None and not scene.standing.awards and not _follows(scene):
        rules = ground.rules[tender]
        by = showing.foreseen(periods.publicity_begins_by, rules, box.finished_at)
        yield Doing.CANDIDATES, tender, f"/rooms/{box.room}", box.finished_at, by
    awarded = awarded_without_contract(scene)
    if awarded is not None and not _follows(scene):
        by = showing.foreseen(periods.contract_by, ground.rules[tender], awarded)
        where = f"/tenders/{tender}/result?lot={box.key.lot}"
        yield Doing.CONTRACT, tender, where, awarded, by


def _opened_by(scene: Scene) -> datetime | None:
    """Return until when an opening has its keys; once it has them it takes the time it takes."""
    return scene.standing.box.release_by if scene.awaits_shares else None


def _follows(scene: Scene) -> bool:
    """Tell whether another box of the lot comes after this one."""
    key, lot = scene.standing.box.key, showing.lot_of(scene)
    return any(box.after == key.stage for box in lot.boxes)
