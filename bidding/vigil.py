"""Who has to be awake for which box: the holders of its keys, and whether each has been heard.

A duty client asks the hall every few seconds, signed with its duty certificate; one that was not
heard for some minutes is silent, however well its key was tried. Whose share is missing after the
deadline is known by the releases.

Source: people.md 2, 3 and 7.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding import canaries
from bidding.facts import BoxFacts
from bidding.sealed.lists import read_list
from bidding.sealed.policy import read_policy
from bidding.store import boxes, drills, envelopes, trustees
from notary import duty
from sql.database import Tx
from trading import lawbook

AHEAD = timedelta(hours=24)
"""From then on the holders of a box's keys should be heard (`people.md` 7)."""

DRILL_DAYS = "hall.drill_days"

HEARD = timedelta(minutes=3)
"""A duty client asks again after 25 seconds at most: several in a row were missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """One holder of a box's keys: heard lately, key tried, shares given.

    `is_tried`: the last test envelope was opened, and none waits for its answer. `is_drilled`: a
    person has opened one at this machine within the days of the tender's rules.
    """

    org: str
    group: str
    is_heard: bool
    is_tried: bool
    is_drilled: bool
    has_released: bool

    @property
    def is_alive(self) -> bool:
        """Whether this body would open the box now."""
        return self.is_heard and self.is_tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigil:
    """A box that opens within a day, or waits for shares."""

    box: BoxFacts
    k: int
    watchers: tuple[Watcher, ...]

    @property
    def alive(self) -> int:
        """How many groups would open the box now."""
        return len({one.group for one in self.watchers if one.is_alive})

    @property
    def missing(self) -> tuple[Watcher, ...]:
        """Whose shares are awaited; nobody's once k groups have given theirs."""
        given = {one.group for one in self.watchers if one.has_released}
        if len(given) >= self.k:
            return ()
        return tuple(one for one in self.watchers if one.group not in given)


async def vigils(tx: Tx, now: datetime) -> list[Vigil]:
    """Return the boxes that open within a day or wait for shares, soonest first."""
    near = [one for one in await boxes.coming(tx, now) if one.deadline <= now + AHEAD]
    open_ = [
        one
        for one in await boxes.past(tx, now)
        if one.finished_at is None and one.not_opened_at is None and one.open_at <= now + AHEAD
    ]
    return [await _vigil(tx, box, now) for box in (*reversed(open_), *near)]


async def drills_due(tx: Tx, now: datetime, org: str) -> frozenset[str]:
    """Return the rooms of coming boxes whose keys `org` holds at a machine that lacks a drill."""
    found = [await _vigil(tx, box, now) for box in await boxes.coming(tx, now)]
    return frozenset(
        one.box.room
        for one in found
        if any(each.org == org and not each.is_drilled for each in one.watchers)
    )


async def _vigil(tx: Tx, box: BoxFacts, now: datetime) -> Vigil:
    heard = await duty.heard_since(tx, now - HEARD)
    keys = [one for one in await trustees.keys_of(tx, box.key.tender) if one.key == box.key]
    proved = await canaries.proved(tx, keys)
    silent = await canaries.silent(tx, sorted(proved), now - HEARD)
    rules = await lawbook.of_tender(tx, box.key.tender)
    # A demonstration asks nobody to drill; a new key is as good as a drill.
    since = None if rules.is_demonstration else now - timedelta(days=rules.number(DRILL_DAYS))
    drilled = {one.holder_org: await drills.last_of(tx, one.holder_org) for one in keys}
    policy = read_policy((await trustees.policies_of(tx, box.key))[box.policy_sha256])
    pinned = {member.key_sha256 for group in policy.groups for member in group.members}
    given = {one.group_id for one in await trustees.releases_of(tx, box.key) if one.good}
    return Vigil(
        box=box,
        k=policy.k,
        watchers=tuple(
            Watcher(
                org=one.holder_org,
                group=one.group_id,
                is_heard=one.holder_org in heard,
                is_tried=one.key_sha256 in proved and one.key_sha256 not in silent,
                is_drilled=since is None
                or max(one.received_at, drilled[one.holder_org].get(one.member, one.received_at))
                >= since,
                has_released=one.group_id in given,
            )
            for one in keys
            if one.key_sha256 in pinned
        ),
    )


async def listed(tx: Tx, tender: str) -> frozenset[str]:
    """Return who bid in the boxes of a tender whose lists are out; nobody before that."""
    bidders: set[str] = set()
    for box in await boxes.boxes_of(tx, tender):
        if box.asked_at is None or box.list_json is None:
            continue
        on_list = {one.envelope for one in read_list(box.list_json).envelopes}
        found = await envelopes.envelopes_in(tx, box.key)
        bidders |= {one.bidder for one in found if one.envelope_id in on_list}
    return frozenset(bidders)
