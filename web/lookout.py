"""Gathers what a supervisor sees: facts that raise alarms, and what was done about those."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bidding import copied, standing, vigil
from bidding.standing import Scene
from notary import audit, identity
from notary.hall import Hall
from notary.identity import Actor
from oversight.supervision import service
from oversight.supervision.rules import AlarmUnknown
from oversight.supervision.service import Watch
from oversight.supervision.types import Alarm, Case, Rule, Severity, State, Step
from sql.database import Database, Tx
from trading import complaints, lawbook, objections, staying
from trading import service as trading
from web import alarms, showing
from web.alarms import Ground, Raised
from web.desk_alarms import Inquired
from web.letterhead import Text
from web.views.watch import AlarmRow, StepRow

MOST_CLOSED = 10
"""Closed alarms that are still shown in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """What raises alarms now, what was taken up, and where it stands in the ledger, by alarm.

    Of closed alarms the last ones are here, and those whose fact stands. `told`: by rule, how many
    alarms are closed, and how many of them were right.
    """

    ground: Ground
    raised: Mapping[str, Raised]
    cases: Mapping[str, Case]
    watch: Watch
    entries: Mapping[str, tuple[int, ...]]
    titles: Mapping[str, Text]
    told: Mapping[Rule, tuple[int, int]]

    @property
    def rows(self) -> tuple[AlarmRow, ...]:
        """Return every alarm that is there or was taken up: red first, then the oldest."""
        found = {one: self.row(one) for one in (*self.raised, *self.cases)}
        return tuple(
            sorted(
                found.values(),
                key=lambda one: alarms.rank(self._alarm(one.alarm)),
            )
        )

    @property
    def open(self) -> tuple[AlarmRow, ...]:
        """Return those that are not closed."""
        return tuple(one for one in self.rows if one.state is not State.CLOSED)

    @property
    def closed(self) -> tuple[AlarmRow, ...]:
        """Return those that were closed last, the newest first."""
        found = [(one.closed_at, one) for one in self.rows if one.closed_at is not None]
        found.sort(key=lambda pair: pair[0], reverse=True)
        return tuple(one for _, one in found[:MOST_CLOSED])

    def row(self, alarm: str) -> AlarmRow:
        """Return the row of an alarm that is known. Raises AlarmUnknown."""
        fact, case = self.raised.get(alarm), self.cases.get(alarm)
        known = self._alarm(alarm)
        case = Case(alarm=known) if case is None else case
        # Whoever supervises no more has nothing: anybody who does may claim it.
        has = case.holder is not None and case.holder in self.watch.names
        claim = case.claim if has else None
        waits = case.state is not State.CLOSED and not has
        return AlarmRow(
            alarm=alarm,
            severity=known.severity,
            rule=known.rule,
            title=self._title(known.tender),
            tender=known.tender,
            href=f"/tenders/{known.tender}" if fact is None else fact.href,
            since=known.moment if fact is None else fact.since,
            due=None if fact is None else fact.due,
            detail=None if fact is None else fact.detail,
            entries=self.entries.get(alarm, ()),
            stands=fact is not None,
            state=State.UNCLAIMED if waits else case.state,
            holder=self.watch.names[case.holder] if has and case.holder is not None else None,
            taken_at=None if claim is None else claim.at,
            own=has and case.holder in self.watch.acting,
            closed_at=None if case.closing is None else case.closing.at,
            told=self.told.get(known.rule, (0, 0)),
        )

    def _alarm(self, alarm: str) -> Alarm:
        if alarm in self.raised:  # as it stands now: a complaint turns red with its day
            return self.raised[alarm].alarm
        if alarm in self.cases:
            return self.cases[alarm].alarm
        raise AlarmUnknown

    def _title(self, tender: str) -> Text:
        return self.titles.get(tender, Text(zh=tender, en=tender))


async def look(database: Database, hall: Hall, actor: Actor, also: Collection[str] = ()) -> Lookout:
    """Look at everything that a supervisor is told of at this instant, and at the alarms `also`."""
    ground = await _ground(database, hall)
    found = {one.alarm.alarm: one for one in alarms.raised(ground)}
    async with database.transaction() as tx:
        taken_up = await service.cases(tx, {*found, *also}, MOST_CLOSED)
        cases = {one.alarm.alarm: one for one in taken_up}
        known = [one.alarm for one in found.values()] + [one.alarm for one in cases.values()]
        return Lookout(
            ground=ground,
            raised=found,
            cases=cases,
            watch=await service.watch(tx, actor.person, ground.now),
            entries=await _entries(tx, known),
            titles=await _titles(tx, ground, {one.tender for one in known}),
            told=await service.told(tx),
        )


async def found(database: Database, hall: Hall, alarm: str) -> Alarm | None:
    """Return an alarm as its fact raises it now, None where no fact does."""
    seen = alarms.raised(await _ground(database, hall))
    return next((one.alarm for one in seen if one.alarm.alarm == alarm), None)


async def red(database: Database, hall: Hall) -> list[Alarm]:
    """Return the alarms that are red now and that nobody has closed, the oldest first."""
    known = [one.alarm for one in alarms.raised(await _ground(database, hall))]
    seen = {one.alarm: one for one in known if one.severity is Severity.RED}
    async with database.transaction() as tx:
        taken_up = await service.cases(tx, seen, 0)
    closed = {one.alarm.alarm for one in taken_up if one.state is State.CLOSED}
    return [alarm for name, alarm in seen.items() if name not in closed]


async def _ground(database: Database, hall: Hall) -> Ground:
    scenes = await standing.unsettled(database, hall)
    tenders = sorted({one.standing.box.key.tender for one in scenes})
    halts = await staying.asked_halts(database, tenders)
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        waiting = await objections.waiting(tx)
        under = {*tenders, *(one.tender for one in waiting)}
        return Ground(
            now=now,
            scenes=scenes,
            vigils=await vigil.vigils(tx, now),
            rules=await lawbook.of_tenders(tx, under),
            titles={
                one.standing.box.key.tender: showing.text(showing.newest(one).title)
                for one in scenes
            },
            objections=waiting,
            complaints=await complaints.all_made(tx),
            copied=await copied.copied(tx, hall, now),
            halts=halts,
        )


async def inquiries(database: Database, actor: Actor) -> list[Inquired]:
    """Return what supervision asks the actor's body and nobody has answered, oldest first."""
    if not service.ASKED & actor.roles:
        return []
    async with database.transaction() as tx:
        waiting = [
            (case.alarm, asked)
            for case in await service.asked_of(tx, actor.org)
            for asked, answered in case.inquiries
            if asked.to_org == actor.org and answered is None
        ]
        found = [
            Inquired(alarm=alarm.alarm, n=asked.n, title=await title(tx, alarm.tender), at=asked.at)
            for alarm, asked in waiting
        ]
    return sorted(found, key=lambda one: one.at)


async def steps(tx: Tx, taken: Sequence[Step]) -> tuple[StepRow, ...]:
    """Return the steps about an alarm with the names of people and bodies."""
    return tuple([await step(tx, one) for one in taken])


async def step(tx: Tx, taken: Step) -> StepRow:
    """Return a step with the names of people and bodies."""
    to = taken.to_person or taken.to_org
    if taken.to_person is not None:
        to = await identity.name_of(tx, taken.to_person)
    elif taken.to_org is not None:
        to = await _body(tx, taken.to_org)
    return StepRow(
        n=taken.n,
        act=taken.act,
        at=taken.at,
        who=await identity.name_of(tx, taken.person) or taken.person,
        body=await _body(tx, taken.org),
        to=to,
        finding=taken.finding,
        text=taken.text,
    )


async def bodies(tx: Tx, scenes: Sequence[Scene]) -> dict[str, str]:
    """Return whom supervision may ask about a tender: who runs it, who holds its keys."""
    concerned = {one.org for one in await identity.bodies_with(tx, identity.Role.OPERATOR)}
    for scene in scenes:
        notice = showing.newest(scene)
        concerned |= {notice.agency, notice.purchaser}
        concerned |= {key.holder.id for _, key in scene.keys}
    askable = [one for one in sorted(concerned) if service.ASKED & await identity.roles_in(tx, one)]
    return {one: await _body(tx, one) for one in askable}


async def title(tx: Tx, tender: str) -> Text:
    """Return the title of a tender as its newest notice has it."""
    revisions = await trading.revisions(tx, tender)
    return showing.text(revisions[-1].notice.title) if revisions else Text(zh=tender, en=tender)


async def _titles(tx: Tx, ground: Ground, tenders: set[str]) -> dict[str, Text]:
    missing = sorted(tenders - ground.titles.keys())
    return {**ground.titles, **{one: await title(tx, one) for one in missing}}


async def _entries(tx: Tx, known: Sequence[Alarm]) -> dict[str, tuple[int, ...]]:
    """Return by alarm the entries that show its fact, once they stand in the public log."""
    kinds = {kind for one in known for kind in alarms.EVIDENCE[one.rule]}
    traces = await audit.found_at(
        tx, {one.tender for one in known}, kinds, {one.moment for one in known}
    )
    return {
        one.alarm: tuple(
            trace.idx
            for trace in traces
            if (trace.subject, trace.at) == (one.tender, one.moment)
            and trace.kind in alarms.EVIDENCE[one.rule]
        )
        for one in known
    }


async def _body(tx: Tx, org: str) -> str:
    body = await identity.organisation(tx, org)
    return org if body is None else body.name
