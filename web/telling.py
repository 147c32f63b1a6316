"""Who is told what, and how loudly: ledger entries and instants of boxes become occasions.

Before an opening a message about a tender goes to all its followers, in the same words, at the same
instant; whether somebody has bid changes nothing in it (招标投标法 22). Who has bid is asked only
once the list of a box is out.

Source: people.md 7, the table of events.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bidding import vigil
from bidding.vigil import Vigil
from notary import followers, instant
from notary.followers import Contact
from notary.identity import Role
from notary.ledger import Sequenced
from notary.messages import Channel, Letter, Way
from oversight.supervision.types import Alarm
from sql.database import Tx
from trading import service as trading
from trading.types import Notice
from web import beijing
from web.letterhead import Lang, Text
from web.words import Words


class Matter(StrEnum):
    """What a message is about; its words are `told.<matter>` of the catalogues."""

    INVITED = "invited"
    AMENDED = "amended"
    RESEAL = "reseal"
    MOVED = "moved"
    OUTAGE = "outage"
    ANSWERED = "answered"
    ADDED = "added"
    CANCELLED = "cancelled"
    NEAR = "near"
    REOPENED = "reopened"
    NOT_OPENED = "not-opened"
    POSTPONED = "postponed"
    OPENED = "opened"
    REJECTED = "rejected"
    CANDIDATES = "candidates"
    AWARDED = "awarded"
    AWARD_VOID = "award-void"
    CONTRACT = "contract"
    MILESTONE = "milestone"
    SILENT = "silent"
    MISSING = "missing"
    PAUSED = "paused"
    HALTED = "halted"
    RESUMED = "resumed"
    RED = "red"
    READY = "ready"
    NOT_READY = "not-ready"
    SUBSCRIBED = "subscribed"
    DIGEST = "digest"


class Urgency(StrEnum):
    """How loudly."""

    QUIET = "quiet"  # mail; SMS where mail fails
    LOUD = "loud"  # mail and SMS at once
    ALARM = "alarm"  # SMS and mail at once; unread after five minutes somebody calls


class Audience(StrEnum):
    """Who."""

    FOLLOWERS = "followers"
    LISTED = "listed"  # bidders of the list, once it is out
    BIDDER = "bidder"  # the one whom the entry names
    CONCERNED = "concerned"  # followers and bidders of the list
    PARTIES = "parties"  # both sides of a contract
    WATCHING = "watching"  # supervisors and those on duty for them


READ_WITHIN = timedelta(minutes=5)
"""An alarm that nobody has read by then is called through."""

MORNING = timedelta(hours=8)
"""Readiness is looked at then, Beijing time (`people.md` 7), or as soon after as the hall runs."""

LOOKED_WITHIN = timedelta(minutes=10)

BEFORE = (timedelta(hours=24), timedelta(minutes=30))
AFTER = (timedelta(0), timedelta(minutes=5))
"""When the keys of a box are looked at, from its opening (`people.md` 7)."""

ENTRIES: Mapping[str, tuple[Matter, Audience, Urgency]] = {
    "trading.published.v1": (Matter.INVITED, Audience.FOLLOWERS, Urgency.QUIET),
    "trading.amended.v1": (Matter.AMENDED, Audience.FOLLOWERS, Urgency.QUIET),
    "trading.outage-recorded.v1": (Matter.OUTAGE, Audience.FOLLOWERS, Urgency.LOUD),
    "trading.clarified.v1": (Matter.ANSWERED, Audience.FOLLOWERS, Urgency.QUIET),
    "trading.objection-answered.v1": (Matter.ANSWERED, Audience.CONCERNED, Urgency.QUIET),
    "trading.document-added.v1": (Matter.ADDED, Audience.FOLLOWERS, Urgency.QUIET),
    "trading.cancelled.v1": (Matter.CANCELLED, Audience.CONCERNED, Urgency.LOUD),
    "trading.paused.v1": (Matter.PAUSED, Audience.WATCHING, Urgency.ALARM),
    "trading.halted.v1": (Matter.HALTED, Audience.WATCHING, Urgency.ALARM),
    "trading.resumed.v1": (Matter.RESUMED, Audience.WATCHING, Urgency.QUIET),
    "bidding.box-reopened.v1": (Matter.REOPENED, Audience.CONCERNED, Urgency.LOUD),
    "bidding.box-not-opened.v1": (Matter.NOT_OPENED, Audience.FOLLOWERS, Urgency.QUIET),
    "bidding.opening-postponed.v1": (Matter.POSTPONED, Audience.CONCERNED, Urgency.LOUD),
    "bidding.box-finished.v1": (Matter.OPENED, Audience.LISTED, Urgency.QUIET),
    "bidding.bid-rejected.v1": (Matter.REJECTED, Audience.BIDDER, Urgency.LOUD),
    "bidding.candidates-published.v1": (Matter.CANDIDATES, Audience.LISTED, Urgency.QUIET),
    "bidding.awarded.v1": (Matter.AWARDED, Audience.LISTED, Urgency.QUIET),
    "bidding.award-voided.v1": (Matter.AWARD_VOID, Audience.LISTED, Urgency.QUIET),
    "bidding.contract-stated.v1": (Matter.CONTRACT, Audience.PARTIES, Urgency.QUIET),
    "bidding.contract-answered.v1": (Matter.CONTRACT, Audience.PARTIES, Urgency.QUIET),
    "bidding.milestone-reported.v1": (Matter.MILESTONE, Audience.PARTIES, Urgency.QUIET),
    "bidding.milestone-answered.v1": (Matter.MILESTONE, Audience.PARTIES, Urgency.QUIET),
}
"""Kinds that are told. No held kind is here: what is held has no index before its release."""

_PAGES: Mapping[Matter, str] = {
    Matter.CANDIDATES: "/result",
    Matter.AWARDED: "/result",
    Matter.AWARD_VOID: "/result",
    Matter.CONTRACT: "/contract",
    Matter.MILESTONE: "/contract",
}
"""Which page of its lot has more of a matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Something to tell: once, to these people. `facts` fill the words, `href` has more."""

    cause: str
    matter: Matter
    tender: str | None
    title: Text
    urgency: Urgency
    facts: Mapping[str, str | int]
    href: str
    people: tuple[str, ...]


async def of_entry(tx: Tx, entry: Sequenced) -> Occasion | None:
    """Return what an entry tells, None where it tells nobody anything."""
    if entry.kind not in ENTRIES:
        return None
    matter, audience, urgency = ENTRIES[entry.kind]
    told = urgency is Urgency.ALARM or matter is Matter.INVITED
    if not told and not await followers.is_anybody_reached(tx):
        return None  # a replay of thousands of tenders has no readers
    tender = str(entry.fields["tender"])
    notices = [one.notice for one in await trading.revisions(tx, tender)]
    if not notices:
        return None
    if matter is Matter.INVITED:
        await _invite(tx, tender, entry.at)
    elif matter is Matter.AMENDED:
        matter, urgency = _amended(notices, int(str(entry.fields["revision"])))
    newest = notices[-1]
    lot = entry.fields.get("lot")
    return Occasion(
        cause=f"entry/{entry.idx}",
        matter=matter,
        tender=tender,
        title=Text(newest.title.zh, newest.title.en),
        urgency=urgency,
        facts={
            "tender": tender,
            "lot": str(lot or ""),
            "deadline": instant.seconds(deadline_of(newest)),
            "next": str(entry.fields.get("next", "")),
            "article": str(entry.fields.get("article", "")),
        },
        href=f"/tenders/{tender}{_PAGES[matter]}?lot={lot}"
        if matter in _PAGES
        else f"/tenders/{tender}",
        people=await _people(tx, audience, tender, entry),
    )


async def of_vigil(tx: Tx, watch: Vigil, now: datetime) -> list[Occasion]:
    """Return what the clock tells of a box: its deadline is near, a key is silent or missing."""
    box, tender = watch.box, watch.box.key.tender
    title = (await trading.revisions(tx, tender))[-1].notice.title
    told = Occasion(
        cause="",
        matter=Matter.NEAR,
        tender=tender,
        title=Text(title.zh, title.en),
        urgency=Urgency.QUIET,
        facts={"tender": tender, "lot": box.key.lot, "deadline": instant.seconds(box.deadline)},
        href=f"/tenders/{tender}",
        people=(),
    )
    found: list[tuple[str, Matter, Urgency, Iterable[str]]] = []
    if box.deadline - BEFORE[0] <= now < box.deadline:
        who = await followers.followers_of(tx, tender)
        found.append(("near", Matter.NEAR, Urgency.QUIET, who))
    silent = [one.org for one in watch.watchers if not one.is_alive]
    for ahead in BEFORE:
        # Each look is one moment: a body that falls silent later is seen at the next one.
        if silent and box.open_at - ahead <= now < box.open_at - ahead + READ_WITHIN:
            who = [*await _bodies(tx, silent), *await followers.people_with(tx, Role.OPERATOR, now)]
            found.append((f"silent-{_minutes(ahead)}", Matter.SILENT, Urgency.ALARM, who))
    missing = [one.org for one in watch.missing] if box.asked_at is not None else []
    for since in AFTER:
        if missing and box.asked_at is not None and now >= box.asked_at + since:
            who = await _bodies(tx, missing)
            if since:
                who += await followers.people_with(tx, Role.OPERATOR, now)
            found.append((f"missing-{_minutes(since)}", Matter.MISSING, Urgency.ALARM, who))
    return [
        _changed(told, f"{about}/{box.room}/{instant.seconds(box.deadline)}", matter, urgency, who)
        for about, matter, urgency, who in found
    ]


def looks(watches: Sequence[Vigil], now: datetime) -> list[str]:
    """Return what readiness is looked at for now: the morning, and each opening half an hour off.

    The causes of the notices that follow: each is told once.
    """
    causes = []
    local = beijing.local(now)
    begins = beijing.midnight(local.date()) + MORNING
    if begins <= now < begins + LOOKED_WITHIN:
        causes.append(f"ready/{local.date()}")
    for watch in watches:
        begins = watch.box.open_at - BEFORE[1]
        if begins <= now < begins + LOOKED_WITHIN:
            causes.append(f"ready/{watch.box.room}/{instant.seconds(watch.box.open_at)}")
    return causes


async def of_lights(tx: Tx, cause: str, red: int, now: datetime) -> Occasion:
    """Return what the lights tell: the operator in any case, the supervisor what is red."""
    people = set(await followers.people_with(tx, Role.OPERATOR, now))
    if red:
        people |= set(await followers.people_with(tx, Role.SUPERVISOR, now))
    return Occasion(
        cause=cause,
        matter=Matter.NOT_READY if red else Matter.READY,
        tender=None,
        title=Text("晨检", "Readiness"),
        urgency=Urgency.LOUD if red else Urgency.QUIET,
        facts={"red": red},
        href="/readiness",
        people=tuple(sorted(people)),
    )


async def of_alarm(tx: Tx, alarm: Alarm, now: datetime) -> Occasion:
    """Return what a red alarm tells: that one is there, and nothing of what it is about.

    What goes unread is read by whoever calls, and whom supervision suspects is not theirs to know.
    """
    return Occasion(
        cause=cause_of(alarm),
        matter=Matter.RED,
        tender=None,
        title=Text("红色报警", "Red alarm"),
        urgency=Urgency.ALARM,
        facts={},
        href="/supervision",
        people=tuple(await followers.people_with(tx, Role.SUPERVISOR, now)),
    )


def cause_of(alarm: Alarm) -> str:
    """Return the cause of the notice about an alarm: it is told once, however long it is red."""
    return f"alarm/{alarm.alarm}"


def is_told(kinds: Collection[str]) -> bool:
    """Tell whether an alarm that stands on entries of these kinds was told by them: a halt is."""
    return any(kind in ENTRIES and ENTRIES[kind][1] is Audience.WATCHING for kind in kinds)


def letters(
    occasion: Occasion,
    contacts: Mapping[str, Contact],
    words: Mapping[Lang, Words],
    at: datetime,
) -> list[Letter]:
    """Write an occasion down for each of its people, in this person's language.

    `contacts`: of those who said how they are reached. Who never did is told nothing but alarms,
    and those are called through at once; who named no address finds the rest on the own page.
    """
    written = []
    for person in occasion.people:
        contact = contacts.get(person)
        alarm = occasion.urgency is Urgency.ALARM
        if contact is None and not alarm:
            continue
        lang = Lang.ZH if contact is None else Lang(contact.lang)
        title = occasion.title.zh if lang is Lang.ZH else occasion.title.en
        said = words[lang].told(occasion.matter, {**occasion.facts, "title": title})
        ways = () if contact is None else _ways(contact, occasion.urgency, at)
        waited = READ_WITHIN if ways else timedelta(0)
        written.append(
            Letter(
                person=person,
                said=f"{title}\n{said}",
                href=occasion.href,
                ways=ways,
                read_by=at + waited if alarm else None,
            )
        )
    return written


def deadline_of(notice: Notice) -> datetime:
    """Return the last deadline of a notice."""
    return max(box.deadline for lot in notice.lots for box in lot.boxes)


def _ways(contact: Contact, urgency: Urgency, at: datetime) -> tuple[Way, ...]:
    """Choose the ways: the first at once; quietly, the second only where the first fails."""
    known = ((Channel.MAIL, contact.mail), (Channel.SMS, contact.mobile))
    ways = [Way(channel=one, address=address, at=at) for one, address in known if address]
    if urgency is Urgency.QUIET:
        ways[1:] = [Way(channel=one.channel, address=one.address, at=None) for one in ways[1:]]
    return tuple(ways)


def _amended(notices: Sequence[Notice], revision: int) -> tuple[Matter, Urgency]:
    """Say what a revision means for a follower: bids void, a deadline moved, or neither."""
    after = next((one for one in notices if one.revision == revision), notices[-1])
    before = next((one for one in notices if one.revision == revision - 1), after)
    if any(box.reseal for lot in after.lots for box in lot.boxes):
        return Matter.RESEAL, Urgency.LOUD
    if _deadlines(before) != _deadlines(after):
        return Matter.MOVED, Urgency.LOUD
    return Matter.AMENDED, Urgency.QUIET


def _deadlines(notice: Notice) -> dict[tuple[str, str], datetime]:
    return {(lot.lot, box.stage): box.deadline for lot in notice.lots for box in lot.boxes}


async def _invite(tx: Tx, tender: str, at: datetime) -> None:
    """Let those invited follow: they are told like everybody who follows."""
    named = await trading.invited_record(tx, tender)
    ids = [] if named is None else named["ids"]
    assert isinstance(ids, list)  # noqa: S101 - that is how the record is written
    for person in await followers.people_of(tx, [str(one) for one in ids]):
        await followers.begin(tx, tender, person, at)


async def _people(tx: Tx, audience: Audience, tender: str, entry: Sequenced) -> tuple[str, ...]:
    match audience:
        case Audience.FOLLOWERS:
            return tuple(await followers.followers_of(tx, tender))
        case Audience.LISTED:
            return tuple(await _bodies(tx, await vigil.listed(tx, tender)))
        case Audience.BIDDER:
            return tuple(await _bodies(tx, [str(entry.fields["bidder"])]))
        case Audience.CONCERNED:
            bidders = await _bodies(tx, await vigil.listed(tx, tender))
            return tuple(sorted({*await followers.followers_of(tx, tender), *bidders}))
        case Audience.PARTIES:
            newest = (await trading.revisions(tx, tender))[-1].notice
            sides = (newest.agency, newest.purchaser, str(entry.fields["bidder"]))
            return tuple(await _bodies(tx, sides))
        case Audience.WATCHING:
            return tuple(await followers.people_with(tx, Role.SUPERVISOR, entry.at))


async def _bodies(tx: Tx, orgs: Iterable[str]) -> list[str]:
    return await followers.people_of(tx, sorted(set(orgs)))


def _changed(
    told: Occasion, cause: str, matter: Matter, urgency: Urgency, people: Iterable[str]
) -> Occasion:
    return Occasion(
        cause=cause,
        matter=matter,
        tender=told.tender,
        title=told.title,
        urgency=urgency,
        facts=told.facts,
        href=told.href,
        people=tuple(sorted(set(people))),
    )


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)
