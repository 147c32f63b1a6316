"""What raises an alarm: facts of openings, disputes and stays become the alarms of this instant.

Pure. An alarm is there while its fact is, and gone with it, unless somebody has taken it up
(`oversight.supervision`); nobody switches it off. Before a deadline none counts bids.

Source: web.md 9, page 21; looks.md 4, alarm row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.copied import Copied
from bidding.facts import BoxKey
from bidding.standing import Scene
from bidding.vigil import Vigil
from oversight.supervision.types import Alarm, Rule, Severity
from trading.disputes import Complaint, Objection
from trading.rules import periods
from trading.rules.sets import RuleSet
from trading.staying import AskedHalt
from web import showing
from web.letterhead import Text
from web.views.public import State

EVIDENCE: Mapping[Rule, tuple[str, ...]] = {
    Rule.COPIED: ("bidding.box-closed.v1",),
    Rule.OVERDUE: ("trading.objection-raised.v1",),
    Rule.COMPLAINT: ("trading.complaint-made.v1",),
    Rule.HELD: ("trading.paused.v1", "trading.halted.v1"),
    Rule.HALT_ASKED: (),
    Rule.POSTPONED: ("bidding.opening-postponed.v1",),
    Rule.SILENT: (),
    Rule.INTERRUPTED: (),
    Rule.SUSPENDED: ("trading.objection-raised.v1",),
    Rule.CONTRACT: ("bidding.awarded.v1",),
}
"""Kinds of the entries by which an alarm's fact stands in the ledger, at the alarm's moment."""

_BY_STATE = {
    State.POSTPONED: (Severity.RED, Rule.POSTPONED),
    State.INTERRUPTED: (Severity.RED, Rule.INTERRUPTED),
    State.SUSPENDED: (Severity.YELLOW, Rule.SUSPENDED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm whose fact stands now. `title`: of the tender; `href`: where the fact is seen.

    `since`: from when on it is so; `due`: when the time for it is over. `detail`: what shows it.
    """

    alarm: Alarm
    title: Text
    href: str
    since: datetime | None = None
    due: datetime | None = None
    detail: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The facts that alarms are computed from, as they stand at `now`.

    `rules`, `titles`: of tenders, by id. `halts`: those that wait for the second person, by tender.
    """

    now: datetime
    scenes: Sequence[Scene]
    vigils: Sequence[Vigil]
    rules: Mapping[str, RuleSet]
    titles: Mapping[str, Text]
    objections: Sequence[Objection]
    complaints: Sequence[Complaint]
    copied: Sequence[Copied]
    halts: Mapping[str, AskedHalt]

    def title(self, tender: str) -> Text:
        """Return the title of a tender, its number where nothing else is known."""
        return self.titles.get(tender, Text(zh=tender, en=tender))


def raised(ground: Ground) -> tuple[Raised, ...]:
    """Return the alarms of this instant, red ones first, then the oldest."""
    found = {
        one.alarm.alarm: one
        for one in (
            *_copied(ground),
            *_overdue(ground),
            *_complaints(ground),
            *_stays(ground),
            *_boxes(ground),
            *_contracts(ground),
        )
    }
    return tuple(sorted(found.values(), key=lambda one: rank(one.alarm)))


def rank(alarm: Alarm) -> tuple[bool, datetime, str]:
    """Return the place of an alarm among others: red first, then the oldest."""
    return alarm.severity is not Severity.RED, alarm.moment, alarm.alarm


def _copied(ground: Ground) -> Iterator[Raised]:
    for one in ground.copied:
        bidders = ", ".join(one.bidders)
        yield Raised(
            alarm=Alarm(
                rule=Rule.COPIED,
                subject=_box(one.key),
                moment=one.closed_at,
                severity=Severity.RED,
                tender=one.key.tender,
            ),
            title=ground.title(one.key.tender),
            href=f"/tenders/{one.key.tender}",
            since=one.closed_at,
            detail=Text(zh=bidders, en=bidders),
        )


def _overdue(ground: Ground) -> Iterator[Raised]:
    """Give the objections that were not answered in their time."""
    for one in ground.objections:
        rules = ground.rules[one.tender]
        by = showing.foreseen(periods.answer_objection_by, rules, one.raised_at)
        if by is not None and ground.now >= by:
            yield Raised(
                alarm=Alarm(
                    rule=Rule.OVERDUE,
                    subject=one.objection,
                    moment=one.raised_at,
                    severity=Severity.RED,
                    tender=one.tender,
                ),
                title=ground.title(one.tender),
                href=f"/objections/{one.objection}",
                since=by,
            )


def _complaints(ground: Ground) -> Iterator[Raised]:
    for one in ground.complaints:
        if one.is_over:
            continue
        late = one.due is not None and ground.now >= one.due
        yield Raised(
            alarm=Alarm(
                rule=Rule.COMPLAINT,
                subject=one.number,
                moment=one.made_at,
                severity=Severity.RED if late else Severity.YELLOW,
                tender=one.tender,
            ),
            title=ground.title(one.tender),
            href=f"/complaints#{one.number}",
            since=None if one.due else one.made_at,
            due=one.due,
            detail=Text(zh=one.number, en=one.number),
        )


def _stays(ground: Ground) -> Iterator[Raised]:
    """Give what supervision holds up, and halts that wait for the second person."""
    for tender, scene in {one.standing.box.key.tender: one for one in ground.scenes}.items():
        stay, asked = scene.standing.around.stay(ground.now), ground.halts.get(tender)
        facts = [] if stay is None else [(Rule.HELD, stay.since)]
        facts += [] if asked is None else [(Rule.HALT_ASKED, asked.asked_at)]
        for rule, moment in facts:
            yield Raised(
                alarm=Alarm(
                    rule=rule,
                    subject=tender,
                    moment=moment,
                    severity=Severity.YELLOW,
                    tender=tender,
                ),
                title=ground.title(tender),
                href=f"/tenders/{tender}/supervision",
                since=moment,
            )


def _boxes(ground: Ground) -> Iterator[Raised]:
    """Give the openings that do not go on, and those whose keys are not there."""
    watched = {one.box.room: one for one in ground.vigils}
    for scene in ground.scenes:
        box, state = scene.standing.box, showing.state(scene.standing, ground.now)
        found = _BY_STATE.get(state)
        if found is None and _is_silent(watched.get(box.room), ground.now):
            found = Severity.YELLOW, Rule.SILENT
        if found is None:
            continue
        severity, rule = found
        moment = _moment(scene, rule, ground.now)
        yield Raised(
            alarm=Alarm(
                rule=rule,
                subject=_box(box.key),
                moment=moment,
                severity=severity,
                tender=box.key.tender,
            ),
            title=ground.title(box.key.tender),
            href=f"/rooms/{box.room}",
            since=None if rule is Rule.SILENT else moment,
            due=box.open_at if rule is Rule.SILENT else None,
        )


def awarded_without_contract(scene: Scene) -> datetime | None:
    """Return since when the lot of a box has a winner and no contract."""
    awards = scene.standing.awards
    last = awards[-1] if awards else None
    if last is None or last.step != "awarded" or last.winner is None:
        return None
    return None if scene.standing.contract_at is not None else last.at


def _contracts(ground: Ground) -> Iterator[Raised]:
    """Give the lots whose contract is not there when it should be."""
    for scene in ground.scenes:
        key, awarded = scene.standing.box.key, awarded_without_contract(scene)
        if awarded is None:
            continue
        by = showing.foreseen(periods.contract_by, ground.rules[key.tender], awarded)
        if by is not None and ground.now >= by:
            yield Raised(
                alarm=Alarm(
                    rule=Rule.CONTRACT,
                    subject=f"{key.tender}/{key.lot}",
                    moment=awarded,
                    severity=Severity.RED,
                    tender=key.tender,
                ),
                title=ground.title(key.tender),
                href=f"/tenders/{key.tender}/result?lot={key.lot}",
                since=by,
            )


def _is_silent(vigil: Vigil | None, now: datetime) -> bool:
    return vigil is not None and now < vigil.box.open_at and vigil.alive < vigil.k


def _moment(scene: Scene, rule: Rule, now: datetime) -> datetime:
    """Return the moment of a box's fact: one that stays, however long the fact lasts."""
    box, around = scene.standing.box, scene.standing.around
    if rule is Rule.POSTPONED and box.postponed_at is not None:
        return box.postponed_at
    if rule is Rule.SUSPENDED and around.suspended_since is not None:
        return around.suspended_since
    held = around.interruption(box, now) if rule is Rule.INTERRUPTED else None
    return box.open_at if held is None else held.began


def _box(key: BoxKey) -> str:
    return "/".join(key)
