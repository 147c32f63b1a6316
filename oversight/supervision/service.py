"""What supervision does about an alarm: take it, hand it on, ask about it, close it.

Whoever was asked answers, in words; that is the one act of these that is not supervision's. Each
step is a row and an entry, none is ever changed: an alarm closed wrongly is taken up again. The
alarm comes in as computed by whoever sees the facts (`found`); what was taken up before is known
here, also when its fact has gone.

Source: web.md 9, page 21; `people.md` 5.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notary import identity, ledger, offices
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.offices import Office
from notary.once import Answer, Once
from notary.stand_ins import StandIn
from oversight.supervision import rules, store
from oversight.supervision.types import Act, Alarm, Case, Finding, Rule, Step
from sql.database import Database, Tx

ASKED = frozenset({Role.AGENCY, Role.PURCHASER, Role.OPERATOR, Role.TRUSTEE})
"""Roles whose bodies are asked: who carries out, and who holds keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who supervises at an instant, stand-ins too: `names` by persons.

    `acting`: for whom the asker acts: himself, and whoever he stands in for.
    """

    names: Mapping[str, str]
    acting: frozenset[str]


async def claim(
    database: Database, hall: Hall, actor: Actor, once: Once, alarm: str, found: Alarm | None
) -> Answer:
    """Take an alarm that nobody has, or that was closed. Way back: hand it over.

    Raises AlarmUnknown, AlarmTaken, AlarmHeld.
    """
    async with database.transaction() as tx:
        case = await _case(tx, alarm, found)
        at = await hall.clock(tx)
        watched = await watch(tx, actor.person, at)
        rules.require_claimable(case, actor.person, watched.names)
        return await _assign(tx, hall, actor, once, case, at, to=actor.person, note=None)


async def hand_over(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    alarm: str,
    found: Alarm | None,
    *,
    to: str,
    note: str,
) -> Answer:
    """Give an alarm to another supervisor, with a note. Way back: the other hands it back.

    Raises AlarmUnknown, AlarmNotYours, NoSupervisor, NothingWritten.
    """
    note = rules.written(note)
    async with database.transaction() as tx:
        case = await _case(tx, alarm, found)
        at = await hall.clock(tx)
        watched = await watch(tx, actor.person, at)
        rules.require_handed_on(case, actor.person, watched.acting, to, watched.names)
        return await _assign(tx, hall, actor, once, case, at, to=to, note=note)


async def inquire(
    database: Database, hall: Hall, actor: Actor, once: Once, alarm: str, *, of: str, text: str
) -> Answer:
    """Ask a body about an alarm, in words; it stands on the desk of its people. Final.

    Raises AlarmNotYours, NotAsked, NothingWritten.
    """
    text = rules.written(text)
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        case = await _own(tx, actor, alarm, at)
        if not ASKED & await identity.roles_in(tx, of):
            raise rules.NotAsked(org=of)
        step = _step(case, Act.INQUIRED, actor, at, text=text, to_org=of)
        said: dict[str, Json] = {"n": step.n, "org": of}
        return await _done(tx, hall, once, case, step, said)


async def answer(
    database: Database, hall: Hall, actor: Actor, once: Once, alarm: str, n: int, *, text: str
) -> Answer:
    """Answer the `n`-th step about an alarm, a question to the actor's body. Final.

    Raises InquiryUnknown, InquiryAnswered, NothingWritten, PreparesOnly.
    """
    text = rules.written(text)
    async with database.transaction() as tx:
        case = await store.case(tx, alarm)
        at = await hall.clock(tx)
        await identity.require_binding(tx, actor.person)
        if case is None:
            raise rules.InquiryUnknown
        asked = rules.require_unanswered(case, n, actor.org)
        step = _step(case, Act.ANSWERED, actor, at, text=text, answers=asked.n)
        return await _done(tx, hall, once, case, step, {"n": asked.n})


async def close(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    alarm: str,
    *,
    finding: Finding,
    text: str,
) -> Answer:
    """Close an alarm with what it was found to be. Way back: claim it again.

    Raises AlarmNotYours, NothingWritten.
    """
    text = rules.written(text)
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        case = await _own(tx, actor, alarm, at)
        step = _step(case, Act.CLOSED, actor, at, text=text, finding=finding)
        return await _done(tx, hall, once, case, step, {"finding": finding})


async def cases(tx: Tx, found: Collection[str], closed: int) -> list[Case]:
    """Return the alarms taken up that are open or among `found`, and the last `closed` ones."""
    return await store.cases(tx, found, closed)


async def told(tx: Tx) -> Mapping[Rule, tuple[int, int]]:
    """Return by rule how many of its alarms are closed, and how many of them were right."""
    return await store.told(tx)


async def asked_of(tx: Tx, org: str) -> Sequence[Case]:
    """Return the alarms about which a body was asked something."""
    return await store.asked_of(tx, org)


async def question(tx: Tx, alarm: str, n: int, org: str) -> tuple[Case, Step, Step | None]:
    """Return a question that was put to a body, and its answer. Raises InquiryUnknown."""
    case = await store.case(tx, alarm)
    pairs = () if case is None else case.inquiries
    for asked, answered in pairs:
        if asked.n == n and asked.to_org == org and case is not None:
            return case, asked, answered
    raise rules.InquiryUnknown


async def watch(tx: Tx, person: str, at: datetime) -> Watch:
    """Return who supervises at an instant, and for whom `person` acts."""
    held = await offices.held(tx, at, [Role.SUPERVISOR])
    lasting = _standing_in(held, at)
    absent = {one.absent for one in lasting if one.person == person}
    names = {one.person: one.person_name for one in lasting}
    return Watch(
        names=names | {one.person: one.name for one in held},
        acting=frozenset({person} | absent),
    )


def _standing_in(held: Sequence[Office], at: datetime) -> list[StandIn]:
    """Return the stand-ins of these offices that have begun."""
    return [one for office in held for one in office.stand_ins if one.from_at <= at < one.to_at]


async def _case(tx: Tx, alarm: str, found: Alarm | None) -> Case:
    """Return an alarm as it was taken up, else as it is found now. Raises AlarmUnknown."""
    known = await store.case(tx, alarm)
    if known is not None:
        return known
    if found is None or found.alarm != alarm:
        raise rules.AlarmUnknown
    await store.insert_alarm(tx, found)
    return Case(alarm=found)


async def _own(tx: Tx, actor: Actor, alarm: str, at: datetime) -> Case:
    """Return an alarm that the actor has. Raises AlarmNotYours, also where nobody took it up."""
    case = await store.case(tx, alarm)
    if case is None:
        raise rules.AlarmNotYours(alarm=alarm)
    rules.require_own(case, (await watch(tx, actor.person, at)).acting)
    return case


def _step(
    case: Case,
    act: Act,
    actor: Actor,
    at: datetime,
    *,
    text: str | None,
    to_person: str | None = None,
    to_org: str | None = None,
    answers: int | None = None,
    finding: Finding | None = None,
) -> Step:
    return Step(
        n=len(case.steps) + 1,
        act=act,
        at=at,
        person=actor.person,
        org=actor.org,
        to_person=to_person,
        to_org=to_org,
        answers=answers,
        finding=finding,
        text=text,
    )


async def _assign(
    tx: Tx,
    hall: Hall,
    actor: Actor,
    once: Once,
    case: Case,
    at: datetime,
    *,
    to: str,
    note: str | None,
) -> Answer:
    step = _step(case, Act.ASSIGNED, actor, at, text=note, to_person=to)
    return await _done(tx, hall, once, case, step, {"to": to})


async def _done(
    tx: Tx, hall: Hall, once: Once, case: Case, step: Step, said: dict[str, Json]
) -> Answer:
    """Append the entry of a step, store the step, and return the answer with the receipt."""
    alarm = case.alarm
    entry = await ledger.append(
        tx,
        hall,
        f"supervision.alarm-{step.act}.v1",
        subject=alarm.tender,
        actor=step.person,
        at=step.at,
        fields={
            "alarm": alarm.alarm,
            "rule": alarm.rule,
            "tender": alarm.tender,
            "text_sha256": None if step.text is None else sha256_hex(step.text.encode()),
            **said,
        },
    )
    await store.insert_step(tx, alarm.alarm, step, entry.entry_id)
    given: Answer = {"alarm": alarm.alarm, **said, **acknowledge(hall, entry, "accepted")}
    await once.keep(tx, given)
    return given
