"""A lost key before the deadline: its body gives one of the next generation, a revision pins it.

Bids to either policy stay good: of the groups of the earlier one as many may be lost as it does not
need, and whoever has sealed before need do nothing. Where more are lost nobody could open those
bids: the revision voids them.

Source: `sealing.md` 6.5.
"""

from dataclasses import dataclass, replace

from bidding import rules
from bidding.facts import BoxKey, TrusteeKey
from bidding.key_requests import KeyRequest, of_losses
from bidding.sealed.objects import Group, Member, Policy
from bidding.sealed.policy import read_policy
from bidding.store import boxes, trustees
from notary import ledger
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.shape import dump
from sql.database import Database, Tx
from trading import service as trading
from trading.notice import box_of

READY = "bidding.trustee-ready.v1"

LOST = "lost"
"""What `trustee-ready` says of a key that its body cannot open with any more."""


async def lose(database: Database, hall: Hall, actor: Actor, once: Once, key_sha256: str) -> Answer:
    """Take a body's word that a key of its own is lost; another one is asked for at once.

    Way back: none, the next key. Raises KeyNotAsked for another's key or one that is lost already,
    BiddingClosed once the box is closed: the shares of the others open it then.
    """
    async with database.transaction() as tx:
        key = await trustees.key(tx, key_sha256)
        if key is None or key.holder_org != actor.org or key.lost_at is not None:
            raise rules.KeyNotAsked
        box = await boxes.hold_box(tx, key.key)
        at = await hall.clock(tx)
        if box is None:
            raise rules.KeyNotAsked
        rules.require_taking(box, at, None)
        await trustees.mark_lost(tx, key_sha256, at)
        await ledger.append(
            tx,
            hall,
            READY,
            subject=key.key.tender,
            actor=actor.person,
            at=at,
            fields={
                **key.key._asdict(),
                "group": key.group_id,
                "key_sha256": key_sha256,
                "manifest_sha256": sha256_hex(key.rehearsal_json),
                "outcome": LOST,
            },
        )
        done: Answer = {"key_sha256": key_sha256, "serves": False}
        await once.keep(tx, done)
        return done


async def requests_of(tx: Tx, hall: Hall, org: str) -> list[KeyRequest]:
    """Return the keys that are wanted of a body in place of those it lost."""
    lost = await trustees.lost_keys(tx, org)
    policies = {one.key: await _in_force(tx, one.key) for one in lost}
    return of_losses(hall.origin, lost, policies)


async def renew(tx: Tx, key: TrusteeKey) -> None:
    """Keep the policy that a key of a later generation leads to, for a revision to pin."""
    if key.gen == 1:
        return
    policy = await _renewed(tx, key.key)
    data = dump(policy)
    await trustees.insert_policy(tx, sha256_hex(data), key.key, data)


@dataclass(frozen=True, slots=True)
class Renewed:
    """The hash of a policy that a revision may pin; `reseal`: it has to void what was sealed."""

    policy_sha256: str
    reseal: bool


async def renewed(database: Database, tender: str) -> dict[BoxKey, Renewed]:
    """Return, by box, the policy that the next revision may pin for its lost keys."""
    found = {}
    async with database.transaction() as tx:
        for box in await boxes.boxes_of(tx, tender):
            if box.closing_at is None and box.mode != "bidder":
                sha256 = sha256_hex(dump(await _renewed(tx, box.key)))
                if sha256 != box.policy_sha256:
                    reseal = await forces_reseal(tx, box.key)
                    found[box.key] = Renewed(sha256, reseal=reseal)
    return found


async def forces_reseal(tx: Tx, key: BoxKey) -> bool:
    """Tell whether bids to a policy of a box, none of them void yet, lack k groups that can open.

    A group that has lost all its keys of a policy opens nothing that was sealed to it.
    """
    policies = await trustees.policies_of(tx, key)
    lost = {
        one.key_sha256
        for one in await trustees.keys_of(tx, key.tender)
        if one.key == key and one.lost_at is not None
    }
    return any(
        _opening(read_policy(policies[sha256]), lost) < read_policy(policies[sha256]).k
        for sha256 in await _sealed_to(tx, key)
    )


def _opening(policy: Policy, lost: set[str]) -> int:
    """Return how many groups of a policy have a key that is not lost."""
    return sum(any(one.key_sha256 not in lost for one in group.members) for group in policy.groups)


async def _sealed_to(tx: Tx, key: BoxKey) -> set[str]:
    """Return the policies that bids which count may be sealed to: since the last that voids."""
    found: set[str] = set()
    for one in await trading.revisions(tx, key.tender):
        box = box_of(one.notice, key.lot, key.stage)
        assert box is not None  # noqa: S101 - no revision takes a box away
        found = {box.policy_sha256} if box.reseal else found | {box.policy_sha256}
    return found


async def _in_force(tx: Tx, key: BoxKey) -> Policy:
    box = await boxes.box(tx, key)
    assert box is not None  # noqa: S101 - a key is lost of a box that is there
    return read_policy((await trustees.policies_of(tx, key))[box.policy_sha256])


async def _renewed(tx: Tx, key: BoxKey) -> Policy:
    """Return the policy in force with the next generation in place of what is lost."""
    policy = await _in_force(tx, key)
    keys = [one for one in await trustees.keys_of(tx, key.tender) if one.key == key]
    return replace(policy, groups=tuple(_group(group, keys) for group in policy.groups))


def _group(group: Group, keys: list[TrusteeKey]) -> Group:
    """Return a group without its lost keys, once it has one in their place."""
    lost = {one.key_sha256 for one in keys if one.lost_at is not None}
    pinned = {one.key_sha256 for one in group.members}
    later = [
        Member(recipient=one.recipient, key_sha256=one.key_sha256)
        for one in keys
        if one.group_id == group.id
        and one.gen > 1
        and one.rehearsed_at is not None
        and one.key_sha256 not in lost | pinned
    ]
    kept = [one for one in group.members if one.key_sha256 not in lost]
    return replace(group, members=(*kept, *later)) if later else group
