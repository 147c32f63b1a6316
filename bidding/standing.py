"""Where the boxes of tenders stand, as pages and lists show it to everybody.

What the law hides until the opening is not here at all: no count of envelopes and no name before
shares are asked for.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bidding import canaries, rules
from bidding.circumstances import Circumstances, circumstances_of
from bidding.facts import (
    Awarded,
    Bought,
    BoxFacts,
    BoxKey,
    BoxPhase,
    Envelope,
    LimitOpened,
    Opened,
    Rejection,
    Result,
    TrusteeKey,
)
from bidding.sealed import seal
from bidding.sealed.lists import read_list
from bidding.sealed.objects import Core, Policy
from bidding.sealed.objects import TrusteeKey as SignedKey
from bidding.sealed.policy import read_policy
from bidding.store import (
    awards,
    boxes,
    contracts,
    envelopes,
    limits,
    results,
    statistics,
    trustees,
    watched,
)
from notary import identity
from notary.hall import Hall
from notary.identity import Organisation
from notary.shape import load
from sql.database import Database, Tx
from trading import service as trading
from trading.types import Published

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One box: its row, how many envelopes are listed once that is public, what was told so far.

    `done`: how many boxes of the whole tender are finished, and steps of its awards made: a record
    of it is another one with each. `around`: what may hold it up beside its row. `contract_at`:
    when the contract of its lot was recorded.
    """

    box: BoxFacts
    listed: int
    results: Sequence[Result]
    awards: Sequence[Awarded]
    done: int
    around: Circumstances
    contract_at: datetime | None = None

    def phase(self, now: datetime) -> BoxPhase:
        """Return the phase of the box at `now`."""
        return self.around.phase(self.box, now, opened=self.told > 0)

    @property
    def told(self) -> int:
        """How many bids were announced."""
        return len(self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that stands around one box: its notice, its policy, who holds keys, who bid.

    `bodies`: every organisation that may be named now, by id. `bidders`: of announced or listed
    envelopes, the body of each; empty before shares are asked for. `released`: groups whose shares
    are in. `proved`: when a key was last proved to open, by hash.
    """

    standing: Standing
    notices: Sequence[Published]
    policy: Policy
    keys: Sequence[tuple[TrusteeKey, SignedKey]]
    bodies: Mapping[str, Organisation]
    bidders: Mapping[str, str]
    rejections: Sequence[Rejection]
    limits: Mapping[str, LimitOpened]
    released: frozenset[str]
    proved: Mapping[str, datetime]

    @property
    def awaits_shares(self) -> bool:
        """Whether fewer than k bodies have released their shares of an asked box."""
        return self.standing.box.asked_at is not None and len(self.released) < self.policy.k

    def is_asked(self, org: str) -> bool:
        """Whether the opening waits for the share of this body."""
        if not self.awaits_shares:
            return False
        return any(key.holder.id == org and key.group not in self.released for _, key in self.keys)


async def of_tenders(database: Database, tenders: Sequence[str]) -> dict[str, list[Standing]]:
    """Return where every box of these tenders stands, by tender."""
    async with database.transaction() as tx:
        found = await boxes.boxes_of_tenders(tx, tenders)
        known = await _standings(tx, found)
        return {
            tender: [one for one in known if one.box.key.tender == tender] for tender in tenders
        }


async def of_days(database: Database, hall: Hall, *, past: bool) -> list[Standing]:
    """Return the boxes to be opened, soonest first; or those past their deadline, newest first."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        found = await boxes.past(tx, now) if past else await boxes.coming(tx, now)
        return await _standings(tx, found)


async def between(database: Database, since: datetime, until: datetime) -> list[Standing]:
    """Return the boxes that open from `since` on and before `until`, soonest first."""
    async with database.transaction() as tx:
        return await _standings(tx, await boxes.between(tx, since, until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Opening rooms of boxes with a live bid of one's own.

    `voided`: of those that an amendment voided; `shown`: whose secret was shown. `incomplete`:
    those with a bid, the last one, that waits for parts of it.
    """

    live: frozenset[str]
    voided: frozenset[str]
    shown: frozenset[str]
    incomplete: frozenset[str]


async def for_desk(database: Database, hall: Hall, org: str) -> tuple[list[Scene], Own]:
    """Return the boxes of these days, all that concern `org`, and where it has a live bid.

    However many others there are, those that wait to be opened or close within a day are among the
    first. All of it is for the people of `org` alone: nobody else may know who has bid.
    """
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        near = [*await boxes.coming(tx, now), *await boxes.past(tx, now)]
        due = await watched.awaited(tx, now, now + _DAY)
        own = await watched.concerning(tx, org, now)
        found = list({box.key: box for box in (*near, *due, *own)}.values())
        scenes = await _scenes(tx, found)
        # Of several in one box the last one counts that is complete.
        sent = await envelopes.envelopes_of_bidder(tx, org)
        last = {one.key: one for one in sent if one.completed_at is not None}
        live = {key: one for key, one in last.items() if one.withdrawn_at is None}
        newest = {one.key: one for one in sent}
        waiting = {
            key
            for key, one in newest.items()
            if one.completed_at is None and one.withdrawn_at is None
        }
        shown = {
            box.key
            for box in found
            if box.key in live
            for released in await trustees.owner_releases_of(tx, box.key)
            if released.envelope_id == live[box.key].envelope_id
        }
    return scenes, Own(
        live=frozenset(box.room for box in found if box.key in live),
        voided=frozenset(
            scene.standing.box.room
            for scene in scenes
            if scene.standing.box.key in live
            and seal.is_voided(_core(live[scene.standing.box.key]), scene.notices)
        ),
        shown=frozenset(box.room for box in found if box.key in shown),
        incomplete=frozenset(box.room for box in found if box.key in waiting),
    )


async def unsettled(database: Database, hall: Hall) -> list[Scene]:
    """Return every box that somebody has to do something about still, however old it is."""
    async with database.transaction() as tx:
        return await _scenes(tx, await watched.watched(tx, await hall.clock(tx)))


def _core(envelope: Envelope) -> Core:
    return seal.read_manifest(envelope.seal_json).core


async def of_room(database: Database, room: str) -> Scene:
    """Return the scene of the box that is opened in `room`, or raise BoxUnknown."""
    async with database.transaction() as tx:
        box = await boxes.box_of_room(tx, room)
        if box is None:
            raise rules.BoxUnknown
        return (await _scenes(tx, [box]))[0]


async def of_tender(database: Database, tender: str) -> list[Scene]:
    """Return the scene of every box of a tender, or raise BoxUnknown."""
    async with database.transaction() as tx:
        found = await boxes.boxes_of(tx, tender)
        if not found:
            raise rules.BoxUnknown
        return await _scenes(tx, found)


async def _standings(tx: Tx, found: Sequence[BoxFacts]) -> list[Standing]:
    """Read where boxes stand, in as many queries as for one."""
    asked = [box for box in found if box.asked_at is not None]
    lots = {(box.key.tender, box.key.lot) for box in asked}
    told = await results.results_by_box(tx, [box.key for box in asked])
    signed = await awards.awards_by_lot(tx, lots)
    contracted = await contracts.signed_at(tx, lots)
    done = await awards.done(tx, {box.key.tender for box in found})
    around = await circumstances_of(tx, found)
    nothing = {
        box.key: Standing(
            box=box,
            listed=0,
            results=(),
            awards=(),
            done=done[box.key.tender],
            around=around[box.key],
        )
        for box in found
    }
    known = {
        box.key: replace(
            nothing[box.key],
            listed=len(_listed(box)),
            results=told[box.key],
            awards=signed[box.key.tender, box.key.lot],
            contract_at=contracted.get((box.key.tender, box.key.lot)),
        )
        for box in asked
    }
    return [known.get(box.key, nothing[box.key]) for box in found]


async def _scenes(tx: Tx, found: Sequence[BoxFacts]) -> list[Scene]:
    """Read what stands around boxes, in as many queries as for one."""
    tenders = {box.key.tender for box in found}
    lots = {(box.key.tender, box.key.lot) for box in found}
    policies = await trustees.policies(tx, {box.policy_sha256 for box in found})
    given: defaultdict[BoxKey, list[TrusteeKey]] = defaultdict(list)
    for key in await trustees.keys_of_tenders(tx, tenders):
        given[key.key].append(key)
    notices = await trading.revisions_by_tender(tx, tenders)
    listed = {box.key: _listed(box) for box in found if box.asked_at is not None}
    senders = await envelopes.bidders(tx, {one for each in listed.values() for one in each})
    rejections = await results.rejections_by_lot(tx, lots)
    opened = await limits.opened_by_lot(tx, lots)
    released = await trustees.releases_by_box(tx, [box.key for box in found])
    proved = await canaries.proved(tx, [one for own in given.values() for one in own])
    bodies = await identity.organisations(
        tx,
        {
            *senders.values(),
            *(one.holder_org for own in given.values() for one in own),
            *(one.bidder for lot in rejections.values() for one in lot),
            *(notices[one][-1].notice.purchaser for one in tenders),
            *(notices[one][-1].notice.agency for one in tenders),
        },
    )
    scenes = []
    for standing in await _standings(tx, found):
        box, force = standing.box, standing.box.in_force
        own = given[box.key]
        newest = notices[box.key.tender][-1].notice
        bidders = {one: senders[one] for one in listed.get(box.key, ())}
        turned_down = rejections[box.key.tender, box.key.lot]
        named = {newest.purchaser, newest.agency, *bidders.values()}
        named |= {one.holder_org for one in own} | {one.bidder for one in turned_down}
        scenes.append(
            Scene(
                proved={
                    one.key_sha256: proved[one.key_sha256]
                    for one in own
                    if one.key_sha256 in proved
                },
                standing=standing,
                notices=notices[box.key.tender],
                policy=read_policy(policies[box.policy_sha256]),
                keys=[(one, load(SignedKey, one.json)) for one in own],
                bodies={one: bodies[one] for one in sorted(named) if one in bodies},
                bidders=bidders,
                rejections=turned_down,
                limits=opened[box.key.tender, box.key.lot],
                released=frozenset(
                    one.group_id
                    for one in released[box.key]
                    if one.good and force is not None and one.list_sha256 == force.sha256
                ),
            )
        )
    return scenes


def _listed(box: BoxFacts) -> list[str]:
    """Return the envelopes on the list in force of an asked box."""
    assert box.in_force is not None  # noqa: S101 - shares are asked for after the list
    return [one.envelope for one in read_list(box.in_force.json).envelopes]


async def totals(tx: Tx) -> tuple[list[Opened], list[Bought]]:
    """Return by kind what was opened to its end, and what it was awarded for."""
    return await statistics.opened(tx), await statistics.bought(tx)
