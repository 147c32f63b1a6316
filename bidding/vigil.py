"""Who has to be awake for which box: the holders of its keys, and whether each has been heard.

A duty client asks the hall every few seconds, signed with its duty certificate; one that was not
heard for some minutes is silent, however well its key was tried. Whose share is missing after the
deadline is known by the releases.

Source: people.md 2, 3 and 7.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding import canaries
from bidding.facts import BoxFacts, BoxKey, TrusteeKey
from bidding.sealed.lists import read_list
from bidding.sealed.policy import read_policy
from bidding.store import boxes, drills, envelopes, trustees, watched
from notary import duty
from sql.database import Tx
from trading import lawbook
from trading.rules.sets import RuleSet

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
    """A box that closes within a day, or waits to be opened."""

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
    """Return the boxes that close within a day, or wait to be opened, by deadline."""
    return await _vigils(tx, await watched.awaited(tx, now, now + AHEAD), now)


async def drills_due(tx: Tx, now: datetime, org: str) -> frozenset[str]:
    """Return the rooms of coming boxes whose keys `org` holds at a machine that lacks a drill."""
    found = await _vigils(tx, await watched.kept_by(tx, org, now), now)
    return frozenset(
        one.box.room
        for one in found
        if any(each.org == org and not each.is_drilled for each in one.watchers)
    )


async def _vigils(tx: Tx, found: Sequence[BoxFacts], now: datetime) -> list[Vigil]:
    """Read who has to be awake for these boxes, in as many queries as for one."""
    if not found:
        return []
    heard = await duty.heard_since(tx, now - HEARD)
    tenders = {box.key.tender for box in found}
    keys = await trustees.keys_of_tenders(tx, tenders)
    own: defaultdict[BoxKey, list[TrusteeKey]] = defaultdict(list)
    for one in keys:
        own[one.key].append(one)
    proved = await canaries.proved(tx, keys)
    silent = await canaries.silent(tx, sorted(proved), now - HEARD)
    drilled = await drills.last_of_bodies(tx, {one.holder_org for one in keys})
    rules = await lawbook.of_tenders(tx, tenders)
    policies = await trustees.policies(tx, {box.policy_sha256 for box in found})
    released = await trustees.releases_by_box(tx, [box.key for box in found])
    vigils = []
    for box in found:
        policy = read_policy(policies[box.policy_sha256])
        pinned = {member.key_sha256 for group in policy.groups for member in group.members}
        given = {one.group_id for one in released[box.key] if one.good}
        since = _drilled_since(rules[box.key.tender], now)
        watchers = tuple(
            Watcher(
                org=one.holder_org,
                group=one.group_id,
                is_heard=one.holder_org in heard,
                is_tried=one.key_sha256 in proved and one.key_sha256 not in silent,
                is_drilled=since is None
                or max(one.received_at, drilled.get((one.holder_org, one.member), one.received_at))
                >= since,
                has_released=one.group_id in given,
            )
            for one in own[box.key]
            if one.key_sha256 in pinned
        )
        vigils.append(Vigil(box=box, k=policy.k, watchers=watchers))
    return vigils


def _drilled_since(rules: RuleSet, now: datetime) -> datetime | None:
    """Return since when a drill counts, a new key being as good as one; None where none is due."""
    if rules.is_demonstration:
        return None
    return now - timedelta(days=rules.number(DRILL_DAYS))


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
