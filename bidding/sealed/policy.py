"""Who may open a box: the rules of a policy and of the trustee keys that it pins.

Pure. Which line a body belongs to is known to the hall alone and judged where the notice is
published; here is what anybody can check.

Source: `sealing.md` 3, policy, trustee key, duty; 6a.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from bidding.sealed.objects import Duty, Group, Member, Policy, TrusteeKey
from bidding.types import Box, Code, Finding, Party
from notary.age import BadAge, parse_recipient
from notary.shape import load
from trading.types import Mode

GROUPS_MOST = 16
MEMBERS_MOST = 8
_QUORUM_LEAST = 2

REHEARSED_KEY = "0" * 64
"""`key_sha256` of a made-up key in the draft of a rehearsal (`sealing.md` 6.3)."""

_DUTY_LONGEST = timedelta(days=366)


@lru_cache(maxsize=128)
def read_policy(data: bytes) -> Policy:
    """Read a policy and check it, or raise E-POLICY of the hall; one read for every bid is kept."""
    try:
        policy = load(Policy, data)
    except ValueError as error:
        raise _bad(str(error)) from error
    require_policy(policy)
    return policy


def require_policy(policy: Policy) -> None:
    """Refuse a policy that could not open a box as its mode says."""
    if policy.mode is Mode.BIDDER:
        if policy.k or policy.groups:
            raise _bad("mode bidder shares no key")
        return
    groups = len(policy.groups)
    if not _QUORUM_LEAST <= policy.k <= groups <= GROUPS_MOST:
        raise _bad(f"{policy.k} of {groups} groups")
    if [group.x for group in policy.groups] != list(range(1, groups + 1)):
        raise _bad("x is not 1, 2, 3 … in order")
    if not all(1 <= len(group.members) <= MEMBERS_MOST for group in policy.groups):
        raise _bad(f"a group has 1 to {MEMBERS_MOST} members")
    _require_distinct("group", [group.id for group in policy.groups])
    recipients = [member.recipient for _, member in _members(policy)]
    _require_distinct("recipient", recipients)
    for recipient in recipients:
        _require_recipient(recipient)


def require_successor(policy: Policy, earlier: Policy) -> None:
    """Refuse a later policy of a box that changes more than members."""

    def frame(one: Policy) -> object:
        return one.box, one.mode, one.k, [(group.id, group.x) for group in one.groups]

    if frame(policy) != frame(earlier):
        raise _bad("a later policy of a box changes members only")


def find_group(policy: Policy, key_sha256: str) -> Group | None:
    """Return the group for which `policy` pins this key, if any."""
    return next(
        (group for group, member in _members(policy) if member.key_sha256 == key_sha256), None
    )


def require_keys(policy: Policy, keys: Mapping[str, TrusteeKey]) -> None:
    """Refuse a policy whose pinned keys are not there, are others', or join two groups.

    `keys`: by hash; their signatures are checked apart.
    """
    groups_of_holder: dict[str, str] = {}
    for group, member in _members(policy):
        key = keys.get(member.key_sha256)
        if key is None:
            raise _bad(f"a key of group {group.id} is not at hand")
        _require_key(key, policy.box, group, member)
        for holder in (f"body {key.holder.id}", f"certificate {key.holder.cert_sha256}"):
            if groups_of_holder.setdefault(holder, group.id) != group.id:
                raise _bad(f"{holder} is in two groups")


def _require_key(key: TrusteeKey, box: Box, group: Group, member: Member) -> None:
    if key.box != box or key.group != group.id or key.recipient != member.recipient:
        raise _bad(f"a key of group {group.id} is for another box, group or recipient")


def require_duty(duty: Duty, use: str, cert_sha256: str, at: datetime) -> None:
    """Refuse a statement that does not let this certificate sign for its body at `at`.

    Source: `sealing.md` 6a: uses, and at most 366 days.
    """
    if duty.cert_sha256 != cert_sha256 or use not in duty.uses:
        raise _bad("a duty statement of another certificate or use")
    if not duty.from_ <= at <= duty.to or duty.to - duty.from_ > _DUTY_LONGEST:
        raise _bad("a duty statement of another time")


def _members(policy: Policy) -> Iterable[tuple[Group, Member]]:
    return ((group, member) for group in policy.groups for member in group.members)


def _require_recipient(recipient: str) -> None:
    try:
        parse_recipient(recipient)
    except BadAge as error:
        raise _bad(str(error)) from error


def _require_distinct(what: str, names: Collection[str]) -> None:
    if len(set(names)) != len(names):
        raise _bad(f"one {what} twice")


def _bad(detail: str) -> Finding:
    return Finding(Code.POLICY, Party.HALL, detail)
