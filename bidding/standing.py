"""Where the boxes of tenders stand, as pages and lists show it to everybody.

What the law hides until the opening is not here at all: no count of envelopes and no name before
shares are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding import canaries, rules
from bidding.circumstances import Circumstances, circumstances
from bidding.facts import (
    Awarded,
    Bought,
    BoxFacts,
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
        return {
            tender: [await _standing(tx, box) for box in await boxes.boxes_of(tx, tender)]
            for tender in tenders
        }


async def of_days(database: Database, hall: Hall, *, past: bool) -> list[Standing]:
    """Return the boxes to be opened, soonest first; or those past their deadline, newest first."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        found = await boxes.past(tx, now) if past else await boxes.coming(tx, now)
        return [await _standing(tx, box) for box in found]


async def between(database: Database, since: datetime, until: datetime) -> list[Standing]:
    """Return the boxes that open from `since` on and before `until`, soonest first."""
    async with database.transaction() as tx:
        return [await _standing(tx, box) for box in await boxes.between(tx, since, until)]


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
    """Return the boxes of these days, and where `org` has a live bid.

    The second is for the people of `org` alone: nobody else may know who has bid.
    """
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        found = [*await boxes.coming(tx, now), *await boxes.past(tx, now)]
        scenes = [await _scene(tx, box) for box in found]
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
            key
            for key, one in live.items()
            for released in await trustees.owner_releases_of(tx, key)
            if released.envelope_id == one.envelope_id
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
        found = await watched.watched(tx, await hall.clock(tx))
        known = [await boxes.box(tx, key) for key in found]
        return [await _scene(tx, box) for box in known if box is not None]


def _core(envelope: Envelope) -> Core:
    return seal.read_manifest(envelope.seal_json).core


async def of_room(database: Database, room: str) -> Scene:
    """Return the scene of the box that is opened in `room`, or raise BoxUnknown."""
    async with database.transaction() as tx:
        box = await boxes.box_of_room(tx, room)
        if box is None:
            raise rules.BoxUnknown
        return await _scene(tx, box)


async def of_tender(database: Database, tender: str) -> list[Scene]:
    """Return the scene of every box of a tender, or raise BoxUnknown."""
    async with database.transaction() as tx:
        found = await boxes.boxes_of(tx, tender)
        if not found:
            raise rules.BoxUnknown
        return [await _scene(tx, box) for box in found]


async def _standing(tx: Tx, box: BoxFacts) -> Standing:
    asked, force = box.asked_at is not None, box.in_force
    return Standing(
        box=box,
        listed=len(read_list(force.json).envelopes) if asked and force is not None else 0,
        results=await results.results_of(tx, box.key) if asked else (),
        awards=await awards.awards_of(tx, box.key.tender, box.key.lot) if asked else (),
        done=await awards.done(tx, box.key.tender),
        around=await circumstances(tx, box),
        contract_at=await contracts.signed_at(tx, box.key.tender, box.key.lot) if asked else None,
    )


async def _scene(tx: Tx, box: BoxFacts) -> Scene:
    policies = await trustees.policies_of(tx, box.key)
    keys = [one for one in await trustees.keys_of(tx, box.key.tender) if one.key == box.key]
    notices = await trading.revisions(tx, box.key.tender)
    standing = await _standing(tx, box)
    bidders = await _bidders(tx, box) if box.asked_at is not None else {}
    newest = notices[-1].notice
    rejections = await results.rejections_of(tx, box.key.tender, box.key.lot)
    ids = {newest.purchaser, newest.agency, *bidders.values(), *(one.holder_org for one in keys)}
    ids |= {one.bidder for one in rejections}
    force = box.in_force
    return Scene(
        proved=await canaries.proved(tx, keys),
        standing=standing,
        notices=notices,
        policy=read_policy(policies[box.policy_sha256]),
        keys=[(one, load(SignedKey, one.json)) for one in keys],
        bodies=await _bodies(tx, ids),
        bidders=bidders,
        rejections=rejections,
        limits=await limits.opened_of(tx, box.key.tender, box.key.lot),
        released=frozenset(
            one.group_id
            for one in await trustees.releases_of(tx, box.key)
            if one.good and force is not None and one.list_sha256 == force.sha256
        ),
    )


async def _bidders(tx: Tx, box: BoxFacts) -> dict[str, str]:
    """Return who sent each listed envelope."""
    assert box.in_force is not None  # noqa: S101 - shares are asked for after the list
    listed = {one.envelope for one in read_list(box.in_force.json).envelopes}
    return {
        one.envelope_id: one.bidder
        for one in await envelopes.envelopes_in(tx, box.key)
        if one.envelope_id in listed
    }


async def _bodies(tx: Tx, ids: set[str]) -> dict[str, Organisation]:
    found = {one: await identity.organisation(tx, one) for one in sorted(ids)}
    return {one: body for one, body in found.items() if body is not None}


async def totals(tx: Tx) -> tuple[list[Opened], list[Bought]]:
    """Return by kind what was opened to its end, and what it was awarded for."""
    return await statistics.opened(tx), await statistics.bought(tx)
